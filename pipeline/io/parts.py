"""Part files: parquet tables of records, written in bounded memory and read back in order.

A part's bytes depend on its records only, so two runs can be compared with `cmp`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.io import files
from pipeline.io.arrow import record_of, schema_of, table_of

Record = TypeVar("Record")

_BUFFER_RECORDS = 256
_BUFFER_CHARS = 16 * 2**20


class PartWriter(Generic[Record]):
    """Writes records of one type to one parquet file; a part without records leaves no file.

    Memory: one buffer of at most 256 records or 16 Mi characters and bytes in their own fields, whichever is first.
    """

    def __init__(self, path: str, record_type: type[Record]) -> None:
        self.path = path
        self.num_records = 0
        self._record_type = record_type
        self._sized_fields = [
            f.name for f in schema_of(record_type) if f.type in (pa.large_string(), pa.large_binary())
        ]
        self._buffer: list[Record] = []
        self._buffered_chars = 0
        self._stack = ExitStack()
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        self._stack.__exit__(kind, error, trace)

    def add(self, record: Record) -> None:
        """Append one record."""
        self._buffer.append(record)
        self._buffered_chars += sum(len(getattr(record, name) or "") for name in self._sized_fields)
        self.num_records += 1
        if len(self._buffer) >= _BUFFER_RECORDS or self._buffered_chars >= _BUFFER_CHARS:
            self._flush()

    def _flush(self) -> None:
        if not self._buffer:
            return
        if self._writer is None:
            file = self._stack.enter_context(files.open_atomic(self.path))
            schema = schema_of(self._record_type)
            self._writer = self._stack.enter_context(pq.ParquetWriter(file, schema, compression="zstd"))
        self._writer.write_table(table_of(self._buffer, self._record_type))
        self._buffer, self._buffered_chars = [], 0


def write_part(path: str, records: Iterable[Any], record_type: type) -> int:
    """Write records to one part; returns how many there were."""
    writer: PartWriter[Any] = PartWriter(path, record_type)
    with writer:
        for record in records:
            writer.add(record)
    return writer.num_records


def read_part(path: str, record_type: type[Record]) -> Iterator[Record]:
    """Records of one part in order, one row group in memory at a time."""
    with files.open_binary(path) as file:
        reader = pq.ParquetFile(file)
        for batch in reader.iter_batches(batch_size=64, columns=schema_of(record_type).names):
            for row in batch.to_pylist():
                yield record_of(row, record_type)


def read_rows(path: str, rows: Iterable[int], record_type: type[Record]) -> dict[int, Record]:
    """Some records of one part by row number; reads only the row groups that hold them, one in memory at a time."""
    wanted = sorted(set(rows))
    found: dict[int, Record] = {}
    with files.open_binary(path) as file:
        reader = pq.ParquetFile(file)
        start = 0
        for group in range(reader.num_row_groups):
            end = start + reader.metadata.row_group(group).num_rows
            chosen = [row for row in wanted if start <= row < end]
            if chosen:
                table = reader.read_row_group(group, columns=schema_of(record_type).names)
                picked = table.take([row - start for row in chosen]).to_pylist()
                found |= {row: record_of(values, record_type) for row, values in zip(chosen, picked, strict=True)}
            start = end
    return found


def num_rows(path: str) -> int:
    """Records of one part, by its footer."""
    with files.open_binary(path) as file:
        return int(pq.read_metadata(file).num_rows)


def read_parts(folder: str, record_type: type[Record]) -> Iterator[Record]:
    """Records of all parts below a folder, in order of file name."""
    for path in files.list_files(folder, suffix=".parquet"):
        yield from read_part(path, record_type)


def read_columns(folder: str, columns: list[str]) -> pa.Table:
    """Some columns of all parts below a folder, for counting and reports; text columns are best left out."""
    tables = []
    for path in files.list_files(folder, suffix=".parquet"):
        with files.open_binary(path) as file:
            tables.append(pq.read_table(file, columns=columns))
    return pa.concat_tables(tables) if tables else pa.table({name: [] for name in columns})
