"""Tells how much of a context a question needs, from the family of its task and the places of its evidence.

Used by `selection`, which limits questions that one place answers, and by the counts of the finished rows. Pure; linear
in the number of quotes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum

from pipeline.records import TaskFamily

FAR_CHARS = 1000
"""Quotes with more than this number of characters between them are at different places."""


class Reach(StrEnum):
    """What a reader must have read to answer a question."""

    ONE_PLACE = "one_place"
    """All quotes are within 1,000 characters of each other."""
    FAR_APART = "far_apart"
    """Places in one document with more than 1,000 characters between them."""
    SEVERAL_DOCUMENTS = "several_documents"
    """Places in several of the documents that the context joins."""
    ALL_OF_A_KIND = "all_of_a_kind"
    """Every place of a kind, because the answer counts, lists or compares them."""
    ABSENCE = "absence"
    """Everything, because the answer is that the context does not have what the question asks for."""
    NO_DOCUMENT = "no_document"
    """The row is not about a document."""


def reach_of(family: str, *, spans: Sequence[tuple[int, int]], member_starts: Sequence[int]) -> Reach:
    """Return what a question needs from its context.

    Args:
        family: the `TaskFamily` of the question.
        spans: where each quote of its evidence begins and ends, in characters of the context; at least one.
        member_starts: where each joined document begins, ascending; empty for a single document.
    """
    if family == TaskFamily.NOT_ANSWERABLE:
        return Reach.ABSENCE
    if len({bisect_right(member_starts, start) for start, _ in spans}) > 1:
        return Reach.SEVERAL_DOCUMENTS
    if family == TaskFamily.AGGREGATE:
        return Reach.ALL_OF_A_KIND
    gap = max(start for start, _ in spans) - min(end for _, end in spans)
    return Reach.FAR_APART if gap > FAR_CHARS else Reach.ONE_PLACE
