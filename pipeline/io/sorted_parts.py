"""Reads slices of part files whose records are sorted by an integer column.

The file with all items of a shard, sorted by destination, lets many readers take what each needs: a reader opens every
file, and reads the row groups that the footer's statistics name. Used by the steps of a stage that exchange labels or
decisions. `io.parts.PartWriter` writes these files with its argument `sorted_by`. Memory: one row group (1,024
records). Cost: a footer for each file, and at most two row groups more than the slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.io import files
from pipeline.io.arrow import records_of, schema_of

Record = TypeVar("Record")


def read_between(
    path: str, record_type: type[Record], column: str, first: int, last: int, *, where: pc.Expression | None = None
) -> Iterator[Record]:
    """Yield the records whose value in a column is from `first` to `last`, in order.

    Args:
        path: a part whose records ascend in the column.
        record_type: the type of the records.
        column: the name of the column.
        first: the smallest value.
        last: the largest value.
        where: if given, only the records for which it is true.
    """
    names = schema_of(record_type).names
    with files.open_binary(path) as file:
        reader = pq.ParquetFile(file)
        for group in _groups_between(reader, column, first, last):
            table = reader.read_row_group(group, columns=names)
            own = table[_slice_between(table[column].to_numpy(), first, last)]
            yield from records_of(own if where is None else own.filter(where), record_type)


def read_integers(paths: Sequence[str], column: str, first: int, last: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the values from `first` to `last` of an ascending integer column, in pieces."""
    for path in paths:
        with files.open_binary(path) as file:
            reader = pq.ParquetFile(file)
            for group in _groups_between(reader, column, first, last):
                values = reader.read_row_group(group, columns=[column])[column].to_numpy()
                yield values[_slice_between(values, first, last)]


def _slice_between(values: npt.NDArray[np.int64], first: int, last: int) -> slice:
    return slice(int(np.searchsorted(values, first)), int(np.searchsorted(values, last, side="right")))


def _groups_between(reader: pq.ParquetFile, column: str, first: int, last: int) -> list[int]:
    metadata = reader.metadata
    if not metadata.num_row_groups:
        return []
    (index,) = (number for number in range(metadata.num_columns) if metadata.schema.column(number).path == column)
    found = []
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(index).statistics
        if statistics.max >= first and statistics.min <= last:
            found.append(group)
    return found
