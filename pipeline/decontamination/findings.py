"""Decides which evaluation items a document contains.

Takes the n-grams that a document shares with the index; returns findings, each with the part of the item that was
found, its share and its place. An item counts as found if a document contains enough of it close together:

- its question: at least `min_words`, and at least `min_share` of it. A question that is shorter than `min_words` counts
  only whole, and only with an answer nearby if the item has answers;
- a question that is too short for any n-gram counts only whole, and only near enough of the answer;
- a text, or an answer without a question: as a question of at least `min_words`.

A document that contains enough of a context, and not the question, is reported with the part `context`.

Used by `stages.decontaminate`. Pure. Cost: linear in the occurrences of the shared n-grams.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from pipeline.decontamination.index import Hits, NGramIndex
from pipeline.decontamination.items import ItemPart
from pipeline.decontamination.ngrams import CHARACTER_UNITS, CHARACTERS, WORD_UNITS, WORDS, Bools, TextItems
from pipeline.dedup.items import Hashes, Offsets

_MIN_GAP_ITEMS = 32
"""Parts of a copy with fewer items of other text between them belong together, however short the copied text is."""
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
        is_covered = np.zeros(len(index.is_word) + 1, dtype=np.int64)
        firsts = index.word_bounds[index.texts] + index.positions
        sizes = np.where(index.is_word[firsts], WORDS, CHARACTERS) if len(firsts) else firsts
        np.add.at(is_covered, firsts, 1)
        np.add.at(is_covered, firsts + sizes, -1)
        units = np.where(index.is_word, WORD_UNITS, CHARACTER_UNITS) * (np.cumsum(is_covered[:-1]) > 0)
        sums = np.concatenate([[0], np.cumsum(units)])
        found: Offsets = sums[index.word_bounds[1:]] - sums[index.word_bounds[:-1]]
        return found

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
        places = dict(self._places(hits))
        candidates = sorted({item for text in places for item in self._index.items_of_texts.get(text, ())})
        found = (self._judge(item, items.hashes, places) for item in candidates)
        return [finding for finding in found if finding is not None]

    def _judge(self, item: int, document: Hashes, places: dict[int, list[Place]]) -> ItemFinding | None:
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
        places: dict[int, list[Place]],
    ) -> ItemFinding | None:
        share, units, best = self._pooled(questions, places)
        total = sum(int(self.text_units[text]) for text in questions)
        if total >= self._limits.min_units:
            if share < self._limits.min_share or units < self._limits.min_units:
                return None
            near = self._answers_near(best, answers, document, places)
            return ItemFinding(item, ItemPart.QUESTION, share, (*best, *near))
        if share < _WHOLE:
            return None
        for question in best:
            near = self._answers_near([question], answers, document, places)
            if near or not answers:
                return ItemFinding(item, ItemPart.QUESTION, share, (question, *near))
        return None

    def _with_short_question(
        self,
        item: int,
        questions: Sequence[int],
        answers: Sequence[int],
        document: Hashes,
        places: dict[int, list[Place]],
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
        self, item: int, part: ItemPart, texts: Sequence[int], places: dict[int, list[Place]]
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

    def _pooled(self, texts: Sequence[int], places: dict[int, list[Place]]) -> tuple[float, int, list[Place]]:
        """Return the found share of several texts together, the found units, and the places with enough of a text."""
        totals = [int(self.text_units[text]) for text in texts]
        bests = [max((place.found_units for place in places.get(text, ())), default=0) for text in texts]
        good = [
            place
            for text, total in zip(texts, totals, strict=True)
            for place in places.get(text, ())
            if total and place.found_units >= self._limits.min_share * total
        ]
        good.sort(key=lambda place: (-place.found_units, place.first))
        if not good:
            good = sorted((p for text in texts for p in places.get(text, ())), key=lambda p: (-p.found_units, p.first))
            good = good[:1]
        return sum(bests) / max(1, sum(totals)), sum(bests), good

    def _is_enough(self, place: Place, total: int) -> bool:
        return place.found_units >= max(self._limits.min_units, self._limits.min_share * total)

    def _answers_near(
        self, near: Sequence[Place], answers: Sequence[int], document: Hashes, places: dict[int, list[Place]]
    ) -> list[Place]:
        found = []
        for text in answers:
            for place in near:
                total = int(self.text_units[text])
                long = [p for p in places.get(text, ()) if p.found_units >= self._limits.min_share * total > 0]
                found += [p for p in long if p.first < place.end + _NEAR_ITEMS and p.end > place.first - _NEAR_ITEMS]
                short = _whole_near(document, self._index.short_text(text), place)
                if short is not None and not long:
                    found.append(short)
        return found

    def _places(self, hits: Hits) -> Iterator[tuple[int, list[Place]]]:
        """Yield each text that may be found, with the groups of its n-grams that are close together in the document."""
        index = self._index
        firsts = index.bounds[hits.ngrams].astype(np.int64)
        counts = index.bounds[hits.ngrams + np.uint32(1)].astype(np.int64) - firsts
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        occurrences = np.arange(total) - np.repeat(ends - counts, counts) + np.repeat(firsts, counts)
        texts, positions = index.texts[occurrences], index.positions[occurrences].astype(np.int64)
        at = np.repeat(hits.items, counts)
        # A text with fewer n-grams than this cannot reach the limits, however far they lie apart.
        least = np.minimum(self._limits.min_units, self.text_units) // (CHARACTERS * WORD_UNITS)
        enough = np.bincount(texts, minlength=len(self.text_units)) * (CHARACTERS * WORD_UNITS)
        is_possible = (enough >= self._limits.min_share * self.text_units) & (enough > least)
        chosen = np.flatnonzero(is_possible[texts])
        order = chosen[np.argsort(texts[chosen], kind="stable")]
        texts, positions, at = texts[order], positions[order], at[order]
        bounds = [0, *(np.flatnonzero(np.diff(texts)) + 1).tolist(), len(texts)]
        for start, end in pairwise(bounds if len(texts) else []):
            text = int(texts[start])
            yield text, list(self._groups(text, positions[start:end], at[start:end]))

    def _groups(self, text: int, positions: Offsets, at: Offsets) -> Iterator[Place]:
        """Yield a place for each group of n-grams that are as close together as the text is long."""
        index = self._index
        is_word = index.is_word[index.word_bounds[text] : index.word_bounds[text + 1]]
        gaps = np.flatnonzero(np.diff(at) > max(len(is_word), _MIN_GAP_ITEMS)) + 1
        for group, where in zip(np.split(positions, gaps), np.split(at, gaps), strict=True):
            first, last = int(np.argmin(where)), int(np.argmax(where))
            size = WORDS if is_word[group[last]] else CHARACTERS
            yield Place(
                first=max(0, int(where[first]) - int(group[first])),
                end=int(where[last]) + max(size, len(is_word) - int(group[last])),
                found_units=_covered_units(group, is_word),
            )


def _covered_units(positions: Offsets, is_word: Bools) -> int:
    """Return the length in units of a text's items that n-grams at these positions cover."""
    change = np.zeros(len(is_word) + 1, dtype=np.int64)
    distinct = np.unique(positions)
    np.add.at(change, distinct, 1)
    np.add.at(change, distinct + np.where(is_word[distinct], WORDS, CHARACTERS), -1)
    units = np.where(is_word, WORD_UNITS, CHARACTER_UNITS)
    return int(units[np.cumsum(change[:-1]) > 0].sum())


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
