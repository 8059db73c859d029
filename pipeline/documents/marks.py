"""What a reader knows of a text beyond its characters: marks with spans, such as headings, table cells and page starts.

A reader hands over text and marks. Cleaning moves them with the text. A grammar reads marks first and text second.
Offsets are characters of the text they come with. Marks are in order of `start`; what encloses stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class MarkKind(StrEnum):
    """What a mark says of its span."""

    HEADING = "heading"
    """The line of a heading; `level` from 1, `value` its title without markup."""
    LIST_ITEM = "list_item"
    """An item of a list; `level` is its depth from 1, `value` its number or letter as written, empty for a bullet."""
    TABLE = "table"
    """A whole table; `value` is `row`, `column`, `both` or empty: where its header cells are. Its cells follow."""
    CELL = "cell"
    """A cell; `value` is its text on one line, `row` and `column` count from 0."""
    FOOTNOTE = "footnote"
    """The text of a footnote; `value` is its mark."""
    CODE = "code"
    """A block of code or of typed input; `value` is its language where it is named."""
    PAGE = "page"
    """Where a page starts; empty span; `value` is its label."""
    HIDDEN = "hidden"
    INSERTED = "inserted"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: `text[start:end]`."""

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
    """Where marks begin and end: ascending, each once."""
    return tuple(sorted({place for mark in marks for place in (mark.start, mark.end)}))


def moved_marks(
    marks: Sequence[Mark], at: Mapping[int, int], *, text: str, clean: Callable[[str], str]
) -> tuple[Mark, ...]:
    """Marks of a text that was cleaned; those of which no text is left are gone, but for page starts.

    Args:
        marks: of the text before.
        at: for each of `places_of`, where it is now.
        text: the cleaned one; what a cell or a heading says is read from it again, since some of it may be masked.
        clean: cleans what else a mark says.
    """
    moved = (replace(mark, start=at[mark.start], end=at[mark.end]) for mark in marks)
    return tuple(
        replace(mark, value=_said(text, mark) if mark.kind in _NAMED_BY_TEXT else clean(mark.value))
        for mark in moved
        if mark.start < mark.end or mark.kind is MarkKind.PAGE
    )


def _said(text: str, mark: Mark) -> str:
    return " ".join(text[mark.start : mark.end].strip("#").split())
