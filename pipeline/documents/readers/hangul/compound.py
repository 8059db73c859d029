"""Opens an HWP 5 file: an OLE compound file whose streams hold records, which may be compressed and encrypted.

In: the bytes of a file. Out: the records of its definitions and of each section. Distribution copies (배포용 문서) are
encrypted with a key that they contain, so anyone may read them; files with a password are refused. What streams inflate
to is bounded.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pipeline.documents.readers.reader import RefusedFileError
from pipeline.errors import PipelineError

SIGNATURE = b"HWP Document File"
MAX_STREAM_BYTES = 128 * 2**20
"""The maximum size of a stream after inflation. A book of 1,000 pages has 20 MB."""
_COMPRESSED, _ENCRYPTED, _DISTRIBUTION, _DRM, _CERTIFICATE, _CERTIFICATE_DRM, _TRACKED = (
    1 << bit for bit in (0, 1, 2, 4, 8, 10, 14)
)
_SECTION = re.compile(r"Section(\d{1,6})$")
_SUMMARY = "\x05HwpSummaryInformation"
_NUM_PAGES_ID = 14
_CHART = "OOXMLChartContents"
_LONG_SIZE = 0xFFF


class HwpFileError(PipelineError):
    """An HWP file is damaged, or its streams are too large."""


@dataclass(slots=True)
class Record:
    """A record with the records below it."""

    tag: int
    data: bytes
    children: list[Record] = field(default_factory=list)


class HwpFile:
    """An HWP 5 file.

    Raises:
        RefusedFileError: the file has a password or is protected by rights management.
        HwpFileError: the file is not an HWP 5 file.
        OSError: the file is damaged.
    """

    def __init__(self, data: bytes) -> None:
        from olefile import OleFileIO

        self._file: Any = OleFileIO(BytesIO(data))
        self._left = 2 * MAX_STREAM_BYTES
        header = self._stream("FileHeader")
        if not header.startswith(SIGNATURE) or len(header) < 40:
            raise HwpFileError("The file has no header of HWP 5.")
        (self._flags,) = struct.unpack_from("<I", header, 36)
        if self._flags & _ENCRYPTED:
            raise RefusedFileError("encrypted", "The file has a password; save it without one.")
        if self._flags & (_DRM | _CERTIFICATE | _CERTIFICATE_DRM):
            raise RefusedFileError("encrypted", "Rights management protects the file; save an unprotected copy.")

    @property
    def is_distribution(self) -> bool:
        """Whether the file is a distribution copy."""
        return bool(self._flags & _DISTRIBUTION)

    @property
    def num_pages(self) -> int:
        """Pages that Hangul last counted; 0 if the file does not say."""
        if not self._file.exists(_SUMMARY):
            return 0
        found = self._file.getproperties(_SUMMARY).get(_NUM_PAGES_ID)
        return found if isinstance(found, int) and found > 0 else 0

    @property
    def has_tracked_text(self) -> bool:
        """Whether the file holds its text twice: the final text, and the text with all tracked changes."""
        return bool(self._flags & _TRACKED) and not self.is_distribution and bool(self._sections("ViewText"))

    def definitions(self) -> list[Record]:
        """Return the records of the definitions."""
        return record_tree(self._inflated(self._stream("DocInfo")))

    def sections(self, *, has_changes: bool = False) -> Iterator[list[Record]]:
        """Yield the records of each section, in order.

        Args:
            has_changes: read the text with tracked changes instead of the final text.
        """
        storage = "ViewText" if self.is_distribution or has_changes else "BodyText"
        names = self._sections(storage)
        if not names:
            raise HwpFileError("The file holds no section.")
        for name in names:
            data = self._stream(f"{storage}/{name}")
            yield record_tree(self._decrypted(data) if self.is_distribution else self._inflated(data))

    def chart(self, identifier: int) -> bytes:
        """Return the XML of a chart by the id of its storage; empty if there is no such chart."""
        from olefile import OleFileIO

        name = f"BinData/BIN{identifier:04X}.OLE"
        if not self._file.exists(name):
            return b""
        data = self._stream(name)
        # Some objects are not compressed.
        with suppress(zlib.error):
            data = self._inflated(data)
        try:
            # The object's length comes first.
            inner = OleFileIO(BytesIO(data[4:]))
        except OSError:
            return b""
        found: bytes = inner.openstream(_CHART).read() if inner.exists(_CHART) else b""
        return found

    def _sections(self, storage: str) -> list[str]:
        found = [path[1] for path in self._file.listdir() if len(path) == 2 and path[0] == storage]
        numbered = [(int(match[1]), name) for name in found if (match := _SECTION.match(name))]
        return [name for _, name in sorted(numbered)]

    def _stream(self, name: str) -> bytes:
        if not self._file.exists(name):
            raise HwpFileError(f"The file has no stream {name}.")
        data: bytes = self._file.openstream(name).read()
        return data

    def _inflated(self, data: bytes) -> bytes:
        if self._flags & _COMPRESSED:
            inflater = zlib.decompressobj(-15)
            limit = min(MAX_STREAM_BYTES, self._left)
            data = inflater.decompress(data, limit)
            if inflater.unconsumed_tail:
                raise HwpFileError(f"A stream of the file inflates to more than {limit} bytes.")
        self._left -= len(data)
        return data

    def _decrypted(self, data: bytes) -> bytes:
        from dochan.hwp.distdoc import decode_distribution_section

        limit = min(MAX_STREAM_BYTES, self._left)
        is_compressed = bool(self._flags & _COMPRESSED)
        found: bytes = decode_distribution_section(
            data, is_compressed=is_compressed, max_size=limit, decompress=is_compressed
        )
        self._left -= len(found)
        return found


def record_tree(data: bytes) -> list[Record]:
    """Return the records of a stream, each with the records below it; a record that is cut off ends the stream."""
    top: list[Record] = []
    above: list[tuple[int, list[Record]]] = [(-1, top)]
    position = 0
    while position + 4 <= len(data):
        (head,) = struct.unpack_from("<I", data, position)
        tag, level, size = head & 0x3FF, (head >> 10) & 0x3FF, head >> 20
        position += 4
        if size == _LONG_SIZE:
            if position + 4 > len(data):
                break
            (size,) = struct.unpack_from("<I", data, position)
            position += 4
        record = Record(tag, data[position : position + size])
        position += size
        while above[-1][0] >= level:
            above.pop()
        above[-1][1].append(record)
        above.append((level, record.children))
    return top
