"""The reader of a format, and functions that readers share.

A module of `documents.readers` with a `READER` reads one format. It takes a `Segment` of a file, or the bytes of a
whole file, and returns text with marks. Used by `documents.reading`. Messages never quote the input text.
"""

from __future__ import annotations

import gzip
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
from pipeline.documents.opening import open_source
from pipeline.records import Dropped

_FREE_BYTES = 1 << 20
"""Decompressed bytes that every file may have, whatever its inflation ratio."""
READ_ERRORS = (OSError, EOFError, zlib.error, pa.ArrowException, PageTooCostlyError, RecursionError, MemoryError)
"""Errors raised by damaged files and filesystems; `gzip.BadGzipFile` is an OSError."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits on the size of a record; see `config.build.IngestRecipe`."""

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
    """Byte in the decompressed stream, or index of a parquet row or JSON array entry."""
    text: str
    title: str
    licence: str
    sha256: str
    format: str
    """Name of the reader; `tree` for a source tree."""
    replaced_share: float
    is_conversation: bool
    is_code: bool = False
    """True if the format holds only source code."""
    marks: tuple[Mark, ...] = ()
    """Marks that the format states, in order."""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A record that is not read, and why."""

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
    """Share of characters that could not be decoded, 0 to 1."""
    marks: tuple[Mark, ...] = ()


Convert = Callable[[bytes], Converted]
ReadRecords = Callable[[Segment, ReadSettings], Iterator[Reading]]
SplitItem = Callable[[SourceItem, int], list[Segment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The reader of one format. It has `convert` if a file is one record, `read` if a file holds many."""

    name: str
    suffixes: frozenset[str]
    """Suffixes of its files, in lower case, without the dot."""
    file_names: frozenset[str] = frozenset()
    """Whole names of its files, in lower case."""
    convert: Convert | None = None
    read: ReadRecords | None = None
    split: SplitItem | None = None
    """Function that cuts an uncompressed file into segments of about the given size; without it, one segment."""
    is_code: bool = False
    """True if its files are source code."""
    is_page: bool = False
    """True if its files are prose. In a source tree, these are pages that accompany the code."""
    may_join_trees: bool = False
    """True if its files can become part of a source tree's document."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """The reader and compression that a file name indicates."""

    reader: Reader | None
    """Reader of the format; None if the format is not supported."""
    gzipped: bool


def from_decoded(
    decoded: Decoded, *, text: str | None = None, title: str = "", marks: tuple[Mark, ...] = ()
) -> Converted:
    """Return a decoded file as text. `text` is its converted form; without it, the decoded characters are the text."""
    return Converted(
        text=decoded.text if text is None else text,
        title=title,
        licence=spdx_line(decoded.text),
        replaced_share=decoded.replaced_share,
        marks=marks,
    )


def convert_plain(data: bytes) -> Converted:
    """Convert a file whose characters are its text."""
    return from_decoded(decode(data=data, declared=""))


@contextmanager
def opened(path: str, *, gzipped: bool) -> Iterator[IO[bytes]]:
    """Open a file as a binary stream, decompressed if it is gzipped."""
    with ExitStack() as stack:
        file = stack.enter_context(open_source(path))
        yield cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file))) if gzipped else file


def inflates_too_far(segment: Segment, num_bytes: int, limits: ReadLimits) -> bool:
    """Return whether the bytes read from a compressed file exceed the recipe's limit."""
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
    """Return the refusal of a record of a segment."""
    return NotRead(segment.item.uri, offset, Dropped(reason, detail, score))
