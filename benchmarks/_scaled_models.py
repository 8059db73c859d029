"""Folders of the embedded model under each RoPE method, untrained: the scaled config beside links to the weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks._rope_untrained import scalings
from pipeline.io.models import EMBEDDED_MODEL, resolve_model
from pipeline.train.rope.scaled_config import scaled_config


def write_scaled_models(folder: Path, *, factor: float) -> Iterator[Path]:
    """Write one model folder for each method, named after it; a folder that exists is kept."""
    weights = Path(resolve_model(EMBEDDED_MODEL))
    for name, method in scalings(factor).items():
        path = folder / name.replace(", ", "-")
        if not (path / "config.json").is_file():
            path.mkdir(parents=True, exist_ok=True)
            for file in weights.iterdir():
                if file.name != "config.json" and not (path / file.name).exists():
                    (path / file.name).symlink_to(file.resolve())
            scaled_config(EMBEDDED_MODEL, method).save_pretrained(path)
        yield path
