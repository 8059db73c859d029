"""Exports small models as `finetune` does, one for each family and RoPE method, to be loaded elsewhere.

Writes one folder for each case: the exported `model/`, and `asked.json`, which holds texts, conversations, token ids
and lengths. Returns what a correct program must answer: our own frequencies in float64, and ids and logits of the
installed transformers. The weights are random, and all methods of a family have the same, so logits tell the methods
apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AutoTokenizer,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GemmaTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from benchmarks.compat.loaders.load_models import answers
from pipeline.config.recipe import Recipe
from pipeline.io.models import EMBEDDED_MODEL, resolve_model
from pipeline.train.export.model_folder import export_model
from pipeline.train.model.student import build_student
from pipeline.train.rope.methods import method_names

ORIGINAL_TOKENS = 256
FACTOR = 2.0
_NUM_IDS = 400
"""Beyond the original length, so that methods which follow the length are in force."""
_HALF = 8
TEXTS = (
    "Either party may end the lease on ninety days' notice.\n\n  The rent is 1,450 dollars.",
    "임차인은 매월 5일까지 월세 65만 원을 지급한다. 보증금은 계약이 끝나는 날 돌려준다.",
    "계약 (契約) ends — 🙂 with <|im_end|> and\ttabs.",
)
_CHATS = tuple([{"role": "user", "content": text}, {"role": "assistant", "content": "네, yes."}] for text in TEXTS)
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 2 * _HALF,
    "max_position_embeddings": ORIGINAL_TOKENS,
    "initializer_range": 0.2,
}


@dataclass(frozen=True, slots=True)
class Case:
    """An exported model, and what a program that loads it must answer."""

    name: str
    family: str
    method: str
    expected: Mapping[str, Any]
    """As `loaders.load_models.answers` returns it; the frequencies are ours."""


def make_cases(folder: Path) -> Iterator[Case]:
    """Export every family with every method that can be written into a config, and yield the cases."""
    for family, (build, tokenizer) in _families().items():
        base = folder.parent / "bases" / family
        made = tokenizer()
        torch.manual_seed(5)
        build(len(made)).save_pretrained(base)
        made.save_pretrained(base)
        for method in method_names():
            yield _export(folder / f"{family}-{method}", family=family, method=method, base=base)


def _export(folder: Path, *, family: str, method: str, base: Path) -> Case:
    recipe = _recipe(base, method, family=family).finetune
    student = build_student(recipe.model, recipe, seed=1)
    scaling = student.scaling
    tokenizer = AutoTokenizer.from_pretrained(base, trust_remote_code=False)
    ids = tokenizer("\n".join(TEXTS) * 100)["input_ids"][:_NUM_IDS]
    assert len(ids) == _NUM_IDS
    model = folder / "model"
    model.mkdir(parents=True, exist_ok=True)
    export_model(student, model, base_model=str(base), probe_ids=ids)
    lengths = [ORIGINAL_TOKENS, ORIGINAL_TOKENS * 2]
    positions = [*range(0, _NUM_IDS, 20), _NUM_IDS - 1]
    asked = {"texts": TEXTS, "chats": _CHATS, "ids": ids, "positions": positions, "lengths": lengths}
    (folder / "asked.json").write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    ours = {
        str(length): {
            "sliding" if table.layer_type == "sliding_attention" else "full": {
                "inv_freq": table.inverse_frequencies_at(length),
                "attention_factor": table.attention_factor,
            }
            for table in scaling.tables
        }
        for length in lengths
    }
    chats = [tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) for chat in _CHATS]
    ids_of_base = {
        "token_ids": [tokenizer(text)["input_ids"] for text in TEXTS],
        "chat_ids": [tokenizer(chat, add_special_tokens=False)["input_ids"] for chat in chats],
    }
    expected = {**answers(model, json.loads(json.dumps(asked))), **ids_of_base, "tables": ours}
    return Case(folder.name, family, method, expected)


def _recipe(base: Path, method: str, *, family: str) -> Recipe:
    rope: dict[str, Any] = {"method": method} | ({} if method == "none" else {"factor": FACTOR})
    if method == "longrope":
        long = [1.0 + pair / _HALF for pair in range(_HALF)]
        # transformers cannot switch between two lists in a model with a table for each layer type.
        rope |= {"long_factors": long, "short_factors": long if family == "gemma" else [1.0] * _HALF}
    section = {"model": str(base), "rope": rope, "max_tokens": ORIGINAL_TOKENS, "dtype": "float32", "device": "cpu"}
    return Recipe.model_validate({"name": "compat", "inputs": [{"path": "bundled:"}], "finetune": section})


def _families() -> dict[str, tuple[Callable[[int], PreTrainedModel], Callable[[], PreTrainedTokenizerBase]]]:
    kinds = ["sliding_attention", "full_attention"]
    return {
        "llama": (
            lambda size: LlamaForCausalLM(LlamaConfig(**_SHAPE, vocab_size=size, tie_word_embeddings=True)),
            lambda: AutoTokenizer.from_pretrained(resolve_model(EMBEDDED_MODEL), trust_remote_code=False),
        ),
        "qwen": (lambda size: Qwen3ForCausalLM(Qwen3Config(**_SHAPE, vocab_size=size)), _qwen_tokenizer),
        "gemma": (
            lambda size: Gemma3ForCausalLM(
                Gemma3TextConfig(**_SHAPE, vocab_size=size, sliding_window=64, layer_types=kinds)
            ),
            _gemma_tokenizer,
        ),
    }


def _qwen_tokenizer() -> PreTrainedTokenizerBase:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters = pre_tokenizers.ByteLevel.alphabet()
    vocabulary, merges = _trained(tokenizer, ["<|endoftext|>"], letters)
    return _with_turns(Qwen2Tokenizer(vocab=vocabulary, merges=merges))


def _gemma_tokenizer() -> PreTrainedTokenizerBase:
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    first = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    vocabulary, merges = _trained(tokenizer, first, [])
    return _with_turns(GemmaTokenizer(vocab=vocabulary, merges=merges))


def _trained(
    tokenizer: Tokenizer, special: Sequence[str], letters: Sequence[str]
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=list(special), initial_alphabet=list(letters), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS * 20, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [(left, right) for left, right in model["merges"]]


def _with_turns(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    tokenizer.add_special_tokens({"extra_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = _TEMPLATE
    return tokenizer
