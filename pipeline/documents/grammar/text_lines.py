"""Lines of a text with their indent, and whether they are code. The grammars of manuals and tables read them.

In: text. Out: `TextLine`s in order, blank ones included. Fenced blocks, HTML comments and AsciiDoc and Org listings are
code; a block that never closes is not. Cost: one pass.
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
_ORG_BEGIN = re.compile(r"#\+begin_(\w+)", re.IGNORECASE)
_ASCIIDOC_TITLE = re.compile(r"={1,5} \S")
_OPENERS = frozenset("`~><#-.")
_LISTING = re.compile(r"(-{4,}|\.{4,})$")


@dataclass(slots=True)
class TextLine:
    """One line: `text[start:start + len(line.text)]`. Do not mutate it; a frozen class would cost twice as much."""

    start: int
    text: str
    """Line without its line break."""
    content: str
    """Line without surrounding white space."""
    indent: int
    """Columns before the first character; a tab advances to the next multiple of four."""
    is_code: bool
    """True in a block of code, including its first and last line."""
    is_prose: bool
    """True if the line is neither blank nor code."""

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
        marks: Marks of the document's reader. Code, hidden and deleted spans are flagged as code.
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
    """Return the language named on the opening line of a fenced block, or empty; None for any other line."""
    match = _FENCE.match(line.text)
    return match.group(2).lower() if match else None


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
    """Return the string that closes the block which a line opens; empty if it opens none."""
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
        bare = stripped.lstrip("> \t")
        return bare.startswith(closing) and not bare.strip(closing[0])
    if closing == "-->":
        return "-->" in stripped
    if closing[0] == "=":
        return stripped == closing[1:]
    return stripped.lower() == closing
