"""Loads `sft/trl.yaml` as `trl sft` does, up to the batches of the trainer, and the prompt-completion rows.

Only what the machine needs is overridden: the model's folder instead of its name, and float32 instead of bfloat16.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets import load_dataset
from trl import SFTTrainer
from trl.scripts.sft import make_parser

from benchmarks.compat.loaders.examples_out import Arguments, Example, arguments, unpacked, write_examples


def main(given: Arguments) -> None:
    """Write the rows of both splits, packed and unpacked, and of the prompt-completion files."""
    os.chdir(given.build)
    for form, options in (("trl.yaml", []), ("trl.yaml, packing off", ["--packing", "false"])):
        trainer = _trainer(given.model, given.out.parent, options)
        write_examples(given.out, f"{form}: train", _rows_of(trainer.get_train_dataloader()))
        if trainer.eval_dataset is not None:
            write_examples(given.out, f"{form}: validation", _rows_of(trainer.get_eval_dataloader()))
    for split in ("train", "validation"):
        paths = sorted(str(path) for path in Path("exports/prompt_completion").glob(f"{split}-*.jsonl"))
        if paths:
            own = ["--packing", "false", "--eval_strategy", "no"]
            trainer = _trainer(given.model, given.out.parent, own, load_dataset("json", data_files=paths)["train"])
            write_examples(given.out, f"prompt_completion: {split}", _rows_of(trainer.get_train_dataloader()))


def _trainer(model: Path, scratch: Path, options: list[str], rows: Any = None) -> SFTTrainer:
    """Return the trainer that `trl sft --config sft/trl.yaml` makes (`trl/scripts/sft.py`)."""
    changed = ["--model_name_or_path", str(model), "--bf16", "false", "--output_dir", str(scratch / "trl-out")]
    parser = make_parser()
    arguments = ["--config", "sft/trl.yaml", *changed, "--use_cpu", "true", "--report_to", "none", *options]
    script, training, model_arguments, _ = parser.parse_args_and_config(args=arguments, fail_with_unknown_args=False)
    splits = {script.dataset_train_split: rows} if rows is not None else load_dataset(script.dataset_name)
    return SFTTrainer(
        model=model_arguments.model_name_or_path,
        args=training,
        train_dataset=splits[script.dataset_train_split],
        eval_dataset=splits[script.dataset_test_split] if training.eval_strategy != "no" else None,
    )


def _rows_of(batches: Any) -> Iterator[Example]:
    for batch in batches:
        for index in range(batch["input_ids"].shape[0]):
            ids, labels = batch["input_ids"][index].tolist(), batch["labels"][index].tolist()
            if "position_ids" in batch:
                yield from unpacked(ids, labels, batch["position_ids"][index].tolist())
            else:
                length = int(batch["attention_mask"][index].sum())
                yield Example(ids[:length], labels[:length])


if __name__ == "__main__":
    main(arguments())
