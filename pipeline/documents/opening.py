"""Opens a source file, decompressed if its name says so. A local file is opened only if it is a regular file.

In: the path of a `SourceItem`. Out: a binary stream. Used by planning and the readers. Local paths bypass fsspec, which
would interpret `::`, a leading `~` and `file:` in a name.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import IO, Any, cast

import pyarrow as pa

from pipeline.documents.bundled import bundled_file, is_bundled
from pipeline.io import files

_CHUNK = 1 << 20


class Compression(StrEnum):
    """The compression of a file, by the suffix of its name."""

    NONE = ""
    GZIP = "gz"
    BZIP2 = "bz2"
    XZ = "xz"
    ZSTD = "zst"


_SHORT_TAR_NAMES = {
    "tgz": Compression.GZIP,
    "tbz2": Compression.BZIP2,
    "tbz": Compression.BZIP2,
    "txz": Compression.XZ,
    "tzst": Compression.ZSTD,
}


def compression_of(name: str) -> tuple[str, Compression]:
    """Return a name in lower case without the suffix of a compression, and the compression that the suffix means."""
    for short, compression in _SHORT_TAR_NAMES.items():
        if name.endswith(f".{short}"):
            return f"{name[: -len(short) - 1]}.tar", compression
    for compression in Compression:
        if compression and name.endswith(f".{compression}"):
            return name[: -len(compression) - 1], compression
    return name, Compression.NONE


@contextmanager
def open_source(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading. A path that starts with a slash is local; any other is an fsspec URL, or bundled.

    Raises:
        OSError: The file is missing, unreadable, or no longer a regular file.
    """
    path = bundled_file(path) if is_bundled(path) else path
    if not path.startswith("/"):
        with files.open_binary(path) as file:
            yield file
        return
    # O_NONBLOCK: without it, opening a FIFO that replaced the file would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file anymore", path)
        yield file


@contextmanager
def opened(path: str, compression: Compression) -> Iterator[IO[bytes]]:
    """Open a file as a binary stream of decompressed bytes."""
    with ExitStack() as stack:
        file = stack.enter_context(open_source(path))
        if compression is Compression.NONE:
            yield file
        else:
            yield stack.enter_context(_decompressed(file, compression))


def _decompressed(file: IO[bytes], compression: Compression) -> IO[bytes]:
    if compression is Compression.GZIP:
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if compression is Compression.BZIP2:
        return cast(IO[bytes], bz2.BZ2File(file))
    if compression is Compression.XZ:
        return cast(IO[bytes], lzma.LZMAFile(file))
    return cast(IO[bytes], io.BufferedReader(_ArrowStream(pa.CompressedInputStream(file, "zstd"))))


class _ArrowStream(io.RawIOBase):
    """Wraps a decompressing stream of Arrow as a raw stream of Python."""

    def __init__(self, stream: pa.CompressedInputStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # Any: a writable buffer
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def read_head(stream: IO[bytes], num_bytes: int) -> bytes:
    """Return the first bytes of a stream, up to `num_bytes`; fewer if the file is shorter or damaged further on."""
    read = getattr(stream, "read1", stream.read)
    head = b""
    try:
        while len(head) < num_bytes and (piece := read(num_bytes - len(head))):
            head += piece
    except (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowException):
        pass  # whoever reads on meets the damage and reports it
    return head
