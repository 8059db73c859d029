"""Turns the paragraphs, lists, tables and shapes of an OpenDocument file into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.config.build import DocumentPart
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.blocks import (
    MAX_COLUMNS,
    Block,
    Cell,
    PageStart,
    Paragraph,
    Role,
    Table,
    as_heading,
    text_of,
)
from pipeline.documents.readers.mathml import mathml_text
from pipeline.documents.readers.opendocument.charts import chart_blocks
from pipeline.documents.readers.opendocument.inline import OdfInline
from pipeline.documents.readers.opendocument.lists import OdfLists, OpenList
from pipeline.documents.readers.opendocument.names import (
    DRAW,
    MATH,
    OFFICE,
    TABLE,
    TEXT,
    OdfFile,
    count_of,
)
from pipeline.documents.readers.opendocument.styles import OdfStyle, OdfStyles
from pipeline.documents.readers.paragraphs import assembled
from pipeline.documents.readers.reader import ReadOptions
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

MAX_DEPTH = 60
"""The maximum depth of tables, frames, lists and notes inside each other."""
_MAX_REPEATED_ROWS = 100
_ROW_GROUPS = frozenset(TABLE + name for name in ("table-header-rows", "table-rows", "table-row-group"))
_UNREAD = frozenset(
    {TEXT + name for name in ("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls")}
    | {OFFICE + name for name in ("forms", "annotation", "annotation-end", "scripts", "event-listeners")}
    | {DRAW + name for name in ("glue-point", "image", "image-map")}
)


class OdfPages:
    """The page that the reader is on."""

    def __init__(self, body: Element) -> None:
        self.is_rendered = next(body.iter(TEXT + "soft-page-break"), None) is not None
        self.page = 1

    def next(self, number: int | None = None) -> list[PageStart]:
        """Begin a page: the one after the last, or one whose number the file gives."""
        self.page = self.page + 1 if number is None else number
        return [PageStart(str(self.page))]


class OdfStory:
    """Reads the content of a file."""

    def __init__(self, file: OdfFile, body: Element, styles: OdfStyles, options: ReadOptions) -> None:
        self._file = file
        self._styles = styles
        self._reads_hidden = DocumentPart.HIDDEN in options.include
        self._lists = OdfLists(styles)
        self._inline = OdfInline(styles, options, self, _deletions(body))
        self.pages = OdfPages(body)
        self._depth = 0

    def blocks(self, element: Element) -> list[Block]:
        """Return the blocks inside an element.

        Raises:
            RecursionError: the element is nested deeper than `MAX_DEPTH`.
        """
        if self._depth >= MAX_DEPTH:
            raise RecursionError(f"The file nests tables, frames, lists or notes deeper than {MAX_DEPTH}.")
        self._depth += 1
        found = [block for child in element if isinstance(child.tag, str) for block in self._block(child)]
        self._depth -= 1
        return found

    def soft_page(self) -> list[PageStart]:
        """Return the page that begins at a noted page start; see `inline.Surroundings`."""
        return self.pages.next()

    def drawn(self, shape: Element) -> list[Block]:
        """Return the text of a frame or a shape as blocks; see `inline.Surroundings`."""
        if shape.tag == DRAW + "frame":
            # A frame holds its content in several forms, the best one first.
            for form in shape:
                if form.tag in (DRAW + "object", DRAW + "text-box", TABLE + "table"):
                    found = self._form(form)
                    if found:
                        return found
            return []
        return self.blocks(shape)

    def equation(self, shape: Element) -> str:
        """Return the equation in a frame; empty if the frame holds anything else; see `inline.Surroundings`."""
        form = shape.find(DRAW + "object") if shape.tag == DRAW + "frame" else None
        root = self._file.embedded(form) if form is not None else None
        return mathml_text(root) if root is not None and root.tag == MATH + "math" else ""

    def _form(self, form: Element) -> list[Block]:
        if form.tag == TABLE + "table":
            return [self._table(form)]
        if form.tag == DRAW + "text-box":
            return self.blocks(form)
        root = self._file.embedded(form)
        if root is None:
            return []
        if root.tag == MATH + "math":
            equation = mathml_text(root)
            return [Paragraph((Run(f"$${equation}$$"),))] if equation else []
        return chart_blocks(root)

    def _block(self, element: Element) -> Iterator[Block]:
        tag = element.tag
        if tag in (TEXT + "p", TEXT + "h"):
            yield from self._paragraph(element, None, None)
        elif tag == TEXT + "list":
            yield from self._list(element, None, follows_text=False)
        elif tag == TEXT + "numbered-paragraph":
            yield from self._numbered(element)
        elif tag == TABLE + "table":
            if not self._inline.is_unread:
                yield self._table(element)
        elif tag == TEXT + "soft-page-break":
            yield from self.pages.next()
        elif tag in (TEXT + "change", TEXT + "change-start", TEXT + "change-end"):
            yield from assembled(self._inline.change(element), lambda runs, _is_first: Paragraph(runs))
        elif tag == TEXT + "section":
            if element.get(TEXT + "display", "true") == "true" or self._reads_hidden:
                yield from self.blocks(element)
        elif tag.startswith(DRAW) and tag not in _UNREAD:
            yield from self.drawn(element)
        elif tag not in _UNREAD:
            yield from self.blocks(element)

    def _paragraph(self, element: Element, label: str | None, made: OpenList | None) -> Iterator[Block]:
        style = self._styles.get(element.get(TEXT + "style-name"), "paragraph")
        if style.is_hidden and not self._reads_hidden:
            return
        level = 0
        if element.tag == TEXT + "h":
            level = count_of(element, TEXT + "outline-level", most=10)
            if made is None:
                label = self._lists.heading_label(element, level)
        elif style.level:
            level = style.level
        kind = MarkKind.HIDDEN if style.is_hidden else None
        if style.breaks_before and self._depth <= _OUTERMOST:
            yield from self.pages.next(style.page_number)
        depth = made.level if made is not None else 1

        def paragraph(runs: tuple[Run, ...], is_first: bool) -> Paragraph:
            return _made(runs, style, level, label if is_first else None, depth)

        yield from assembled(self._inline.read(element, kind), paragraph)
        if style.breaks_after and self._depth <= _OUTERMOST:
            yield from self.pages.next()

    def _numbered(self, element: Element) -> Iterator[Block]:
        """Read a paragraph that is a list item by itself."""
        made = self._lists.begin(element, None, follows_text=False)
        made.level = count_of(element, TEXT + "level", most=10)
        label = self._lists.item_label(element, made)
        for child in element:
            if child.tag in (TEXT + "p", TEXT + "h"):
                yield from self._paragraph(child, label, made)

    def _list(self, element: Element, outer: OpenList | None, *, follows_text: bool) -> Iterator[Block]:
        if self._depth >= MAX_DEPTH:
            raise RecursionError(f"The file nests lists deeper than {MAX_DEPTH}.")
        self._depth += 1
        made = self._lists.begin(element, outer, follows_text=follows_text)
        for item in element:
            if item.tag not in (TEXT + "list-item", TEXT + "list-header"):
                continue
            has_text = False
            for child in item:
                if child.tag in (TEXT + "p", TEXT + "h"):
                    is_labelled = not has_text and item.tag == TEXT + "list-item"
                    label = self._lists.item_label(item, made) if is_labelled and _counts(child) else None
                    has_text = True
                    yield from self._paragraph(child, label, made)
                elif child.tag == TEXT + "list":
                    yield from self._list(child, made, follows_text=has_text)
                elif isinstance(child.tag, str) and child.tag != TEXT + "number":
                    yield from self._block(child)
        self._depth -= 1

    def _table(self, table: Element) -> Table:
        rows: list[tuple[Cell, ...]] = []
        for row in _rows(table):
            cells = self._cells(row)
            repeats = count_of(row, TABLE + "number-rows-repeated", most=_MAX_REPEATED_ROWS)
            rows += [cells] * (repeats if text_of([Table((cells,))]) else 1)
        return Table(tuple(rows), header="row" if table.find(TABLE + "table-header-rows") is not None else None)

    def _cells(self, row: Element) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        for cell in row:
            if cell.tag != TABLE + "table-cell":
                continue
            repeats = count_of(cell, TABLE + "number-columns-repeated", most=MAX_COLUMNS)
            made = Cell(
                tuple(self.blocks(cell)),
                row_span=count_of(cell, TABLE + "number-rows-spanned", most=10_000),
                column_span=count_of(cell, TABLE + "number-columns-spanned", most=MAX_COLUMNS),
            )
            cells += [made] * repeats
        return tuple(cells[:MAX_COLUMNS])


_OUTERMOST = 2
"""Greatest depth at which a paragraph can begin a page. The body has depth 1; its sections, lists and cells have 2."""


def _made(runs: tuple[Run, ...], style: OdfStyle, level: int, label: str | None, depth: int) -> Paragraph:
    if style.is_title:
        return Paragraph(runs, Role.TITLE, 1, label or None)
    if level:
        heading = as_heading(Paragraph(runs, Role.HEADING, level, label or None))
        return heading if heading.role is Role.HEADING else Paragraph(runs, Role.BODY, depth, label)
    if style.is_code and label is None:
        return Paragraph(runs, Role.CODE)
    return Paragraph(runs, Role.BODY, depth, label)


def _counts(paragraph: Element) -> bool:
    return bool(paragraph.get(TEXT + "is-list-header") != "true")


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == TABLE + "table-row":
            yield child
        elif child.tag in _ROW_GROUPS:
            yield from _rows(child)


def _deletions(body: Element) -> dict[str, Element]:
    """Return the deleted content of tracked changes by identifier."""
    found: dict[str, Element] = {}
    for region in body.iter(TEXT + "changed-region"):
        deleted = region.find(TEXT + "deletion")
        if deleted is not None:
            identifiers: Sequence[str] = [value for name, value in region.items() if name.endswith("}id")]
            found |= dict.fromkeys(identifiers, deleted)
    return found
