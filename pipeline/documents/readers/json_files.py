"""Reads a JSON file as a whole: an object, several objects in a row, a list of objects, or a chat export.

A large list is read one entry at a time. Used by the readers `json` and `json_lines`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from pipeline.documents.chat_exports import chat_exports, is_chat_directory
from pipeline.documents.decoding import decode
from pipeline.documents.items import Segment
from pipeline.documents.json_values import array_entries, has_too_many_values, is_array
from pipeline.documents.lenient_json import parse_json, values_in_a_row
from pipeline.documents.opening import Compression
from pipeline.documents.readers.reader import (
    Extract,
    NotRead,
    Reading,
    ReadSettings,
    inflated,
    inflates_too_far,
    not_read,
    too_large,
)
from pipeline.documents.readers.records import (
    json_place,
    row_extract,
    row_has_text,
    row_reading,
    source_of,
    too_many_values,
)
from pipeline.documents.readers.whole import opened_whole, why_not_read
from pipeline.documents.rows import text_of_turns
from pipeline.documents.slack_users import names_beside
from pipeline.documents.wrapped_rows import wrapped_rows

_NAME = "json"


def read_json_file(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    """Read a file that is one value, or values in a row."""
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
    text = decode(data=data, declared="").text
    try:
        values = [parse_json(text)]
    except json.JSONDecodeError as error:
        values, failure = _values(text)
        if not values:
            yield not_read(segment, 0, "invalid_json", f"The file is not JSON: {json_place(error)}.")
            return
    except (ValueError, RecursionError) as error:
        yield not_read(segment, 0, "invalid_json", f"The file is not JSON: {json_place(error)}.")
        return
    else:
        failure = None
    index = 0
    for reading in _readings(segment, values, data, settings):
        yield reading
        index = reading.offset + 1
    if failure is not None:
        yield not_read(segment, index, "invalid_json", f"The file is not JSON from here on: {json_place(failure)}.")


def _values(text: str) -> tuple[list[object], Exception | None]:
    """Return the values that follow one another in a text, and the error that ended them."""
    values: list[object] = []
    try:
        values.extend(values_in_a_row(text))
    except (ValueError, RecursionError) as error:
        return values, error
    return values, None


def _readings(
    segment: Segment, values: Sequence[object], data: bytes, settings: ReadSettings
) -> Iterator[Extract | NotRead]:
    if len(values) == 1:
        dialogues = chat_exports(values[0], settings.user_names or _names_beside(segment, settings))
        for index, dialogue in enumerate(dialogues):
            source = data if len(dialogues) == 1 else dialogue.text.encode("utf-8", "surrogatepass")
            yield row_extract(segment, dialogue, index, source=source, format_name=_NAME)
        if dialogues:
            return
        if is_chat_directory(values[0]):
            detail = "The file lists the users or channels of a chat export; it has no messages."
            yield not_read(segment, 0, "no_messages", detail)
            return
        if text_of_turns(values[0], settings.text_field) is not None:
            yield row_reading(segment, values[0], 0, source=data, format_name=_NAME, settings=settings)
            return
    if len(values) == 1 and not row_has_text(values[0], settings):
        values = wrapped_rows(values[0])
    rows = [row for value in values for row in (value if isinstance(value, list) else [value])]
    for index, row in enumerate(rows):
        yield row_reading(segment, row, index, source=source_of(row), format_name=_NAME, settings=settings)
    if not rows:
        yield not_read(segment, 0, "empty", "The file is an empty list.")


def _names_beside(segment: Segment, settings: ReadSettings) -> Mapping[str, str]:
    """Return the names of a chat's people that another file lists; a member of an archive has no files beside it."""
    return {} if settings.nesting else names_beside(segment.item)


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
        row = parse_json(decode(data=entry, declared="").text)
    except (ValueError, RecursionError) as error:
        return not_read(segment, index, "invalid_json", f"The entry is not JSON: {json_place(error)}.")
    return row_reading(segment, row, index, source=source_of(row), format_name=_NAME, settings=settings)
