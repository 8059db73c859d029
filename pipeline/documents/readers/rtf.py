"""Reads rtf files (RTF 1.9.1)."""

from __future__ import annotations

from pipeline.documents.readers.reader import Reader
from pipeline.documents.readers.rich_text.reading import read_rtf


def _recognises(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"{\\rtf")


READER = Reader(
    name="rtf",
    suffixes=frozenset({"rtf"}),
    convert=read_rtf,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
)
