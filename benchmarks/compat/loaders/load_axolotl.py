"""Loads `sft/axolotl.yaml` as `axolotl train` does, up to the tokenized data sets; then the messages that it mentions.

Only the model's folder replaces its name, and the tokenized data goes to a scratch folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from axolotl.cli.config import load_cfg
from axolotl.common.datasets import load_datasets

from benchmarks.compat.loaders.examples_out import Arguments, Example, arguments, write_examples


def main(given: Arguments) -> None:
    """Write the rows of both splits, read as token ids and as messages."""
    os.chdir(given.build)
    text = Path("sft/axolotl.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    _write(config, "axolotl.yaml", given)
    lines = [line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#   ")]
    entry = yaml.safe_load(" ".join(lines))
    for key in ("datasets", "test_datasets"):
        for own in config.get(key, []):
            stem = Path(own["path"]).stem
            own.clear()
            own.update(entry, path=f"sft/{stem}.jsonl")
    _write(config, "axolotl.yaml, messages", given)


def _write(config: dict[str, Any], form: str, given: Arguments) -> None:
    scratch = given.out.parent / form
    scratch.mkdir(exist_ok=True)
    (scratch / "axolotl.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    folders = {"output_dir": str(scratch / "out"), "dataset_prepared_path": str(scratch / "prepared")}
    loaded = load_datasets(cfg=load_cfg(str(scratch / "axolotl.yaml"), base_model=str(given.model), **folders))
    write_examples(given.out, f"{form}: train", _rows_of(loaded.train_dataset))
    if loaded.eval_dataset is not None:
        write_examples(given.out, f"{form}: validation", _rows_of(loaded.eval_dataset))


def _rows_of(rows: Any) -> Iterator[Example]:
    for row in rows:
        yield Example(list(row["input_ids"]), list(row["labels"]))


if __name__ == "__main__":
    main(arguments())
