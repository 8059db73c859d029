"""Lines of a legal text, and small questions about them that several modules ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKUP = re.compile(r"[ \t]*(?:#{1,6}[ \t]+)?(?:\*\*|__)?")
"""Indentation and markdown before the first word of a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line break."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Offset of its line break."""
        return self.start + len(self.text)

    @property
    def content(self) -> int:
        """Offset of its first character behind indentation and markdown."""
        lead = MARKUP.match(self.text)
        return self.start + (lead.end() if lead else 0)


def split_lines(text: str) -> list[Line]:
    """Lines at `\\n` only, so that offsets never depend on exotic separators."""
    lines = []
    start = 0
    for piece in text.split("\n"):
        lines.append(Line(start=start, text=piece))
        start += len(piece) + 1
    return lines


def is_blank(lines: Sequence[Line], index: int) -> bool:
    """Whether a line is empty or outside the text."""
    return index < 0 or index >= len(lines) or not lines[index].text.strip()


def bare(line: str) -> str:
    """A line without indentation and markdown around it."""
    lead = MARKUP.match(line)
    return line[lead.end() if lead else 0 :].strip().removesuffix("**").removesuffix("__").rstrip()


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends; empty at `start` where nothing is left."""
    piece = text[start:end]
    kept = piece.strip()
    lead = len(piece) - len(piece.lstrip())
    return (start + lead, start + lead + len(kept)) if kept else (start, start)
