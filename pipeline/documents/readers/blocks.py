"""The blocks of an office document, and how they become text with marks.

The readers of word processing formats turn a file into blocks in reading order; `write_blocks` writes them. So all of
them treat layout tables, nested tables, footnotes, titles and page starts alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import Run, TextBuilder, one_line

_MAX_HEADING_CHARS = 250
_MAX_SENTENCE_HEADING_CHARS = 100
_SENTENCE_ENDS = (".", ";", "다", ":")
_MAX_PAGE_CHARS = 5000
"""No printed page of running text has more characters."""
MAX_COLUMNS = 500
"""The maximum number of columns in a table, and of columns that a cell spans."""


class Role(StrEnum):
    """What a paragraph is."""

    BODY = "body"
    HEADING = "heading"
    TITLE = "title"
    """The title of the whole document."""
    CODE = "code"
    MONOSPACED = "monospaced"
    """Text in a typewriter font; code if the paragraphs around it hold signs of code."""
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    runs: tuple[Run, ...]
    role: Role = Role.BODY
    level: int = 1
    """Level of a heading, or depth of a list item, from 1."""
    label: str | None = None
    """Label of a list item or number of a heading as a reader sees it; empty for a bullet, None without a label."""

    @property
    def text(self) -> str:
        """The text without its label."""
        return "".join(run.text for run in self.runs)

    @property
    def pages(self) -> list[str]:
        """Labels of the pages that start inside the paragraph."""
        return [run.value for run in self.runs if run.kind is MarkKind.PAGE]

    @property
    def shown(self) -> str:
        """The text with its label."""
        text = self.text.strip()
        return text if self.label is None or not text else f"{self.label or '-'} {text}"


@dataclass(frozen=True, slots=True)
class PageStart:
    """The start of a page."""

    label: str


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote or an endnote, at the place that refers to it; it is written after its section."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. A cell covered by a span has no `Cell`."""

    blocks: tuple[Block, ...]
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table, by rows."""

    rows: tuple[tuple[Cell, ...], ...]
    header: str | None = None
    """Where the header cells are, such as `row`; None if the format does not say."""


@dataclass(frozen=True, slots=True)
class Included:
    """Text that was converted before, such as an included page."""

    text: str
    marks: tuple[Mark, ...]


Block = Included | Paragraph | PageStart | Footnote | Table


def write_blocks(blocks: Sequence[Block], builder: TextBuilder, *, has_all_pages: bool) -> None:
    """Write the blocks of a document.

    If a title comes before all headings, each heading goes one level down, so that only the title has level 1.
    Footnotes are written before the next heading.

    Args:
        blocks: blocks in reading order.
        builder: takes the text.
        has_all_pages: whether every page start of the document is a block. Otherwise, only page breaks that the author
            set are known; they are written only if the text between two breaks always fits on a page.
    """
    flat = list(_flattened(blocks))
    if not has_all_pages and not _breaks_are_pages(flat):
        flat = [block for block in flat if not isinstance(block, PageStart)]
    first = next((block.role for block in flat if isinstance(block, Paragraph) and block.role in _TITLES), None)
    shift = 1 if first is Role.TITLE else 0
    notes: list[Footnote] = []
    code: list[Paragraph] = []
    for block in flat:
        if isinstance(block, Paragraph) and block.role in _TYPED:
            code.append(block)
            continue
        _write_typed(code, builder)
        if isinstance(block, Paragraph):
            if block.role in _TITLES:
                _write_notes(notes, builder)
            _write_paragraph(block, shift, builder)
        elif isinstance(block, Table):
            _write_table(block, notes, builder)
        elif isinstance(block, Footnote):
            notes.append(block)
        elif isinstance(block, Included):
            builder.add(block.text, block.marks)
        else:
            builder.page(block.label)
    _write_typed(code, builder)
    _write_notes(notes, builder)


_TYPED = (Role.CODE, Role.MONOSPACED)
_CODE_SIGNS = re.compile(r"[{}=]|\w\(|;\s*$|^\s*[<#]", re.MULTILINE)
_TITLES = (Role.TITLE, Role.HEADING)


def title_of(blocks: Sequence[Block]) -> str:
    """Return the text of the first title paragraph; empty if there is none."""
    found = (block.text for block in blocks if isinstance(block, Paragraph) and block.role is Role.TITLE)
    return next((one_line(text) for text in found if text.strip()), "")


def as_heading(paragraph: Paragraph) -> Paragraph:
    """Return a paragraph with a heading style as what it is: a heading, or text if it is too long for a heading."""
    text = one_line(paragraph.text)
    longest = _MAX_SENTENCE_HEADING_CHARS if text.endswith(_SENTENCE_ENDS) else _MAX_HEADING_CHARS
    return paragraph if len(text) <= longest else replace(paragraph, role=Role.BODY)


_EXPONENT = re.compile(r"[-+−–]?(?:\d{1,4}|[A-Za-z*])")


def raised(text: str) -> str:
    """Return the text of a superscript: `10` and `6` must not read as 106, so an exponent becomes `^6`."""
    return f"^{text}" if _EXPONENT.fullmatch(text) else text


def text_of(blocks: Sequence[Block]) -> str:
    """Return the text of blocks, each on lines of its own, as for a cell or a note."""
    return "\n".join(text for block in blocks if (text := _plain(block)))


def _plain(block: Block) -> str:
    if isinstance(block, Paragraph):
        return block.shown
    if isinstance(block, Included):
        return block.text
    if isinstance(block, Table):
        rows = (" ".join(filter(None, (one_line(text_of(cell.blocks)) for cell in row))) for row in block.rows)
        return "\n".join(filter(None, rows))
    return ""


def page_labels(block: Block) -> list[str]:
    """Return the labels of the pages that start with a block or inside it, but not inside a table."""
    if isinstance(block, PageStart):
        return [block.label]
    return block.pages if isinstance(block, Paragraph) else []


def has_pages(blocks: Sequence[Block]) -> bool:
    """Return whether a page starts in the blocks or in their tables."""
    return any(page_labels(block) for block in inner_blocks(blocks))


def inner_blocks(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield all blocks, also those inside tables, in reading order."""
    for block in blocks:
        yield block
        if isinstance(block, Table):
            for row in block.rows:
                for cell in row:
                    yield from inner_blocks(cell.blocks)


def _flattened(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks; a table that only arranges text on the page is replaced by the blocks of its cells."""
    for block in blocks:
        if isinstance(block, Table) and _is_layout(block):
            for row in block.rows:
                for cell in row:
                    yield from _flattened(cell.blocks)
        else:
            yield block


def _is_layout(table: Table) -> bool:
    """Return whether a table has one column, at most one filled cell, a section in a cell, or mostly nested tables."""
    cells = [cell for row in table.rows for cell in row]
    filled = [cell for cell in cells if text_of(cell.blocks)]
    if len(filled) <= 1 or all(len(row) <= 1 for row in table.rows):
        return True
    if any(_begins_section(cell) for cell in filled):
        return True
    nested = [block for cell in filled for block in cell.blocks if isinstance(block, Table)]
    if not nested:
        return False
    in_nested = sum(len(_plain(block)) for block in nested)
    return in_nested > 0.5 * sum(len(text_of(cell.blocks)) for cell in filled)


def _begins_section(cell: Cell) -> bool:
    filled = [block for block in cell.blocks if _plain(block)]
    return len(filled) > 1 and any(isinstance(block, Paragraph) and block.role in _TITLES for block in filled)


def _breaks_are_pages(blocks: Sequence[Block]) -> bool:
    length = 0
    for block in blocks:
        length = 0 if isinstance(block, PageStart) else length + len(_plain(block))
        if length > _MAX_PAGE_CHARS:
            return False
    return True


def _write_typed(paragraphs: list[Paragraph], builder: TextBuilder) -> None:
    """Write neighbouring paragraphs in a typewriter font: as one block of code, or as text."""
    text = "\n".join(paragraph.text for paragraph in paragraphs)
    if any(paragraph.role is Role.CODE for paragraph in paragraphs) or _CODE_SIGNS.search(text):
        builder.code(text)
        for label in (label for paragraph in paragraphs for label in paragraph.pages):
            builder.page(label)
    else:
        for paragraph in paragraphs:
            builder.paragraph(*paragraph.runs)
    paragraphs.clear()


def _write_paragraph(paragraph: Paragraph, shift: int, builder: TextBuilder) -> None:
    if paragraph.role in _TITLES:
        builder.heading(paragraph.shown, level=1 if paragraph.role is Role.TITLE else paragraph.level + shift)
        for label in paragraph.pages:
            builder.page(label)
    elif paragraph.role is Role.COMMENT:
        builder.paragraph(*paragraph.runs, kind=MarkKind.HIDDEN)
    elif paragraph.label is not None:
        builder.list_item(*paragraph.runs, level=paragraph.level, label=paragraph.label)
    else:
        builder.paragraph(*paragraph.runs)


def _write_table(table: Table, notes: list[Footnote], builder: TextBuilder) -> None:
    rows: list[list[TableCell]] = []
    pages: dict[int, list[str]] = {}
    for number, row in enumerate(table.rows):
        cells = []
        for cell in row:
            inner = list(inner_blocks(cell.blocks))
            notes += [block for block in inner if isinstance(block, Footnote)]
            labels = [label for block in inner for label in page_labels(block)]
            known = pages.setdefault(number, [])
            known += [label for label in labels if label not in known]
            cells.append(TableCell(text_of(cell.blocks), cell.row_span, cell.column_span))
        rows.append(cells)
    builder.table(rows, header=table.header, pages=pages)


def _write_notes(notes: list[Footnote], builder: TextBuilder) -> None:
    for note in notes:
        builder.footnote(note.text, label=note.label)
    notes.clear()
