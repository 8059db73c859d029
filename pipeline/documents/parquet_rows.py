"""Rows of one row group of a parquet file, in bounded memory.

In: an opened file, a row group, the wanted columns. Out: rows with their sizes, and a note for those too large to hold.
Used by reading. Memory: a page of each column, and one batch of rows.

A parquet file of some kilobytes can hold a string of 2 GB, compressed or named a million times by a dictionary. So a
row group is left out when a page of it is more than a decoder can be given, batches are as small as the largest row
may be large, and a row is measured in its Arrow form before it becomes Python objects.
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
"""A page may be this many times the limit of a record: 1,024 values are in one page however long they are, and the
decoder holds a page twice."""
_MAX_PAGES = 100_000
_MAX_LIST_VALUES = 20_000_000
"""Entries of a list column in one row group: runs of one value cost nothing in the file and 8 bytes each in memory."""


@dataclass(frozen=True, slots=True)
class RowTooLarge:
    """Rows that are not read."""

    num_rows: int
    detail: str


def open_rows(file: IO[bytes]) -> pq.ParquetFile:
    """Open a parquet file so that strings in lists stay in their dictionaries until a row is measured.

    Raises:
        OSError, pa.ArrowException: it is not parquet.
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
    """Rows in order, each with its bytes in memory; of a row too large the bytes count as none.

    Raises:
        OSError, ValueError, pa.ArrowException: the file is damaged.
    """
    chunks = _column_chunks(reader, group, columns)
    num_rows = reader.metadata.row_group(group).num_rows
    largest = max((chunk.total_uncompressed_size for chunk in chunks), default=0)
    max_page_bytes = _MAX_PAGE_RECORDS * max_record_bytes
    if any(
        _page_bytes(chunk, file) > max_page_bytes for chunk in chunks if chunk.total_uncompressed_size > max_page_bytes
    ):
        detail = f"{num_rows} rows stand with a page of more than {_MAX_PAGE_RECORDS} times max_record_bytes."
        yield RowTooLarge(num_rows, detail), 0
        return
    if any(chunk.num_values > max(_MAX_LIST_VALUES, num_rows) for chunk in chunks):
        yield RowTooLarge(num_rows, f"{num_rows} rows have more than {_MAX_LIST_VALUES} list entries."), 0
        return
    batch_rows = max(1, min(_MAX_BATCH_ROWS, _BATCH_BYTES // max(1, largest)))
    for batch in reader.iter_batches(batch_size=batch_rows, row_groups=[group], columns=list(columns)):
        for index in range(batch.num_rows):
            row = batch.slice(index, 1)
            size = sum(_python_bytes(column) for column in row.columns)
            if size > max_record_bytes:
                yield RowTooLarge(1, f"The row has more than max_record_bytes = {max_record_bytes} bytes."), 0
            else:
                yield row.to_pylist()[0], size


def _python_bytes(array: pa.Array) -> int:
    """Bytes of an array's values, those of a dictionary as often as they are named."""
    if isinstance(array, pa.DictionaryArray):
        sizes = pc.binary_length(array.dictionary)
        return int(pc.sum(sizes.take(array.indices)).as_py() or 0) + int(array.indices.nbytes)
    if isinstance(array, pa.StructArray):
        return sum(_python_bytes(field) for field in array.flatten())
    if isinstance(array, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        return _python_bytes(array.flatten())
    return int(array.nbytes)


def _page_bytes(chunk: pq.ColumnChunkMetaData, file: IO[bytes]) -> int:
    start = min(chunk.data_page_offset, chunk.dictionary_page_offset or chunk.data_page_offset)
    return largest_page(file, start=start, num_bytes=chunk.total_compressed_size, max_pages=_MAX_PAGES)


def _column_chunks(reader: pq.ParquetFile, group: int, columns: Sequence[str]) -> list[pq.ColumnChunkMetaData]:
    metadata = reader.metadata.row_group(group)
    chunks = [metadata.column(index) for index in range(metadata.num_columns)]
    return [chunk for chunk in chunks if chunk.path_in_schema.split(".", 1)[0] in columns]
