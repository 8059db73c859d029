"""The build that is disturbed: generated documents, a recipe for the counting server, and how two builds are compared.

`prepare` writes documents and recipe; `arguments` are those of `pipeline build-sft`; `outputs_of` reads what two
builds must have in common, byte for byte. One build takes ten to twenty seconds of one core, in at least eight shards
a stage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .documents import WrittenDocuments, write_documents

COMPARED = ("corpus", "sft", "tokens", "exports", "packs.parquet", "rejected", "dead")
"""What of a build folder depends on recipe and inputs alone."""
_TOKENIZER = "embedded:smollm2-135m-instruct"


@dataclass(frozen=True, slots=True)
class SmallBuild:
    """A recipe and its documents in a folder of their own."""

    root: Path
    recipe: Path
    documents: WrittenDocuments

    def arguments(self, output: Path, *extra: str) -> list[str]:
        """Of the command; `extra` comes last, so Beam's options may stand there."""
        return ["build-sft", str(self.recipe), "--output", str(output), *extra]


def prepare(
    root: Path,
    *,
    base_url: str,
    seed: int,
    num_documents: int,
    shard_bytes: int = 2**26,
    min_shards: int = 8,
    min_chars: int = 1500,
    max_chars: int = 12_000,
    recipe: Mapping[str, Any] | None = None,
) -> SmallBuild:
    """Write documents and a recipe below `root`.

    Args:
        root: is made.
        base_url: of the teacher; empty for structural rows alone.
        seed: of the documents.
        num_documents: distinct ones.
        shard_bytes: see `ingest.shard_bytes`.
        min_shards: see `ingest.min_shards`.
        min_chars: of the shortest document.
        max_chars: of the longest document.
        recipe: sections that are laid over the recipe, one level deep.
    """
    root.mkdir(parents=True, exist_ok=True)
    written = write_documents(
        root / "documents", count=num_documents, seed=seed, min_chars=min_chars, max_chars=max_chars
    )
    values = _recipe(root / "documents", base_url, shard_bytes=shard_bytes, min_shards=min_shards)
    for name, section in (recipe or {}).items():
        values[name] = {**values.get(name, {}), **section} if isinstance(section, Mapping) else section
    path = root / "recipe.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return SmallBuild(root=root, recipe=path, documents=written)


def _recipe(documents: Path, base_url: str, *, shard_bytes: int, min_shards: int) -> dict[str, Any]:
    kinds = [name for name in ("legal", "manual", "code", "dialogue") if (documents / name).exists()]
    inputs: list[dict[str, Any]] = [{"path": str(documents / name), "domain": name} for name in kinds]
    return {
        "name": "chaos",
        "inputs": [*inputs, {"path": str(documents / "broken")}],
        "ingest": {"shard_bytes": shard_bytes, "min_shards": min_shards},
        "pack": {"tokenizer": _TOKENIZER},
        "synthesize": {
            "teacher": {
                "kind": "openai",
                "model": "counting",
                "base_url": base_url or "http://127.0.0.1:1/v1",
                "batch_size": 4,
                "timeout_seconds": 20,
            },
            "written": {
                "tasks": ["qa"] if base_url else [],
                "questions_per_document": 2,
                "segment_tokens": 256,
            },
            "structural": {"questions_per_10k_chars": 3, "min_questions": 3},
        },
        "packing": {"edges": [4096, 16384]},
    }


def outputs_of(folder: Path, names: Sequence[str] = COMPARED) -> dict[str, str]:
    """Hash of every file of a build that must be the same in another one, by relative name."""
    found: dict[str, str] = {}
    for name in names:
        top = folder / name
        paths = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in paths:
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def differences(found: Mapping[str, str], expected: Mapping[str, str]) -> list[str]:
    """What differs between the outputs of two builds, one sentence a file."""
    missing = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    surplus = [f"{name} should not be there" for name in sorted(found.keys() - expected.keys())]
    common = sorted(found.keys() & expected.keys())
    return missing + surplus + [f"{name} differs" for name in common if found[name] != expected[name]]


def check_is_real(outputs: Mapping[str, str]) -> None:
    """Refuse to compare with a build that is nearly empty.

    Raises:
        AssertionError: one of the kinds of output is missing.
    """
    for name in COMPARED:
        if name != "dead":  # a build without accidents has none
            assert any(path == name or path.startswith(f"{name}/") for path in outputs), f"the build has no {name}"


def stage_counts(folder: Path) -> dict[str, dict[str, Any]]:
    """Counts of the committed stages, as the manifest has them."""
    stages: dict[str, dict[str, Any]] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["stages"]
    return stages
