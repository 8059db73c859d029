"""Splits a text into lines with their indentation, and flags lines of code.

Takes a text and its marks; returns `TextLine`s in order, including blank lines. Fenced blocks, HTML comments, AsciiDoc
and Org listings, and marked code, hidden and deleted text count as code. A block that never closes is not code. Used by
the grammars of manuals and tables.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.documents.marks import Mark, MarkKind

_TAB = 4
_UNREAD = (MarkKind.CODE, MarkKind.HIDDEN, MarkKind.DELETED)
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*([^\s`{]*)")
"""The first line of a fenced block, such as "```python"."""
_ORG_BEGIN = re.compile(r"#\+begin_(\w+)", re.IGNORECASE)
_ASCIIDOC_TITLE = re.compile(r"={1,5} \S")
_OPENERS = frozenset("`~><#-.")
"""First characters of the lines that can open a block."""
_LISTING = re.compile(r"(-{4,}|\.{4,})$")


@dataclass(slots=True)
class TextLine:
    """One line: `text[start:start + len(line.text)]`.

    Do not change a `TextLine`. The class is not frozen only because a frozen one takes twice as long to create.
    """

    start: int
    text: str
    """The line without its line break."""
    content: str
    """The line without surrounding white space."""
    indent: int
    """Number of columns before the first character; a tab advances to the next multiple of four."""
    is_code: bool
    """Whether the line counts as code, including the first and last line of a block."""
    is_prose: bool
    """Whether the line is neither blank nor code."""

    @property
    def end(self) -> int:
        """Offset after the last character."""
        return self.start + len(self.text)

    @property
    def content_start(self) -> int:
        """Offset of the first character that is not white space."""
        return self.start + len(self.text) - len(self.text.lstrip())

    @property
    def content_end(self) -> int:
        """Offset after the last character that is not white space."""
        return self.content_start + len(self.content)


def read_lines(text: str, *, marks: Sequence[Mark] = ()) -> list[TextLine]:
    """Return all lines of a text.

    Args:
        text: Text of the document.
        marks: Marks of the format reader. Marked code, hidden and deleted text is flagged as code.
    """
    pieces = text.split("\n")
    code = _code_flags(pieces)
    _flag_marked(code, pieces, marks)
    lines = []
    start = 0
    for piece, is_code in zip(pieces, code, strict=True):
        content = piece.strip()
        indent = 0 if piece == content else _indent_of(piece)
        lines.append(TextLine(start, piece, content, indent, is_code, bool(content) and not is_code))
        start += len(piece) + 1
    return lines


def fence_language(line: TextLine) -> str | None:
    """Return the language that a fence names, empty if the fence names none, and None for a line without a fence."""
    match = _FENCE.match(line.text)
    return match.group(2).lower() if match else None


def last_text(lines: Sequence[TextLine], first: int, stop: int) -> int:
    """Return the number of the last line from `first` to `stop`, exclusive, that is not blank; `first` if all are."""
    last = stop - 1
    while last > first and not lines[last].content:
        last -= 1
    return last


def _indent_of(piece: str) -> int:
    columns = 0
    for char in piece:
        if char == " ":
            columns += 1
        elif char == "\t":
            columns += _TAB - columns % _TAB
        else:
            break
    return columns


def _code_flags(pieces: list[str]) -> list[bool]:
    is_asciidoc = any(_ASCIIDOC_TITLE.match(piece) for piece in pieces[:40])
    flags = [False] * len(pieces)
    closing = ""
    opened = 0
    for index, piece in enumerate(pieces):
        if closing:
            flags[index] = True
            if _closes(piece.strip(), closing):
                closing = ""
        elif opening := _opens(piece, is_asciidoc=is_asciidoc):
            closing, opened = opening, index
            flags[index] = True
    if closing:
        for index in range(opened, len(pieces)):
            flags[index] = False
    return flags


def _flag_marked(flags: list[bool], pieces: Sequence[str], marks: Sequence[Mark]) -> None:
    spans = [(mark.start, mark.end) for mark in marks if mark.kind in _UNREAD]
    if not spans:
        return
    starts = [0, *accumulate(len(piece) + 1 for piece in pieces[:-1])]
    for start, end in spans:
        first = bisect_left(starts, start)
        for index in range(first, bisect_left(starts, max(end, start + 1))):
            flags[index] = True


def _opens(piece: str, *, is_asciidoc: bool) -> str:
    """Return what closes the block that a line opens, in the form that `_closes` takes; empty for any other line."""
    stripped = piece.strip()
    if stripped[:1] not in _OPENERS:
        return ""
    if match := _FENCE.match(piece):
        rest = piece[match.end(1) :]
        return "" if match.group(1)[0] == "`" and "`" in rest else match.group(1)
    if stripped.startswith("<!--") and "-->" not in stripped:
        return "-->"
    if match := _ORG_BEGIN.match(stripped):
        return f"#+end_{match.group(1).lower()}"
    if is_asciidoc and (match := _LISTING.match(stripped)):
        return f"={stripped}"
    return ""


def _closes(stripped: str, closing: str) -> bool:
    if closing[0] in "`~":
        unquoted = stripped.lstrip("> \t")
        return unquoted.startswith(closing) and not unquoted.strip(closing[0])
    if closing == "-->":
        return "-->" in stripped
    if closing[0] == "=":
        return stripped == closing[1:]
    return stripped.lower() == closing
