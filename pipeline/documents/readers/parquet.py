"""Reads Parquet: one document per row. A large file is cut into ranges of row groups."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.opening import open_source
from pipeline.documents.parquet_rows import RowTooLarge, open_rows, rows_of
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Failed,
    Reader,
    Reading,
    ReadSettings,
    inflated,
    inflates_too_far,
    not_read,
)
from pipeline.documents.readers.records import row_reading, source_of
from pipeline.documents.row_fields import why_no_text_column

_NAME = "parquet"


def row_group_ranges(item: SourceItem, num_bytes: int) -> list[Segment]:
    """Cut a Parquet file into ranges of row groups of about `num_bytes`; one range if it is damaged."""
    try:
        with open_source(item.path) as file:
            metadata = pq.ParquetFile(file).metadata
            sizes = [metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups)]
    except (pa.ArrowException, OSError):
        # `_read` will meet the same damage and report it as a counted failure.
        sizes = []
    if len(sizes) < 2:
        return [Segment(item=item, start=0, end=TO_THE_END, num_bytes=item.num_bytes)]
    ranges: list[Segment] = []
    for index, size in enumerate(sizes):
        if ranges and ranges[-1].num_bytes + size <= num_bytes:
            ranges[-1] = Segment(item, ranges[-1].start, index + 1, ranges[-1].num_bytes + size)
        else:
            ranges.append(Segment(item, index, index + 1, size))
    return ranges


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    offset = num_bytes = num_rows = 0
    limits = settings.limits
    wanted = settings.fields.wanted(settings.text_field, settings.title_field)
    try:
        with open_source(segment.item.path) as file:
            reader = open_rows(file)
            names = set(reader.schema_arrow.names)
            if detail := why_no_text_column(names, settings.fields, text_field=settings.text_field):
                yield not_read(segment, 0, "no_text", detail)
                return
            end = reader.num_row_groups if segment.end == TO_THE_END else segment.end
            columns = [name for name in wanted if name in names]
            offset = sum(reader.metadata.row_group(index).num_rows for index in range(segment.start))
            for group in range(segment.start, end):
                for row, size in rows_of(reader, file, group, columns, limits.max_record_bytes):
                    num_rows += 1
                    num_bytes += size
                    if inflates_too_far(segment, num_bytes, limits):
                        yield inflated(segment, offset, limits)
                        return
                    if isinstance(row, RowTooLarge):
                        yield not_read(segment, offset, "too_large", row.detail)
                        offset += row.num_rows
                    else:
                        yield row_reading(
                            segment, row, offset, source=source_of(row), format_name=_NAME, settings=settings
                        )
                        offset += 1
            if not num_rows and segment.start == 0 and segment.end == TO_THE_END:
                yield not_read(segment, 0, "empty", "The file has no rows.")
    except (*READ_ERRORS, ValueError, KeyError, IndexError, OverflowError) as error:
        # pyarrow's Python layer trusts a file's metadata and raises many kinds of errors if the metadata is damaged.
        yield Failed(uri=segment.item.uri, offset=offset, error=error)


READER = Reader(name=_NAME, suffixes=frozenset({"parquet", "pq"}), read=_read, split=row_group_ranges)
