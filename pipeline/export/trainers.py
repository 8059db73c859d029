"""Composes configs for common trainers, with which no trainer cuts or drops a row silently. Used by the export stage.

By default, LLaMA-Factory cuts the end of the user's message, where the question is; Axolotl drops long rows, and TRL
cuts them. Every length here is therefore that of the longest row, with room for a different template, rounded up.
`make compat` loads the rows with each of these trainers and compares the labels with `tokens/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from pipeline.records import Split

Json = dict[str, Any]  # Any: the tree of a JSON or YAML file

_TRL_FOLDER = "exports/trl"
"""The data set of `trl.yaml`, relative to the build folder."""
_AXOLOTL_FOLDER = "exports/axolotl"
_ROUNDED_TOKENS = 256
_TEMPLATE_ROOM_TOKENS = 64
"""Room for what a trainer's own copy of the chat template may add, such as a system turn or line breaks."""


def trainer_tokens(longest_row: int) -> int:
    """Return the sequence length for training: the longest row plus room for a different template, rounded up."""
    return -(-(longest_row + _TEMPLATE_ROOM_TOKENS) // _ROUNDED_TOKENS) * _ROUNDED_TOKENS


def dataset_info(*, name: str, jsonl_names: Sequence[str]) -> Json:
    """Return LLaMA-Factory's registry: one data set per file, such as `NAME_train_00000`, with every tag explicit.

    The format is `sharegpt` with OpenAI's tags: for `openai`, LLaMA-Factory 0.9.5 puts the system message "detailed
    thinking off" before every conversation.
    """
    return {
        dataset_name(name, file_name): {
            "file_name": file_name,
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
                "system_tag": "system",
                "observation_tag": "tool",
                "function_tag": "function_call",
            },
        }
        for file_name in jsonl_names
    }


def dataset_name(name: str, file_name: str) -> str:
    """Return the name of the data set for a file in LLaMA-Factory's registry."""
    return f"{name}_{file_name.removesuffix('.jsonl')}".replace("-", "_").replace(".", "_")


def llamafactory_yaml(*, name: str, jsonl_names: Sequence[str], longest_row: int) -> str:
    """Return the lines of a LLaMA-Factory recipe that select this data set, for the dataset card."""
    train = [dataset_name(name, file_name) for file_name in jsonl_names if file_name.startswith(Split.TRAIN.value)]
    return _yaml(
        {
            "dataset_dir": ".",
            "dataset": ",".join(train),
            "cutoff_len": trainer_tokens(longest_row),
            "train_on_prompt": False,
            "neat_packing": True,
        }
    )


def axolotl_yaml(*, jsonl_names: Sequence[str], model: str, longest_row: int) -> str:
    """Return an Axolotl config as a starting point; it must be run in the build folder.

    It reads token ids with labels. From messages, Axolotl leaves out of the loss what a template writes after the
    end-of-turn token, such as the line break of ChatML, and reads control tokens in documents as such.
    """
    validation = [_axolotl_file(name) for name in jsonl_names if name.startswith(Split.VALIDATION.value)]
    config: Json = {
        "base_model": model,
        "datasets": [_axolotl_file(name) for name in jsonl_names if name.startswith(Split.TRAIN.value)],
        **({"test_datasets": validation} if validation else {}),
        "sequence_len": trainer_tokens(longest_row),
        "excess_length_strategy": "raise",
        "sample_packing": True,
        "eval_sample_packing": False,
        "attn_implementation": "sdpa",  # without one, packed rows attend to each other
        "pad_to_sequence_len": True,
        "train_on_inputs": False,
        "output_dir": "axolotl-out",
        "bf16": "auto",
        "gradient_checkpointing": True,
        "micro_batch_size": 1,
        "gradient_accumulation_steps": 8,
        "num_epochs": 1,
        "learning_rate": 2e-5,
        "optimizer": "adamw_torch_fused",
        "lr_scheduler": "cosine",
    }
    comment = (
        "# axolotl train sft/axolotl.yaml, in the build folder. Without excess_length_strategy long rows vanish.\n"
        f"# {_AXOLOTL_FOLDER} holds token ids and labels, so the model must have this tokenizer. For another one,\n"
        "# read the messages, with an entry such as this for each file:\n"
        "#   {path: sft/train-00000.jsonl, ds_type: json, type: chat_template, field_messages: messages,\n"
        "#    message_property_mappings: {role: role, content: content}, roles_to_train: [assistant],\n"
        "#    train_on_eos: turn, split: train}\n"
    )
    return comment + _yaml(config)


def trl_yaml(*, model: str, longest_row: int, has_validation: bool) -> str:
    """Return a `trl sft` config as a starting point; it must be run in the build folder.

    TRL finds `input_ids` and `assistant_masks` in the data set, so it applies no chat template, and every answer of a
    conversation is in the loss. `assistant_only_loss` is for data sets with messages, and must stay off.
    """
    config: Json = {
        "model_name_or_path": model,
        "dataset_name": _TRL_FOLDER,
        "dataset_train_split": Split.TRAIN.value,
        **({"dataset_test_split": Split.VALIDATION.value} if has_validation else {}),
        "eval_strategy": "epoch" if has_validation else "no",
        "max_length": trainer_tokens(longest_row),
        "packing": True,
        "packing_strategy": "bfd",
        "output_dir": "trl-out",
        "bf16": True,
        "gradient_checkpointing": True,
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 8,
        "num_train_epochs": 1,
        "learning_rate": 2e-5,
    }
    comment = (
        "# trl sft --config sft/trl.yaml, in the build folder. Rows over max_length would lose their end.\n"
        f"# {_TRL_FOLDER} holds token ids and a mask of the answers, so the model must have this tokenizer. No chat\n"
        "# template is applied, and text of documents that looks like a control token stays text.\n"
    )
    return comment + _yaml(config)


def _axolotl_file(jsonl_name: str) -> Json:
    """Return the entry for the token ids of the rows in a file of `sft/`; rows with `labels` need no `type`."""
    stem = jsonl_name.removesuffix(".jsonl")
    return {"path": f"{_AXOLOTL_FOLDER}/{stem}.parquet", "ds_type": "parquet", "split": "train"}


def _yaml(value: Json) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    return text
