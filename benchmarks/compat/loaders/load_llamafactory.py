"""Loads the rows as LLaMA-Factory does for `stage: sft`, with the lines that the dataset card gives.

The template is read from the tokenizer, as LLaMA-Factory does if the recipe names none. Single-turn rows are loaded
from `exports/alpaca/` as well.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
from llamafactory.hparams import get_train_args
from llamafactory.model import load_tokenizer

from benchmarks.compat.loaders.examples_out import Arguments, Example, arguments, unpacked, write_examples

_RECIPE = re.compile(r"```yaml\n(dataset_dir:.*?)```", re.DOTALL)


def main(given: Arguments) -> None:
    """Write the rows of both splits with the card's lines, and those of `exports/alpaca/`."""
    os.chdir(given.build / "sft")
    match = _RECIPE.search(Path("README.md").read_text(encoding="utf-8"))
    assert match, "README.md has no recipe for LLaMA-Factory"
    recipe = yaml.safe_load(match[1])
    names = list(json.loads(Path("dataset_info.json").read_text(encoding="utf-8")))
    validation = ",".join(name for name in names if "_validation_" in name)
    write_examples(given.out, "dataset_info.json: train", _rows_of(recipe, given))
    if validation:
        changed = {**recipe, "dataset": validation}
        write_examples(given.out, "dataset_info.json: validation", _rows_of(changed, given))
    for split in ("train", "validation"):
        paths = sorted((given.build / "exports" / "alpaca").glob(f"{split}-*.jsonl"))
        if paths:
            # LLaMA-Factory takes `instruction`, `input` and `output` if an entry names no columns.
            entries = {path.stem: {"file_name": str(path)} for path in paths}
            scratch = given.out.parent / "llamafactory-alpaca"
            scratch.mkdir(exist_ok=True)
            (scratch / "dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")
            changed = {**recipe, "dataset_dir": str(scratch), "dataset": ",".join(entries)}
            write_examples(given.out, f"alpaca: {split}", _rows_of(changed, given))


def _rows_of(recipe: dict[str, Any], given: Arguments) -> Iterator[Example]:
    own = {"stage": "sft", "do_train": True, "model_name_or_path": str(given.model), "report_to": "none"}
    machine = {"output_dir": str(given.out.parent / "llamafactory-out"), "use_cpu": True, "overwrite_cache": True}
    model, data, training, _, _ = get_train_args({**recipe, **own, **machine})
    tokenizer = load_tokenizer(model)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data)
    module = get_dataset(template, model, data, training, stage="sft", tokenizer=tokenizer)
    for row in module["train_dataset"]:
        if "position_ids" in row:
            length = sum(mark > 0 for mark in row["attention_mask"])
            columns = (row[name][:length] for name in ("input_ids", "labels", "position_ids"))
            yield from unpacked(*columns)
        else:
            yield Example(row["input_ids"], row["labels"])


if __name__ == "__main__":
    main(arguments())
