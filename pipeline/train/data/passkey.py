"""Passkey prompts: a five-digit key hidden in filler text, with a question about the key at the end.

This is the protocol of Landmark and LongLoRA (Mohtashami & Jaggi 2023, arXiv 2305.16300, section 4.2; Chen et al. 2023,
arXiv 2309.12307, section 4.2). Takes a tokenizer, a length in tokens and a depth. Returns prompts that have exactly
that length together with `ANSWER_TOKENS` for the answer. Used by the probe during training; the evaluation task asks in
the same words (`passkey_words`). Does not import torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from pipeline.errors import InputError
from pipeline.identity import seeded_random
from pipeline.passkey_words import FILLER, INTRODUCTION, KEYS, NEEDLE, QUESTION

ANSWER_TOKENS = 12
"""Number of tokens decoded after a prompt: enough for five digits, with one token each, and some words before them."""


@dataclass(frozen=True, slots=True)
class PasskeyPrompt:
    """One prompt and its key."""

    ids: tuple[int, ...]
    key: str
    depth: float
    """Share of the filler that is before the key, at the sentence boundary nearest to the requested depth."""

    def answer_ids(self, tokenizer: Any) -> tuple[int, ...]:
        """Return the ids of the correct answer, which follow the prompt."""
        return _encode(tokenizer, f" {self.key}")


def make_prompts(tokenizer: Any, *, length: int, depth: float, samples: int, seed: int) -> list[PasskeyPrompt]:
    """Return prompts of one length and depth, each with its own random key.

    Args:
        tokenizer: a transformers tokenizer.
        length: number of tokens in a prompt plus `ANSWER_TOKENS`.
        depth: 0 puts the key before all filler, 1 puts it after the last complete sentence of filler.
        samples: number of prompts.
        seed: the recipe's seed; a key depends on the seed, length, depth and sample number.

    Raises:
        InputError: the length is too short for the introduction, key, question and answer.
    """
    leading = tuple(tokenizer("")["input_ids"])  # a beginning-of-text token, if the tokenizer adds one
    before, after = leading + _encode(tokenizer, INTRODUCTION), _encode(tokenizer, QUESTION)
    filler = [_encode(tokenizer, sentence) for sentence in FILLER]
    prompts = []
    for sample in range(samples):
        key = str(seeded_random("passkey", seed, length, str(depth), sample).randint(*KEYS))
        needle = _encode(tokenizer, NEEDLE.format(key=key))
        room = length - ANSWER_TOKENS - len(before) - len(needle) - len(after)
        if room < 0:
            raise InputError(
                f"A passkey prompt needs at least {length - room} tokens, but its length is set to {length}.",
                remedy="Raise the recipe's passkey lengths.",
            )
        text, boundaries = _fill(filler, room)
        nearest = min(boundaries, key=lambda boundary: abs(boundary - depth * room))
        ids = (*before, *text[:nearest], *needle, *text[nearest:], *after)
        prompts.append(PasskeyPrompt(ids=ids, key=key, depth=nearest / room if room else 0.0))
    return prompts


def min_prompt_tokens(tokenizer: Any) -> int:
    """Return the length of a prompt without filler, plus `ANSWER_TOKENS`, measured with the largest key."""
    key = str(KEYS[1])
    parts = (INTRODUCTION, NEEDLE.format(key=key), QUESTION)
    return len(tokenizer("")["input_ids"]) + sum(len(_encode(tokenizer, part)) for part in parts) + ANSWER_TOKENS


def _fill(sentences: Sequence[tuple[int, ...]], room: int) -> tuple[list[int], list[int]]:
    """Return filler of exactly `room` tokens, cut in the last sentence if necessary, and its sentence boundaries."""
    cycle = [token for sentence in sentences for token in sentence]
    repeats = room // len(cycle) + 1
    ends = accumulate(len(sentence) for _ in range(repeats) for sentence in sentences)
    return (cycle * repeats)[:room], [0, *(end for end in ends if end <= room)]


def _encode(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
