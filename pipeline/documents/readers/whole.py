"""Reads the bytes of a whole file within the recipe's limits.

Used by `documents.reading` for formats in which a file is one record (readers with `convert`), and by the readers of
JSON, csv and mailboxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from pipeline.documents.isolation import convert_isolated
from pipeline.documents.items import Segment
from pipeline.documents.opening import Compression, opened
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import (
    Extract,
    NotRead,
    Reader,
    Reading,
    ReadLimits,
    ReadSettings,
    RefusedFileError,
    inflated,
    inflates_too_far,
    not_read,
    too_large,
)
from pipeline.documents.rights_management import HEAD_BYTES, protection_of
from pipeline.identity import sha256_hex


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The first bytes of a file; all bytes unless the file is too large."""

    data: bytes
    is_too_large: bool
    compression: Compression


@contextmanager
def opened_whole(segment: Segment, limits: ReadLimits) -> Iterator[tuple[WholeFile, IO[bytes]]]:
    """Read a file up to one byte above the record limit. The stream holds the rest."""
    compression = kind_of(segment.item.path).compression
    with opened(segment.item.path, compression) as stream:
        data = stream.read(limits.max_record_bytes + 1)
        yield WholeFile(data, len(data) > limits.max_record_bytes, compression), stream


def why_not_read(segment: Segment, whole: WholeFile, limits: ReadLimits) -> NotRead | None:
    """Return the refusal of a file that inflates too far, is too large or contains only white space, or None."""
    if whole.compression and inflates_too_far(segment, len(whole.data), limits):
        return inflated(segment, 0, limits)
    if whole.is_too_large:
        return too_large(segment, 0, limits)
    if not whole.data.strip():
        return not_read(segment, 0, "empty", "The file contains only white space.")
    return None


def read_whole(segment: Segment, reader: Reader, settings: ReadSettings) -> Reading:
    """Convert a file that is one record."""
    with opened_whole(segment, settings.limits) as (whole, _):
        pass
    return _converted_whole(segment, reader, whole, settings)


def read_bytes(segment: Segment, reader: Reader, data: bytes, settings: ReadSettings) -> Reading:
    """Convert all bytes of an uncompressed file that is one record."""
    whole = WholeFile(data, len(data) > settings.limits.max_record_bytes, Compression.NONE)
    return _converted_whole(segment, reader, whole, settings)


def _converted_whole(segment: Segment, reader: Reader, whole: WholeFile, settings: ReadSettings) -> Reading:
    missing = why_not_read(segment, whole, settings.limits)
    if missing is not None:
        return missing
    return converted(segment, 0, reader, whole.data, settings)


def converted(segment: Segment, offset: int, reader: Reader, data: bytes, settings: ReadSettings) -> Extract:
    """Convert the bytes of one record, in the parser process if the reader is isolated.

    Raises:
        RefusedFileError: The reader refuses the record.
        ParserError: The parser failed.
        PageTooCostlyError: The record is a page that is too costly to convert.
    """
    assert reader.convert is not None, f"{reader.name} reads records"
    if protection := protection_of(data[:HEAD_BYTES]):
        raise RefusedFileError("encrypted", protection)
    if reader.is_isolated:
        found = convert_isolated(reader.name, data, settings.options, settings.limits)
    else:
        found = reader.convert(data, settings.options)
    return Extract(
        uri=segment.item.uri,
        offset=offset,
        text=found.text,
        title=found.title,
        licence=found.licence,
        sha256=sha256_hex(data),
        format=reader.name,
        replaced_share=found.replaced_share,
        is_conversation=found.is_conversation,
        is_code=reader.is_code,
        marks=found.marks,
        warnings=found.warnings,
        attachments=found.attachments,
    )
