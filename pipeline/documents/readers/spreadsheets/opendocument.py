"""Reads the sheets of OpenDocument spreadsheets.

In: the bytes of an ods or fods file. Out: `Sheet`s in order. Used by the reader of ods. Elements are those of
OpenDocument 1.3, part 3, 9. A row or cell may say that it is repeated; only those with text are repeated.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from pipeline.documents.readers.blocks import Block
from pipeline.documents.readers.charts import plain_paragraph
from pipeline.documents.readers.opendocument.charts import chart_blocks
from pipeline.documents.readers.opendocument.names import DC, DRAW, OFFICE, STYLE, TABLE, TEXT, XLINK
from pipeline.documents.readers.reader import RefusedFileError
from pipeline.documents.readers.spreadsheets.cell_formats import general
from pipeline.documents.readers.spreadsheets.sheet import (
    MAX_COLUMNS,
    MAX_ROWS,
    CellBudget,
    Comment,
    Drawing,
    Place,
    Sheet,
    minute_of,
    reference_of,
)
from pipeline.documents.readers.zip_parts import Element, OfficeFileError, ZipParts

_ANNOTATION = OFFICE + "annotation"
_HIDDEN = ("collapse", "filter")
_MAX_SPACES = 100


def read_opendocument(data: bytes) -> list[Sheet]:
    """Return the sheets of a spreadsheet, also the hidden ones.

    Raises:
        RefusedFileError: the file is encrypted or has too many cells.
        OfficeFileError: the file has no contents, or is too large.
        zipfile.BadZipFile, lxml.etree.XMLSyntaxError: the file is damaged.
    """
    parts = ZipParts(data) if data.startswith(b"PK") else None
    content = _content(parts) if parts is not None else data
    reading = _Reading(parts)
    tags = [STYLE + "style", *(TABLE + kind for kind in ("table", "table-row", "table-column"))]
    parser = etree.iterparse(
        io.BytesIO(content),
        events=("start", "end"),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )
    for event, element in parser:
        reading.take(event, element)
    return reading.sheets


def _content(parts: ZipParts) -> bytes:
    if b"encryption-data" in (parts.read("META-INF/manifest.xml") or b""):
        raise RefusedFileError("encrypted", "The file is encrypted; save it without a password.")
    content = parts.read("content.xml")
    if content is None:
        raise OfficeFileError("The file has no part content.xml.")
    return content


@dataclass(slots=True)
class _Reading:
    """The sheets read so far."""

    parts: ZipParts | None
    """The parts of the file; None for a file without parts."""
    sheets: list[Sheet] = field(default_factory=list)
    budget: CellBudget = field(default_factory=CellBudget)
    hidden_styles: set[str] = field(default_factory=set)
    row: int = 0
    column: int = 0

    def take(self, event: str, element: Element) -> None:
        """Take the start or the end of an element."""
        kind = element.tag.rpartition("}")[2]
        if event == "start":
            if kind == "table":
                is_hidden = (element.get(TABLE + "style-name") or "") in self.hidden_styles
                self.sheets.append(Sheet(element.get(TABLE + "name") or "", is_hidden=is_hidden))
                self.row = self.column = 0
        elif kind == "style":
            properties = element.find(STYLE + "table-properties")
            if properties is not None and properties.get(TABLE + "display") == "false":
                self.hidden_styles.add(element.get(STYLE + "name") or "")
        elif kind == "table-column":
            self._take_column(element)
        elif kind == "table-row":
            self._take_row(element)
            element.clear()
        elif kind == "table":
            for shapes in element.iterfind(TABLE + "shapes"):
                _draw((MAX_ROWS, 0), shapes, self.sheets[-1], self.parts)
            element.clear()

    def _take_column(self, element: Element) -> None:
        number = _number(element, "number-columns-repeated")
        if element.get(TABLE + "visibility") in _HIDDEN:
            self.sheets[-1].hidden_columns.update(range(self.column, min(self.column + number, MAX_COLUMNS)))
        self.column += number

    def _take_row(self, row: Element) -> None:
        number = _number(row, "number-rows-repeated")
        first, self.row = self.row, self.row + number
        if first >= MAX_ROWS:
            return
        sheet = self.sheets[-1]
        if row.get(TABLE + "visibility") in _HIDDEN:
            sheet.hidden_rows.update(range(first, min(first + number, MAX_ROWS)))
        if row.getparent().tag == TABLE + "table-header-rows":
            sheet.header_rows.add(first)
        column = 0
        for cell in row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
            width = _number(cell, "number-columns-repeated")
            if cell.tag == TABLE + "table-cell":
                self._take_cell(cell, sheet, range(first, min(first + number, MAX_ROWS)), column, width)
            column += width

    def _take_cell(self, cell: Element, sheet: Sheet, rows: range, column: int, width: int) -> None:
        text = _cell_text(cell)
        columns = range(column, min(column + width, MAX_COLUMNS))
        span = (_number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned"))
        for note in cell.iterfind(_ANNOTATION):
            said = _lines(note).strip()
            who, when = note.findtext(DC + "creator") or "", minute_of(note.findtext(DC + "date") or "")
            sheet.comments.append(Comment(reference_of((rows[0], column)), who, said, when))
        _draw((rows[0], column), cell, sheet, self.parts)
        if not text.strip():
            return
        self.budget.take(len(rows) * len(columns))
        for row in rows:
            for place in columns:
                sheet.cells[row, place] = text
        if span != (1, 1):
            sheet.spans[rows[0], column] = span


def _number(element: Element, name: str) -> int:
    said = element.get(TABLE + name) or "1"
    return min(max(1, int(said)), MAX_ROWS) if said.isdigit() else 1


def _cell_text(cell: Element) -> str:
    text = _lines(cell)
    value = cell.get(OFFICE + "value")
    if text or value is None:
        return text
    try:
        return general(float(value))
    except (ValueError, OverflowError):
        return value or ""


def _lines(element: Element) -> str:
    """Return the paragraphs of a cell or a note on a line each."""
    return "\n".join("".join(_pieces(line)) for line in element.iterchildren(TEXT + "p", TEXT + "h"))


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == TEXT + "s":
            said = child.get(TEXT + "c") or "1"
            yield " " * (min(int(said), _MAX_SPACES) if said.isdigit() else 1)
        elif child.tag in (TEXT + "tab", TEXT + "line-break"):
            yield "\t" if child.tag.endswith("tab") else "\n"
        elif child.tag != _ANNOTATION:
            yield from _pieces(child)
        yield child.tail or ""


def _draw(place: Place, element: Element, sheet: Sheet, parts: ZipParts | None) -> None:
    """Add the shapes anchored in a cell or a sheet; those of a sheet have no place and come last."""
    if blocks := _boxes(element, parts):
        sheet.drawings.append(Drawing(place, tuple(blocks)))


def _boxes(element: Element, parts: ZipParts | None) -> list[Block]:
    """Return the texts of the text boxes, shapes and charts anchored in a cell or a sheet."""
    found: list[Block] = []
    for shape in element.iterchildren():
        if shape.tag.startswith(DRAW):
            lines = ["".join(_pieces(line)) for line in shape.iter(TEXT + "p")]
            found += [plain_paragraph(line) for line in lines if line.strip()]
            for inner in shape.iter(DRAW + "object"):
                name = (inner.get(XLINK + "href") or "").removeprefix("./").rstrip("/")
                root = parts.xml(f"{name}/content.xml") if parts is not None and name else None
                found += chart_blocks(root) if root is not None else []
    return found
