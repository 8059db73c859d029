"""Reads a text as items with offsets, and hashes its n-grams: what evaluation items and documents are compared by.

An n-gram is a run of 8 words, or of 16 items if it starts with a Hangul, Han or Kana character (see `dedup.items`:
spaces and punctuation only separate items, case is folded, and each character of these scripts is an item). So a copy
with different spacing, particles apart, line breaks, quotation marks or table borders has the same n-grams. An n-gram
is shorter than the 13 words of GPT-3 (Brown et al. 2020, appendix C), because single n-grams decide nothing here:
`decontamination.findings` asks how much of an item a document contains, as Llama 2 does (Touvron et al. 2023, appendix
A.6). Of an English question in which 10% of the words are edited, runs of 13 words keep 39% and runs of 8 words 60%; of
a Korean one, runs of 24 characters keep 64% and runs of 16 characters 71%. All other documents of the same field
together contain runs of 8 words of 2% of a question, and runs of 16 characters of 1%
(`benchmarks/results/decontamination.md`).

Used by `decontamination.index` and `decontamination.matching`. Cost: linear; 17 bytes per item of the text, and a
workspace of about 4 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.items import Hashes, Items, LetterCase, Offsets, read_items
from pipeline.dedup.shingles import Shingling, hashes_at_items
from pipeline.documents.pseudonyms import without_numbers

WORDS, CHARACTERS = 8, 16
"""Number of items in an n-gram that starts with a word, or with a Hangul, Han or Kana character."""
WORD_UNITS, CHARACTER_UNITS = 2, 1
"""Lengths are measured in units, so that texts in both kinds of scripts have one measure."""

_SHINGLING = Shingling(case=LetterCase.FOLD, word_shingle=WORDS, hangul_shingle=CHARACTERS)
_CHUNK_CHARS = 2**17
_BLOCK_ITEMS = 2**16
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TextItems:
    """The items of one text, in order."""

    hashes: Hashes
    """Shape [items]."""
    is_word: Bools
    """Shape [items]."""
    starts: Offsets
    """Shape [items]: offset of each item in the text, in characters."""

    @property
    def units(self) -> Offsets:
        """The length of each item in units, shape [items]."""
        return np.where(self.is_word, WORD_UNITS, CHARACTER_UNITS)

    @property
    def sizes(self) -> Offsets:
        """The number of items in the n-gram that starts at each item, shape [items]."""
        return np.where(self.is_word, WORDS, CHARACTERS)


@dataclass(frozen=True, slots=True)
class NGrams:
    """The n-grams that start in one block of a text's items."""

    hashes: Hashes
    """Shape [n-grams]."""
    items: Offsets
    """Shape [n-grams], ascending: the item at which each n-gram starts."""


def read_text(text: str) -> TextItems:
    """Return the items of a text of any length.

    The numbers of masked values count in one document, so they are not compared.
    """
    text = without_numbers(text)
    chunks = [_chunk_items(text[start:end], start) for start, end in _chunks(text)]
    if len(chunks) == 1:
        return chunks[0]
    empty = TextItems(np.empty(0, dtype=np.uint64), np.empty(0, dtype=bool), np.empty(0, dtype=np.int64))
    chunks = chunks or [empty]
    return TextItems(
        np.concatenate([chunk.hashes for chunk in chunks]),
        np.concatenate([chunk.is_word for chunk in chunks]),
        np.concatenate([chunk.starts for chunk in chunks]),
    )


def ngrams_by_block(items: TextItems) -> Iterator[NGrams]:
    """Yield the n-grams of a text, block by block."""
    num_items = len(items.hashes)
    for start in range(0, num_items, _BLOCK_ITEMS):
        end = min(start + _BLOCK_ITEMS, num_items)
        reach = slice(start, end + _SHINGLING.longest - 1)
        is_word = items.is_word[reach]
        block = Items(items.hashes[reach], None if is_word.all() else is_word, items.starts[reach], True)
        hashes = hashes_at_items(block, _SHINGLING)[: end - start]
        first = np.arange(start, end)
        if end + _SHINGLING.longest > num_items:
            fits = first + items.sizes[start:end] <= num_items
            hashes, first = hashes[fits], first[fits]
        yield NGrams(hashes, first)


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Yield chunks that end at white space, so that no word is cut, unless a run without any fills a chunk."""
    start = 0
    while start < len(text):
        end = min(start + _CHUNK_CHARS, len(text))
        if end < len(text):
            space = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = space + 1 if space >= start else end
        yield start, end
        start = end


def _chunk_items(chunk: str, start: int) -> TextItems:
    items = read_items(chunk, LetterCase.FOLD)
    is_word = np.ones(len(items.hashes), dtype=bool) if items.is_word is None else items.is_word
    starts = items.first_characters
    if not items.has_text_offsets:
        # Documents are in NFC, so only folding changed their length: ß became ss.
        folded = [len(character.casefold()) for character in chunk]
        owners = np.repeat(np.arange(len(chunk)), folded)
        starts = owners[np.minimum(starts, len(owners) - 1)] if len(owners) else starts
    return TextItems(items.hashes, is_word, starts + start)
