"""Reads the values of old workbooks that xlrd cannot read, without their number formats.

In: the bytes of an xls file. Out: `Sheet`s in order. Used by the reader of xls. calamine reads more damaged files than
xlrd does; it tells dates from numbers, and knows no hidden rows and no notes.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

from pipeline.documents.readers.spreadsheets.cell_formats import general
from pipeline.documents.readers.spreadsheets.sheet import CellBudget, Sheet


def read_values(data: bytes) -> list[Sheet]:
    """Return the sheets of a workbook.

    Raises:
        RefusedFileError: the file has too many cells.
    """
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    budget = CellBudget()
    found = []
    for entry in book.sheets_metadata:
        sheet = Sheet(entry.name, is_hidden=entry.visible != python_calamine.SheetVisibleEnum.Visible)
        for row, values in enumerate(book.get_sheet_by_name(entry.name).to_python(skip_empty_area=False)):
            for column, value in enumerate(values):
                if text := _text(value):
                    budget.take()
                    sheet.cells[row, column] = text
        found.append(sheet)
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return general(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value).strip()
