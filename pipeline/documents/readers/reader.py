"""What a reader of a format is, and what readers share.

A module of `documents.readers` with a `READER` reads one format. It takes a `Segment` of a file, or the bytes of a
whole one, and gives text with marks. `documents.reading` calls it; no message holds text of the input.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, cast

import pyarrow as pa

from pipeline.documents.decoding import Decoded
from pipeline.documents.items import Segment, SourceItem
from pipeline.documents.licences import spdx_line
from pipeline.documents.marks import Mark
from pipeline.documents.markup import PageTooCostlyError
from pipeline.documents.opening import open_source

_FREE_BYTES = 1 << 20
"""A small file may inflate without limit."""
READ_ERRORS = (OSError, EOFError, zlib.error, pa.ArrowException, PageTooCostlyError, RecursionError, MemoryError)
"""What damaged files and filesystems raise; `gzip.BadGzipFile` is an OSError."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """The most that is read at once; see `config.build.IngestRecipe`."""

    max_record_bytes: int
    max_inflation_ratio: int


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What the recipe says of reading."""

    text_field: str
    title_field: str
    limits: ReadLimits


@dataclass(frozen=True, slots=True)
class Extract:
    """Text of one record, before cleaning."""

    uri: str
    offset: int
    """Byte in the decompressed stream, or row of a parquet file or JSON array."""
    text: str
    title: str
    licence: str
    sha256: str
    format: str
    """Name of the reader; `tree` for a source tree."""
    replaced_share: float
    is_conversation: bool
    is_code: bool = False
    """The format holds nothing but source code."""
    marks: tuple[Mark, ...] = ()
    """What the format says of the text, in order."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record we choose not to read."""

    uri: str
    offset: int
    reason: str
    detail: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A record, or the rest of a file, that could not be read."""

    uri: str
    offset: int
    error: Exception


Reading = Extract | Refused | Failed


@dataclass(frozen=True, slots=True)
class Converted:
    """A whole file as text."""

    text: str
    title: str = ""
    licence: str = ""
    replaced_share: float = 0.0
    """Share of its characters that could not be decoded."""
    marks: tuple[Mark, ...] = ()


Convert = Callable[[bytes], Converted]
ReadRecords = Callable[[Segment, ReadSettings], Iterator[Reading]]
SplitItem = Callable[[SourceItem, int], list[Segment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How one format is read: `convert` for a file that is one record, `read` for one that holds many."""

    name: str
    suffixes: frozenset[str]
    """Of its files, in lower case and without the dot."""
    file_names: frozenset[str] = frozenset()
    """Whole names of its files, in lower case."""
    convert: Convert | None = None
    read: ReadRecords | None = None
    split: SplitItem | None = None
    """Cut an uncompressed file into segments of about so many bytes; without it, a file is one segment."""
    is_code: bool = False
    """Its files are source code."""
    is_page: bool = False
    """Its files are prose: in a source tree, pages beside the code."""
    may_join_trees: bool = False
    """Its files become part of the document of a source tree."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file name says."""

    reader: Reader | None
    """None for a format that is not read."""
    gzipped: bool


def from_decoded(
    decoded: Decoded, *, text: str | None = None, title: str = "", marks: tuple[Mark, ...] = ()
) -> Converted:
    """A file that was decoded; `text` is what its characters were converted to, without it they are the text."""
    return Converted(
        text=decoded.text if text is None else text,
        title=title,
        licence=spdx_line(decoded.text),
        replaced_share=decoded.replaced_share,
        marks=marks,
    )


@contextmanager
def opened(path: str, *, gzipped: bool) -> Iterator[IO[bytes]]:
    """A binary stream of a file, decompressed where it is gzipped."""
    with ExitStack() as stack:
        file = stack.enter_context(open_source(path))
        yield cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file))) if gzipped else file


def inflates_too_far(segment: Segment, num_bytes: int, limits: ReadLimits) -> bool:
    """Whether so many bytes read from a compressed file are more than the recipe allows."""
    return num_bytes > max(_FREE_BYTES, limits.max_inflation_ratio * segment.item.num_bytes)


def too_large(segment: Segment, offset: int, limits: ReadLimits) -> Refused:
    """The refusal of a record above the recipe's limit."""
    detail = f"The record has more than max_record_bytes = {limits.max_record_bytes} bytes."
    return refused(segment, offset, "too_large", detail, None)


def inflated(segment: Segment, offset: int, limits: ReadLimits) -> Refused:
    """The refusal of the rest of a file that inflates too far."""
    detail = (
        f"Up to here the file's records are more than max_inflation_ratio = {limits.max_inflation_ratio} times its "
        "size; the rest of it is not read."
    )
    return refused(segment, offset, "inflated", detail, None)


def refused(segment: Segment, offset: int, reason: str, detail: str, score: float | None) -> Refused:
    """A refusal of a record of a segment."""
    return Refused(uri=segment.item.uri, offset=offset, reason=reason, detail=detail, score=score)
