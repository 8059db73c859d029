"""Finds the title of the column that a value in a table is in.

Takes a text and the offset of a value; returns the cell of the table's first row above it. A table is a run of lines
with `|` or tab characters between cells. Used by `clean.personal_values`: a column's title names the numbers below it.
Each line above a value is looked at once per document, so the cost is linear.
"""

from __future__ import annotations

_MAX_LINE_CHARS = 2000
"""The length up to which a line can be a row; a search in longer lines would not be linear."""
_MARKS = "|\t"


class TableColumns:
    """The titles of the columns in one text."""

    __slots__ = ("_first_rows", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._first_rows: dict[int, int] = {}

    def title(self, offset: int) -> str:
        """Return the title of the column at an offset; empty outside of tables and in their first rows."""
        start = self._line_start(offset)
        if start is None:
            return ""
        mark = next((mark for mark in _MARKS if self._text.find(mark, start, offset) >= 0), "")
        if not mark:
            mark = next((mark for mark in _MARKS if self._text.find(mark, offset, self._line_end(start)) >= 0), "")
        if not mark:
            return ""
        first = self._first_row(start, mark)
        if first == start:
            return ""
        cells = self._text[first : self._line_end(first)].split(mark)
        column = self._text.count(mark, start, offset)
        return cells[column].strip() if column < len(cells) else ""

    def _first_row(self, start: int, mark: str) -> int:
        """Return the start of the first row of the table that has a row at `start`."""
        seen: list[int] = []
        while start not in self._first_rows:
            seen.append(start)
            above = self._line_start(start - 1) if start > 0 else None
            if above is None or self._text.find(mark, above, start) < 0:
                self._first_rows[start] = start
                break
            start = above
        first = self._first_rows[start]
        self._first_rows.update(dict.fromkeys(seen, first))
        return first

    def _line_start(self, offset: int) -> int | None:
        """Return the start of the line that contains an offset; None if it is too far away."""
        reach = max(0, offset - _MAX_LINE_CHARS)
        found = self._text.rfind("\n", reach, offset)
        if found >= 0:
            return found + 1
        return 0 if reach == 0 else None

    def _line_end(self, start: int) -> int:
        found = self._text.find("\n", start, start + _MAX_LINE_CHARS)
        return found if found >= 0 else min(start + _MAX_LINE_CHARS, len(self._text))
