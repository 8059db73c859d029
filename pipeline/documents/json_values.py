"""Checks whether JSON is safe to parse, and cuts a large array into its entries, in bounded memory.

Takes bytes; returns a verdict, or yields the bytes of one entry at a time. Used by the JSON readers. An array is cut at
30 to 60 MB/s; only files above the record limit or with too many values are cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

MAX_VALUES = 4_000_000
"""The maximum number of values in one record. A Python object takes 50 to 200 bytes, so `[{},{},…` takes 20 times as
much memory when parsed."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')
_CHUNK = 1 << 20
_MAX_DEPTH = 1000
"""The maximum nesting of an entry. Python's parser fails at about the same depth."""
_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


def has_too_many_values(data: bytes) -> bool:
    """Return whether parsing would create more than about `MAX_VALUES` objects.

    Commas and opening brackets outside strings are counted.
    """
    return _num_separators(data) > MAX_VALUES and _num_separators(_STRING.sub(b"", data)) > MAX_VALUES


def is_array(head: bytes) -> bool:
    """Return whether a file that begins with `head` is an array in an encoding that can be scanned byte by byte."""
    return head.removeprefix(_BOM).lstrip(_SPACE)[:1] == b"["


def array_entries(head: bytes, rest: IO[bytes], limit: int) -> Iterator[bytes | None]:
    """Yield the bytes of each entry without surrounding white space, or None for an entry above the limit.

    An entry above the limit is not kept in memory.

    Args:
        head: Start of the file, for which `is_array` is true.
        rest: Stream of the bytes after `head`.
        limit: Maximum size of an entry, in bytes.

    Raises:
        ValueError: The file ends inside the array, something follows the array, an entry nests too deeply, or a closing
            brace has no opening brace.
    """
    scan = _ArrayScan(limit)
    start = head.index(b"[") + 1
    for begin in range(start, len(head), _CHUNK):
        yield from scan.feed(head[begin : begin + _CHUNK])
    del head
    while chunk := rest.read(_CHUNK):
        yield from scan.feed(chunk)
    scan.finish()


class _ArrayScan:
    """Tracks brackets and strings across the chunks of an array, and cuts the array at its top-level commas."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entry = bytearray()
        self._is_too_long = False
        self._depth = 0
        self._in_string = False
        self._is_escaped = False
        self._is_closed = False
        self._num_entries = 0

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        position = kept = 0
        if self._is_escaped:
            self._is_escaped, position = False, 1
        while position < len(chunk):
            if self._is_closed:
                if chunk[position:].strip(_SPACE):
                    raise ValueError("There is text after the array")
                return
            match = (_INSIDE if self._in_string else _OUTSIDE).search(chunk, position)
            if match is None:
                break
            mark, position = match.group(), match.end()
            if self._in_string:
                if mark == b'"':
                    self._in_string = False
                elif position == len(chunk):
                    self._is_escaped = True
                else:
                    position += 1
            elif mark == b'"':
                self._in_string = True
            elif mark in b"[{":
                self._depth += 1
                if self._depth > _MAX_DEPTH:
                    raise ValueError(f"An entry nests deeper than {_MAX_DEPTH}")
            elif self._depth and mark in b"]}":
                self._depth -= 1
            elif not self._depth and mark in b",]":
                self._keep(chunk[kept : position - 1])
                kept = position
                yield from self._take(is_last=mark == b"]")
            elif not self._depth:
                raise ValueError("A closing brace has no opening brace")
        if not self._is_closed:
            self._keep(chunk[kept:])

    def finish(self) -> None:
        if not self._is_closed:
            raise ValueError("The file ends inside the array")

    def _keep(self, piece: bytes) -> None:
        if self._is_too_long or len(self._entry) + len(piece) > self._limit:
            self._is_too_long = True
            self._entry = bytearray()
        else:
            self._entry += piece

    def _take(self, *, is_last: bool) -> Iterator[bytes | None]:
        entry = None if self._is_too_long else bytes(self._entry).strip(_SPACE)
        self._entry, self._is_too_long, self._is_closed = bytearray(), False, is_last
        if entry != b"" or not is_last or self._num_entries:
            self._num_entries += 1
            yield entry


def _num_separators(data: bytes) -> int:
    return data.count(b",") + data.count(b"[") + data.count(b"{")
