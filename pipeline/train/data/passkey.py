"""Passkey prompts: a five-digit key hidden in filler text, with a question about it at the end.

This is the protocol of Landmark and LongLoRA (Mohtashami & Jaggi 2023, arXiv 2305.16300, section 4.2; Chen et al. 2023,
arXiv 2309.12307, section 4.2). Takes a tokenizer, a length in tokens and a depth. Returns prompts that take exactly
that length together with their answer. The probe during training and `evaluate` both use it, so both ask the same. Pure
and without torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from pipeline.errors import InputError
from pipeline.identity import seeded_random

ANSWER_TOKENS = 12
"""Tokens decoded after a prompt: at most one for each of five digits, and room for a word before them."""

_INTRODUCTION = (
    "There is an important info hidden inside a lot of irrelevant text. Find it and memorize it. "
    "I will quiz you about the important information there."
)
_FILLER = (
    " The grass is green.",
    " The sky is blue.",
    " The sun is yellow.",
    " Here we go.",
    " There and back again.",
)
_NEEDLE = " The pass key is {key}. Remember it. {key} is the pass key."
# Every model gets plain text, chat models too. On SmolLM2-135M-Instruct (1,024 to 4,096 tokens, depths 0, 0.1, 0.5, 0.9
# and 1) this form found most keys: 27 of 30. Without "number" it found 24, and none at depth 1. As a chat turn with the
# answer already begun it found 20, or 26 with "number".
_QUESTION = " What is the pass key? The pass key is number"
_KEYS = (10_000, 99_999)


@dataclass(frozen=True, slots=True)
class PasskeyPrompt:
    """One trial."""

    ids: tuple[int, ...]
    key: str
    depth: float
    """Actual share of the filler before the key: that of the sentence boundary nearest to the requested depth."""

    def answer_ids(self, tokenizer: Any) -> tuple[int, ...]:
        """Return the ids that follow the prompt if the model finds the key; at most `ANSWER_TOKENS`."""
        return _encode(tokenizer, f" {self.key}")


def make_prompts(tokenizer: Any, *, length: int, depth: float, samples: int, seed: int) -> list[PasskeyPrompt]:
    """Return prompts of one length and depth, each with its own key; prompt and answer take exactly `length` tokens.

    Args:
        tokenizer: a transformers tokenizer.
        length: tokens of prompt and answer, `ANSWER_TOKENS` included.
        depth: 0 puts the key before all filler, 1 after it.
        samples: number of prompts.
        seed: the recipe's seed; keys depend on seed, length, depth and sample.

    Raises:
        InputError: the length is too short for instruction, key, question and answer.
    """
    leading = tuple(tokenizer("")["input_ids"])  # a beginning-of-text token, if the tokenizer adds one
    before, after = leading + _encode(tokenizer, _INTRODUCTION), _encode(tokenizer, _QUESTION)
    filler = [_encode(tokenizer, sentence) for sentence in _FILLER]
    prompts = []
    for sample in range(samples):
        key = str(seeded_random("passkey", seed, length, str(depth), sample).randint(*_KEYS))
        needle = _encode(tokenizer, _NEEDLE.format(key=key))
        room = length - ANSWER_TOKENS - len(before) - len(needle) - len(after)
        if room < 0:
            raise InputError(
                f"A passkey prompt of {length} tokens is too short: it needs {length - room}.",
                remedy="Raise the recipe's passkey lengths.",
            )
        text, boundaries = _fill(filler, room)
        at = min(boundaries, key=lambda boundary: abs(boundary - depth * room))
        ids = (*before, *text[:at], *needle, *text[at:], *after)
        prompts.append(PasskeyPrompt(ids=ids, key=key, depth=at / room if room else 0.0))
    return prompts


def least_tokens(tokenizer: Any) -> int:
    """Return the shortest length of a prompt and its answer, without filler, measured with the largest key."""
    key = str(_KEYS[1])
    parts = (_INTRODUCTION, _NEEDLE.format(key=key), _QUESTION)
    return len(tokenizer("")["input_ids"]) + sum(len(_encode(tokenizer, part)) for part in parts) + ANSWER_TOKENS


def _fill(sentences: Sequence[tuple[int, ...]], room: int) -> tuple[list[int], list[int]]:
    """Return filler of exactly `room` tokens, its last sentence cut, and its sentence boundaries, 0 included."""
    cycle = [token for sentence in sentences for token in sentence]
    repeats = room // len(cycle) + 1
    ends = accumulate(len(sentence) for _ in range(repeats) for sentence in sentences)
    return (cycle * repeats)[:room], [0, *(end for end in ends if end <= room)]


def _encode(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
