"""Builds the text of a document together with its marks, block by block.

Readers call this class for each heading, paragraph, list item, table and page that they find. The result is markdown
whose marks have the same spans as those of a converted HTML page (`documents.markup`). Cost: linear in the text and in
the number of table positions that cells cover.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.documents.marks import Mark, MarkKind

MAX_HEADING_LEVEL = 6
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_FENCE = re.compile(r"^(`{3,})", re.MULTILINE)
_LIST_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a paragraph, with the mark that covers it."""

    text: str
    kind: MarkKind | None = None
    """`INSERTED`, `DELETED` or `HIDDEN`, or `PAGE` where a page starts inside the paragraph; None for other text."""
    value: str = ""
    """The label of the page."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table row."""

    text: str
    row_span: int = 1
    column_span: int = 1


class TextBuilder:
    """Collects blocks in reading order; `text` and `marks` return what was collected."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._pages: list[str] = []
        self._last_was_item = False

    @property
    def text(self) -> str:
        """The text so far; it ends with a line break unless it is empty."""
        return "".join(self._pieces)

    @property
    def length(self) -> int:
        """The number of characters so far."""
        return self._length

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks so far, sorted by start; an enclosing mark comes first."""
        return tuple(sorted(self._marks, key=lambda mark: (mark.start, -mark.end)))

    def heading(self, text: str, *, level: int) -> None:
        """Add a heading on a line of its own; an empty one is left out.

        Args:
            text: the title; its line breaks become spaces.
            level: from 1; a level above 6 is written as 6, but the mark keeps it.
        """
        title = one_line(text)
        if title:
            start = self._block(f"{'#' * min(level, MAX_HEADING_LEVEL)} {title}")
            self._mark(MarkKind.HEADING, start, level=level, value=title)

    def paragraph(self, *runs: Run | str, kind: MarkKind | None = None) -> None:
        """Add a paragraph; its line breaks are kept.

        Args:
            runs: the pieces of the paragraph.
            kind: mark for the whole paragraph, such as `HIDDEN`.
        """
        pieces = [run if isinstance(run, Run) else Run(run) for run in runs]
        whole = "".join(piece.text for piece in pieces)
        if not whole.strip():
            return
        start = self._block(whole.strip())
        self._mark_runs(pieces, start, breaks="\n")
        if kind is not None:
            self._mark(kind, start)

    def list_item(self, *runs: Run | str, level: int = 1, label: str = "") -> None:
        """Add a list item; consecutive items form one list.

        Args:
            runs: the pieces of the item; further lines are indented.
            level: depth of the list, from 1.
            label: the number or letter as written, such as `1.` or `제1조`; empty for a bullet.
        """
        pieces = [run if isinstance(run, Run) else Run(run) for run in runs]
        body = "".join(piece.text for piece in pieces).strip()
        if not body:
            return
        indent = _LIST_INDENT * (level - 1)
        lead = f"{label or '-'} "
        breaks = "\n" + indent + " " * len(lead)
        start = self._block(indent + lead + _LINES.sub(breaks, body), tight=self._last_was_item)
        self._mark(MarkKind.LIST_ITEM, start + len(indent), level=level, value=label.strip("()<>[].,: "))
        self._mark_runs(pieces, start + len(indent) + len(lead), breaks=breaks)
        self._last_was_item = True

    def table(
        self,
        rows: Iterable[Sequence[TableCell | str]],
        *,
        header: str = "row",
        pages: Mapping[int, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        """Add a table as pipe rows. Empty rows at the end, and a table without text, are left out.

        Args:
            rows: the cells of each row; a cell covered by a span is not repeated.
            header: where the header cells are: `row`, `column`, `both` or empty.
            pages: labels of the pages that begin in a row, by the number of the row. A page of the first row begins
                with the table, and a page of a row that is left out begins with the next block.
        """
        grid = [[cell if isinstance(cell, TableCell) else TableCell(cell) for cell in row] for row in rows]
        while grid and not any(cell.text.strip() for cell in grid[-1]):
            grid.pop()
        later = [label for row, labels in sorted(pages.items()) if row >= len(grid) for label in labels]
        if not grid:
            self._pages += later
            return
        taken: set[tuple[int, int]] = set()
        lines: list[str] = []
        cells: list[Mark] = []
        starts: list[Mark] = []
        offset = 0
        num_columns = _num_columns(grid)
        for number, row in enumerate(grid):
            line, column = "|", 0
            starts += [Mark(MarkKind.PAGE, offset, offset, value=label) for label in pages.get(number, ())]
            for cell in row:
                while (number, column) in taken:
                    line, column = line + "  |", column + 1
                text = one_line(cell.text).replace("|", "\\|")
                if text:
                    start = offset + len(line) + 1
                    where = (number, column, cell.row_span, cell.column_span)
                    cells.append(Mark(MarkKind.CELL, start, start + len(text), 0, one_line(cell.text), *where))
                line += f" {text} |" + "  |" * (cell.column_span - 1)
                taken |= {
                    (number + down, column + right)
                    for down in range(cell.row_span)
                    for right in range(cell.column_span)
                }
                column += cell.column_span
            line += "  |" * (num_columns - column)
            lines.append(line)
            offset += len(line) + 1
            if number == 0:
                lines.append("|" + " --- |" * num_columns)
                offset += len(lines[-1]) + 1
        start = self._block("\n".join(lines))
        self._mark(MarkKind.TABLE, start, value=header)
        self._marks += [
            Mark(mark.kind, start + mark.start, start + mark.end, mark.level, mark.value, *_place(mark))
            for mark in (*starts, *cells)
        ]
        self._pages += later

    def code(self, text: str, *, language: str = "") -> None:
        """Add a block of code between fences; its lines are kept."""
        body = text.strip("\n").rstrip()
        if body:
            fence = "`" * max(3, 1 + max((len(match[1]) for match in _FENCE.finditer(body)), default=0))
            start = self._block(f"{fence}{language}\n{body}\n{fence}")
            self._mark(MarkKind.CODE, start, value=language)

    def footnote(self, text: str, *, label: str) -> None:
        """Add the text of a footnote as a paragraph of its own: `[^1]: text`."""
        body = text.strip()
        if body:
            start = self._block(f"[^{label}]: {body}")
            self._mark(MarkKind.FOOTNOTE, start, value=label)

    def page(self, label: str) -> None:
        """Begin a page. Its mark lies at the start of the next block."""
        self._pages.append(label)

    def add(self, text: str, marks: Sequence[Mark]) -> None:
        """Add converted text with its own marks, such as a converted HTML part."""
        lead = len(text) - len(text.lstrip("\n"))
        body = text.strip("\n").rstrip()
        if not body:
            return
        shift = self._block(body) - lead
        for mark in marks:
            start, end = max(mark.start, lead), min(mark.end, lead + len(body))
            if start <= end:
                self._marks.append(Mark(mark.kind, start + shift, end + shift, mark.level, mark.value, *_place(mark)))

    def end_list(self) -> None:
        """End the list, so that the next item begins another."""
        self._last_was_item = False

    def mark_from(self, start: int, kind: MarkKind) -> None:
        """Mark all blocks that were added since the text had `start` characters."""
        begin = start + 1 if start else 0
        if begin < self._length:
            self._marks.append(Mark(kind, begin, self._end))

    @property
    def _end(self) -> int:
        """Offset of the end of the last block, before its line break."""
        return self._length - 1

    def _block(self, text: str, *, tight: bool = False) -> int:
        """Append a block and return its start. An empty line separates it from earlier text unless it is `tight`."""
        if self._length and not tight:
            self._pieces.append("\n")
            self._length += 1
        start = self._length
        self._marks += [Mark(MarkKind.PAGE, start, start, value=label) for label in self._pages]
        self._pages.clear()
        self._pieces.append(text + "\n")
        self._length += len(text) + 1
        self._last_was_item = False
        return start

    def _mark_runs(self, runs: Sequence[Run], start: int, *, breaks: str) -> None:
        """Mark the runs of the last block, whose stripped text begins at `start`.

        Args:
            runs: the runs.
            start: offset of the first character that is not white space.
            breaks: the text that replaced each line break and the white space around it; a line break if nothing was
                replaced.
        """
        whole = "".join(run.text for run in runs)
        first, last = len(whole) - len(whole.lstrip()), len(whole.rstrip())
        written = [] if breaks == "\n" else [match.span() for match in _LINES.finditer(whole, first, last)]
        position = 0
        for run in runs:
            end = position + len(run.text)
            if run.kind is MarkKind.PAGE or (run.kind is not None and run.text.strip()):
                left, right = (
                    start + place - first + sum(len(breaks) - (e - s) for s, e in written if e <= place)
                    for place in (max(position, first), min(end, last))
                )
                right = left if run.kind is MarkKind.PAGE else right
                self._marks.append(Mark(run.kind, left, right, value=run.value))
            position = end

    def _mark(self, kind: MarkKind, start: int, *, level: int = 0, value: str = "") -> None:
        self._marks.append(Mark(kind, start, self._end, level, value))


def _num_columns(grid: Sequence[Sequence[TableCell]]) -> int:
    """Return the number of columns of the widest row, with the cells that reach into it from above."""
    widths: dict[int, int] = {}
    for number, row in enumerate(grid):
        for cell in row:
            for below in range(number, min(len(grid), number + cell.row_span)):
                widths[below] = widths.get(below, 0) + cell.column_span
    return max(widths.values(), default=1)


def one_line(text: str) -> str:
    """Return a text on one line, with single spaces."""
    return " ".join(text.split())


def _place(mark: Mark) -> tuple[int, int, int, int]:
    return mark.row, mark.column, mark.row_span, mark.column_span
