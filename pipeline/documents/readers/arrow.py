"""Reads Arrow files and streams, and Feather version 2: one document per row, as in Parquet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

from pipeline.documents.arrow_rows import FILE_MAGIC, arrow_rows
from pipeline.documents.items import Segment
from pipeline.documents.opening import opened
from pipeline.documents.parquet_rows import RowTooLarge
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Failed,
    Reader,
    Reading,
    ReadSettings,
    inflated,
    most_inflated_bytes,
    not_read,
)
from pipeline.documents.readers.records import row_reading, source_of
from pipeline.documents.row_fields import why_no_text_column

_NAME = "arrow"
_FEATHER_1 = b"FEA1"
_CHUNK = 1 << 20


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    offset = 0
    limit = settings.limits.max_record_bytes
    compression = kind_of(segment.item.path).compression
    wanted = settings.fields.wanted(settings.text_field, settings.title_field)
    try:
        with ExitStack() as stack:
            file = stack.enter_context(opened(segment.item.path, compression))
            if compression:
                copy = stack.enter_context(tempfile.TemporaryFile())
                if not _spooled(file, copy, most_inflated_bytes(segment, settings.limits)):
                    yield inflated(segment, 0, settings.limits)
                    return
                file = copy
            if file.read(len(_FEATHER_1)) == _FEATHER_1:
                yield not_read(segment, 0, "legacy_format", "The file is Feather version 1; save it as version 2.")
                return
            file.seek(0)
            for row, _ in arrow_rows(file, wanted, limit):
                if isinstance(row, RowTooLarge):
                    yield not_read(segment, offset, "too_large", row.detail)
                else:
                    yield row_reading(segment, row, offset, source=source_of(row), format_name=_NAME, settings=settings)
                offset += 1
        if not offset:
            yield not_read(segment, 0, "empty", "The file has no rows.")
    except KeyError as error:
        detail = why_no_text_column(set(map(str, error.args)), settings.fields, text_field=settings.text_field)
        yield not_read(segment, 0, "no_text", detail)
    except (*READ_ERRORS, ValueError, IndexError, OverflowError) as error:
        # pyarrow trusts a file's metadata and raises many kinds of errors if the metadata is damaged.
        yield Failed(uri=segment.item.uri, offset=offset, error=error)


def _spooled(source: IO[bytes], target: IO[bytes], max_bytes: int) -> bool:
    """Copy a decompressed stream to a file, so that it can be memory-mapped; return False if it exceeds the limit."""
    while chunk := source.read(_CHUNK):
        target.write(chunk)
        if target.tell() > max_bytes:
            return False
    target.seek(0)
    return True


def _recognises(head: bytes) -> bool:
    return head.startswith(FILE_MAGIC)


READER = Reader(
    name=_NAME,
    suffixes=frozenset({"arrow", "feather", "arrows", "ipc"}),
    read=_read,
    recognises=_recognises,
    is_plain_text=True,
)
