"""Builds the text of a document together with its marks, block by block.

Readers call this class for each heading, paragraph, list item, table and page that they find. The result is markdown
whose marks have the same spans as those of a converted HTML page (`documents.markup`). Cost: linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.documents.grammar.tables.header import judge_drawn_rows
from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.table_layout import PlacedCell, Repeat, TableCell, TableLayout, lay_out

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
        header: str | None = None,
        pages: Mapping[int, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        """Add a table as pipe rows; see `table_layout` for merged cells. A title above it becomes a paragraph.

        Empty rows at the end, and a table without text, are left out.

        Args:
            rows: the cells of each row; a cell covered by a span is not repeated.
            header: where the header cells are: `row`, `column`, `both` or empty; None if the format does not say, so
                that the texts decide.
            pages: labels of the pages that begin in a row, by the number of the row. A page of the first row begins
                with the table, and a page of a row that is left out begins with the next row or block.
        """
        layout = lay_out([[cell if isinstance(cell, TableCell) else TableCell(cell) for cell in row] for row in rows])
        waiting = [(row, label) for row, labels in sorted(pages.items()) for label in labels]
        for title in layout.titles:
            self._pages += _taken(waiting, title.row)
            self.paragraph(title.text)
        lines: list[str] = []
        cells: list[Mark] = []
        offset = 0
        for number, row in zip(layout.numbers, layout.rows, strict=True):
            line = "|"
            cells += [Mark(MarkKind.PAGE, offset, offset, value=label) for label in _taken(waiting, number)]
            for place in row:
                cell = place.cell if isinstance(place, Repeat) else place
                value = one_line(cell.text) if cell is not None else ""
                text = value.replace("|", "\\|")
                if text and isinstance(place, PlacedCell):
                    start = offset + len(line) + 1
                    where = (place.row, place.column, place.row_span, place.column_span)
                    cells.append(Mark(MarkKind.CELL, start, start + len(text), 0, value, *where))
                line += f" {text} |"
            lines.append(line)
            if len(lines) == 1:
                lines.append("|" + " --- |" * layout.num_columns)
            offset = sum(len(line) + 1 for line in lines[-2:]) if len(lines) == 2 else offset + len(line) + 1
        if lines:
            start = self._block("\n".join(lines))
            self._mark(MarkKind.TABLE, start, value=_header_of(layout) if header is None else header)
            self._marks += [
                Mark(mark.kind, start + mark.start, start + mark.end, mark.level, mark.value, *_place(mark))
                for mark in cells
            ]
        self._pages += [label for _, label in waiting]

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


def _header_of(layout: TableLayout) -> str:
    own = [one_line(place.text) for place in layout.rows[0] if isinstance(place, PlacedCell)]
    return judge_drawn_rows(own, [[one_line(text) for text in row] for row in layout.shown]).value


def _taken(waiting: list[tuple[int, str]], row: int) -> list[str]:
    """Remove and return the labels of the pages that begin in a row or before it."""
    found = []
    while waiting and waiting[0][0] <= row:
        found.append(waiting.pop(0)[1])
    return found


def one_line(text: str) -> str:
    """Return a text on one line, with single spaces."""
    return " ".join(text.split())


def _place(mark: Mark) -> tuple[int, int, int, int]:
    return mark.row, mark.column, mark.row_span, mark.column_span
