"""Cuts a text into windows of about the same size, for quality rules whose limits depend on the length of a text.

Takes the text of a document; returns at most `MAX_WINDOWS` windows, evenly spread over it. Used by `clean.quality`.
Cost: one pass over the text, 40 MB/s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

WINDOW_CHARS = 2500
MAX_WINDOWS = 32
_MAX_LINE_CHARS = 16 * WINDOW_CHARS
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def windows_of(text: str) -> list[str]:
    """Return the windows of a text: whole lines that have `WINDOW_CHARS` characters together, or a few more.

    White space at both ends of a line is removed, and a line without letters or digits is empty, so that rules between
    entries do not count as repetition. A window that ends in a long line may have up to 17 times the size. A last piece
    of less than a quarter of the size is left out.
    """
    windows: list[str] = []
    lines: list[str] = []
    size = 0
    for line in _pieces(text):
        kept = line.strip() if _LETTER_OR_DIGIT.search(line) else ""
        lines.append(kept)
        size += len(kept)
        if size >= WINDOW_CHARS:
            windows.append("\n".join(lines))
            lines, size = [], 0
    if size >= WINDOW_CHARS / 4 or not windows:
        windows.append("\n".join(lines) or text[:_MAX_LINE_CHARS])
    if len(windows) <= MAX_WINDOWS:
        return windows
    return [windows[index * len(windows) // MAX_WINDOWS] for index in range(MAX_WINDOWS)]


def _pieces(text: str) -> Iterator[str]:
    """Yield the lines of a text, with very long lines cut, so that no window contains a whole document."""
    for line in text.split("\n"):
        if len(line) <= _MAX_LINE_CHARS:
            yield line
        else:
            yield from (line[start : start + WINDOW_CHARS] for start in range(0, len(line), WINDOW_CHARS))
