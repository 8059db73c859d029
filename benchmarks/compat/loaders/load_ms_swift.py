"""Loads `sft/*.jsonl` as `swift sft` does, up to the encoded rows.

The template is `chatml` with the system message of the model's own template, because ms-swift does not know the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from swift.pipelines.train.sft import SwiftSft

from benchmarks.compat.loaders.examples_out import Arguments, Example, arguments, write_examples


def main(given: Arguments) -> None:
    """Write the rows of both splits."""
    sft = given.build / "sft"
    train, validation = (sorted(map(str, sft.glob(f"{split}-*.jsonl"))) for split in ("train", "validation"))
    options = ["--model", str(given.model), "--model_type", "llama", "--template", "chatml", "--max_length", "1000000"]
    options += ["--system", SYSTEM, "--torch_dtype", "float32", "--output_dir", str(given.out.parent / "swift-out")]
    options += ["--dataset", *train, *(["--val_dataset", *validation] if validation else [])]
    options += ["--dataset_shuffle", "false", "--report_to", "none", "--load_from_cache_file", "false"]
    trained, held_out = SwiftSft(options)._prepare_dataset()
    write_examples(given.out, "messages: train", _rows_of(trained))
    if held_out is not None:
        write_examples(given.out, "messages: validation", _rows_of(held_out))


SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def _rows_of(rows: Any) -> Iterator[Example]:
    for index in range(len(rows)):
        row = rows[index]
        yield Example(list(row["input_ids"]), list(row["labels"]))


if __name__ == "__main__":
    main(arguments())
