"""Splits a legal text into lines, and defines the small functions on lines and spans that the modules here share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKUP = re.compile(r"[ \t]*(?:#{1,6}[ \t]+)?(?:\*\*|__)?")
"""The indentation and Markdown signs before the first word of a line: `## `, `**`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line break."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset of the line break."""
        return self.start + len(self.text)

    @property
    def content(self) -> int:
        """The offset of the first character after indentation and Markdown signs."""
        lead = MARKUP.match(self.text)
        return self.start + (lead.end() if lead else 0)


def split_lines(text: str) -> list[Line]:
    """Split a text at `\\n` only, so that offsets do not depend on other line separators."""
    lines = []
    start = 0
    for piece in text.split("\n"):
        lines.append(Line(start=start, text=piece))
        start += len(piece) + 1
    return lines


def is_blank(lines: Sequence[Line], index: int) -> bool:
    """Return whether a line has only white space or does not exist."""
    return index < 0 or index >= len(lines) or not lines[index].text.strip()


def text_above(lines: Sequence[Line], index: int) -> int:
    """Return the index of the nearest line with text above a line; of the first line if no line above has any."""
    above = index - 1
    while above > 0 and is_blank(lines, above):
        above -= 1
    return above


def without_markup(line: str) -> str:
    """Return a line without indentation or the Markdown signs around its text."""
    lead = MARKUP.match(line)
    return line[lead.end() if lead else 0 :].strip().removesuffix("**").removesuffix("__").rstrip()


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without surrounding white space; an empty span at `start` if it contains only white space."""
    piece = text[start:end]
    kept = piece.strip()
    lead = len(piece) - len(piece.lstrip())
    return (start + lead, start + lead + len(kept)) if kept else (start, start)


def skip(text: str, position: int, end: int, characters: str) -> int:
    """Return the first offset from `position` on whose character is not one of the given ones, or `end`."""
    while position < end and text[position] in characters:
        position += 1
    return position
