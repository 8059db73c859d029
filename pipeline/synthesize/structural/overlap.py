"""Decides whether two facts ask about the same evidence.

They do in two cases. First, at least half of each span in one fact's evidence lies in the evidence of the other: a step
and its whole list, the text of a section and a sum in it. This case applies only if both facts are aggregates over
several places or neither is, because a look-up at one of the places is a different question. Second, their evidence
overlaps and one fact answers with what the other asks about: a heading and its number, a term and its meaning. Rows of
one table share the header line but are different evidence. A question about something absent never has the same
evidence as one about something present, although both may cite one heading. Chosen facts are indexed by blocks of the
text, so a new fact is compared only with those near its evidence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from pipeline.records import TaskFamily
from pipeline.synthesize.structural.facts import Span, StructuralFact
from pipeline.synthesize.structural.layout import one_line

_BLOCK_CHARS = 256
_ITEM_END = re.compile(r"\n|; |, | and ")
_UNNAMED_SLOTS = frozenset({"lead", "noun", "places", "table", "time"})
"""Slots that do not say what a question is about, but how or where."""
_MIN_NAME_CHARS = 2


class AskedEvidence:
    """The evidence of the facts chosen so far."""

    def __init__(self) -> None:
        self._facts: list[StructuralFact] = []
        self._by_block: dict[int, list[int]] = defaultdict(list)

    def add(self, fact: StructuralFact) -> None:
        """Record a fact as asked about."""
        for block in sorted(set(_blocks(fact))):
            self._by_block[block].append(len(self._facts))
        self._facts.append(fact)

    def holds(self, fact: StructuralFact) -> bool:
        """Return whether a fact added before asks about the same evidence."""
        near = {index for block in _blocks(fact) for index in self._by_block.get(block, ())}
        return any(is_same_evidence(fact, self._facts[index]) for index in sorted(near))


def is_same_evidence(one: StructuralFact, other: StructuralFact) -> bool:
    """Return whether two facts ask about the same evidence."""
    if _is_about_absence(one) != _is_about_absence(other):
        return False
    if not any(_shared(span, theirs) for span in one.spans for theirs in other.spans):
        return False
    if _is_aggregate(one) == _is_aggregate(other) and (_lies_in(one, other) or _lies_in(other, one)):
        return True
    return bool(_asked(one) & _answered(other) or _asked(other) & _answered(one))


def _is_about_absence(fact: StructuralFact) -> bool:
    return fact.form.family is TaskFamily.NOT_ANSWERABLE


def _is_aggregate(fact: StructuralFact) -> bool:
    """Return whether a fact is about everything of a kind, at several places."""
    return fact.form.family is TaskFamily.AGGREGATE and len(fact.spans) > 1


def _lies_in(one: StructuralFact, other: StructuralFact) -> bool:
    """Return whether at least half of each span of `one` is in a span of `other`."""
    return all(any(2 * _shared(span, theirs) >= span.end - span.start for theirs in other.spans) for span in one.spans)


def _shared(one: Span, other: Span) -> int:
    """Return the number of characters that two spans share."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def _asked(fact: StructuralFact) -> set[str]:
    """Return what a question names."""
    return {_plain(value) for name, value in fact.slots if name not in _UNNAMED_SLOTS and len(value) >= _MIN_NAME_CHARS}


def _answered(fact: StructuralFact) -> set[str]:
    """Return an answer as a whole and in items."""
    return {_plain(fact.answer), *map(_plain, _ITEM_END.split(fact.answer))}


def _plain(text: str) -> str:
    return one_line(text).casefold().strip(" .`")


def _blocks(fact: StructuralFact) -> Iterator[int]:
    """Yield the numbers of the blocks that a fact's evidence touches."""
    for span in fact.spans:
        yield from range(span.start // _BLOCK_CHARS, max(span.start, span.end - 1) // _BLOCK_CHARS + 1)
