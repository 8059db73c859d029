"""Reads files in UTF-16 and UTF-32 as streams of UTF-8, so that lines and arrays can be cut byte by byte.

Line ends of old Macs, a carriage return without a line feed, become line feeds, if the file has them from its start on.

Takes the path of a source file. Used by the JSON readers. Cost: about 100 MB/s; for other
encodings, the first 64 KiB are read twice.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any, cast

from pipeline.documents.decoding import wide_encoding
from pipeline.documents.opening import Compression, opened, read_head

_HEAD_BYTES = 4096
_LINE_END_BYTES = 1 << 16
"""Where the first line end of a file is searched."""
_CHUNK = 1 << 16


def wide_encoding_of(path: str, compression: Compression) -> str:
    """Return the encoding of a file in UTF-16 or UTF-32; empty for any other file."""
    with opened(path, compression) as stream:
        return wide_encoding(read_head(stream, _HEAD_BYTES))


def has_other_line_ends(path: str, compression: Compression) -> bool:
    """Return whether the lines of a file end with carriage returns only."""
    with opened(path, compression) as stream:
        return _ends_lines_with_returns(read_head(stream, _LINE_END_BYTES))


def _ends_lines_with_returns(head: bytes) -> bool:
    return b"\r" in head and b"\n" not in head


@contextmanager
def opened_as_utf8(path: str, compression: Compression) -> Iterator[IO[bytes]]:
    """Open a file as decompressed bytes. A file in UTF-16 or UTF-32 is recoded to UTF-8."""
    with ExitStack() as stack:
        stream = stack.enter_context(opened(path, compression))
        head = read_head(stream, _LINE_END_BYTES)
        encoding = wide_encoding(head[:_HEAD_BYTES])
        if stream.seekable():
            stream.seek(0)
        else:
            stream = stack.enter_context(opened(path, compression))
        if encoding:
            yield cast(IO[bytes], io.BufferedReader(_Recoded(stream, encoding), _CHUNK))
        elif _ends_lines_with_returns(head):
            yield cast(IO[bytes], io.BufferedReader(_WithLineFeeds(stream), _CHUNK))
        else:
            yield stream


class _Recoded(io.RawIOBase):
    """Wraps a stream in another encoding as a raw stream of UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._left = memoryview(b"")
        self._is_at_start = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # Any: a writable buffer
        is_at_end = False
        while not self._left and not is_at_end:
            data = self._stream.read(_CHUNK)
            is_at_end = not data
            text = self._decoder.decode(data, is_at_end)
            if text and self._is_at_start:
                text, self._is_at_start = text.removeprefix("\ufeff"), False
            self._left = memoryview(text.encode("utf-8", "replace"))
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


class _WithLineFeeds(io.RawIOBase):
    """Wraps a stream as a raw stream in which a line feed replaces each carriage return, so that offsets stay."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # Any: a writable buffer
        data = self._stream.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(data)] = data
        return len(data)
