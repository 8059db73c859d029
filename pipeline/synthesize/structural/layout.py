"""Lines, sentences and trimmed spans of a text, by character offset.

Used by every parser of this package. Each function is one pass over the text it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.config.build import PersonalData
from pipeline.languages import any_of
from pipeline.synthesize.structural.facts import Span

MASK = re.compile(rf"\[(?:{'|'.join(kind.value.upper() for kind in PersonalData)})\]")
"""A placeholder that masking left in place of personal data, such as `[EMAIL]`."""

_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*(?=\s)|\n[ \t]*\n")
_ABBREVIATION = re.compile(rf"{any_of(lambda rules: rules.sentences.titles)}$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line break."""

    start: int
    end: int
    text: str


def split_lines(text: str) -> tuple[Line, ...]:
    """Lines of a text at `\\n` only, so that offsets never depend on exotic separators."""
    lines = []
    start = 0
    for piece in text.split("\n"):
        lines.append(Line(start=start, end=start + len(piece), text=piece))
        start += len(piece) + 1
    return tuple(lines)


def trim(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends; empty at `start` where nothing is left."""
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    kept = piece.strip()
    return Span(start + lead, start + lead + len(kept)) if kept else Span(start, start)


def quote(text: str, span: Span) -> str:
    """The text at a span."""
    return text[span.start : span.end]


def one_line(text: str) -> str:
    """White space, line breaks included, as single spaces."""
    return " ".join(text.split())


def is_masked(text: str) -> bool:
    """Whether personal data was taken out of this text."""
    return MASK.search(text) is not None


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Trimmed sentences between two offsets; blank lines end one too, abbreviations do not."""
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        ended = match.group()[0] != "\n"
        if ended and (_ABBREVIATION.search(text, begin, match.start()) or not _starts_sentence(text, match.end(), end)):
            continue
        span = trim(text, begin, match.end() if ended else match.start())
        if span.end > span.start:
            yield span
        begin = match.end()
    span = trim(text, begin, end)
    if span.end > span.start:
        yield span


def _starts_sentence(text: str, position: int, end: int) -> bool:
    while position < end and text[position].isspace():
        position += 1
    return position >= end or not text[position].islower()
