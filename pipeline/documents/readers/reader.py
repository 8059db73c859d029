"""Defines a format's reader and what a reader returns, and contains the functions that readers share.

A module of `documents.readers` that defines a `READER` reads one format. A reader takes a `Segment` of a file, or the
bytes of a whole file, and returns text with marks. `documents.reading` calls the readers. Messages never quote the
input text.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from typing import IO

import pyarrow as pa

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.decoding import Decoded, decode
from pipeline.documents.items import Segment, SourceItem
from pipeline.documents.licences import spdx_line
from pipeline.documents.marks import Mark
from pipeline.documents.markup import PageTooCostlyError
from pipeline.documents.opening import Compression
from pipeline.documents.row_fields import RowFields
from pipeline.errors import PipelineError
from pipeline.records import Dropped

_FREE_BYTES = 1 << 20
"""Decompressed bytes that every file may have, whatever its inflation ratio."""


class ParserError(PipelineError):
    """The parser of a format failed, ran too long or needed too much memory. Its text names the error."""


class RefusedFileError(PipelineError):
    """A file or a record is not read for a known reason, such as encryption or scanned pages.

    Attributes:
        reason: the reason in `rejected/`, in snake case, such as `encrypted`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


READ_ERRORS = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    pa.ArrowException,
    PageTooCostlyError,
    ParserError,
    RecursionError,
    MemoryError,
)
"""Errors raised by damaged files, parsers and filesystems; `gzip.BadGzipFile` is an OSError."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits on a record and its parser; see `config.build.IngestRecipe`."""

    max_record_bytes: int
    max_inflation_ratio: int
    max_parser_seconds: int
    max_parser_bytes: int


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Parts of a document that are read besides its body; see `config.build.IngestRecipe`."""

    include: Set[DocumentPart] = frozenset()
    tracked_changes: TrackedChanges = TrackedChanges.FINAL


@dataclass(slots=True)
class InflationMeter:
    """What an archive and all archives inside it may still inflate to."""

    left: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """The recipe's settings for reading."""

    text_field: str
    title_field: str
    limits: ReadLimits
    options: ReadOptions
    meter: InflationMeter | None = None
    """Inside an archive: the limit that all its members share."""
    nesting: int = 0
    """Number of archives and mails around the file."""
    user_names: Mapping[str, str] = field(default_factory=dict)
    """Inside an archive: the names of the people of a chat export, by id."""
    fields: RowFields = field(default_factory=RowFields)
    """Fields of a row that the recipe names, besides the text and title field."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a document, such as an attachment of a mail. It is read as a record of its own."""

    name: str
    """File name; a slash separates folders. Distinct within the document."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of one record, before cleaning."""

    uri: str
    offset: int
    """Offset in the decompressed stream, in bytes, or index of a row or of a JSON array entry."""
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
    """Marks that the format states, in order."""
    warnings: tuple[str, ...] = ()
    """Doubts about the conversion, such as a part that two parsers read differently."""
    attachments: tuple[Attachment, ...] = ()
    """Files to read after the record; empty in what `documents.reading` returns."""
    members: tuple[str, ...] = ()
    """URIs of the files of a source tree that share its fate."""
    language: str = ""
    """Language that the record or its data set states, as it is spelled there."""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A record that is not read, and the reason."""

    uri: str
    offset: int
    why: Dropped
    format: str = ""
    """See `Extract.format`; empty if no reader is known."""
    members: tuple[str, ...] = ()
    """See `Extract.members`."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A record, or the rest of a file, that raised an error."""

    uri: str
    offset: int
    error: Exception
    format: str = ""
    """See `NotRead.format`."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file inside an archive, or a record of a web crawl, that is not a document, such as a link or an image."""

    uri: str
    reason: str


Reading = Extract | NotRead | Failed | Skipped


@dataclass(frozen=True, slots=True)
class Converted:
    """A whole file as text."""

    text: str
    title: str = ""
    licence: str = ""
    replaced_share: float = 0.0
    """Share of characters that could not be decoded, from 0 to 1."""
    marks: tuple[Mark, ...] = ()
    warnings: tuple[str, ...] = ()
    """See `Extract.warnings`."""
    is_conversation: bool = False
    attachments: tuple[Attachment, ...] = ()
    """See `Extract.attachments`."""


class MemberKind(StrEnum):
    """The kind of an archive's member."""

    FILE = "file"
    LINK = "link"
    SPECIAL = "special"
    ENCRYPTED = "encrypted"


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A member of an archive that is not a folder."""

    name: str
    """Path in the archive, with slashes; undecodable bytes are surrogates."""
    kind: MemberKind
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    """Opens the content. For formats without an index, only valid until the next member is taken."""
    target: str = ""
    """Of a link: the path of its target from the root of the archive; it may lead out."""


Convert = Callable[[bytes, ReadOptions], Converted]
ListMembers = Callable[[IO[bytes]], Iterator[ArchiveMember]]
ReadRecords = Callable[[Segment, ReadSettings], Iterator[Reading]]
SplitItem = Callable[[SourceItem, int], list[Segment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The reader of one format.

    It has `convert` if a file is one record, `read` if a file holds many, or `members` if a file is an archive.
    """

    name: str
    suffixes: frozenset[str]
    """Suffixes of the format's files, in lower case, without the dot."""
    file_names: frozenset[str] = frozenset()
    """Whole names of files in the format, in lower case."""
    convert: Convert | None = None
    """Function that reads a whole file as one record; None if `read` or `members` is set."""
    read: ReadRecords | None = None
    members: ListMembers | None = None
    """For archives: lists the members of a seekable stream."""
    has_index: bool = False
    """For archives: whether the members can be listed without reading them."""
    recognises: Callable[[bytes], bool] | None = None
    """Whether a file's content has this format; asked if the file's name does not settle the format."""
    split: SplitItem | None = None
    """Function that cuts an uncompressed file into segments of about the given number of bytes; None if files are not
    cut."""
    is_code: bool = False
    """Whether the format's files are source code."""
    is_page: bool = False
    """Whether the format's files are prose. In a source tree, they are pages that accompany the code."""
    may_join_trees: bool = False
    """True if its files can become part of a source tree's document."""
    is_isolated: bool = False
    """True if `convert` runs in a process of its own, with limits on time and memory; for parsers of binary formats,
    and for markup whose worst case is slow."""
    modules: tuple[str, ...] = ()
    """Modules of other packages that `convert` imports and that may not be installed."""
    extra: str = ""
    """The extra of this project that installs `modules`."""
    is_plain_text: bool = False
    """True if the format's files are text, so that a text file with one of `suffixes` has this format, even if
    `recognises` does not say so."""

    def missing_modules(self) -> list[str]:
        """Return those of `modules` that are not installed. Nothing is imported."""
        return [name for name in self.modules if find_spec(name) is None]


@dataclass(frozen=True, slots=True)
class FileKind:
    """The reader and compression that a file name indicates."""

    reader: Reader | None
    """Reader of the format; None if the format is not supported."""
    compression: Compression = Compression.NONE
    has_suffix: bool = True
    is_uncertain: bool = False
    """Whether the content decides: the suffix is missing, unknown, of plain text, or of a format with `recognises`."""


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


def convert_plain(data: bytes, _options: ReadOptions) -> Converted:
    """Convert a file whose characters are its text."""
    return from_decoded(decode(data=data, declared=""))


def most_inflated_bytes(segment: Segment, limits: ReadLimits) -> int:
    """Return the maximum number of bytes that a compressed file may inflate to."""
    return max(_FREE_BYTES, limits.max_inflation_ratio * segment.item.num_bytes)


def inflates_too_far(segment: Segment, num_bytes: int, limits: ReadLimits) -> bool:
    """Return whether the bytes read from a compressed file exceed the recipe's limit."""
    return num_bytes > most_inflated_bytes(segment, limits)


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
