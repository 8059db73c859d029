"""Reads doc files of Word 97 to 2003: LibreOffice makes a docx file of them, which is then read."""

from __future__ import annotations

from pipeline.documents.readers.libreoffice import converted
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.readers.wordprocessing.reading import read_word
from pipeline.documents.readers.zip_parts import OLE_MAGIC, OfficeFileError, has_ole_stream

_SECTOR = 512
_SIGNATURE = b"\xec\xa5"
"""First bytes of the stream WordDocument."""
_FLAGS, _ENCRYPTED = 11, 0x01
"""Offset of a byte with flags in that stream, and the flag of encrypted files."""


def _convert(data: bytes, options: ReadOptions) -> Converted:
    if not data.startswith(OLE_MAGIC):
        raise OfficeFileError("The file is not a document of Word.")
    if has_ole_stream(data, "EncryptedPackage") or _is_encrypted(data):
        raise RefusedFileError("encrypted", "The file is encrypted; save it without a password.")
    return read_word(converted(data, suffix="doc", target="docx"), options)


def _is_encrypted(data: bytes) -> bool:
    """Return whether the stream WordDocument says that the file is encrypted. A stream begins at a sector."""
    start = data.find(_SIGNATURE)
    while start >= 0 and start % _SECTOR:
        start = data.find(_SIGNATURE, start + 1)
    return 0 <= start < len(data) - _FLAGS and bool(data[start + _FLAGS] & _ENCRYPTED)


def _recognises(head: bytes) -> bool:
    return has_ole_stream(head, "WordDocument")


READER = Reader(
    name="doc",
    suffixes=frozenset({"doc", "dot"}),
    convert=_convert,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
)
