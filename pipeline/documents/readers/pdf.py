"""PDF: text in reading order with headings, lists, tables, footnotes and page starts; scanned files are refused."""

from __future__ import annotations

from pipeline.documents.readers.reader import Converted, Reader, ReadOptions


def _convert(data: bytes, options: ReadOptions) -> Converted:
    from pipeline.documents.pdf.document import convert_pdf

    return convert_pdf(data, options)


def _recognises(head: bytes) -> bool:
    return b"%PDF-" in head[:1024]


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
