"""Reads ods, ots and fods files: sheets of OpenDocument, in which each cell holds its text as it is shown."""

from __future__ import annotations

from pipeline.documents.readers.reader import Converted, Reader, ReadOptions
from pipeline.documents.readers.spreadsheets.opendocument import read_opendocument
from pipeline.documents.readers.spreadsheets.writing import converted_sheets
from pipeline.documents.readers.zip_parts import is_odf


def _convert(data: bytes, options: ReadOptions) -> Converted:
    return converted_sheets(read_opendocument(data), options)


def _recognises(head: bytes) -> bool:
    return is_odf(head, kind="spreadsheet")


READER = Reader(
    name="ods",
    suffixes=frozenset({"ods", "ots", "fods"}),
    convert=_convert,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
)
