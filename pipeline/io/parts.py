"""Writes and reads part files: Parquet files with the records of one type that a shard produced.

Used by all stages and by everything that reads a build. The bytes of a part depend only on its records and metadata, so
the files of two runs can be compared byte by byte. Memory: one buffer of records when writing, one row group when
reading.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.io import files
from pipeline.io.arrow import (
    Row,
    RowMaker,
    UnwritableRecordError,
    leaf_columns,
    records_of,
    rising_columns,
    schema_of,
    size_of_row,
    table_of_rows,
)
from pipeline.io.folder_columns import FolderColumn, folder_column, folder_value, stored_columns, with_folder_column
from pipeline.io.written import WrittenFile, written_file

Record = TypeVar("Record")
Numbers = npt.NDArray[Any]  # Any: the integer type of a list
NumberLists = Mapping[str, Numbers]
"""Extra columns of one record, by name: arrays of integers, such as token ids; most are uint32."""

_NO_LISTS: NumberLists = MappingProxyType({})
_NO_METADATA: Mapping[str, str] = MappingProxyType({})
_ALL_UINT32: Mapping[str, pa.DataType] = MappingProxyType({})
_BUFFER_RECORDS = 256
SORTED_GROUP_RECORDS = 1024
"""Number of records of a row group in a part that is read in slices: a reader of a slice reads the whole footer, which
is as long as the part has row groups."""
_BUFFER_CHARS = 16 * 2**20


class PartWriter(Generic[Record]):
    """Writes records of one type to a Parquet file, as a context manager. Without records, no file is written.

    Memory: a buffer that is written to the file when it has 256 records (1,024 of a sorted part), or about 16 Mi
    characters and numbers.

    Args:
        path: the path of the file.
        record_type: the type of the records; its fields are the first columns.
        lists: names of additional columns with a list of numbers in each row; every record is added with all of them.
        metadata: the metadata of the file; `part_metadata` reads it.
        list_types: the types of the numbers in those of the lists that are not uint32.
        folder_field: where the field is that can be in the folder's name.
        sorted_by: the column in which the records ascend, if `io.sorted_parts` reads the part. Its footer then has
            statistics of this column only.
    """

    def __init__(
        self,
        path: str,
        record_type: type[Record],
        lists: Sequence[str] = (),
        metadata: Mapping[str, str] = _NO_METADATA,
        list_types: Mapping[str, pa.DataType] = _ALL_UINT32,
        folder_field: FolderColumn = FolderColumn.IN_NAME,
        sorted_by: str | None = None,
    ) -> None:
        self.path = path
        self._sorted_by = sorted_by
        self._most_buffered = SORTED_GROUP_RECORDS if sorted_by else _BUFFER_RECORDS
        self.num_records = 0
        self._record_type = record_type
        self._lists: dict[str, list[Numbers]] = {name: [] for name in lists}
        self._metadata = dict(metadata)
        self._list_types = dict(list_types)
        self._sized_fields = [
            f.name for f in schema_of(record_type) if f.type in (pa.large_string(), pa.large_binary())
        ]
        key: Any = record_type  # mypy does not accept type[T] as hashable
        self._in_folder = folder_column(key) if folder_field is FolderColumn.IN_NAME else None
        self._folder_value = folder_value(path, self._in_folder) if self._in_folder else None
        self._rows = RowMaker(record_type)
        self._buffer: list[Row] = []
        self._buffered_chars = 0
        self._stack = ExitStack()
        self._file: files.AtomicFile | None = None
        self._writer: pq.ParquetWriter | None = None

    @property
    def written(self) -> WrittenFile | None:
        """The written file, available after the block has ended; None if no record was added."""
        return written_file(self.path, self._file) if self._file else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        self._stack.__exit__(kind, error, trace)

    def add(self, record: Record, lists: NumberLists = _NO_LISTS) -> None:
        """Append one record and its lists.

        Raises:
            UnwritableRecordError: the record cannot be written. No part of it was added, and the writer can be used
                further.
        """
        row, row_lists = self._rows.row(record), {name: lists[name] for name in self._lists}
        if self._in_folder and row[self._in_folder] != self._folder_value:
            what = f"{row[self._in_folder]} does not belong into a folder of {self._folder_value}"
            raise UnwritableRecordError(f"{self._record_type.__name__}.{self._in_folder}: {what}")
        self._buffer.append(row)
        self._buffered_chars += sum(len(row[name] or "") for name in self._sized_fields) + 8 * size_of_row(row)
        for name, numbers in row_lists.items():
            self._lists[name].append(numbers)
            self._buffered_chars += len(numbers)
        self.num_records += 1
        if len(self._buffer) >= self._most_buffered or self._buffered_chars >= _BUFFER_CHARS:
            self._flush()

    @property
    def num_changed_strings(self) -> int:
        """The number of strings that could not be written unchanged, see `io.arrow.RowMaker`."""
        return self._rows.num_changed_strings

    def _stored_schema(self) -> pa.Schema:
        fields = [field for field in schema_of(self._record_type) if field.name != self._in_folder]
        fields += [_list_field(name, self._list_types.get(name, pa.uint32())) for name in self._lists]
        return pa.schema(fields, metadata=self._metadata)

    def _flush(self) -> None:
        if not self._buffer:
            return
        if self._writer is None:
            self._file = self._stack.enter_context(files.open_atomic(self.path))
            schema = self._stored_schema()
            rising = rising_columns(self._record_type)
            writer = pq.ParquetWriter(
                self._file,
                schema,
                compression="zstd",
                use_dictionary=not self._sorted_by and [path for path in leaf_columns(schema) if path not in rising],
                write_statistics=[self._sorted_by] if self._sorted_by else True,
                column_encoding=dict.fromkeys(rising, "DELTA_BINARY_PACKED") or None,
            )
            self._writer = self._stack.enter_context(writer)
        of_records, schema = table_of_rows(self._buffer, self._record_type), self._writer.schema
        arrays = [
            _list_array(self._lists[field.name], field.type) if field.name in self._lists else of_records[field.name]
            for field in schema
        ]
        for column in self._lists.values():
            column.clear()
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        self._buffer, self._buffered_chars = [], 0


def write_part(path: str, records: Iterable[Any], record_type: type) -> int:
    """Write records to one part, and return the number of records."""
    return write_whole_part(path, records, record_type).num_records


def write_whole_part(
    path: str, records: Iterable[Any], record_type: type, *, sorted_by: str | None = None
) -> PartWriter[Any]:
    """Write records to one part, and return the closed writer, which has the number of records and the written file."""
    writer: PartWriter[Any] = PartWriter(path, record_type, sorted_by=sorted_by)
    with writer:
        for record in records:
            writer.add(record)
    return writer


def read_part(path: str, record_type: type[Record], *, without: Collection[str] = ()) -> Iterator[Record]:
    """Yield the records of one part in order. Memory: one row group.

    Fields that are named in `without` are not read and get their default values.
    """
    columns = [name for name in schema_of(record_type).names if name not in without]
    with files.open_binary(path) as file:
        reader = pq.ParquetFile(file)
        stored = stored_columns(columns, path, reader.schema_arrow.names)
        for batch in reader.iter_batches(batch_size=64, columns=stored):
            yield from records_of(with_folder_column(batch, path, columns), record_type, without)


def read_part_with_lists(
    path: str, record_type: type[Record], lists: Sequence[str]
) -> Iterator[tuple[Record, NumberLists]]:
    """Yield the records of one part in order, each with its uint32 lists as arrays."""
    columns = [*schema_of(record_type).names, *lists]
    with files.open_binary(path) as file:
        reader = pq.ParquetFile(file)
        stored = stored_columns(columns, path, reader.schema_arrow.names)
        for batch in reader.iter_batches(batch_size=64, columns=stored):
            yield from _records_with_lists(with_folder_column(pa.table(batch), path, columns), record_type, lists)


def read_rows(path: str, rows: Iterable[int], record_type: type[Record]) -> dict[int, Record]:
    """Return the records with the given row numbers, by row number. Only the necessary row groups are read.

    Row numbers beyond the end of the part are left out.
    """
    return {row: record for row, (record, _) in read_rows_with_lists(path, rows, record_type, ()).items()}


def read_rows_with_lists(
    path: str, rows: Iterable[int], record_type: type[Record], lists: Sequence[str]
) -> dict[int, tuple[Record, NumberLists]]:
    """Return the records with the given row numbers, each with its uint32 lists as arrays; see `read_rows`."""
    wanted = sorted(set(rows))
    columns = [*schema_of(record_type).names, *lists]
    found: dict[int, tuple[Record, NumberLists]] = {}
    with files.open_binary(path) as file:
        reader = pq.ParquetFile(file)
        stored = stored_columns(columns, path, reader.schema_arrow.names)
        start = 0
        for group in range(reader.num_row_groups):
            end = start + reader.metadata.row_group(group).num_rows
            chosen = [row for row in wanted if start <= row < end]
            if chosen:
                table = reader.read_row_group(group, columns=stored).take([row - start for row in chosen])
                table = with_folder_column(table, path, columns)
                found |= zip(chosen, _records_with_lists(table, record_type, lists), strict=True)
            start = end
    return found


def read_lists(path: str, rows: Iterable[int], lists: Sequence[str]) -> dict[int, NumberLists]:
    """Return only the uint32 lists of the given row numbers, by row number."""
    found = read_rows_with_lists(path, rows, _NoFields, lists)
    return {row: row_lists for row, (_, row_lists) in found.items()}


def num_rows(path: str) -> int:
    """Return the number of records in one part, from the file's footer."""
    with files.open_binary(path) as file:
        return int(pq.read_metadata(file).num_rows)


def part_metadata(path: str) -> dict[str, str]:
    """Return the metadata of one part, from the file's footer."""
    with files.open_binary(path) as file:
        metadata = pq.read_schema(file).metadata or {}
    return {key.decode(): value.decode() for key, value in metadata.items()}


def read_parts(folder: str, record_type: type[Record]) -> Iterator[Record]:
    """Yield the records of all parts in a folder and its subfolders, in path order."""
    for path in files.list_files(folder, suffix=".parquet"):
        yield from read_part(path, record_type)


def read_columns(folder: str, columns: list[str]) -> pa.Table:
    """Return columns of all parts in a folder and its subfolders. All rows are in memory, so avoid text columns."""
    return read_files_columns(files.list_files(folder, suffix=".parquet"), columns)


def read_files_columns(paths: Sequence[str], columns: list[str]) -> pa.Table:
    """Return columns of the given parts, concatenated."""
    tables = []
    for path in paths:
        with files.open_binary(path) as file:
            reader = pq.ParquetFile(file)
            table = reader.read(columns=stored_columns(columns, path, reader.schema_arrow.names))
            tables.append(with_folder_column(table, path, columns))
    return pa.concat_tables(tables) if tables else pa.table({name: [] for name in columns})


def read_matching(
    path: str, columns: list[str], wanted: Iterable[str], *, where: pc.Expression | None = None
) -> list[dict[str, Any]]:  # Any: values of many types
    """Return columns of the rows of one part whose first column has a wanted value. Memory: these rows and a batch.

    Args:
        path: the part.
        columns: the names of the columns.
        wanted: the values.
        where: if given, only the rows for which it is true.
    """
    is_wanted = pc.field(columns[0]).isin(pa.array(sorted(wanted), pa.large_string()))
    condition = is_wanted if where is None else is_wanted & where
    with files.open_binary(path) as file:
        batches = pq.ParquetFile(file).iter_batches(columns=columns)
        return [row for batch in batches for row in batch.filter(condition).to_pylist()]


@dataclass(frozen=True, slots=True)
class _NoFields:
    """A record without fields."""


def _records_with_lists(
    table: pa.Table, record_type: type[Record], lists: Sequence[str]
) -> Iterator[tuple[Record, NumberLists]]:
    records = records_of(table, record_type)
    arrays = {name: table.column(name).combine_chunks() for name in lists}
    values = {name: array.values.to_numpy() for name, array in arrays.items()}
    bounds = {name: array.offsets.to_numpy() for name, array in arrays.items()}
    for index, record in enumerate(records):
        yield record, {name: values[name][bounds[name][index] : bounds[name][index + 1]] for name in lists}


def _list_field(name: str, number_type: pa.DataType) -> pa.Field:
    return pa.field(name, pa.list_(pa.field("element", number_type, nullable=False)), nullable=False)


def _list_array(column: Sequence[Numbers], list_type: pa.ListType) -> pa.ListArray:
    offsets = np.cumsum([0, *(len(numbers) for numbers in column)], dtype=np.int32)
    values = np.concatenate(column).astype(list_type.value_type.to_pandas_dtype(), copy=False)
    return pa.ListArray.from_arrays(offsets, values, type=list_type)
