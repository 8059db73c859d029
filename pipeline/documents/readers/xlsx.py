"""Reads xlsx, xlsm, xltx and xltm files: each sheet a heading, with its tables, numbers as shown, and charts."""

from __future__ import annotations

from pipeline.documents.readers.ooxml import is_ooxml
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions
from pipeline.documents.readers.spreadsheets.workbook import read_workbook
from pipeline.documents.readers.spreadsheets.writing import converted_sheets


def _convert(data: bytes, options: ReadOptions) -> Converted:
    return converted_sheets(read_workbook(data), options)


def _recognises(head: bytes) -> bool:
    return is_ooxml(head, main="xl/workbook.xml", kind="spreadsheetml")


READER = Reader(
    name="xlsx",
    suffixes=frozenset({"xlsx", "xlsm", "xltx", "xltm"}),
    convert=_convert,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
)
