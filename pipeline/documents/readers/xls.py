"""Reads xls files of Excel 2 to 2003, with the number formats, merged and hidden cells and notes that xlrd finds.

If xlrd fails on a damaged file, only the values are read.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.readers.spreadsheets.cell_formats import BUILT_IN, GENERAL, shown_number, shown_text
from pipeline.documents.readers.spreadsheets.sheet import CellBudget, Comment, Sheet, reference_of
from pipeline.documents.readers.spreadsheets.values import read_values
from pipeline.documents.readers.spreadsheets.writing import converted_sheets
from pipeline.documents.readers.zip_parts import OLE_MAGIC, has_ole_stream
from pipeline.errors import PipelineError

_BOLD_WEIGHT = 600
_DATES = frozenset({14, 22, *range(27, 37), *range(50, 59)})
"""Numbers of the date formats that differ by country."""
_STREAM_HEADS = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
"""First bytes of a workbook that is not inside an OLE file, as old programs wrote it."""


def _convert(data: bytes, options: ReadOptions) -> Converted:
    if has_ole_stream(data, "EncryptedPackage"):
        raise RefusedFileError("encrypted", "The file is encrypted; save it without a password.")
    try:
        return converted_sheets(_sheets(data), options)
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  # xlrd raises anything for a damaged file
        found = converted_sheets(read_values(data), options)
        doubt = f"number formats and notes are not read ({type(error).__name__} in xlrd)"
        return replace(found, warnings=(*found.warnings, doubt))


def _sheets(data: bytes) -> list[Sheet]:
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise RefusedFileError("encrypted", "The file is encrypted; save it without a password.") from error
        raise
    budget = CellBudget()
    return [_sheet(book, found, budget) for found in book.sheets()]


def _sheet(book: Any, found: Any, budget: CellBudget) -> Sheet:  # Any: xlrd has no type hints
    sheet = Sheet(found.name, is_hidden=found.visibility != 0)
    for row in range(found.nrows):
        for column in range(found.row_len(row)):
            cell = found.cell(row, column)
            text = _text(book, cell)
            if text.strip():
                budget.take()
                sheet.cells[row, column] = text
                if _is_bold(book, cell):
                    sheet.bold.add((row, column))
    sheet.spans = {(top, left): (below - top, after - left) for top, below, left, after in found.merged_cells}
    sheet.hidden_rows = {row for row, info in found.rowinfo_map.items() if info.hidden}
    sheet.hidden_columns = {column for column, info in found.colinfo_map.items() if info.hidden}
    sheet.comments = [
        Comment(reference_of(place), note.author or "", (note.text or "").removeprefix(f"{note.author}:").strip())
        for place, note in sorted(found.cell_note_map.items())
    ]
    return sheet


def _text(book: Any, cell: Any) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_TEXT:
        return shown_text(cell.value, _code(book, cell))
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return shown_number(cell.value, _code(book, cell), is_1904=book.datemode == 1)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    return xlrd.error_text_from_code.get(cell.value, "") if cell.ctype == xlrd.XL_CELL_ERROR else ""


def _code(book: Any, cell: Any) -> str:
    """Return the number format of a cell."""
    style = _style(book, cell)
    if style is not None and style.format_key in _DATES:
        return BUILT_IN[style.format_key]
    found = book.format_map.get(style.format_key) if style is not None else None
    return found.format_str if found is not None else GENERAL


def _is_bold(book: Any, cell: Any) -> bool:
    style = _style(book, cell)
    if style is None or not 0 <= style.font_index < len(book.font_list):
        return False
    return bool(book.font_list[style.font_index].weight >= _BOLD_WEIGHT)


def _style(book: Any, cell: Any) -> Any:
    index = cell.xf_index
    return book.xf_list[index] if index is not None and 0 <= index < len(book.xf_list) else None


def _recognises(head: bytes) -> bool:
    in_ole = head.startswith(OLE_MAGIC) and (has_ole_stream(head, "Workbook") or has_ole_stream(head, "Book"))
    return in_ole or (head.startswith(_STREAM_HEADS) and b"\0" in head[:8])


READER = Reader(
    name="xls",
    suffixes=frozenset({"xls", "xlt"}),
    convert=_convert,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
    modules=("xlrd", "python_calamine"),
    extra="office",
)
