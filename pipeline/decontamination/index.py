"""The index of evaluation sets: which n-grams occur in which texts of which items, as numpy arrays.

`IndexBuilder` takes items one by one and returns an `NGramIndex`; `NGramIndex.find` returns the n-grams of a document
that are in the index. Texts that several items share, such as the context of ten questions, are stored once. N-grams
that many items of a set share are left out, because they are instructions or boilerplate.

Memory: 33 bytes per n-gram for items of 50 words (`benchmarks/results/decontamination.md`). Looking up a document costs
two array reads per n-gram, because a table of 16 bits per n-gram answers first; only 1 in 16 n-grams that are not in
the index goes on to a binary search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.decontamination.items import ItemPart, ItemTexts
from pipeline.decontamination.ngrams import Bools, TextItems, ngrams_by_block, read_text
from pipeline.dedup.items import Hashes, Offsets

Numbers = NDArray[np.uint32]
PARTS = tuple(ItemPart)
"""The parts in the order of their numbers in `NGramIndex.use_parts`."""
_MIN_COMMON_ITEMS = 5
_TABLE_BITS_PER_NGRAM = 16
_MIN_TABLE_BITS, _MAX_TABLE_BITS = 16, 34
_MAX_SHORT_ITEMS = 64


@dataclass(frozen=True, slots=True)
class Hits:
    """The places in a document at which n-grams of the index start."""

    ngrams: Numbers
    """Shape [hits]: the number of each n-gram in the index."""
    items: Offsets
    """Shape [hits], ascending: the item of the document at which each starts."""


@dataclass(frozen=True, eq=False)
class NGramIndex:
    """N-grams, the texts that they occur in, and the items that these texts belong to.

    A *text* is a distinct text of the sets, with a number. A *use* says that an item has a text as one of its parts.
    """

    ngrams: Hashes
    """Shape [n-grams], ascending."""
    bounds: Numbers
    """Shape [n-grams + 1]: the occurrences of n-gram i run from `bounds[i]` to `bounds[i + 1]`."""
    texts: Numbers
    """Shape [occurrences]: the text of each."""
    positions: Numbers
    """Shape [occurrences]: the item of the text at which each starts."""
    word_bounds: Offsets
    """Shape [texts + 1]: the items of text i are `is_word[word_bounds[i]:word_bounds[i + 1]]`."""
    is_word: Bools
    """Shape [items of all texts]: whether each is a word or a Hangul, Han or Kana character."""
    short_bounds: Offsets
    """Shape [texts + 1]: the item hashes of a short text are `short_hashes[short_bounds[i]:short_bounds[i + 1]]`."""
    short_hashes: Hashes
    use_bounds: Offsets
    """Shape [items + 1]: the uses of item i run from `use_bounds[i]` to `use_bounds[i + 1]`."""
    use_texts: Numbers
    """Shape [uses]: the number of the text."""
    use_parts: Numbers
    """Shape [uses]: the number of the part in `PARTS`."""

    @property
    def num_items(self) -> int:
        """The number of evaluation items."""
        return len(self.use_bounds) - 1

    @property
    def num_bytes(self) -> int:
        """The size of all arrays, including the table that lookups use."""
        return sum(array.nbytes for array in self.arrays().values()) + self._table.nbytes

    @cached_property
    def counts(self) -> Offsets:
        """The number of occurrences of each n-gram, shape [n-grams]."""
        bounds = self.bounds.astype(np.int64)
        return bounds[1:] - bounds[:-1]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by name; `NGramIndex(**arrays)` is an equal index."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def find(self, items: TextItems) -> Hits:
        """Return the n-grams of a document that are in the index."""
        found = [np.empty(0, dtype=np.uint32)]
        at = [np.empty(0, dtype=np.int64)]
        if len(self.ngrams):
            for block in ngrams_by_block(items):
                slots = block.hashes >> self._shift
                may_be = np.flatnonzero((self._table[slots >> np.uint64(3)] >> (slots & np.uint64(7))) & np.uint8(1))
                hashes = block.hashes[may_be]
                numbers = np.searchsorted(self.ngrams, hashes)
                is_found = self.ngrams[np.minimum(numbers, len(self.ngrams) - 1)] == hashes
                found.append(numbers[is_found].astype(np.uint32))
                at.append(block.items[may_be[is_found]])
        return Hits(np.concatenate(found), np.concatenate(at))

    def without(self, ngrams: Numbers) -> Self:
        """Return the index without some n-grams, given by number; the numbers of the others change."""
        if not len(ngrams):
            return self
        is_kept = np.ones(len(self.ngrams), dtype=bool)
        is_kept[ngrams] = False
        counts = self.counts
        occurs = np.repeat(is_kept, counts)
        kept = {
            "ngrams": self.ngrams[is_kept],
            "bounds": np.concatenate([[0], np.cumsum(counts[is_kept])]).astype(np.uint32),
            "texts": self.texts[occurs],
            "positions": self.positions[occurs],
        }
        return type(self)(**{**self.arrays(), **kept})

    def short_text(self, text: int) -> Hashes:
        """Return the item hashes of a text of up to 64 items; empty for a longer text."""
        return self.short_hashes[self.short_bounds[text] : self.short_bounds[text + 1]]

    def uses_of(self, item: int) -> list[tuple[ItemPart, int]]:
        """Return the parts of an item, each with the number of its text."""
        uses = slice(int(self.use_bounds[item]), int(self.use_bounds[item + 1]))
        pairs = zip(self.use_parts[uses].tolist(), self.use_texts[uses].tolist(), strict=True)
        return [(PARTS[part], text) for part, text in pairs]

    @cached_property
    def items_of_texts(self) -> Mapping[int, Sequence[int]]:
        """The items that use each text."""
        owners = np.repeat(np.arange(self.num_items), self.use_bounds[1:] - self.use_bounds[:-1])
        found: dict[int, list[int]] = {}
        for text, item in zip(self.use_texts.tolist(), owners.tolist(), strict=True):
            if item not in (known := found.setdefault(text, [])):
                known.append(item)
        return found

    @cached_property
    def _shift(self) -> np.uint64:
        bits = (len(self.ngrams) * _TABLE_BITS_PER_NGRAM).bit_length()
        return np.uint64(64 - min(max(bits, _MIN_TABLE_BITS), _MAX_TABLE_BITS))

    @cached_property
    def _table(self) -> NDArray[np.uint8]:
        """One bit for each value of the upper bits of a hash, set if an n-gram has this value."""
        table = np.zeros(1 << (61 - int(self._shift)), dtype=np.uint8)
        slots = self.ngrams >> self._shift
        np.bitwise_or.at(table, slots >> np.uint64(3), np.uint8(1) << (slots & np.uint64(7)).astype(np.uint8))
        return table


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """An index and what was left out of it."""

    index: NGramIndex
    num_common: int
    """Number of n-grams that too many items of a set share."""


class IndexBuilder:
    """Collects the items of all sets; `build` returns their index."""

    def __init__(self, *, max_item_share: float) -> None:
        self._max_item_share = max_item_share
        self._numbers: dict[bytes, int] = {}
        self._hashes: list[Hashes] = []
        self._positions: list[Offsets] = []
        self._is_word: list[Bools] = []
        self._short: list[Hashes] = []
        self._uses: list[list[tuple[int, int]]] = []
        self._texts_of_sets: list[set[int]] = []
        self._items_of_sets: Counter[int] = Counter()

    def add(self, set_number: int, item: ItemTexts) -> None:
        """Add an item; its number is the number of items added before."""
        while len(self._texts_of_sets) <= set_number:
            self._texts_of_sets.append(set())
        uses = []
        for one in item.texts:
            if (text := self._text_number(one.text)) is not None:
                uses.append((PARTS.index(one.part), text))
                self._texts_of_sets[set_number].add(text)
        self._uses.append(list(dict.fromkeys(uses)))
        self._items_of_sets[set_number] += 1

    def build(self) -> BuiltIndex:
        """Return the index of all items."""
        counts = [len(hashes) for hashes in self._hashes]
        hashes = np.concatenate([np.empty(0, dtype=np.uint64), *self._hashes])
        texts = np.repeat(np.arange(len(counts)), counts)
        order = np.argsort(hashes, kind="stable")
        hashes, texts = hashes[order], texts[order]
        firsts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])[: len(hashes)])
        uses = [use for item in self._uses for use in item]
        index = NGramIndex(
            ngrams=hashes[firsts],
            bounds=np.append(firsts, len(hashes)).astype(np.uint32),
            texts=texts.astype(np.uint32),
            positions=np.concatenate([np.empty(0, dtype=np.int64), *self._positions])[order].astype(np.uint32),
            word_bounds=_bounds(self._is_word),
            is_word=np.concatenate([np.empty(0, dtype=bool), *self._is_word]),
            short_bounds=_bounds(self._short),
            short_hashes=np.concatenate([np.empty(0, dtype=np.uint64), *self._short]),
            use_bounds=_bounds(self._uses),
            use_texts=np.array([text for _, text in uses], dtype=np.uint32),
            use_parts=np.array([part for part, _ in uses], dtype=np.uint32),
        )
        common = self._common(index)
        return BuiltIndex(index.without(common), len(common))

    def _text_number(self, text: str) -> int | None:
        """Return the number of a text, which is new or known; None for a text without items."""
        items = read_text(text)
        if not len(items.hashes):
            return None
        key = items.hashes.tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            blocks = list(ngrams_by_block(items))
            self._hashes.append(np.concatenate([block.hashes for block in blocks]))
            self._positions.append(np.concatenate([block.items for block in blocks]))
            self._is_word.append(items.is_word)
            self._short.append(items.hashes if len(items.hashes) <= _MAX_SHORT_ITEMS else items.hashes[:0])
        return self._numbers[key]

    def _common(self, index: NGramIndex) -> Numbers:
        """Return the n-grams that too many items of a set share. Equal texts count once."""
        numbers = np.repeat(np.arange(len(index.ngrams)), index.counts)
        texts = index.texts.astype(np.int64)
        is_first = np.ones(len(texts), dtype=bool)
        is_first[1:] = (numbers[1:] != numbers[:-1]) | (texts[1:] != texts[:-1])
        numbers, texts = numbers[is_first], texts[is_first]
        is_common = np.zeros(len(index.ngrams), dtype=bool)
        for number, members in enumerate(self._texts_of_sets):
            in_set = np.zeros(len(self._numbers), dtype=bool)
            in_set[list(members)] = True
            counts = np.bincount(numbers[in_set[texts]], minlength=len(index.ngrams))
            limit = max(_MIN_COMMON_ITEMS - 1, int(self._max_item_share * self._items_of_sets[number]))
            is_common |= counts > limit
        return np.flatnonzero(is_common).astype(np.uint32)


def _bounds(parts: Sequence[Sequence[object]] | Sequence[NDArray[np.generic]]) -> Offsets:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)
