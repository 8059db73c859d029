"""Loads `sft/axolotl.yaml` as `axolotl train` does, up to the tokenized data sets.

Only the model's folder replaces its name, and the tokenized data goes to a scratch folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from axolotl.cli.config import load_cfg
from axolotl.common.datasets import load_datasets
from examples_out import Arguments, Example, arguments, write_examples


def main(given: Arguments) -> None:
    """Write the rows of both splits."""
    os.chdir(given.build / "sft")
    scratch = given.out.parent / "axolotl"
    folders = {"output_dir": str(scratch / "out"), "dataset_prepared_path": str(scratch / "prepared")}
    loaded = load_datasets(cfg=load_cfg("axolotl.yaml", base_model=str(given.model), **folders))
    write_examples(given.out, "axolotl.yaml: train", _rows_of(loaded.train_dataset))
    if loaded.eval_dataset is not None:
        write_examples(given.out, "axolotl.yaml: validation", _rows_of(loaded.eval_dataset))


def _rows_of(rows: Any) -> Iterator[Example]:
    for row in rows:
        yield Example(list(row["input_ids"]), list(row["labels"]))


if __name__ == "__main__":
    main(arguments())
