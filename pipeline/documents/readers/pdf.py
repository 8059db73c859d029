"""PDF: text in reading order with headings, lists, tables, footnotes and page starts; scanned files are refused."""

from __future__ import annotations

import re

from pipeline.documents.readers.reader import Converted, Reader, ReadOptions

_HEADER = re.compile(rb"(?:\A|[\r\n\0]|^\xef\xbb\xbf)%PDF-\d\.\d")
"""The header, at the start of a line: a text that mentions `%PDF-` is no PDF."""


def _convert(data: bytes, options: ReadOptions) -> Converted:
    from pipeline.documents.pdf.document import convert_pdf

    return convert_pdf(data, options)


def _recognises(head: bytes) -> bool:
    return _HEADER.search(head, 0, 1024) is not None


READER = Reader(
    name="pdf",
    suffixes=frozenset({"pdf"}),
    convert=_convert,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
    modules=("pypdfium2",),
    extra="pdf",
)
