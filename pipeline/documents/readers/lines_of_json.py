"""Reads one JSON object per line, from a whole file or from a range of bytes.

Used by the readers `json` and `json_lines`. Only `json_lines` cuts files into ranges. In a file in UTF-16 or UTF-32,
offsets count the bytes of its UTF-8 form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from pipeline.documents.decoding import decode
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.json_values import has_too_many_values
from pipeline.documents.lenient_json import is_only_comment, parse_json
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Extract,
    Failed,
    Reading,
    ReadSettings,
    inflated,
    inflates_too_far,
    not_read,
    too_large,
)
from pipeline.documents.readers.records import json_place, row_reading, too_many_values
from pipeline.documents.recoding import opened_as_utf8

_NAME = "json_lines"
_SKIP_CHUNK = 1 << 20


def read_lines(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    """Read the lines that start inside a segment."""
    limits = settings.limits
    compression = kind_of(segment.item.path).compression
    position, found, num_bytes = segment.start, 0, 0
    try:
        with opened_as_utf8(segment.item.path, compression) as stream:
            for position, line in _lines(stream, segment.start, segment.end, limits.max_record_bytes):
                num_bytes += len(line or b"")
                if compression and inflates_too_far(segment, num_bytes, limits):
                    yield inflated(segment, position, limits)
                    return
                if line is None:
                    found += 1
                    yield too_large(segment, position, limits)
                elif line.strip() and (reading := _line_reading(segment, line.rstrip(b"\r\n"), position, settings)):
                    found += 1
                    yield reading
                position += len(line or b"")
    except READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=position, error=error)
        return
    if not found and segment.start == 0 and segment.end == TO_THE_END:
        yield not_read(segment, 0, "empty", "The file has no lines.")


def _lines(stream: IO[bytes], start: int, end: int, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines that start in [start, end), each with its offset; a line above the limit becomes None."""
    position = start
    if start:
        stream.seek(start - 1)
        position = start - 1 + _skip_line(stream)
    while end == TO_THE_END or position < end:
        line = stream.readline(limit + 1)
        if not line:
            return
        if len(line) > limit and not line.endswith(b"\n"):
            num_bytes = len(line)
            del line
            yield position, None
            position += num_bytes + _skip_line(stream)
        else:
            yield position, line
            position += len(line)


def _skip_line(stream: IO[bytes]) -> int:
    """Skip the rest of a line, and return the number of skipped bytes."""
    skipped = 0
    while piece := stream.readline(_SKIP_CHUNK):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _line_reading(segment: Segment, line: bytes, offset: int, settings: ReadSettings) -> Reading | None:
    """Return a line as a record, or None for a comment."""
    if has_too_many_values(line):
        return too_many_values(segment, offset)
    decoded = decode(data=line, declared="")
    try:
        row = parse_json(decoded.text)
    except (ValueError, RecursionError) as error:
        if is_only_comment(decoded.text):
            return None
        return not_read(segment, offset, "invalid_json", f"The line is not JSON: {json_place(error)}.")
    reading = row_reading(segment, row, offset, source=line, format_name=_NAME, settings=settings)
    return replace(reading, replaced_share=decoded.replaced_share) if isinstance(reading, Extract) else reading
