"""Turns a record with fields (such as a JSON object or a Parquet row) into an `Extract` or a refusal.

Used by the readers of JSON, JSON Lines, csv, Arrow and Parquet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipeline.documents.archives import MEMBER
from pipeline.documents.decoding import unreadable_share
from pipeline.documents.items import Segment
from pipeline.documents.json_values import MAX_VALUES
from pipeline.documents.names import printable_name
from pipeline.documents.readers.reader import Extract, NotRead, ReadSettings, not_read
from pipeline.documents.row_fields import row_text, why_no_row_text
from pipeline.documents.rows import RowText, text_of_turns
from pipeline.identity import sha256_hex


def row_reading(
    segment: Segment, row: object, offset: int, *, source: bytes, format_name: str, settings: ReadSettings
) -> Extract | NotRead:
    """Return a record as text, or a refusal if `rows` finds no text in the record.

    Args:
        segment: Segment that contains the record.
        row: Value of the record; anything but an object or a list of turns is refused.
        offset: Offset of the record, as in `Extract`.
        source: Bytes to hash for the record.
        format_name: Name of the reader.
        settings: Settings that name the text and title fields.
    """
    found = _text(row, settings)
    if found is None:
        return not_read(
            segment, offset, "no_text", why_no_row_text(row, settings.fields, text_field=settings.text_field)
        )
    return row_extract(segment, found, offset, source=source, format_name=format_name)


def row_has_text(row: object, settings: ReadSettings) -> bool:
    """Return whether a record is a document by itself."""
    return _text(row, settings) is not None


def _text(row: object, settings: ReadSettings) -> RowText | None:
    if not isinstance(row, Mapping):
        return text_of_turns(row, settings.text_field)
    return row_text(row, settings.fields, text_field=settings.text_field, title_field=settings.title_field)


def row_extract(segment: Segment, found: RowText, offset: int, *, source: bytes, format_name: str) -> Extract:
    """Return the text of a record together with the text's provenance. A record with an address gets it as its name."""
    return Extract(
        uri=segment.item.uri + (MEMBER + printable_name(found.url) if found.url else ""),
        offset=offset,
        text=found.text,
        title=found.title,
        licence=found.licence,
        sha256=sha256_hex(source),
        format=format_name,
        replaced_share=unreadable_share(found.text),
        is_conversation=found.is_conversation,
        language=found.language,
    )


def source_of(row: object) -> bytes:
    """Return the bytes to hash for a record that is not hashed by its own bytes: its value as JSON with sorted keys."""
    return json.dumps(row, ensure_ascii=True, sort_keys=True, default=str).encode()


def too_many_values(segment: Segment, offset: int) -> NotRead:
    """Return the refusal of a JSON record with too many values."""
    return not_read(segment, offset, "too_large", f"The record has more than {MAX_VALUES} JSON values.")


def json_place(error: Exception) -> str:
    """Return why parsing failed, and where if the error says so, without quoting the input text."""
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
