"""Cuts the lines of indented markup into blocks. Used by the readers of reStructuredText, Org and AsciiDoc."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with tabs expanded and without trailing white space."""
    return [line.expandtabs(8).rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def indent_of(line: str) -> int:
    """Return the number of blanks at the start of a line."""
    return len(line) - len(line.lstrip(" "))


def dedented(lines: Sequence[str]) -> list[str]:
    """Return lines without their common indent and without blank lines at either end."""
    width = min((indent_of(line) for line in lines if line), default=0)
    found = [line[width:] for line in lines]
    filled = [index for index, line in enumerate(found) if line]
    return found[filled[0] : filled[-1] + 1] if filled else []


def end_of_indented(lines: Sequence[str], start: int, indent: int) -> int:
    """Return the index after the lines from `start` that are blank or have at least `indent` blanks.

    Blank lines at the end are not included.
    """
    end = start
    for index in range(start, len(lines)):
        if lines[index]:
            if indent_of(lines[index]) < indent:
                break
            end = index + 1
    return end


def paragraph_from(lines: Sequence[str], start: int) -> list[str]:
    """Return the lines from `start` up to the next blank line."""
    # A slice to the end would copy the rest of the document for each paragraph.
    return list(takewhile(bool, (lines[index] for index in range(start, len(lines)))))


def end_of_block(lines: Sequence[str], start: int, closing: str) -> int:
    """Return the index of the line from `start` that equals `closing`, ignoring case; `len(lines)` if none."""
    wanted = closing.lower()
    return next((index for index in range(start, len(lines)) if lines[index].strip().lower() == wanted), len(lines))
