"""Reads JSON: an object, a list of objects, or a chat export. A large list is read one entry at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO

from pipeline.documents.chat_exports import chat_export
from pipeline.documents.decoding import decode
from pipeline.documents.items import Segment
from pipeline.documents.json_values import array_entries, has_too_many_values, is_array
from pipeline.documents.opening import Compression
from pipeline.documents.readers.reader import (
    Reader,
    Reading,
    ReadSettings,
    inflated,
    inflates_too_far,
    not_read,
    too_large,
)
from pipeline.documents.readers.records import json_place, row_extract, row_reading, source_of, too_many_values
from pipeline.documents.readers.whole import opened_whole, why_not_read

_NAME = "json"


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    with opened_whole(segment, settings.limits) as (whole, stream):
        if is_array(whole.data) and (whole.is_too_large or has_too_many_values(whole.data)):
            yield from _read_array(segment, whole.compression, whole.data, stream, settings)
            return
    refusal = why_not_read(segment, whole, settings.limits)
    if refusal is not None:
        yield refusal
    else:
        yield from _read_json(segment, whole.data, settings)


def _read_json(segment: Segment, data: bytes, settings: ReadSettings) -> Iterator[Reading]:
    if has_too_many_values(data):
        yield too_many_values(segment, 0)
        return
    try:
        value = json.loads(decode(data=data, declared="").text)
    except ValueError as error:
        yield not_read(segment, 0, "invalid_json", f"The file is not JSON: {json_place(error)}.")
        return
    if (dialogue := chat_export(value)) is not None:
        yield row_extract(segment, dialogue, 0, source=data, format_name=_NAME)
        return
    rows = value if isinstance(value, list) else [value]
    for index, row in enumerate(rows):
        yield row_reading(segment, row, index, source=source_of(row), format_name=_NAME, settings=settings)
    if not rows:
        yield not_read(segment, 0, "empty", "The file is an empty list.")


def _read_array(
    segment: Segment,
    compression: Compression,
    head: bytes,
    rest: IO[bytes],
    settings: ReadSettings,
) -> Iterator[Reading]:
    """Read a large array one entry at a time. If the array is damaged, the entries before the damage are kept."""
    index = num_bytes = 0
    try:
        for index, entry in enumerate(array_entries(head, rest, settings.limits.max_record_bytes)):
            num_bytes += len(entry or b"")
            if compression and inflates_too_far(segment, num_bytes, settings.limits):
                yield inflated(segment, index, settings.limits)
                return
            yield _entry_reading(segment, entry, index, settings)
    except ValueError as error:
        yield not_read(segment, index + 1, "invalid_json", f"The file is not JSON from here on: {error}.")


def _entry_reading(segment: Segment, entry: bytes | None, index: int, settings: ReadSettings) -> Reading:
    if entry is None:
        return too_large(segment, index, settings.limits)
    if has_too_many_values(entry):
        return too_many_values(segment, index)
    try:
        row = json.loads(decode(data=entry, declared="").text)
    except (ValueError, RecursionError) as error:
        return not_read(segment, index, "invalid_json", f"The entry is not JSON: {json_place(error)}.")
    return row_reading(segment, row, index, source=source_of(row), format_name=_NAME, settings=settings)


READER = Reader(name=_NAME, suffixes=frozenset({"json"}), read=_read, may_join_trees=True)
