"""Chooses segments of a document to ask about: from all depths, cut at boundaries, preferably rich in facts.

The depth of a segment is its position in the document. Each question is about a short segment, but the student sees the
whole document with it, so answers must come from every depth (IN2, arXiv 2404.16811). A document is cut into bins of
equal depth. Each bin gives one segment in turn, so that no depth is left out or over-represented.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from pipeline.identity import seeded_random
from pipeline.records import Section
from pipeline.synthesize.facts import concrete_facts
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.words import names

_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")
_MIN_SEGMENT_CHARS = 80


def paragraph_segments(text: str, *, sections: Sequence[Section], max_chars: int) -> list[Span]:
    """Return consecutive segments of a document, of at most `max_chars` characters, that never cross a section.

    Paragraphs are joined while they fit. A paragraph that is too long is cut between its sentences. A sentence that is
    too long (a data blob) is left out, as is a segment shorter than `_MIN_SEGMENT_CHARS`.
    """
    segments: list[Span] = []
    bounds = [(s.start, s.end) for s in sections] or [(0, len(text))]
    for start, end in bounds:
        current: Span | None = None
        for piece in _paragraphs(text, start, end, max_chars):
            if current is not None and piece.end - current.start <= max_chars:
                current = Span(start=current.start, end=piece.end)
                continue
            if current is not None:
                segments.append(current)
            current = piece
        if current is not None:
            segments.append(current)
    return [segment for segment in segments if segment.end - segment.start >= _MIN_SEGMENT_CHARS]


def titled_sections(text: str, *, sections: Sequence[Section], max_chars: int) -> list[Section]:
    """Return the sections to summarise: those with a unique title and a text of suitable length."""
    titles = Counter(section.title for section in sections)
    return [
        section
        for section in sections
        if section.title.strip()
        and titles[section.title] == 1
        and 2 * _MIN_SEGMENT_CHARS <= len(text[section.start : section.end].strip()) <= max_chars
    ]


def choose_spread(
    spans: Sequence[Span], *, scores: Sequence[float], count: int, text_length: int, seed: int, doc_id: str
) -> list[int]:
    """Choose spans that are spread over the depth of a document.

    The depth is cut into `count` bins, which are visited in turn. Each visit draws one span from the better half of the
    spans left in the bin; the seed and the document determine the draw. Choosing ends when `count` spans are chosen or
    all bins are empty. Spans without a score above zero are never chosen.

    Returns:
        Indices into `spans`, ascending.
    """
    bins: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        if scores[index] > 0:
            bins.setdefault(min(count - 1, span.start * count // max(1, text_length)), []).append(index)
    random = seeded_random(seed, "segments", doc_id)
    for members in bins.values():
        members.sort(key=lambda index: (-scores[index], index))
    chosen: list[int] = []
    while len(chosen) < count and any(bins.values()):
        for key in sorted(bins):
            members = bins[key]
            if members and len(chosen) < count:
                chosen.append(members.pop(random.randrange((len(members) + 1) // 2)))
    return sorted(chosen)


def concreteness(text: str, language: str) -> float:
    """Return the number of facts plus a third of the number of different names, relative to the length of the text."""
    weight = len(concrete_facts(text, language)) + len(set(names(text))) / 3
    return weight / (1 + len(text) / 600)


def _paragraphs(text: str, start: int, end: int, max_chars: int) -> list[Span]:
    cuts = [start, *(match.end() for match in _PARAGRAPH_BREAK.finditer(text, start, end)), end]
    pieces: list[Span] = []
    for left, right in pairwise(cuts):
        stripped = _strip(text, left, right)
        if stripped is None:
            continue
        if stripped.end - stripped.start <= max_chars:
            pieces.append(stripped)
        else:
            sentences = sentence_spans(text, start=stripped.start, end=stripped.end)
            pieces += [s for s in sentences if s.end - s.start <= max_chars]
    return pieces


def _strip(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start=start, end=end) if start < end else None
