"""Finds the kept drafts that a second request can merge: those that share a name or term, and those of one kind.

Takes the drafts of the first round; returns pairs in document order, the best first. Used by the tasks `multi_hop` and
`comparison`. LongMIT (arXiv 2409.01893) also looks for related passages before it merges their questions; it compares
embeddings, which say less than a rare shared name about whether one passage leads to the other. The cost is one search
of the document for each different word of the drafts, and one comparison for each pair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

from pipeline.languages.quantities import CLOCK, HALF_CLOCK, RATIO, QuantityKind
from pipeline.records import TaskFamily
from pipeline.synthesize.verify.reading import Statement, read_statement, read_values
from pipeline.synthesize.verify.surroundings import DIALOGUE
from pipeline.synthesize.verify.value_check import values_of
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written_tasks import written_tasks

_CODE = "code"
_MIN_STEM_CHARS = 2
_NAME_SHARE = 2
"""A name links two places if it is in at most one half of the segments."""
_WORD_SHARE = 5
"""Any other word links them if it is in at most one fifth."""
_MIN_SEGMENTS = 2
"""A word of two segments is rare in any document."""
_NAME_WEIGHT = 1.5
_REFERENCE_WEIGHT = 6.0
"""The weight of a reference from one place to the other, which outweighs shared words."""
_SEGMENT_SHARE = 0.5
_MIN_LINK = 1.0
"""The least weight of a link: one rare word of a document of four segments, or a commoner one of a longer document."""
_MIN_SHARED_BY_ACTORS = 2
"""The words that questions about two functions or speakers must share; values of one kind are alike with one word."""
_FAR_SHARE = 5
"""Two places are far apart if a fifth of the document lies between their beginnings."""
_FAR_SECTIONS = 2
_FIRST_LINE_CHARS = 120
_FUNCTION, _SPEAKER = "function", "speaker"
_ACTORS = frozenset({_FUNCTION, _SPEAKER})
"""The kinds that need two different actors."""
_TIMES = frozenset({"minute", "day", "business_day", "month"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two drafts about different segments, in document order."""

    first: Draft
    second: Draft
    score: float
    """How closely they belong together."""
    is_far: bool
    """Whether a reader must look for them in different parts of the document."""


def atoms(drafts: Iterable[Draft]) -> list[Draft]:
    """Return the drafts that can be merged: each looks up one segment and stands alone."""
    return [
        draft
        for draft in drafts
        if len(draft.segments) == 1 and not draft.follows and written_tasks()[draft.task].family is TaskFamily.LOOK_UP
    ]


def linked_pairs(document: WrittenDocument, drafts: Sequence[Draft]) -> list[Pair]:
    """Return the pairs of drafts that share a rare name, term or identifier, or of which one refers to the other.

    A term of one draft that only the segment of the other has counts half, because the teacher sees the whole segment.
    """
    read = [_ReadDraft(document, draft) for draft in drafts]
    vocabulary = _Vocabulary(document)

    def score(one: _ReadDraft, other: _ReadDraft) -> float:
        link = vocabulary.link(one, other) + _reference(one, other)
        return link if link >= _MIN_LINK else 0.0

    return _pairs(document, read, score)


def comparable_pairs(document: WrittenDocument, drafts: Sequence[Draft]) -> list[Pair]:
    """Return the pairs of drafts whose answers give the same kind of value about matters with a word in common.

    In code, two functions are of one kind, and in dialogues, two speakers.
    """
    read = [_ReadDraft(document, draft) for draft in drafts]
    title = read_statement(document.context.title, document.context.language).stems

    def score(one: _ReadDraft, other: _ReadDraft) -> float:
        kinds = one.kinds & other.kinds
        kinds -= {kind for kind in _ACTORS if one.actors == other.actors}
        shared = {word.stem for word in one.asked.words if not word.is_name} & other.asked.stems - title
        is_enough = kinds - _ACTORS or len(shared) >= _MIN_SHARED_BY_ACTORS
        return len(kinds) * len(shared) if is_enough else 0.0

    return _pairs(document, read, score)


def disjoint(pairs: Iterable[Pair], count: int) -> list[Pair]:
    """Return at most `count` pairs, of which no two have a draft in common: the first ones that are left."""
    chosen: list[Pair] = []
    used: set[str] = set()
    for pair in pairs:
        keys = {pair.first.key, pair.second.key}
        if len(chosen) < count and not keys & used:
            chosen.append(pair)
            used |= keys
    return chosen


class _ReadDraft:
    """A draft with its words and values."""

    def __init__(self, document: WrittenDocument, draft: Draft) -> None:
        context = document.context
        self.draft = draft
        self.segment = draft.segments[0]
        self.asked = read_statement(draft.question, context.language)
        self.answered = read_statement(draft.answer, context.language)
        self.text = document.text(self.segment).lower()
        self.places = frozenset(
            v.quantity.label
            for v in read_values(document.text(self.segment), context.language)
            if v.quantity.kind is QuantityKind.PLACE
        )
        """The provisions that the segment names."""
        self.quoted = read_statement("\n".join(document.text(span) for span in draft.evidence), context.language)
        self.labels = _labels(document, draft)
        self.actors = frozenset(word.stem for word in self.asked.words if word.is_name) | frozenset(
            value.quantity.label for value in self.asked.values if value.quantity.kind is QuantityKind.MARK
        )
        """The names and identifiers of the question."""
        self.kinds = _kinds(document, self)

    @property
    def parts(self) -> tuple[Statement, ...]:
        """The question, the answer and the evidence."""
        return self.asked, self.answered, self.quoted

    @property
    def terms(self) -> dict[str, bool]:
        """The words and identifiers by stem, and whether they are names."""
        found: dict[str, bool] = {}
        for part in self.parts:
            for word in part.words:
                if not word.is_verb and len(word.stem) >= _MIN_STEM_CHARS:
                    found[word.stem] = found.get(word.stem, False) or word.is_name
            for value in part.values:
                if value.quantity.kind is QuantityKind.MARK:
                    found[value.quantity.label] = True
        return found


class _Vocabulary:
    """In how many segments of a document a word occurs."""

    def __init__(self, document: WrittenDocument) -> None:
        self._texts = [document.text(span).lower() for span in document.segments]
        self._title = document.context.title.lower()
        self._counts: dict[str, int] = {}

    def link(self, one: _ReadDraft, other: _ReadDraft) -> float:
        """Return the weight of the rare words that two drafts share; words of the title are in all of it."""
        mine, theirs = one.terms, other.terms
        total = 0.0
        for term in mine.keys() | theirs.keys():
            if term in mine and term in theirs:
                share = 1.0
            elif _holds(other.text if term in mine else one.text, term):
                share = _SEGMENT_SHARE
            else:
                continue
            total += share * self._weight(term, mine.get(term, False) or theirs.get(term, False))
        return total

    def _weight(self, term: str, is_name: bool) -> float:
        if term not in self._counts:
            self._counts[term] = sum(term in text for text in self._texts)
        count, num_texts = self._counts[term], len(self._texts)
        most = max(_MIN_SEGMENTS, num_texts // (_NAME_SHARE if is_name else _WORD_SHARE))
        if count > most or term in self._title:
            return 0.0
        return (_NAME_WEIGHT if is_name else 1.0) * log(1 + num_texts / max(1, count))


def _holds(text: str, term: str) -> bool:
    """Return whether a text in lower case has a word that begins with a term."""
    return term in text and re.search(rf"(?<!\w){re.escape(term)}", text) is not None


def _reference(one: _ReadDraft, other: _ReadDraft) -> float:
    """Return the weight of a reference from the segment of one draft to the provision of the other."""
    is_reference = (one.places - one.labels) & other.labels or (other.places - other.labels) & one.labels
    return _REFERENCE_WEIGHT if is_reference else 0.0


def _labels(document: WrittenDocument, draft: Draft) -> frozenset[str]:
    """Return the numbers of the provision that a draft is about: those that begin its headings and its first line."""
    passage = document.passage(draft.segments[0])
    first_line = passage.text.lstrip().partition("\n")[0][:_FIRST_LINE_CHARS]
    labels = set()
    for line in (*passage.heading_path, first_line):
        read = read_statement(line, document.context.language)
        labels |= {v.quantity.label for v in read.values[:1] if v.quantity.kind is QuantityKind.PLACE and not v.start}
        if number := re.match(r"\W*(\d+(?:\.\d+)*)(?![\w%])", line):
            labels.add(number[1])
    return frozenset(labels)


def _kinds(document: WrittenDocument, read: _ReadDraft) -> frozenset[str]:
    """Return the kinds of values that a draft's answer gives, such as `period` or a currency."""
    kinds = set()
    for value in values_of(read.answered):
        quantity = value.quantity
        if quantity.kind is QuantityKind.DATE or quantity.unit in (CLOCK, HALF_CLOCK):
            kinds.add("date")
        elif quantity.unit in _TIMES:
            kinds.add("period")
        elif quantity.unit:
            kinds.add("share" if quantity.unit == RATIO else quantity.unit)
    if document.context.domain == _CODE and any(v.quantity.kind is QuantityKind.MARK for v in read.asked.values):
        kinds.add(_FUNCTION)
    if document.context.domain == DIALOGUE and any(word.is_name for word in read.asked.words):
        kinds.add(_SPEAKER)
    return frozenset(kinds)


def _pairs(
    document: WrittenDocument,
    drafts: Sequence[_ReadDraft],
    score: Callable[[_ReadDraft, _ReadDraft], float],
) -> list[Pair]:
    """Return the pairs with a score above zero: those far apart first, then by score, then in document order."""
    found = []
    ordered = sorted(drafts, key=lambda read: (read.segment.start, read.draft.key))
    for one, other in combinations(ordered, 2):
        if other.segment.start < one.segment.end:
            continue
        value = score(one, other)
        if value > 0:
            found.append(Pair(one.draft, other.draft, value, _are_far(document, one, other)))
    return sorted(found, key=lambda pair: (not pair.is_far, -pair.score))


def _are_far(document: WrittenDocument, one: _ReadDraft, other: _ReadDraft) -> bool:
    start, end = one.segment.start, other.segment.start
    num_sections = sum(start < section.start <= end for section in document.context.sections)
    return (end - start) * _FAR_SHARE >= len(document.context.text) or num_sections >= _FAR_SECTIONS
