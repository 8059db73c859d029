"""Decides which evaluation items a document contains.

Takes the n-grams that a document shares with the index; returns findings, each with the part of the item that was
found, its share and its place. An item counts as found if a document contains enough of it close together:

- its question: at least `min_words`, and at least `min_share` of it; or half of `min_share`, with an answer nearby, if
  both together have `min_share` of both. A question that is shorter than `min_words` counts only whole, and only with
  an answer nearby if the item has answers;
- a question that is too short for any n-gram counts only whole, and only near enough of the answer;
- a text, or an answer without a question: as a question of at least `min_words`.

A document that contains enough of a context, and not the question, is reported with the part `context`.

Used by `stages.decontaminate`. Pure. Cost: linear in the occurrences of the shared n-grams.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.decontamination.index import Hits, NGramIndex
from pipeline.decontamination.items import ItemPart
from pipeline.decontamination.ngrams import CHARACTER_UNITS, CHARACTERS, WORD_UNITS, WORDS, Bools, TextItems
from pipeline.dedup.items import Hashes, Offsets

_MIN_GAP_ITEMS = 32
"""Parts of a copy with fewer items of other text between them belong together, however short the copied text is."""
_LEAST_PART = 0.5
"""The part of `min_share` that a document must contain of a question whose answer is near it."""
_NEAR_ITEMS = 300
"""How far from a question its answer may be."""
_WHOLE = 0.999


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an item must be found."""

    min_words: int
    min_share: float

    @property
    def min_units(self) -> int:
        """The minimum length in units."""
        return self.min_words * WORD_UNITS


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document contains a text of an item."""

    first: int
    end: int
    """The items of the document from the first to the last that was matched, extended by what the text has before and
    after."""
    found_units: int
    """Length of the runs of words that the document and the text share."""


@dataclass(frozen=True, slots=True)
class ItemFinding:
    """An evaluation item that a document contains."""

    item: int
    """The number of the item."""
    part: ItemPart
    share: float
    """Share of the part that was found, from 0 to 1."""
    places: tuple[Place, ...]
    """The places of the part, and of answers near it, in the document; the best place first."""


class ItemFinder:
    """Finds the items of an index in documents."""

    def __init__(self, index: NGramIndex, limits: Limits) -> None:
        self._index = index
        self._limits = limits

    @cached_property
    def text_units(self) -> Offsets:
        """The length of each text in units, shape [texts]: of its words in n-grams of the index."""
        index = self._index
        change = np.zeros(len(index.is_word) + 1, dtype=np.int64)
        firsts = index.word_bounds[index.texts] + index.positions
        np.add.at(change, firsts, 1)
        np.add.at(change, firsts + np.where(index.is_word[firsts], WORDS, CHARACTERS), -1)
        sums = np.append(0, np.cumsum(_units(index.is_word) * (np.cumsum(change[:-1]) > 0)))
        found: Offsets = sums[index.word_bounds[1:]] - sums[index.word_bounds[:-1]]
        return found

    @cached_property
    def _unit_sums(self) -> Offsets:
        """The length in units of everything before each item of the texts, shape [items + 1]."""
        return np.append(0, np.cumsum(_units(self._index.is_word)))

    def is_testable(self, item: int) -> bool:
        """Return whether an item has a question, answer or text that can be found."""
        judged = (ItemPart.QUESTION, ItemPart.ANSWER, ItemPart.TEXT)
        return any(part in judged and self.text_units[text] > 0 for part, text in self._index.uses_of(item))

    def find(self, items: TextItems, hits: Hits) -> list[ItemFinding]:
        """Return the items that a document contains, by number.

        Args:
            items: the document.
            hits: what `NGramIndex.find` returned for it.
        """
        if not len(hits.ngrams):
            return []
        places = self._places(hits)
        candidates = sorted({item for text in places for item in self._index.items_of_texts.get(text, ())})
        found = (self._judge(item, items.hashes, places) for item in candidates)
        return [finding for finding in found if finding is not None]

    def _judge(self, item: int, document: Hashes, places: Mapping[int, Sequence[Place]]) -> ItemFinding | None:
        texts: dict[ItemPart, list[int]] = defaultdict(list)
        for part, text in self._index.uses_of(item):
            texts[part].append(text)
        questions, answers = texts[ItemPart.QUESTION], texts[ItemPart.ANSWER]
        found = None
        if any(self.text_units[text] for text in questions):
            found = self._question(item, questions, answers, document, places)
        elif questions:
            found = self._with_short_question(item, questions, answers, document, places)
        elif answers and not texts[ItemPart.TEXT]:
            found = self._alone(item, ItemPart.ANSWER, answers, places)
        found = found or self._alone(item, ItemPart.TEXT, texts[ItemPart.TEXT], places)
        return found or self._alone(item, ItemPart.CONTEXT, texts[ItemPart.CONTEXT], places)

    def _question(
        self,
        item: int,
        questions: Sequence[int],
        answers: Sequence[int],
        document: Hashes,
        places: Mapping[int, Sequence[Place]],
    ) -> ItemFinding | None:
        share, units, best = self._pooled(questions, places)
        total = sum(int(self.text_units[text]) for text in questions)
        if total >= self._limits.min_units:
            near = self._answers_near(best, answers, document, places)
            is_enough = share >= self._limits.min_share and units >= self._limits.min_units
            if not best or not (is_enough or self._is_pair(total, units, answers, near)):
                return None
            return ItemFinding(item, ItemPart.QUESTION, share, (*best, *near))
        if share < _WHOLE:
            return None
        for question in best:
            near = self._answers_near([question], answers, document, places)
            if near or not answers:
                return ItemFinding(item, ItemPart.QUESTION, share, (question, *near))
        return None

    def _is_pair(self, total: int, units: int, answers: Sequence[int], near: Sequence[Place]) -> bool:
        """Return whether a part of a question and an answer near it are enough of both together."""
        found = units + max((place.found_units for place in near), default=0)
        whole = total + max((int(self.text_units[text]) for text in answers), default=0)
        is_near = any(place.found_units for place in near)
        return is_near and found >= max(self._limits.min_units, self._limits.min_share * whole)

    def _with_short_question(
        self,
        item: int,
        questions: Sequence[int],
        answers: Sequence[int],
        document: Hashes,
        places: Mapping[int, Sequence[Place]],
    ) -> ItemFinding | None:
        found = self._alone(item, ItemPart.ANSWER, answers, places)
        if found is None:
            return None
        for place in found.places:
            near = [_whole_near(document, self._index.short_text(text), place) for text in questions]
            if all(one is not None for one in near):
                return ItemFinding(item, ItemPart.ANSWER, found.share, (place, *(one for one in near if one)))
        return None

    def _alone(
        self, item: int, part: ItemPart, texts: Sequence[int], places: Mapping[int, Sequence[Place]]
    ) -> ItemFinding | None:
        """Return the best of an item's texts that is found without the others."""
        best = None
        for text in texts:
            total = int(self.text_units[text])
            found = [place for place in places.get(text, ()) if self._is_enough(place, total)]
            share = max((place.found_units / total for place in found), default=0.0)
            if found and (best is None or share > best.share):
                best = ItemFinding(item, part, share, tuple(found))
        return best

    def _pooled(self, texts: Sequence[int], places: Mapping[int, Sequence[Place]]) -> tuple[float, int, list[Place]]:
        """Return the found share of several texts together, the found units, and the places, the longest first."""
        total = sum(int(self.text_units[text]) for text in texts)
        found = [place for text in texts for place in places.get(text, ())]
        found.sort(key=lambda place: (-place.found_units, place.first))
        units = sum(max((place.found_units for place in places.get(text, ())), default=0) for text in texts)
        return units / max(1, total), units, found

    def _is_enough(self, place: Place, total: int) -> bool:
        return place.found_units >= max(self._limits.min_units, self._limits.min_share * total)

    def _answers_near(
        self, near: Sequence[Place], answers: Sequence[int], document: Hashes, places: Mapping[int, Sequence[Place]]
    ) -> list[Place]:
        found = []
        for text in answers:
            for place in near:
                least = self._limits.min_share * self.text_units[text]
                long = [p for p in places.get(text, ()) if p.found_units >= least]
                found += [p for p in long if p.first < place.end + _NEAR_ITEMS and p.end > place.first - _NEAR_ITEMS]
                short = _whole_near(document, self._index.short_text(text), place)
                if short is not None and not long:
                    found.append(short)
        return found

    def _places(self, hits: Hits) -> dict[int, list[Place]]:
        """Return the texts of which the document contains at least half of `min_share` close together, and where."""
        texts, positions, at = self._occurrences(hits)
        index = self._index
        base = index.word_bounds[texts]
        lengths = index.word_bounds[texts + 1] - base
        sizes = np.where(index.is_word[base + positions], WORDS, CHARACTERS)
        # A group ends where the text changes, or where the next n-gram is further away than the text is long.
        is_new = np.ones(len(texts), dtype=bool)
        is_new[1:] = (texts[1:] != texts[:-1]) | (at[1:] - at[:-1] > np.maximum(lengths[1:], _MIN_GAP_ITEMS))
        firsts = np.flatnonzero(is_new)
        lasts = np.append(firsts[1:], len(texts)) - 1 if len(firsts) else firsts
        found_units = self._covered_units(base + positions, sizes, np.cumsum(is_new) - 1)
        least = _LEAST_PART * self._limits.min_share * self.text_units[texts[firsts]]
        places: dict[int, list[Place]] = defaultdict(list)
        for group in np.flatnonzero(found_units >= np.maximum(1, least)).tolist():
            first, last = firsts[group], lasts[group]
            places[int(texts[first])].append(
                Place(
                    first=max(0, int(at[first] - positions[first])),
                    end=int(at[last] + max(sizes[last], lengths[last] - positions[last])),
                    found_units=int(found_units[group]),
                )
            )
        return places

    def _occurrences(self, hits: Hits) -> tuple[Offsets, Offsets, Offsets]:
        """Return the text, the position in it and the item of the document of each occurrence of an n-gram.

        They are sorted by text, then by item. Texts of which too few n-grams occur are left out.
        """
        index = self._index
        counts = index.counts[hits.ngrams]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        occurrences = np.arange(total) - np.repeat(ends - counts - index.bounds[hits.ngrams], counts)
        texts = index.texts[occurrences].astype(np.int64)
        at = np.repeat(hits.items, counts)
        numbers, owners = np.unique(texts, return_inverse=True)
        most_units = np.bincount(owners, minlength=len(numbers)) * (CHARACTERS * WORD_UNITS)
        is_possible = most_units >= _LEAST_PART * self._limits.min_share * self.text_units[numbers]
        chosen = np.flatnonzero(is_possible[owners]) if len(owners) else owners
        chosen = chosen[np.argsort(texts[chosen], kind="stable")]
        return texts[chosen], index.positions[occurrences[chosen]].astype(np.int64), at[chosen]

    def _covered_units(self, firsts: Offsets, sizes: Offsets, groups: Offsets) -> Offsets:
        """Return the length in units of what the n-grams of each group cover together, shape [groups].

        Args:
            firsts: the first item of each n-gram, counted over all texts.
            sizes: the number of items of each n-gram.
            groups: the ascending group of each n-gram.
        """
        if not len(firsts):
            return firsts
        order = np.lexsort((firsts, groups))
        firsts, sizes, groups = firsts[order], sizes[order], groups[order]
        # Within a group, an n-gram adds what lies beyond all n-grams before it.
        offset = groups * len(self._unit_sums)
        reached = np.maximum.accumulate(firsts + sizes + offset)
        before = np.concatenate([[0], reached[:-1]])
        start = np.maximum(firsts, before - offset)
        added = self._unit_sums[reached - offset] - self._unit_sums[start]
        return np.bincount(groups, weights=added).astype(np.int64)


def _units(is_word: Bools) -> Offsets:
    return np.where(is_word, WORD_UNITS, CHARACTER_UNITS)


def _whole_near(document: Hashes, wanted: Hashes, place: Place) -> Place | None:
    """Return where the document contains a short text whole, near a place; the nearest occurrence after it first."""
    size = len(wanted)
    low, high = max(0, place.first - _NEAR_ITEMS), min(len(document), place.end + _NEAR_ITEMS)
    if not 0 < size <= high - low:
        return None
    starts = np.flatnonzero(document[low : high - size + 1] == wanted[0]) + low
    whole = [int(start) for start in starts if np.array_equal(document[start : start + size], wanted)]
    if not whole:
        return None
    best = min(whole, key=lambda start: (start < place.first, abs(start - place.end)))
    return Place(best, best + size, 0)
