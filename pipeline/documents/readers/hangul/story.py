"""Makes blocks from the paragraphs of a Hangul document: numbers, headings, tables, notes and page starts.

In: a `HangulDocument` and the recipe's options. Out: blocks in reading order, as `readers.blocks` writes them. Numbers
are counted in document order, also in tables and boxes. Cost: linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.build import DocumentPart
from pipeline.documents.readers.blocks import (
    MAX_COLUMNS,
    Block,
    Cell,
    Footnote,
    PageStart,
    Role,
    Table,
    as_heading,
    text_of,
)
from pipeline.documents.readers.blocks import Paragraph as TextParagraph
from pipeline.documents.readers.hangul.content import (
    Aside,
    AsideKind,
    Box,
    Chart,
    Grid,
    GridCell,
    HangulDocument,
    HeadKind,
    Note,
    NoteKind,
    Paragraph,
    ParagraphShape,
    SectionStart,
)
from pipeline.documents.readers.hangul.numbering import NumberCounter
from pipeline.documents.readers.hangul.pages import PageCounter
from pipeline.documents.readers.hangul.styles import heading_level, is_title_style
from pipeline.documents.readers.reader import ReadOptions
from pipeline.documents.text_builder import Run

_ARTICLE = re.compile(r"제\s*\d+\s*(?:조|항|호)(?:의\s*\d+)?")
_CHAPTER = re.compile(r"제\s*\d+\s*(?:편|장|절|관)(?:의\s*\d+)?")
_MAX_OUTLINE_LEVEL = 3
"""Lower levels of an outline are enumerations: `(1)`, `①`."""
_ENDNOTE = "미주"
_MAX_INLINE_CHARS = 40
"""A longer text of a box is a block of its own."""
_MAX_PLACES = 200_000
"""A table that claims more places is written without spans."""


def read_story(document: HangulDocument, options: ReadOptions) -> list[Block]:
    """Return the blocks of a document."""
    return _Story(document, options).blocks()


class _Story:
    def __init__(self, document: HangulDocument, options: ReadOptions) -> None:
        self._document = document
        self._definitions = document.definitions
        self._options = options
        self._numbers = NumberCounter(document.definitions.numberings)
        self._outline = 0
        self._pages = PageCounter()
        self._labels: Counter[str] = Counter()
        self._num_notes: Counter[NoteKind] = Counter()
        self._margins: set[str] = set()
        self._num_of_style = Counter(
            paragraph.style for section in document.sections for paragraph in section if _has_text(paragraph)
        )

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        for section in self._document.sections:
            for paragraph in section:
                page = self._pages.enter(paragraph)
                if page:
                    found.append(PageStart(page))
                found += self._paragraph(paragraph, has_headings=True)
        counted = self._document.num_pages
        if self._pages.is_known and counted in (0, self._pages.count):
            return found
        return [block for block in found if not isinstance(block, PageStart)]

    def _inside(self, paragraphs: Sequence[Paragraph], *, has_headings: bool) -> list[Block]:
        return [block for paragraph in paragraphs for block in self._paragraph(paragraph, has_headings=has_headings)]

    def _paragraph(self, paragraph: Paragraph, *, has_headings: bool) -> list[Block]:
        for piece in paragraph.pieces:
            if isinstance(piece, SectionStart):
                self._outline = piece.outline
        head = self._head(paragraph)
        has_text = _has_text(paragraph)
        runs: list[Run] = []
        before: list[Block] = []
        found: list[Block] = []
        after: list[Block] = []

        def flush() -> None:
            nonlocal head
            if "".join(run.text for run in runs).strip():
                found.append(self._text(head.label, tuple(runs), paragraph, head.shape, has_headings=has_headings))
                head = _NO_HEAD
            runs.clear()

        for piece in paragraph.pieces:
            if isinstance(piece, Run):
                runs.append(piece)
            elif isinstance(piece, Note):
                label = self._note_label(piece)
                runs.append(Run(f"[^{label}]"))
                after.append(Footnote(label, text_of(self._inside(piece.paragraphs, has_headings=False))))
            elif isinstance(piece, Aside):
                (before if piece.kind is AsideKind.MARGIN else after).extend(self._aside(piece))
            elif isinstance(piece, Grid):
                target = found if piece.is_inline else after
                if piece.is_inline:
                    flush()
                target.extend(self._grid(piece))
            elif isinstance(piece, Chart):
                flush()
                found.extend(piece.blocks)
            elif isinstance(piece, Box):
                blocks = self._inside(piece.paragraphs, has_headings=has_headings and not has_text)
                if piece.is_inline and has_text and _is_short(blocks):
                    runs.append(Run(text_of(blocks)))
                elif piece.is_inline:
                    flush()
                    found.extend(blocks)
                else:
                    after.extend(blocks)
        flush()
        return [*before, *found, *after]

    def _head(self, paragraph: Paragraph) -> _Head:
        """Return what Hangul writes before a paragraph, and count its number."""
        shape = self._definitions.shapes.get(paragraph.shape, ParagraphShape())
        if shape.kind is HeadKind.NONE:
            return _Head(None, shape)
        if shape.kind is HeadKind.BULLET:
            return _Head(_bullet(self._definitions.bullets.get(shape.numbering, "")), shape)
        number = self._outline if shape.kind is HeadKind.OUTLINE else shape.numbering
        return _Head(self._numbers.next_label(shape.kind, number, shape.level) or None, shape)

    def _text(
        self,
        label: str | None,
        runs: tuple[Run, ...],
        paragraph: Paragraph,
        shape: ParagraphShape,
        *,
        has_headings: bool,
    ) -> TextParagraph:
        """Return a paragraph as a heading, a list item or text."""
        begins = label or "".join(run.text for run in runs).lstrip()
        if _ARTICLE.match(begins):
            return _labelled(label, runs)
        style = self._definitions.styles.get(paragraph.style, "")
        if has_headings and is_title_style(style) and self._num_of_style[paragraph.style] == 1:
            return as_heading(TextParagraph(runs, Role.TITLE, 1, label))
        level = heading_level(style)
        if not level and shape.kind is HeadKind.OUTLINE and shape.level < _MAX_OUTLINE_LEVEL:
            level = shape.level + 1
        if has_headings and level:
            return as_heading(TextParagraph(runs, Role.HEADING, level, label))
        if _CHAPTER.match(begins):
            return _labelled(label, runs)
        above = _MAX_OUTLINE_LEVEL if shape.kind is HeadKind.OUTLINE else 0
        return TextParagraph(runs, Role.BODY, max(1, shape.level + 1 - above), label)

    def _note_label(self, note: Note) -> str:
        """Return the label of a note. If an earlier note has the same label, a count is added: `1-2`."""
        self._num_notes[note.kind] += 1
        number = note.number or self._num_notes[note.kind]
        label = f"{_ENDNOTE}{number}" if note.kind is NoteKind.ENDNOTE else str(number)
        self._labels[label] += 1
        return label if self._labels[label] == 1 else f"{label}-{self._labels[label]}"

    def _aside(self, aside: Aside) -> list[Block]:
        """Return text beside the body, if it is read. A header that was shown before is left out."""
        include = self._options.include
        if aside.kind is AsideKind.COMMENT:
            if DocumentPart.COMMENTS not in include:
                return []
            text = text_of(self._inside(aside.paragraphs, has_headings=False))
            return [TextParagraph((Run(text),), Role.COMMENT)] if text else []
        if DocumentPart.HEADERS not in include:
            return []
        blocks = self._inside(aside.paragraphs, has_headings=False)
        text = text_of(blocks)
        if text in self._margins:
            return []
        self._margins.add(text)
        return blocks

    def _grid(self, grid: Grid) -> list[Block]:
        is_column = len({cell.column for cell in grid.cells}) == 1
        rows = [
            tuple(
                Cell(
                    tuple(self._inside(cell.paragraphs, has_headings=is_column)) if cell.paragraphs else (),
                    cell.row_span,
                    cell.column_span,
                )
                for cell in row
            )
            for row in _rows(grid.cells)
        ]
        caption = self._inside(grid.caption, has_headings=False)
        table: list[Block] = [Table(tuple(rows))] if rows else []
        return [*table, *caption] if grid.is_caption_below else [*caption, *table]


@dataclass(frozen=True, slots=True)
class _Head:
    """What is written before a paragraph."""

    label: str | None
    """Number or bullet as shown; empty for a bullet that has no character, None if nothing is written."""
    shape: ParagraphShape


_NO_HEAD = _Head(None, ParagraphShape())


def _has_text(paragraph: Paragraph) -> bool:
    return any(isinstance(piece, Run) and piece.text.strip() for piece in paragraph.pieces)


def _labelled(label: str | None, runs: tuple[Run, ...]) -> TextParagraph:
    """Return a provision as text that begins with its number, such as `제3조`, as the legal grammar expects."""
    return TextParagraph((Run(f"{label} "), *runs) if label else runs)


def _rows(cells: Sequence[GridCell]) -> list[list[GridCell]]:
    """Return the cells by rows, with an empty cell at each place that no cell covers.

    If the table is too large, return only its own cells, without their spans.
    """
    num_rows = max((cell.row + cell.row_span for cell in cells), default=0)
    num_columns = max((cell.column + cell.column_span for cell in cells), default=0)
    ordered = sorted(cells, key=lambda cell: (cell.row, cell.column))
    if num_columns > MAX_COLUMNS or num_rows * num_columns > _MAX_PLACES:
        by_row: dict[int, list[GridCell]] = {}
        for cell in ordered:
            alone = GridCell(cell.row, cell.column, 1, 1, cell.paragraphs)
            by_row.setdefault(cell.row, []).append(alone)
        return list(by_row.values())
    covered: set[tuple[int, int]] = set()
    rows: list[list[GridCell]] = [[] for _ in range(num_rows)]
    for cell in ordered:
        row = rows[cell.row]
        span = {
            (cell.row + down, cell.column + right) for down in range(cell.row_span) for right in range(cell.column_span)
        }
        if span & covered:
            # Cells of a damaged table overlap; each keeps its text.
            row.append(GridCell(cell.row, cell.column, 1, 1, cell.paragraphs))
            continue
        covered |= span
        row.append(cell)
    for number, row in enumerate(rows):
        row += [GridCell(number, column, 1, 1, []) for column in range(num_columns) if (number, column) not in covered]
        row.sort(key=lambda cell: cell.column)
    return rows


def _bullet(character: str) -> str:
    """Return a bullet as a label; empty for a sign of a symbol font, which has no character of its own."""
    return "" if any(unicodedata.category(sign) in ("Co", "Cc", "Cn") for sign in character) else character.strip()


def _is_short(blocks: Sequence[Block]) -> bool:
    if not all(isinstance(block, TextParagraph) for block in blocks):
        return False
    text = text_of(blocks)
    return len(text) <= _MAX_INLINE_CHARS and "\n" not in text
