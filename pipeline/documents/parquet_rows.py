"""Rows of one row group of a parquet file, in bounded memory.

In: an opened file, a row group and the wanted columns. Out: rows with their sizes, and a note for each row that is too
large to hold. Used by reading. Memory: one page of each column and one batch of rows.

A parquet file of a few kilobytes can hold a string of 2 GB, compressed or referenced a million times through a
dictionary. So the reader skips a row group with a page too large to decode, sizes its batches by the largest column
chunk, and measures each row in Arrow form before converting it to Python objects.
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
"""Largest page, as a multiple of the record limit. A page holds 1,024 values however long they are, and the decoder
keeps two copies of it."""
_MAX_PAGES = 100_000
_MAX_LIST_VALUES = 20_000_000
"""Most entries of a list column in one row group. A run of one value costs nothing in the file but 8 bytes per entry
in memory."""


@dataclass(frozen=True, slots=True)
class RowTooLarge:
    """A number of rows that are not read, and the reason."""

    num_rows: int
    detail: str


def open_rows(file: IO[bytes]) -> pq.ParquetFile:
    """Open a parquet file. Strings inside lists stay dictionary-encoded until their row is measured.

    Raises:
        OSError, pa.ArrowException: The file is not parquet.
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
    """Yield rows in order, each with its size in bytes in memory. A row that is too large yields size 0.

    Raises:
        OSError, ValueError, pa.ArrowException: The file is damaged.
    """
    chunks = _column_chunks(reader, group, columns)
    num_rows = reader.metadata.row_group(group).num_rows
    largest = max((chunk.total_uncompressed_size for chunk in chunks), default=0)
    max_page_bytes = _MAX_PAGE_RECORDS * max_record_bytes
    if any(
        _page_bytes(chunk, file) > max_page_bytes for chunk in chunks if chunk.total_uncompressed_size > max_page_bytes
    ):
        detail = f"{num_rows} rows are in a row group with a page over {_MAX_PAGE_RECORDS} times max_record_bytes."
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
    """Return the bytes of an array's values. A dictionary value counts once per reference."""
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
