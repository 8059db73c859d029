"""Reads the rows of one row group of a Parquet file in bounded memory.

Takes an open file, a row group and the wanted columns. Yields rows with their sizes, and a `RowTooLarge` for rows that
are too large to read. Used by `readers.parquet`. Memory: the compressed column chunks of the row group, one decoded
page of each column and one batch of rows.

A Parquet file of a few kilobytes can expand to gigabytes, because strings are compressed, and a column can refer to the
same dictionary entry a million times. So a row group is skipped if it has a page that is too large to decode, or too
many list entries. Batches are sized by the largest column chunk, and each row is measured in Arrow form before it is
converted to Python objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.documents.parquet_pages import largest_page

_MAX_BATCH_ROWS = 16
_BATCH_BYTES = 128 * 2**20
_MAX_PAGE_RECORDS = 4
"""The maximum page size, as a multiple of the record limit. A page is decoded as a whole, and the decoder keeps two
copies of it; a page of 1,024 long values can be far larger than one record."""
_MAX_PAGES = 100_000
_MAX_LIST_VALUES = 20_000_000
"""The maximum number of list entries of a column in one row group. A repeated value takes almost no space in the file,
but 8 bytes per entry in memory."""


@dataclass(frozen=True, slots=True)
class RowTooLarge:
    """One or more consecutive rows that are not read, and the reason."""

    num_rows: int
    detail: str


def open_rows(file: IO[bytes]) -> pq.ParquetFile:
    """Open a Parquet file so that strings inside lists remain dictionary-encoded until their row is measured.

    Raises:
        OSError, pa.ArrowException: The file is not a Parquet file.
    """
    reader = pq.ParquetFile(file)
    columns = [reader.schema.column(index) for index in range(len(reader.schema.names))]
    in_lists = [
        column.path for column in columns if column.max_repetition_level and column.physical_type == "BYTE_ARRAY"
    ]
    return pq.ParquetFile(file, metadata=reader.metadata, read_dictionary=in_lists) if in_lists else reader


def rows_of(
    reader: pq.ParquetFile, file: IO[bytes], group: int, columns: Sequence[str], max_record_bytes: int
) -> Iterator[tuple[Mapping[str, Any] | RowTooLarge, int]]:
    """Yield each row with its size in memory, in bytes. A `RowTooLarge` has size 0.

    Raises:
        OSError, ValueError, pa.ArrowException: The file is damaged. Damaged metadata can also raise other errors, such
            as IndexError.
    """
    num_rows = reader.metadata.row_group(group).num_rows
    if why := why_group_too_large(reader, file, group, columns, max_record_bytes):
        yield RowTooLarge(num_rows, why), 0
        return
    chunks = _column_chunks(reader, group, columns)
    largest = max((chunk.total_uncompressed_size for chunk in chunks), default=0)
    batch_rows = max(1, min(_MAX_BATCH_ROWS, _BATCH_BYTES // max(1, largest)))
    for batch in reader.iter_batches(batch_size=batch_rows, row_groups=[group], columns=list(columns)):
        for index in range(batch.num_rows):
            row = batch.slice(index, 1)
            size = sum(python_bytes(column) for column in row.columns)
            if size > max_record_bytes:
                yield RowTooLarge(1, f"The row has more than max_record_bytes = {max_record_bytes} bytes."), 0
            else:
                yield row.to_pylist()[0], size


def why_group_too_large(
    reader: pq.ParquetFile, file: IO[bytes], group: int, columns: Sequence[str], max_record_bytes: int
) -> str:
    """Return why a row group cannot be decoded in bounded memory; empty if it can. Nothing is decoded."""
    chunks = _column_chunks(reader, group, columns)
    num_rows = reader.metadata.row_group(group).num_rows
    max_page_bytes = _MAX_PAGE_RECORDS * max_record_bytes
    if any(
        _page_bytes(chunk, file) > max_page_bytes for chunk in chunks if chunk.total_uncompressed_size > max_page_bytes
    ):
        return f"The row group has a page larger than {_MAX_PAGE_RECORDS} times max_record_bytes; rows: {num_rows}."
    if any(chunk.num_values > max(_MAX_LIST_VALUES, num_rows) for chunk in chunks):
        return f"A column of the row group has more than {_MAX_LIST_VALUES} list entries; rows: {num_rows}."
    return ""


def python_bytes(array: pa.Array) -> int:
    """Return the size of an array's values in bytes. A dictionary value counts once for each reference."""
    if isinstance(array, pa.DictionaryArray):
        sizes = pc.binary_length(array.dictionary)
        return int(pc.sum(sizes.take(array.indices)).as_py() or 0) + int(array.indices.nbytes)
    if isinstance(array, pa.StructArray):
        return sum(python_bytes(field) for field in array.flatten())
    if isinstance(array, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        return python_bytes(array.flatten())
    return int(array.nbytes)


def _page_bytes(chunk: pq.ColumnChunkMetaData, file: IO[bytes]) -> int:
    start = min(chunk.data_page_offset, chunk.dictionary_page_offset or chunk.data_page_offset)
    return largest_page(file, start=start, num_bytes=chunk.total_compressed_size, max_pages=_MAX_PAGES)


def _column_chunks(reader: pq.ParquetFile, group: int, columns: Sequence[str]) -> list[pq.ColumnChunkMetaData]:
    metadata = reader.metadata.row_group(group)
    chunks = [metadata.column(index) for index in range(metadata.num_columns)]
    return [chunk for chunk in chunks if chunk.path_in_schema.split(".", 1)[0] in columns]
