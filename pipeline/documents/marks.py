"""Facts about a text that its format states: marks with spans, such as headings, table cells and page starts.

A reader returns text and marks. Cleaning moves the marks with the text. A grammar reads marks first and text second.
Offsets are characters of the text that the marks belong to. Marks are sorted by `start`; an enclosing mark comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class MarkKind(StrEnum):
    """The kind of a mark."""

    HEADING = "heading"
    """A heading's line; `level` counts from 1, `value` is the title without markup."""
    LIST_ITEM = "list_item"
    """A list item; `level` is its depth from 1, `value` its number or letter as written, empty for a bullet."""
    TABLE = "table"
    """A whole table, followed by its cells; `value` is where its header cells are: `row`, `column`, `both` or empty."""
    CELL = "cell"
    """A cell; `value` is its text on one line, `row` and `column` count from 0."""
    FOOTNOTE = "footnote"
    """The text of a footnote; `value` is the footnote's label."""
    CODE = "code"
    """A block of code or typed input; `value` is its language, if named."""
    PAGE = "page"
    """The start of a page; an empty span; `value` is the page's label."""
    HIDDEN = "hidden"
    INSERTED = "inserted"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on `text[start:end]`."""

    kind: MarkKind
    start: int
    end: int
    level: int = 0
    value: str = ""
    row: int = 0
    column: int = 0
    row_span: int = 1
    column_span: int = 1


_NAMED_BY_TEXT = (MarkKind.HEADING, MarkKind.CELL)


def places_of(marks: Sequence[Mark]) -> tuple[int, ...]:
    """Return the distinct start and end offsets of marks, ascending."""
    return tuple(sorted({place for mark in marks for place in (mark.start, mark.end)}))


def moved_marks(
    marks: Sequence[Mark], at: Mapping[int, int], *, text: str, clean: Callable[[str], str]
) -> tuple[Mark, ...]:
    """Return the marks of a text after cleaning. A mark whose text was removed is dropped, unless it starts a page.

    Args:
        marks: Marks of the text before cleaning.
        at: New offset of each offset in `places_of`.
        text: The cleaned text. Values of headings and cells are read from it again, since parts may be masked.
        clean: Cleans the values of all other marks.
    """
    moved = (replace(mark, start=at[mark.start], end=at[mark.end]) for mark in marks)
    return tuple(
        replace(mark, value=_said(text, mark) if mark.kind in _NAMED_BY_TEXT else clean(mark.value))
        for mark in moved
        if mark.start < mark.end or mark.kind is MarkKind.PAGE
    )


def _said(text: str, mark: Mark) -> str:
    return " ".join(text[mark.start : mark.end].strip("#").split())
