"""Defines marks: facts about spans of a text that the document's format states, such as headings and page starts.

A format reader returns a text and its marks. Cleaning moves the marks with the text. A grammar uses the marks first and
the text second. Offsets count characters of the text that the marks belong to. Marks are sorted by `start`; an
enclosing mark comes before the marks inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class MarkKind(StrEnum):
    """The kind of a mark."""

    HEADING = "heading"
    """The lines of a heading; `level` is 1 for the highest level, `value` is the title."""
    LIST_ITEM = "list_item"
    """A list item; `level` is its depth from 1, `value` its number in digits, empty for a bullet."""
    TABLE = "table"
    """A whole table, followed by its cells; `value` says where the header cells are: `row`, `column`, `both` or
    empty."""
    CELL = "cell"
    """A table cell; `value` is its text on one line, or empty until the text is cleaned. Rows and columns are numbered
    from 0."""
    FOOTNOTE = "footnote"
    """The text of a footnote; `value` is the footnote's label."""
    CODE = "code"
    """A block of code or typed input; `value` is its language, if named."""
    PAGE = "page"
    """The start of a page, as an empty span; `value` is the page's label."""
    HIDDEN = "hidden"
    """A comment, or text that is not shown."""
    INSERTED = "inserted"
    """Text that a revision added."""
    DELETED = "deleted"
    """Text that a revision deleted."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on `text[start:end]`."""

    kind: MarkKind
    start: int
    end: int
    level: int = 0
    value: str = ""
    row: int = 0
    column: int = 0
    row_span: int = 1
    column_span: int = 1


_VALUED_BY_TEXT = (MarkKind.HEADING, MarkKind.CELL)
"""Kinds of marks whose `value` is the marked text."""


def places_of(marks: Sequence[Mark]) -> tuple[int, ...]:
    """Return the distinct start and end offsets of marks, in ascending order."""
    return tuple(sorted({offset for mark in marks for offset in (mark.start, mark.end)}))


def moved_marks(
    marks: Sequence[Mark], at: Mapping[int, int], *, text: str, clean: Callable[[str], str]
) -> tuple[Mark, ...]:
    """Return the marks of a text after cleaning. A mark whose text was removed is dropped, unless it starts a page.

    Args:
        marks: Marks of the text before cleaning.
        at: New offset of each offset in `places_of`.
        text: Cleaned text. The values of headings and cells are taken from it, because parts may be masked.
        clean: Function that cleans the values of all other marks.
    """
    moved = (replace(mark, start=at[mark.start], end=at[mark.end]) for mark in marks)
    return tuple(
        replace(mark, value=_value_in(text, mark) if mark.kind in _VALUED_BY_TEXT else clean(mark.value))
        for mark in moved
        if mark.start < mark.end or mark.kind is MarkKind.PAGE
    )


def _value_in(text: str, mark: Mark) -> str:
    return " ".join(text[mark.start : mark.end].strip("#").split())
