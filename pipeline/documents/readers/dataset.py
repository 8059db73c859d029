"""Reads the data files of a data set: one document per row.

The `datasets` library streams the rows; the offset of a document is the number of its row in its file. A large Parquet
file is cut into ranges of row groups. Files of JSON are read by this package's own readers, unless the card sets
options for them: the library fixes the columns by the first 10 MB and ends a file at the first row that does not fit,
and it returns values of mixed types, such as the parts of messages, as JSON text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pipeline.documents.arrow_rows import check_batches
from pipeline.documents.datasets.streams import column_names, opened_stream, row_groups, shard_tables, tables
from pipeline.documents.items import TO_THE_END, DatasetFile, Segment, SourceItem
from pipeline.documents.opening import open_source
from pipeline.documents.parquet_rows import RowTooLarge, open_rows, python_bytes, why_group_too_large
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.parquet import row_group_ranges
from pipeline.documents.readers.reader import (
    Extract,
    Failed,
    FileKind,
    Reader,
    Reading,
    ReadSettings,
    inflated,
    inflates_too_far,
    not_read,
)
from pipeline.documents.readers.records import row_reading, source_of
from pipeline.documents.row_fields import why_no_text_column

_NAME = "dataset"
_PARQUET = "parquet"
_JSON_READERS = ("json", "json_lines")


def _split(item: SourceItem, num_bytes: int) -> list[Segment]:
    own = _json_kind(item)
    if own is not None and own.reader is not None and own.reader.split is not None and not own.compression:
        return own.reader.split(item, num_bytes)
    if item.dataset is not None and item.dataset.builder == _PARQUET:
        return row_group_ranges(item, num_bytes)
    return [Segment(item, 0, TO_THE_END, item.num_bytes)]


def _json_kind(item: SourceItem) -> FileKind | None:
    """Return the kind of a file that a reader of JSON reads; None for any other file."""
    kind = kind_of(item.path)
    is_plain_json = item.dataset is not None and item.dataset.builder == "json" and item.dataset.options == "{}"
    return kind if is_plain_json and kind.reader is not None and kind.reader.name in _JSON_READERS else None


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    dataset = segment.item.dataset
    assert dataset is not None
    own = _json_kind(segment.item)
    if own is not None and own.reader is not None and own.reader.read is not None:
        found = own.reader.read(segment, settings)
    else:
        found = _streamed(segment, dataset, settings)
    yield from (_with_card(reading, dataset) for reading in found)


def _with_card(reading: Reading, dataset: DatasetFile) -> Reading:
    """Return a text with what the card states of the data set, if the row does not state it."""
    if not isinstance(reading, Extract):
        return reading
    return replace(reading, licence=reading.licence or dataset.licence, language=reading.language or dataset.language)


def _streamed(segment: Segment, dataset: DatasetFile, settings: ReadSettings) -> Iterator[Reading]:
    path = segment.item.path
    offset = 0
    try:
        with ExitStack() as stack:
            columns = column_names(stack.enter_context(opened_stream(dataset, path)))
            if detail := why_no_text_column(set(columns), settings.fields, text_field=settings.text_field):
                yield not_read(segment, 0, "no_text", detail)
                return
            wanted = settings.fields.wanted(settings.text_field, settings.title_field)
            chosen = [name for name in dict.fromkeys(wanted) if name in columns]
            stream = stack.enter_context(opened_stream(dataset, path, chosen))
            for reading, after in _readings(segment, dataset, stream, settings):
                yield reading
                offset = after
    except Exception as error:  # noqa: BLE001  # the library raises errors of many kinds for damaged data
        yield Failed(uri=segment.item.uri, offset=offset, error=error)


def _readings(
    segment: Segment, dataset: DatasetFile, stream: Any, settings: ReadSettings
) -> Iterator[tuple[Reading, int]]:
    """Yield the readings of a segment's rows, each with the number of the row after it."""
    is_parquet = dataset.builder == _PARQUET
    rows = _parquet_rows(segment, stream, settings) if is_parquet else _all_rows(segment, stream, settings)
    num_bytes = num_rows = 0
    for offset, row, size in rows:
        num_rows += 1
        num_bytes += size
        if inflates_too_far(segment, num_bytes, settings.limits):
            yield inflated(segment, offset, settings.limits), offset + 1
            return
        if isinstance(row, RowTooLarge):
            yield not_read(segment, offset, "too_large", row.detail), offset + row.num_rows
        else:
            found = row_reading(segment, row, offset, source=source_of(row), format_name=_NAME, settings=settings)
            yield found, offset + 1
    if not num_rows and segment.start == 0 and segment.end == TO_THE_END:
        yield not_read(segment, 0, "empty", "The file has no rows."), 1


_Row = tuple[int, Mapping[str, object] | RowTooLarge, int]
"""The number of a row in its file, the row, and its size in memory, in bytes."""


def _all_rows(segment: Segment, stream: Any, settings: ReadSettings) -> Iterator[_Row]:
    dataset, path = segment.item.dataset, segment.item.path
    if dataset is not None and dataset.builder == "arrow" and path.startswith("/"):
        with open_source(path) as file:
            check_batches(file)
    yield from _numbered(tables(stream), 0, settings.limits.max_record_bytes)


def _parquet_rows(segment: Segment, stream: Any, settings: ReadSettings) -> Iterator[_Row]:
    """Yield the rows of a range of row groups. A row group that is too large is not decoded."""
    max_bytes = settings.limits.max_record_bytes
    with open_source(segment.item.path) as file:
        reader = open_rows(file)
        end = reader.num_row_groups if segment.end == TO_THE_END else segment.end
        sizes = [reader.metadata.row_group(group).num_rows for group in range(end)]
        offset = sum(sizes[: segment.start])
        groups = row_groups(stream)
        for group in range(segment.start, end):
            if why := why_group_too_large(reader, file, group, stream.column_names, max_bytes):
                yield offset, RowTooLarge(sizes[group], why), 0
            else:
                yield from _numbered(shard_tables(groups, group), offset, max_bytes)
            offset += sizes[group]


def _numbered(found: Iterator[pa.Table], offset: int, max_bytes: int) -> Iterator[_Row]:
    """Yield the rows of tables. Only in a table above the limit is each row measured before it is converted."""
    for table in found:
        size = _num_bytes(table)
        if size <= max_bytes:
            rows = table.to_pylist()
            yield from ((offset + index, row, size // len(rows)) for index, row in enumerate(rows))
        else:
            for index in range(table.num_rows):
                yield (offset + index, *_measured(table.slice(index, 1), max_bytes))
        offset += table.num_rows


def _measured(row: pa.Table, max_bytes: int) -> tuple[Mapping[str, object] | RowTooLarge, int]:
    size = _num_bytes(row)
    if size > max_bytes:
        return RowTooLarge(1, f"The row has more than max_record_bytes = {max_bytes} bytes."), 0
    return row.to_pylist()[0], size


def _num_bytes(table: pa.Table) -> int:
    return sum(python_bytes(chunk) for column in table.columns for chunk in column.chunks)


READER = Reader(name=_NAME, suffixes=frozenset(), read=_read, split=_split)
