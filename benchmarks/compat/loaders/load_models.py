"""Loads exported model folders with the installed transformers, 4 or 5; run in an environment of its own.

    python -m benchmarks.compat.loaders.load_models CASES OUT

`CASES` has one folder per case, with the model in `model/` and the questions in `asked.json`. Writes one line of JSON
to `OUT` for each case: token ids, logits, and the rotary frequencies of the built model, or the error. Imports torch
and transformers only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

_ERRORS = (OSError, ValueError, KeyError, AttributeError, TypeError, RuntimeError, ImportError)
"""What versions of transformers raise for a folder that they cannot load."""
_LOCAL = "local"
"""In the name of Gemma's module for its sliding layers, in transformers 4."""


def main(cases: Path, out: Path) -> None:
    """Load every case."""
    with out.open("w", encoding="utf-8") as file:
        for folder in sorted(cases.iterdir()):
            asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
            try:
                line = answers(folder / "model", asked)
            except _ERRORS as error:
                line = {"error": f"{type(error).__name__}: {error}"}
            file.write(json.dumps({"case": folder.name, **line}) + "\n")


@torch.no_grad()
def answers(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a loaded folder answers to `asked`: `texts`, `chats`, `ids` and `lengths`."""
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    chats = [tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) for chat in asked["chats"]]
    # Two models: dynamic scaling leaves the frequencies of the longest sequence behind.
    model, untouched = (
        AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=False, use_safetensors=True).float().eval()
        for _ in range(2)
    )
    logits_TV = model(torch.tensor([asked["ids"]]), use_cache=False).logits[0]
    return {
        "token_ids": [tokenizer(text)["input_ids"] for text in asked["texts"]],
        "chat_ids": [tokenizer(chat, add_special_tokens=False)["input_ids"] for chat in chats],
        "logits": logits_TV[asked["positions"]].tolist(),
        "tables": {str(length): dict(tables(untouched, length)) for length in sorted(asked["lengths"])},
    }


def tables(model: PreTrainedModel, num_tokens: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rotary tables of a model for a sequence of this length, each as full or sliding layers use it."""
    positions_1T = torch.tensor([[num_tokens - 1]])
    for name, module in model.named_modules():
        buffers = [key for key, _ in module.named_buffers(recurse=False)]
        for key in buffers:
            prefix = key.removesuffix("inv_freq")
            if prefix == key or prefix.endswith("original_"):
                continue
            layer_type = prefix.removesuffix("_")
            module(torch.zeros(1), positions_1T, **({"layer_type": layer_type} if layer_type else {}))
            is_sliding = _LOCAL in name.rsplit(".", 1)[-1] or layer_type == "sliding_attention"
            yield (
                "sliding" if is_sliding else "full",
                {
                    "inv_freq": getattr(module, key).tolist(),
                    "attention_factor": float(getattr(module, f"{prefix}attention_scaling")),
                },
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
