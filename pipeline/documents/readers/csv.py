"""Reads csv and tsv files. If the recipe's text field is a column, each row is a record; otherwise the file is a table.

The separator and the encoding are detected from the content. Cost: two passes; a file of records is not held in memory.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from pipeline.documents.decoding import unreadable_share
from pipeline.documents.grammar.tables.header import is_value
from pipeline.documents.items import Segment
from pipeline.documents.opening import opened
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import (
    Extract,
    Reader,
    Reading,
    ReadOptions,
    ReadSettings,
    inflated,
    inflates_too_far,
    most_inflated_bytes,
    not_read,
    too_large,
)
from pipeline.documents.readers.records import row_reading, source_of
from pipeline.documents.readers.separated import SAMPLE_CHARS, encoding_of, rows_of, separator_of, text_lines
from pipeline.documents.readers.spreadsheets.sheet import CellBudget, Sheet
from pipeline.documents.readers.spreadsheets.writing import converted_sheets
from pipeline.documents.readers.whole import opened_whole, why_not_read
from pipeline.identity import sha256_hex

_NAME = "csv"
_TABBED = ("tsv", "tab")
_MAX_SPACING = 0.25
"""If a larger share of the rows is empty, empty rows do not separate tables."""


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    path, max_chars = segment.item.path, settings.limits.max_record_bytes
    compression = kind_of(path).compression
    with opened(path, compression) as stream:
        encoding = encoding_of(stream, max_bytes=most_inflated_bytes(segment, settings.limits))
    with opened(path, compression) as stream:
        try:
            lines = text_lines(stream, encoding, max_chars=max_chars)
            sample = _sample(lines)
            separator = separator_of("".join(sample), usual="\t" if _is_tabbed(path) else ",")
            rows = rows_of(chain(sample, lines), separator, max_chars=max_chars)
            columns = [name.strip() for name in next(rows, [])]
        except csv.Error:
            yield too_large(segment, 0, settings.limits)
            return
        if set(settings.fields.text_names(settings.text_field)) & set(columns):
            yield from _records(segment, columns, rows, settings)
            return
    yield _table(segment, encoding, separator, settings)


def _is_tabbed(path: str) -> bool:
    return any(part in _TABBED for part in path.lower().rsplit("/", 1)[-1].split(".")[-2:])


def _sample(lines: Iterator[str]) -> list[str]:
    """Take lines from the start of a file."""
    found: list[str] = []
    num_chars = 0
    while num_chars < SAMPLE_CHARS and (line := next(lines, None)) is not None:
        found.append(line)
        num_chars += len(line)
    return found


def _records(
    segment: Segment, columns: Sequence[str], rows: Iterator[Sequence[str]], settings: ReadSettings
) -> Iterator[Reading]:
    """Yield the records of the rows below the header; a row that is too large ends them."""
    is_compressed = bool(kind_of(segment.item.path).compression)
    num_chars = offset = 0
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield too_large(segment, offset, settings.limits)
            return
        if row is None:
            break
        num_chars += sum(map(len, row))
        if is_compressed and inflates_too_far(segment, num_chars, settings.limits):
            yield inflated(segment, offset, settings.limits)
            return
        if any(row):
            record = dict(zip(columns, row, strict=False))
            yield row_reading(segment, record, offset, source=source_of(record), format_name=_NAME, settings=settings)
            offset += 1
    if offset == 0:
        yield not_read(segment, 0, "empty", "The file has no rows below its header.")


def _table(segment: Segment, encoding: str, separator: str, settings: ReadSettings) -> Reading:
    with opened_whole(segment, settings.limits) as (whole, _):
        pass
    missing = why_not_read(segment, whole, settings.limits)
    if missing is not None:
        return missing
    text = whole.data.decode(encoding, "replace").removeprefix("\ufeff")
    lines = io.StringIO(text, newline="")
    sheet = _sheet(rows_of(lines, separator, max_chars=settings.limits.max_record_bytes))
    found = converted_sheets([sheet], ReadOptions())
    return Extract(
        uri=segment.item.uri,
        offset=0,
        text=found.text,
        title="",
        licence="",
        sha256=sha256_hex(whole.data),
        format=_NAME,
        replaced_share=unreadable_share(text),
        is_conversation=False,
        marks=found.marks,
    )


def _sheet(rows: Iterable[Sequence[str]]) -> Sheet:
    sheet, budget = Sheet(""), CellBudget()
    kept: list[Sequence[str]] = []
    for row in rows:
        budget.take(sum(map(bool, row)))
        kept.append(row)
    if sum(not any(row) for row in kept) > _MAX_SPACING * len(kept):
        kept = [row for row in kept if any(row)]
    for number, row in enumerate(kept):
        sheet.cells |= {(number, column): cell for column, cell in enumerate(row) if cell.strip()}
    if kept:
        widths = Counter(len(row) for row in kept if any(row))
        width = max(widths, key=lambda size: (widths[size], size), default=0)
        first = next((number for number, row in enumerate(kept) if len(row) == width), 0)
        if _is_header(kept[first]):
            sheet.header_rows.add(first)
    return sheet


def _is_header(row: Sequence[str]) -> bool:
    """Return whether the cells of a row are all filled, all different, and none is a value such as a number."""
    names = [cell.strip() for cell in row]
    return all(names) and len(set(names)) == len(names) and not any(is_value(name) for name in names)


READER = Reader(name=_NAME, suffixes=frozenset({"csv", "tsv", "tab"}), read=_read)
