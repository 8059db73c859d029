"""Reads ppt files of PowerPoint 97 to 2003: LibreOffice makes a pptx file of them, which is then read."""

from __future__ import annotations

from pipeline.documents.readers.libreoffice import converted
from pipeline.documents.readers.presentations.deck import read_deck
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.readers.zip_parts import OLE_MAGIC, OfficeFileError, has_ole_stream

_ENCRYPTED = b"\x14\x00\x00\x00\xdf\xc4\xd1\xf3"
"""Size and token in the stream Current User in an encrypted file ([MS-PPT], 2.3.2)."""


def _convert(data: bytes, options: ReadOptions) -> Converted:
    if not data.startswith(OLE_MAGIC):
        raise OfficeFileError("The file is not a presentation of PowerPoint.")
    if has_ole_stream(data, "EncryptedPackage") or has_ole_stream(data, "EncryptedSummary") or _ENCRYPTED in data:
        raise RefusedFileError("encrypted", "The file is encrypted; save it without a password.")
    return read_deck(converted(data, suffix="ppt", target="pptx"), options)


def _recognises(head: bytes) -> bool:
    return has_ole_stream(head, "PowerPoint Document")


READER = Reader(
    name="ppt",
    suffixes=frozenset({"ppt", "pps", "pot"}),
    convert=_convert,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
)
