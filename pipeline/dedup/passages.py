"""Find the passages that two documents share, and remove passages from a document.

Takes the anchors of two documents; returns shared passages. Anchors are chosen by content, so a passage has the same
anchors in every document. A run of shared anchors in the same order is a shared passage, however the documents are
divided. If a passage covers a section, the whole section counts as copied. Used by `stages.cluster` and
`stages.tokenize`. Cost: linear in the anchors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pipeline.dedup.items import Hashes, Offsets
from pipeline.documents.grammar.clipping import cut_outline
from pipeline.documents.pages import moved_pages
from pipeline.records import Document, Section

_MIN_ANCHORS = 4
_MAX_MISSED_ANCHORS = 3
"""The most anchors in a row that edited words may change inside a passage."""
_MAX_INSERTED_CHARS = 500
_COVERED_SHARE = 0.5
_REACHED_SHARE = 0.95
"""A section counts as copied if at least half of it lies between shared anchors, and nearly all of it lies between the
closest anchors that are not shared."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters that two documents share. The ends are places of anchors, so they lie inside the true ends."""

    first_start: int
    first_end: int
    second_start: int
    second_end: int
    reach_start: int
    """The last anchor before the passage that is nowhere in the second document; 0 if none."""
    reach_end: int
    """The first such anchor after the passage; the length of the first document if none."""


@dataclass(frozen=True, slots=True)
class SharedPassage:
    """A passage of one document that is also in another document, which keeps it. A row of `passages-*.parquet`."""

    doc_id: str
    start: int
    end: int
    reach_start: int
    reach_end: int
    """The latest possible end: the passage ends between `end` and here. It starts between `reach_start` and `start`."""
    kept_id: str
    kept_start: int
    kept_end: int
    is_cut: bool
    """Whether the passage is left out of the corpus; if not, it is only recorded here."""


def shared_passages(
    first: Hashes, first_starts: Offsets, second: Hashes, second_starts: Offsets, *, first_chars: int, min_chars: int
) -> list[Passage]:
    """Return the passages of at least `min_chars` characters that two documents share, in the order of the first one.

    Args:
        first, second: anchors, each hash once, in the order of their text.
        first_starts, second_starts: character offsets of the anchors.
        first_chars: length of the first document.
        min_chars: least length in the first document, from the first anchor of a run to its last.
    """
    _, places, other_places = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    order = np.argsort(places)
    places, other_places = places[order], other_places[order]
    starts, other_starts = first_starts[places].astype(np.int64), second_starts[other_places].astype(np.int64)
    steps, other_steps = np.diff(starts), np.diff(other_starts)
    is_break = (np.diff(places) > 1 + _MAX_MISSED_ANCHORS) | (other_steps <= 0)
    is_break |= np.abs(other_steps - steps) > _MAX_INSERTED_CHARS
    bounds = [0, *(np.flatnonzero(is_break) + 1).tolist(), len(places)]
    others = np.concatenate([[0], np.delete(first_starts, places), [first_chars]]).astype(np.int64)
    return [
        Passage(
            first_start=int(starts[a]),
            first_end=int(starts[b - 1]),
            second_start=int(other_starts[a]),
            second_end=int(other_starts[b - 1]),
            reach_start=int(others[np.searchsorted(others, starts[a]) - 1]) if starts[a] else 0,
            reach_end=int(others[np.searchsorted(others, starts[b - 1], side="right")]),
        )
        for a, b in pairwise(bounds)
        if b - a >= _MIN_ANCHORS and starts[b - 1] - starts[a] >= min_chars
    ]


def without_passages(document: Document, passages: Iterable[SharedPassage]) -> Document:
    """Return the document without its copied sections; a passage that copies no section loses its whole lines instead.

    Sections keep their titles. Sections, pages and outline get offsets in the remaining text.
    """
    cuts = _united(cut for passage in passages for cut in _cuts(document, passage))
    if not cuts:
        return document
    text, kept_until = [], 0
    for start, end in cuts:
        text.append(document.text[kept_until:start])
        kept_until = end
    text.append(document.text[kept_until:])
    sections = [
        replace(section, start=_shifted(section.start, cuts), end=_shifted(section.end, cuts))
        for section in document.sections
    ]
    return replace(
        document,
        text="".join(text),
        sections=tuple(section for section in sections if section.end > section.start),
        pages=moved_pages(document.pages, lambda offset: _shifted(offset, cuts)),
        outline=cut_outline(document.outline, cuts) if document.outline is not None else None,
    )


def _cuts(document: Document, passage: SharedPassage) -> list[tuple[int, int]]:
    copied = [
        (section.start, section.end)
        for section in document.sections
        if _share(section, passage.start, passage.end) >= _COVERED_SHARE
        and _share(section, passage.reach_start, passage.reach_end) >= _REACHED_SHARE
    ]
    if copied:
        return copied
    first_line = document.text.find("\n", passage.start, passage.end)
    last_line = document.text.rfind("\n", passage.start, passage.end)
    return [(first_line + 1, last_line + 1)] if 0 <= first_line < last_line else []


def _share(section: Section, start: int, end: int) -> float:
    shared = min(end, section.end) - max(start, section.start)
    return shared / (section.end - section.start) if section.end > section.start else 0.0


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def _shifted(offset: int, cuts: Sequence[tuple[int, int]]) -> int:
    return offset - sum(min(offset, end) - start for start, end in cuts if start < offset)
