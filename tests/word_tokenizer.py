"""A tokenizer of words, exact and reversible, for packing without a model."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from pipeline.pack.split import Ids

SPACE_AFTER = r"\S+\s*|\s+"
"""Tokens end before a word: a cut before a word lies between two tokens."""
SPACE_BEFORE = r"\s*\S+|\s+"
"""As byte-level BPE does with spaces: a cut before a word lies inside a token."""


class WordTokenizer:
    """A token is a word with the white space on one side of it."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self._ids: dict[str, int] = {}
        self.num_encoded_chars = 0

    def encode(self, text: str, at: Sequence[int]) -> tuple[Ids, list[int]]:
        self.num_encoded_chars += len(text)
        matches = list(self._pattern.finditer(text))
        ids = [self._ids.setdefault(match.group(), len(self._ids)) for match in matches]
        starts = [match.start() for match in matches]
        return np.array(ids, dtype=np.uint32), [bisect_left(starts, offset) for offset in at]

    def decode(self, ids: Ids) -> str:
        words = list(self._ids)
        return "".join(words[number] for number in ids.tolist())

    def count(self, text: str) -> int:
        return len(self.encode(text, ())[0])
