"""Passkey prompts: a five-digit key hidden in filler text, asked for at the end (LongLoRA's and Landmark's protocol).

In: a tokenizer, a length in tokens, a depth. Out: prompts of exactly that length (Mohtashami & Jaggi 2023,
arXiv 2305.16300, section 4.2; Chen et al. 2023, arXiv 2309.12307, section 4.2). Used by the probe during training and
by `evaluate`, so both ask the same. Pure; no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from pipeline.errors import InputError
from pipeline.identity import seeded_random

ANSWER_TOKENS = 12
"""Decoded after a prompt: five digits, a token each at worst, and room for a word before them."""

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
# Plain text for every model, chat models too. Of the forms tried on SmolLM2-135M-Instruct (1,024 to 4,096 tokens,
# depths 0, 0.1, 0.5, 0.9 and 1; keys found of 30) this one did best with 27; without "number" 24 and none at depth 1;
# as a chat turn with the answer begun 20, and 26 with "number".
_QUESTION = " What is the pass key? The pass key is number"
_KEYS = (10_000, 99_999)


@dataclass(frozen=True, slots=True)
class PasskeyPrompt:
    """One trial."""

    ids: tuple[int, ...]
    key: str
    depth: float
    """Share of the filler that really stands before the key: the nearest sentence boundary to the one asked for."""

    def answer_ids(self, tokenizer: Any) -> tuple[int, ...]:
        """What follows the prompt where the key is found; at most `ANSWER_TOKENS` tokens."""
        return _encode(tokenizer, f" {self.key}")


def make_prompts(tokenizer: Any, *, length: int, depth: float, samples: int, seed: int) -> list[PasskeyPrompt]:
    """Prompts of one cell, each with a key of its own; prompt and answer together take exactly `length` tokens.

    Args:
        tokenizer: a transformers tokenizer.
        length: in tokens, `ANSWER_TOKENS` included.
        depth: 0 puts the key before all filler, 1 behind it.
        samples: how many.
        seed: the recipe's; keys depend on seed, length, depth and sample.

    Raises:
        InputError: the length has no room for instruction, key and question.
    """
    leading = tuple(tokenizer("")["input_ids"])  # a beginning-of-text token, where the tokenizer wants one
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
    """The shortest length a prompt fits whatever its key: instruction, key, question and answer, without filler."""
    key = str(_KEYS[1])
    parts = (_INTRODUCTION, _NEEDLE.format(key=key), _QUESTION)
    return len(tokenizer("")["input_ids"]) + sum(len(_encode(tokenizer, part)) for part in parts) + ANSWER_TOKENS


def _fill(sentences: Sequence[tuple[int, ...]], room: int) -> tuple[list[int], list[int]]:
    """Filler of exactly `room` tokens, its last sentence cut, and the sentence boundaries in it, from 0 on."""
    cycle = [token for sentence in sentences for token in sentence]
    repeats = room // len(cycle) + 1
    ends = accumulate(len(sentence) for _ in range(repeats) for sentence in sentences)
    return (cycle * repeats)[:room], [0, *(end for end in ends if end <= room)]


def _encode(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
