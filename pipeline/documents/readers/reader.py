"""Defines a format's reader and what a reader returns, and contains the functions that readers share.

A module of `documents.readers` that defines a `READER` reads one format. A reader takes a `Segment` of a file, or the
bytes of a whole file, and returns text with marks. `documents.reading` calls the readers. Messages never quote the
input text.
"""

from __future__ import annotations

import errno
import gzip
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, cast

import pyarrow as pa

from pipeline.documents.decoding import Decoded, decode
from pipeline.documents.items import Segment, SourceItem
from pipeline.documents.licences import spdx_line
from pipeline.documents.marks import Mark
from pipeline.documents.markup import PageTooCostlyError
from pipeline.io import files
from pipeline.records import Dropped

_FREE_BYTES = 1 << 20
"""Number of decompressed bytes that any file may have, whatever the file's inflation ratio."""
READ_ERRORS = (OSError, EOFError, zlib.error, pa.ArrowException, PageTooCostlyError, RecursionError, MemoryError)
"""Errors raised by damaged files and filesystems; `gzip.BadGzipFile` is an OSError."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """The limits on the size of a record; see `config.build.IngestRecipe`."""

    max_record_bytes: int
    max_inflation_ratio: int


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """The recipe's settings for reading."""

    text_field: str
    title_field: str
    limits: ReadLimits


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of one record, before cleaning."""

    uri: str
    offset: int
    """Offset in the decompressed stream, in bytes, or index of a Parquet row or JSON array entry."""
    text: str
    title: str
    licence: str
    sha256: str
    format: str
    """Name of the reader; `tree` for a source tree."""
    replaced_share: float
    is_conversation: bool
    is_code: bool = False
    """Whether the record is source code."""
    marks: tuple[Mark, ...] = ()
    """Marks that the format states, in order of `start`."""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A record that is not read, and the reason."""

    uri: str
    offset: int
    why: Dropped


@dataclass(frozen=True, slots=True)
class Failed:
    """A record, or the rest of a file, that raised an error."""

    uri: str
    offset: int
    error: Exception


Reading = Extract | NotRead | Failed


@dataclass(frozen=True, slots=True)
class Converted:
    """A whole file as text."""

    text: str
    title: str = ""
    licence: str = ""
    replaced_share: float = 0.0
    """Share of characters that could not be decoded, from 0 to 1."""
    marks: tuple[Mark, ...] = ()


Convert = Callable[[bytes], Converted]
ReadRecords = Callable[[Segment, ReadSettings], Iterator[Reading]]
SplitItem = Callable[[SourceItem, int], list[Segment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The reader of one format."""

    name: str
    suffixes: frozenset[str]
    """Suffixes of the format's files, in lower case, without the dot."""
    file_names: frozenset[str] = frozenset()
    """Whole names of files in the format, in lower case."""
    convert: Convert | None = None
    """Function that reads a whole file as one record; None if `read` is set."""
    read: ReadRecords | None = None
    """Function that reads a segment of a file with many records; None if `convert` is set."""
    split: SplitItem | None = None
    """Function that cuts an uncompressed file into segments of about the given number of bytes; None if files are not
    cut."""
    is_code: bool = False
    """Whether the format's files are source code."""
    is_page: bool = False
    """Whether the format's files are prose. In a source tree, they are pages that accompany the code."""
    may_join_trees: bool = False
    """Whether the format's files can become part of a source tree's document."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """The reader and compression that a file name indicates."""

    reader: Reader | None
    """Reader of the format; None if the format is not supported."""
    gzipped: bool


def from_decoded(
    decoded: Decoded, *, text: str | None = None, title: str = "", marks: tuple[Mark, ...] = ()
) -> Converted:
    """Return a decoded file as text: the converted `text`, or the decoded characters if `text` is None."""
    return Converted(
        text=decoded.text if text is None else text,
        title=title,
        licence=spdx_line(decoded.text),
        replaced_share=decoded.replaced_share,
        marks=marks,
    )


def convert_plain(data: bytes) -> Converted:
    """Convert a file whose decoded characters are the text."""
    return from_decoded(decode(data=data, declared=""))


@contextmanager
def open_source(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading. A path that starts with a slash is local; any other path is an fsspec URL.

    Local paths bypass fsspec, which would interpret `::`, a leading `~` and `file:` in a name.

    Raises:
        OSError: The file is missing, unreadable, or no longer a regular file.
    """
    if not path.startswith("/"):
        with files.open_binary(path) as file:
            yield file
        return
    # Without O_NONBLOCK, opening a FIFO that has replaced the file would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Not a regular file anymore", path)
        yield file


@contextmanager
def opened(path: str, *, gzipped: bool) -> Iterator[IO[bytes]]:
    """Open a file as a binary stream; decompress the stream if `gzipped` is true."""
    with ExitStack() as stack:
        file = stack.enter_context(open_source(path))
        yield cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file))) if gzipped else file


def inflates_too_far(segment: Segment, num_bytes: int, limits: ReadLimits) -> bool:
    """Return whether the decompressed bytes read from a file exceed the recipe's limit."""
    return num_bytes > max(_FREE_BYTES, limits.max_inflation_ratio * segment.item.num_bytes)


def too_large(segment: Segment, offset: int, limits: ReadLimits) -> NotRead:
    """Return the refusal of a record above the recipe's limit."""
    detail = f"The record has more than max_record_bytes = {limits.max_record_bytes} bytes."
    return not_read(segment, offset, "too_large", detail)


def inflated(segment: Segment, offset: int, limits: ReadLimits) -> NotRead:
    """Return the refusal of the rest of a file that inflates too far."""
    detail = (
        f"The records read so far exceed max_inflation_ratio = {limits.max_inflation_ratio} times the file's size; the "
        "rest of the file is not read."
    )
    return not_read(segment, offset, "inflated", detail)


def not_read(segment: Segment, offset: int, reason: str, detail: str, score: float | None = None) -> NotRead:
    """Return the refusal of a record."""
    return NotRead(segment.item.uri, offset, Dropped(reason, detail, score))
