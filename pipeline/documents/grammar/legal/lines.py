"""Lines of a legal text, and small functions on lines that several modules share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKUP = re.compile(r"[ \t]*(?:#{1,6}[ \t]+)?(?:\*\*|__)?")
"""The indentation and markdown before the first word of a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line break."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Offset of the line break."""
        return self.start + len(self.text)

    @property
    def content(self) -> int:
        """Offset of the first character after indentation and markdown."""
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
    """Return whether a line is empty or outside the text."""
    return index < 0 or index >= len(lines) or not lines[index].text.strip()


def bare(line: str) -> str:
    """Return a line without indentation and surrounding markdown."""
    lead = MARKUP.match(line)
    return line[lead.end() if lead else 0 :].strip().removesuffix("**").removesuffix("__").rstrip()


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without surrounding white space, or an empty span at `start` if no text is left."""
    piece = text[start:end]
    kept = piece.strip()
    lead = len(piece) - len(piece.lstrip())
    return (start + lead, start + lead + len(kept)) if kept else (start, start)
