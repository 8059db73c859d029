"""Writes the pages of a PDF as text with marks.

In: the blocks of all pages in reading order. Out: a `TextBuilder`. Used by `pdf.document`. Cost: linear.

If a column or page ends in the middle of a sentence, the next paragraph that fits is joined to it. Captions, tables and
footnotes between the two are written after the joined paragraph. Tables that go on on the next page are joined too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, pairwise

from pipeline.documents.marks import MarkKind
from pipeline.documents.pdf.cells import Cell, Table
from pipeline.documents.pdf.continued import goes_on, joined
from pipeline.documents.pdf.headings import is_caption
from pipeline.documents.pdf.joining import Joiner
from pipeline.documents.pdf.lines import Line, is_raised, text_of
from pipeline.documents.pdf.notes import Footnote
from pipeline.documents.pdf.paragraphs import BULLET, LABEL, Paragraph, ParagraphKind
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import Run, TextBuilder

_LOOK_AHEAD = 8
"""Number of following steps in which the next part of a paragraph is searched for."""
_OPEN_END = re.compile(r"[.!?:;。…][\"'”’」』)\]]*(?:\^?\d{1,3}|\[\^\d+\])?$")
_MAX_TITLE_CHARS, _MIN_OPEN_CHARS = 200, 12
_MIN_SPACES = 0.2
"""A file writes spaces at line ends if at least this share of the line ends inside paragraphs has one."""


@dataclass(slots=True)
class PageContent:
    """What is written of a page."""

    label: str
    blocks: list[Paragraph | Table]
    notes: list[Footnote] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    footers: list[str] = field(default_factory=list)
    turned: list[str] = field(default_factory=list)
    """Text in another direction, such as a note in the margin."""
    comments: list[str] = field(default_factory=list)
    is_missing: bool = False
    """Whether the page could not be read, so that no paragraph goes on behind it."""


@dataclass(slots=True)
class _Step:
    """Something to write."""

    page: int
    block: Paragraph | Table | None = None
    note: Footnote | None = None
    text: str = ""
    parts: list[tuple[int, Paragraph]] = field(default_factory=list)
    """Parts of the paragraph in later columns or pages, with the index of their page."""
    tables: list[tuple[int, Table]] = field(default_factory=list)
    """Parts of the table on later pages, with the index of their page."""
    is_gap: bool = False
    """Whether the step stands for a missing page."""


def write_pages(pages: Sequence[PageContent], levels: Mapping[int, int]) -> tuple[TextBuilder, str]:
    """Return the text and marks of pages, and the title of the document.

    The title is the largest heading of the first page that has a heading of at most `_MAX_TITLE_CHARS` characters; it
    is empty if no page has one.

    Args:
        pages: the pages.
        levels: heading levels by the `id` of the paragraph.
    """
    writer = _Writer(pages, levels)
    for step in _joined_steps(_steps(pages), levels):
        writer.write(step)
    writer.finish()
    return writer.builder, writer.title


def _steps(pages: Sequence[PageContent]) -> list[_Step]:
    steps = []
    for index, page in enumerate(pages):
        steps += [_Step(index, is_gap=True)] if page.is_missing else []
        steps += [_Step(index, text=text) for text in page.headers]
        steps += [_Step(index, block=block) for block in page.blocks]
        steps += [_Step(index, note=note) for note in page.notes]
        steps += [_Step(index, text=text) for text in (*page.turned, *page.comments, *page.footers)]
    return steps


def _joined_steps(steps: list[_Step], levels: Mapping[int, int]) -> list[_Step]:
    """Join the parts of paragraphs that go on in another column or page."""
    taken: set[int] = set()
    kept = []
    for number, step in enumerate(steps):
        if number in taken:
            continue
        kept.append(step)
        if isinstance(step.block, Table):
            _add_tables(step, step.block, enumerate(islice(steps, number + 1, None), start=number + 1), taken)
            continue
        last, place = step.block, number
        while isinstance(last, Paragraph) and id(last) not in levels and _is_open(last):
            found = next(
                (
                    other
                    for other in range(place + 1, min(len(steps), place + 1 + _LOOK_AHEAD))
                    if other not in taken and not _may_skip(steps[other], last)
                ),
                None,
            )
            following = steps[found].block if found is not None else None
            if found is None or not isinstance(following, Paragraph) or id(following) in levels:
                break
            if not _continues(last, following, has_page_break=steps[found].page != steps[place].page):
                break
            taken.add(found)
            step.parts.append((steps[found].page, following))
            last, place = following, found
    return kept


def _add_tables(step: _Step, first: Table, following: Iterable[tuple[int, _Step]], taken: set[int]) -> None:
    """Add the parts of a table on the next pages to its step, and note that their steps are taken."""
    page = step.page
    for place, other in following:
        if other.block is None:
            continue
        if not isinstance(other.block, Table) or other.page != page + 1 or not goes_on(first, other.block):
            return
        step.tables.append((other.page, other.block))
        taken.add(place)
        page = other.page


def _is_open(paragraph: Paragraph) -> bool:
    """Return whether a paragraph ends with a full line in the middle of a sentence."""
    if paragraph.kind in (ParagraphKind.CODE, ParagraphKind.ENTRIES) or not paragraph.ends_full:
        return False
    if paragraph.num_chars < _MIN_OPEN_CHARS:
        return False  # A label or a short item fills a column only because the column has nothing longer.
    return _OPEN_END.search(paragraph.lines[-1].text) is None and not is_caption(paragraph.lines[0])


def _may_skip(step: _Step, open_paragraph: Paragraph) -> bool:
    """Return whether a block may lie between two parts of a paragraph."""
    if not isinstance(step.block, Paragraph):
        return not step.is_gap
    is_small = step.block.size < 0.95 * open_paragraph.size
    return is_caption(step.block.lines[0]) or is_small


def _continues(first: Paragraph, second: Paragraph, *, has_page_break: bool) -> bool:
    """Return whether a paragraph is the rest of another one."""
    if second.kind is not ParagraphKind.TEXT or abs(first.size - second.size) > 0.06 * first.size:
        return False
    if first.is_bold != second.is_bold:
        return False
    moves_up = has_page_break or second.lines[0].base < first.lines[-1].base
    if not moves_up:
        return False
    is_indented = len(second.lines) > 1 and second.left > second.lines[1].left + 0.5 * second.size
    start = second.first_text[:1]
    end = first.lines[-1].text[-1:]
    is_lower = start.islower() or end in "-,"
    is_spoken = "가" <= start <= "힣" or "\u3400" <= start <= "\u9fff"
    if is_lower:
        return True
    return not is_indented and (is_spoken or start.isalnum() or start in "(“‘\"'「『")


class _Writer:
    """Writes steps in order and begins pages."""

    def __init__(self, pages: Sequence[PageContent], levels: Mapping[int, int]) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._pages = pages
        self._levels = levels
        self._page = -1
        self._title_page = -1
        self._title_size = 0.0
        notes = (line for page in pages for note in page.notes for line in note.paragraph.lines)
        body = (line for page in pages for line in lines_in(page.blocks))
        self._joiner = Joiner(line.text for line in chain(body, notes))
        self._indents: list[float] = []
        self._item_base, self._item_page = 0.0, -1
        """Where the last item of the list ends, and on which page; the next column begins above it."""
        self._writes_spaces = _writes_spaces(pages)

    def write(self, step: _Step) -> None:
        """Write a step."""
        self._begin_page(step.page)
        if step.note is not None:
            text = self._joined([(step.page, step.note.paragraph)], frozenset())
            self.builder.footnote("".join(run.text for run in text), label=step.note.label)
        elif isinstance(step.block, Table):
            self._table([(step.page, step.block), *step.tables])
        elif step.block is not None:
            self._paragraph(step, step.block)
        elif step.text:
            self.builder.paragraph(step.text)

    def finish(self) -> None:
        """Begin the pages after the last text."""
        self._begin_page(len(self._pages) - 1)

    def _begin_page(self, page: int) -> None:
        while self._page < page:
            self._page += 1
            self.builder.page(self._pages[self._page].label)

    def _paragraph(self, step: _Step, paragraph: Paragraph) -> None:
        notes = frozenset(note.label for note in self._pages[step.page].notes)
        if paragraph.kind is ParagraphKind.CODE:
            self._code(paragraph)
            return
        runs = self._joined([(step.page, paragraph), *step.parts], notes)
        level = self._levels.get(id(paragraph), 0)
        if level:
            text = " ".join("".join(run.text for run in runs).split())
            self.builder.heading(text, level=level)
            is_first = self._title_page in (-1, step.page)
            if is_first and paragraph.size > self._title_size and len(text) <= _MAX_TITLE_CHARS:
                self.title, self._title_size, self._title_page = text, paragraph.size, step.page
        elif paragraph.kind is ParagraphKind.ITEM:
            self._item(paragraph, runs)
            return
        else:
            self.builder.paragraph(*runs)
        self._indents.clear()

    def _item(self, paragraph: Paragraph, runs: Sequence[Run]) -> None:
        is_beside = self._indents and paragraph.left > self._indents[0] + 3
        if is_beside and paragraph.lines[0].base <= self._item_base and self._page == self._item_page:
            self._indents.clear()  # A list beside the one before it, not a list in its last item.
        self._item_base, self._item_page = paragraph.lines[-1].base, self._page
        while self._indents and self._indents[-1] > paragraph.left + 3:
            self._indents.pop()
        if not self._indents or paragraph.left > self._indents[-1] + 3:
            self._indents.append(paragraph.left)
        text = "".join(run.text for run in runs)
        match = (BULLET if paragraph.bullet else LABEL).match(text)
        body = text[match.end() :] if match is not None else text
        pages = [run for run in runs if run.kind is MarkKind.PAGE]
        self.builder.list_item(body, level=len(self._indents), label=paragraph.label)
        for run in pages:
            self.builder.page(run.value)

    def _code(self, paragraph: Paragraph) -> None:
        first = paragraph.lines[0].words[0]
        width = (first.right - first.left) / max(1, len(first.text)) or 1.0
        left = min(line.left for line in paragraph.lines)
        lines = [_typed(line, left, width) for line in paragraph.lines]
        if len(lines) > 1:
            self.builder.code("\n".join(lines))
        else:
            self.builder.paragraph(lines[0])

    def _table(self, parts: Sequence[tuple[int, Table]]) -> None:
        self._indents.clear()
        table, starts = joined([table for _, table in parts])
        pages = {start: self._labels_until(page) for start, (page, _) in zip(starts, parts, strict=True)}
        if _is_right_to_left(table):
            num_columns = table.num_columns
            table = replace(table, cells=[_mirrored(cell, num_columns) for cell in table.cells])
        rows: list[list[TableCell]] = [[] for _ in range(table.num_rows)]
        places = {
            (row, column): cell
            for cell in table.cells
            for row in range(cell.row, cell.row + cell.row_span)
            for column in range(cell.column, cell.column + cell.column_span)
        }
        for row in range(table.num_rows):
            for column in range(table.num_columns):
                cell = places.get((row, column))
                if cell is None:
                    rows[row].append(TableCell(""))
                elif (cell.row, cell.column) == (row, column):
                    rows[row].append(TableCell(self._cell_text(cell), cell.row_span, cell.column_span))
        self.builder.table(rows, pages=pages)

    def _cell_text(self, cell: Cell) -> str:
        text = ""
        for line in cell.lines:
            text = self._joiner.join(text, line.text)
        return text

    def _joined(self, parts: Sequence[tuple[int, Paragraph]], notes: frozenset[str]) -> list[Run]:
        """Return the lines of the parts of a paragraph as runs; the start of a page is a run of its own."""
        runs: list[Run] = []
        text = ""
        before: Line | None = None
        for page, paragraph in parts:
            for number, line in enumerate(paragraph.lines):
                piece = _line_text(line, notes)
                if before is None:
                    text = piece
                elif number in paragraph.breaks:
                    text = f"{text}\n{piece}"
                else:
                    joined = self._joiner.join(text, piece, has_space=self._has_space(before))
                    text = joined
                    if page > self._page:
                        head = len(joined) - len(piece)
                        runs.append(Run(joined[:head]))
                        runs += self._pages_until(page)
                        text = joined[head:]
                before = line
        return [*runs, Run(text)]

    def _has_space(self, line: Line) -> bool | None:
        """Return whether the file has a space at a line end; None if unknown."""
        if line.ends_in_space:
            return True
        inner = [word.ends_in_space for word, following in pairwise(line.words) if not following.is_glued]
        return False if self._writes_spaces and len(inner) > 1 and all(inner) else None

    def _pages_until(self, page: int) -> list[Run]:
        return [Run("", MarkKind.PAGE, label) for label in self._labels_until(page)]

    def _labels_until(self, page: int) -> list[str]:
        """Return the labels of the pages up to a page, which begin now."""
        labels = [content.label for content in self._pages[self._page + 1 : page + 1]]
        self._page = max(self._page, page)
        return labels


def _typed(line: Line, left: float, width: float) -> str:
    """Return a line of code with the spaces that its words have between them on the page."""
    text = ""
    for word in line.words:
        column = round((word.left - left) / width)
        text += " " * max(column - len(text), 0 if word.is_glued else bool(text)) + word.text
    return text


def _writes_spaces(pages: Sequence[PageContent]) -> bool:
    """Return whether the file writes spaces at line ends."""
    ends = Counter(
        line.ends_in_space
        for page in pages
        for block in page.blocks
        if isinstance(block, Paragraph)
        for line in block.lines[:-1]
    )
    return ends[True] >= _MIN_SPACES * ends.total() > 0


def _mirrored(cell: Cell, num_columns: int) -> Cell:
    return replace(cell, column=num_columns - cell.column - cell.column_span)


def _is_right_to_left(table: Table) -> bool:
    lines = [line for cell in table.cells for line in cell.lines]
    return 2 * sum(line.num_chars for line in lines if line.is_right_to_left) > sum(line.num_chars for line in lines)


def lines_in(blocks: Iterable[Paragraph | Table]) -> Iterator[Line]:
    """Yield the lines of paragraphs and of the cells of tables."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from block.lines
        else:
            for cell in block.cells:
                yield from cell.lines


def _line_text(line: Line, notes: frozenset[str]) -> str:
    """Return the text of a line; references to the page's footnotes are written as `[^1]`."""
    if not notes or not any(word.text in notes and is_raised(word, line) for word in line.words):
        return line.text
    pieces: list[str] = []
    start = 0
    for number, word in enumerate(line.words):
        if number and word.text in notes and is_raised(word, line):
            pieces += [text_of(line.words[start:number], line), f"[^{word.text}]"]
            following = line.words[number + 1] if number + 1 < len(line.words) else None
            if following is not None and not following.is_glued:
                pieces.append(" ")
            start = number + 1
    return "".join([*pieces, text_of(line.words[start:], line)])
