"""Finds the passages that two documents share, and removes passages from a document.

Takes the *anchors* of two documents, which are sampled shingles with their offsets (see `dedup.sketch`); returns shared
passages. Anchors are chosen by content, so a passage has the same anchors in every document. A run of anchors that two
documents share in the same order, with small gaps, is a shared passage, regardless of sections. When passages are
removed, a section that is mostly covered is removed completely. Used by `transforms.find_clusters` and
`stages.tokenize`; `stages.decontaminate` removes its own spans. Cost: sorting the anchors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from itertools import pairwise

import numpy as np

from pipeline.dedup.items import Hashes, Offsets
from pipeline.documents.grammar.clipping import cut_outline
from pipeline.documents.pages import moved_pages
from pipeline.records import Document, Section

_MIN_ANCHORS = 4
"""Minimum number of shared anchors in a passage."""
_MAX_MISSED_ANCHORS = 3
"""Maximum number of consecutive anchors inside a passage that are not shared, because words were edited there."""
_MAX_INSERTED_CHARS = 500
"""Maximum difference, in characters, between the two documents' distances from one shared anchor to the next."""
_COVERED_SHARE = 0.5
_REACHED_SHARE = 0.95
"""A section counts as copied if at least half of it is in the passage, and nearly all of it is between the closest
anchors before and after the passage that the other document does not have."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that two documents share. Starts and ends are offsets of anchors, so the true passage can be longer."""

    first_start: int
    first_end: int
    second_start: int
    second_end: int
    reach_start: int
    """Offset of the last anchor before the passage that the second document does not have at all; 0 if there is none.
    The true passage starts after it."""
    reach_end: int
    """Offset of the first such anchor after the passage; the length of the first document if there is none."""


@dataclass(frozen=True, slots=True)
class SharedPassage:
    """A passage of a document that is also in a second document, which keeps it. A row of `passages-*.parquet`."""

    doc_id: str
    start: int
    end: int
    reach_start: int
    reach_end: int
    """The passage starts between `reach_start` and `start`, and ends between `end` and `reach_end`."""
    kept_id: str
    """Id of the document that keeps the passage."""
    kept_start: int
    kept_end: int
    is_cut: bool
    """Whether the recipe removes shared passages from the corpus; if not, they are only recorded here."""


def with_keepers(passages: Iterable[SharedPassage]) -> list[SharedPassage]:
    """Return the passages, of which none is cut if the document that keeps it loses the same text to a third document.

    Otherwise, text could be cut from both: the third document need not have all of it, because a cut removes whole
    sections. If the third document has all of the passage, it usually keeps it for both.

    Args:
        passages: in any order; no document keeps a passage, directly or through others, for its own keeper.
    """
    by_document: dict[str, list[SharedPassage]] = defaultdict(list)
    for passage in passages:
        by_document[passage.doc_id].append(passage)
    keepers = {doc_id: {passage.kept_id for passage in rows} for doc_id, rows in by_document.items()}
    lost: dict[str, list[tuple[int, int]]] = {}
    settled: list[SharedPassage] = []
    for doc_id in TopologicalSorter(keepers).static_order():
        rows = [
            replace(row, is_cut=row.is_cut and not _touches(lost.get(row.kept_id, ()), row.kept_start, row.kept_end))
            for row in by_document.get(doc_id, ())
        ]
        lost[doc_id] = [(row.reach_start, row.reach_end) for row in rows if row.is_cut]
        settled += rows
    return settled


def _touches(ranges: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in ranges)


def shared_passages(
    first: Hashes, first_starts: Offsets, second: Hashes, second_starts: Offsets, *, first_chars: int, min_chars: int
) -> list[Passage]:
    """Return the passages of at least `min_chars` characters that two documents share, in the order of the first.

    Args:
        first, second: the anchors of each document, each hash once, in text order.
        first_starts, second_starts: character offsets of the anchors.
        first_chars: length of the first document in characters.
        min_chars: minimum length in the first document, from the first to the last anchor of a passage.
    """
    _, shared, second_shared = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    if len(shared) < _MIN_ANCHORS:
        return []
    order = np.argsort(shared)
    shared, second_shared = shared[order], second_shared[order]
    starts, other_starts = first_starts[shared].astype(np.int64), second_starts[second_shared].astype(np.int64)
    steps, other_steps = np.diff(starts), np.diff(other_starts)
    is_break = (np.diff(shared) > 1 + _MAX_MISSED_ANCHORS) | (other_steps <= 0)
    is_break |= np.abs(other_steps - steps) > _MAX_INSERTED_CHARS
    bounds = [0, *(np.flatnonzero(is_break) + 1).tolist(), len(shared)]
    others = np.concatenate([[0], np.delete(first_starts, shared), [first_chars]]).astype(np.int64)
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
    """Return the document without the sections that its passages cover.

    If a passage covers no section, only the complete lines inside the passage are removed. If there is nothing to
    remove, the same object is returned.
    """
    return without_spans(document, (cut for passage in passages for cut in _cuts(document, passage)))


def without_spans(document: Document, spans: Iterable[tuple[int, int]]) -> Document:
    """Return the document without the text from `start` to `end` of each span; spans may overlap and be in any order.

    The offsets of the remaining sections, pages and outline nodes are moved. Without spans, the same object is
    returned.
    """
    cuts = _united(span for span in spans if span[0] < span[1])
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
    """Return the (start, end) offsets to remove for one passage."""
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
