"""Finds the size of the largest page in a Parquet column chunk from the page headers, without decompressing anything.

Takes an open file and the position of a column chunk; returns a number of bytes. `parquet_rows` calls it before it
decodes a large row group: the decoder decompresses whole pages, but the file's footer states only the total size of a
column's pages.

A page header is a Thrift struct in the compact protocol (apache/parquet-format, `PageHeader`, and apache/thrift,
`thrift-compact-protocol.md`). Field 2 is the page's uncompressed size, field 3 the page's size in the file.
"""

from __future__ import annotations

from typing import IO

_WINDOW = 1 << 20
"""The maximum header size that is read, in bytes. Headers can be long, because the statistics in a header may contain
the page's smallest and largest value."""
_BOOLEANS, _BYTE, _DOUBLE, _BINARY, _LISTS, _STRUCT = (1, 2), 3, 7, 8, (9, 10), 12
_INTEGERS = (4, 5, 6)
"""The type numbers of the compact protocol."""


def largest_page(file: IO[bytes], *, start: int, num_bytes: int, max_pages: int) -> int:
    """Return the uncompressed size of the largest of the first `max_pages` pages after `start`, in bytes.

    Raises:
        ValueError: A page header is missing or damaged.
    """
    largest, position, pages = 0, start, 0
    while position < start + num_bytes and pages < max_pages:
        file.seek(position)
        header = _Header(file.read(_WINDOW))
        largest = max(largest, header.decompressed_size)
        position += header.num_bytes + header.size
        pages += 1
    return largest


class _Header:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self.decompressed_size = 0
        self.size = -1
        try:
            self._read()
        except IndexError:
            raise ValueError("A page header is truncated") from None
        if self.size < 0 or self.decompressed_size < 0:
            raise ValueError("A page header has no size")
        self.num_bytes = self._position

    def _read(self) -> None:
        number = 0
        while kind_and_step := self._byte():
            kind, step = kind_and_step & 15, kind_and_step >> 4
            number = number + step if step else self._signed()
            if number == 2 and kind in _INTEGERS:
                self.decompressed_size = self._signed()
            elif number == 3 and kind in _INTEGERS:
                self.size = self._signed()
            else:
                self._skip(kind, depth=0)

    def _skip(self, kind: int, *, depth: int) -> None:
        if depth > 8:
            raise ValueError("A page header nests too deeply")
        if kind in _INTEGERS:
            self._varint()
        elif kind == _BYTE:
            self._position += 1
        elif kind == _DOUBLE:
            self._position += 8
        elif kind == _BINARY:
            num_bytes = self._varint()
            self._position += num_bytes
        elif kind in _LISTS:
            head = self._byte()
            for _ in range(min(head >> 4 if head >> 4 < 15 else self._varint(), _WINDOW)):
                self._skip(_element(head & 15), depth=depth + 1)
        elif kind == _STRUCT:
            while kind_and_step := self._byte():
                if not kind_and_step >> 4:
                    self._varint()
                self._skip(kind_and_step & 15, depth=depth + 1)
        elif kind not in _BOOLEANS:
            raise ValueError(f"A page header contains a field of unknown type {kind}")

    def _byte(self) -> int:
        value = self._data[self._position]
        self._position += 1
        return value

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("A page header contains a number that is too long")

    def _signed(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)


def _element(kind: int) -> int:
    """Return the type to skip for a list element. A boolean takes one byte in a list, but no byte as a field."""
    return _BYTE if kind in _BOOLEANS else kind
