"""Reads JSON Lines: one object per line. A large uncompressed file is cut into ranges of bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from pipeline.documents.decoding import decode
from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.json_values import has_too_many_values
from pipeline.documents.opening import opened
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Extract,
    Failed,
    Reader,
    Reading,
    ReadSettings,
    inflated,
    inflates_too_far,
    not_read,
    too_large,
)
from pipeline.documents.readers.records import json_place, row_reading, too_many_values

_NAME = "json_lines"
_SKIP_CHUNK = 1 << 20


def _split(item: SourceItem, num_bytes: int) -> list[Segment]:
    starts = list(range(0, item.num_bytes, num_bytes))
    ends = [*starts[1:], TO_THE_END]
    sizes = [(item.num_bytes if end == TO_THE_END else end) - start for start, end in zip(starts, ends, strict=True)]
    return [Segment(item, start, end, size) for start, end, size in zip(starts, ends, sizes, strict=True)]


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    limits = settings.limits
    compression = kind_of(segment.item.path).compression
    position, found, num_bytes = segment.start, 0, 0
    try:
        with opened(segment.item.path, compression) as stream:
            for position, line in _lines(stream, segment.start, segment.end, limits.max_record_bytes):
                num_bytes += len(line or b"")
                if compression and inflates_too_far(segment, num_bytes, limits):
                    yield inflated(segment, position, limits)
                    return
                if line is None:
                    found += 1
                    yield too_large(segment, position, limits)
                elif line.strip():
                    found += 1
                    yield _line_reading(segment, line.rstrip(b"\r\n"), position, settings)
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


def _line_reading(segment: Segment, line: bytes, offset: int, settings: ReadSettings) -> Reading:
    if has_too_many_values(line):
        return too_many_values(segment, offset)
    decoded = decode(data=line, declared="")
    try:
        row = json.loads(decoded.text)
    except (ValueError, RecursionError) as error:
        return not_read(segment, offset, "invalid_json", f"The line is not JSON: {json_place(error)}.")
    reading = row_reading(segment, row, offset, source=line, format_name=_NAME, settings=settings)
    return replace(reading, replaced_share=decoded.replaced_share) if isinstance(reading, Extract) else reading


READER = Reader(name=_NAME, suffixes=frozenset({"jsonl", "ndjson", "jsonlines"}), read=_read, split=_split)
