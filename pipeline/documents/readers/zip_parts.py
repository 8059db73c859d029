"""Reads the parts of an office file: a zip archive of XML files, within limits on what they inflate to.

Used by the readers of OOXML, OpenDocument and HWPX files. Entities are never resolved and nothing is fetched. A tree
takes about eight times the memory of its XML.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from lxml import etree

from pipeline.documents.readers.reader import RefusedFileError
from pipeline.errors import PipelineError

MAX_PART_BYTES = 96 * 2**20
"""The maximum size of one part. A book of 1,000 pages has 10 MB."""
MAX_FILE_BYTES = 4 * MAX_PART_BYTES
"""The maximum size of all parts that are read."""
_CHUNK = 1 << 20
_ENCRYPTED_FLAG = 0x1
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = b"PK\x03\x04"

Element = Any
"""An element of lxml, which has no type hints."""


class OfficeFileError(PipelineError):
    """An office file is damaged, or its parts are too large."""


class ZipParts:
    """The parts of an office file by name.

    Raises:
        RefusedFileError: the file is encrypted.
        zipfile.BadZipFile: the file is damaged.
    """

    def __init__(self, data: bytes) -> None:
        if has_ole_stream(data, "EncryptedPackage"):
            raise RefusedFileError("encrypted", "The file is encrypted; save it without a password.")
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._infos = {_key(info.filename): info for info in self._archive.infolist()}
        self._left = MAX_FILE_BYTES

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._infos

    def read(self, name: str) -> bytes | None:
        """Return a part, or None if the file has no such part.

        Raises:
            OfficeFileError: the part, or all parts read so far, are too large.
            RefusedFileError: the part is encrypted.
        """
        info = self._infos.get(_key(name))
        if info is None:
            return None
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise RefusedFileError("encrypted", "The file's parts are encrypted; save it without a password.")
        pieces = []
        left = min(self._left, MAX_PART_BYTES)
        with self._archive.open(info) as part:
            while piece := part.read(_CHUNK):
                left -= len(piece)
                self._left -= len(piece)
                if left < 0:
                    raise OfficeFileError(f"A part of the file inflates to more than {MAX_PART_BYTES} bytes.")
                pieces.append(piece)
        return b"".join(pieces)

    def xml(self, name: str) -> Element | None:
        """Return the root element of a part, or None if the file has no such part or the part is empty.

        Raises:
            OfficeFileError, RefusedFileError: see `read`.
            lxml.etree.XMLSyntaxError: the part is not well-formed.
        """
        data = self.read(name)
        return parse_xml(data) if data else None


def _key(name: str) -> str:
    """Return a part's name as it is compared: without regard to case ([ECMA-376, part 2, 6.3.5])."""
    return name.replace("\\", "/").lstrip("/").lower()


def parse_xml(data: bytes) -> Element:
    """Return the root of an XML document."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(data, parser)


def zip_holds(head: bytes, *names: str) -> bool:
    """Return whether the first bytes of a zip archive contain one of `names`: names of parts, or beginnings of them."""
    return head.startswith(_ZIP_MAGIC) and any(name.encode() in head for name in names)


def has_ole_stream(data: bytes, name: str) -> bool:
    """Return whether an OLE file, or the part of it that `data` holds, has a stream of this name."""
    entry = name.encode("utf-16-le")
    # A directory entry begins with the name in 64 bytes, followed by the size of the name with its zero.
    return data.startswith(OLE_MAGIC) and entry.ljust(64, b"\0") + (len(entry) + 2).to_bytes(2, "little") in data


def is_odf(head: bytes, *, kind: str) -> bool:
    """Return whether the first bytes of a file are those of OpenDocument of a kind, such as `text`."""
    if zip_holds(head, "content.xml") and _MIMETYPE not in head:
        return True  # Some programs compress the part `mimetype`, too. Then the file's name decides.
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    found = head.find(mimetype)
    begins = head.startswith(_ZIP_MAGIC) or b"<office:document" in head[:_FLAT_BYTES]
    return begins and found >= 0 and head[found + len(mimetype) :][:1] in _MIMETYPE_ENDS


_FLAT_BYTES = 4096
_MIMETYPE = b"application/vnd.oasis.opendocument."
_MIMETYPE_ENDS = (b"", b"P", b'"', b"-", b"\r", b"\n")
"""What follows the type: the next part of the archive, the end of an attribute, or `-template`."""
