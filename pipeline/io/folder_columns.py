"""Handles the column of a Parquet file that is in its folder's name instead, as in `corpus/bucket=4096/part-0.parquet`.

pandas, pyarrow, Polars, DuckDB and Spark call this hive partitioning. They read the column from the folder's name and
refuse a file that has the column too, with another type. A record type has at most one such field, an integer that is
marked with `records.IN_FOLDER_NAME`. Used by `io.parts` and by readers of single columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

import pyarrow as pa

from pipeline.errors import DamagedFileError
from pipeline.records import IN_FOLDER_NAME

Table = TypeVar("Table", pa.Table, pa.RecordBatch)

_FOLDER = re.compile(r"(\w+)=(\d{1,18})")


class FolderColumn(StrEnum):
    """Where a file that is written has the field that is marked with `IN_FOLDER_NAME`. Readers find it in both."""

    IN_NAME = "in_name"
    """In the name of its folder, as in a build's corpus: all records have the same value."""
    IN_FILE = "in_file"
    """In a column like any other: the records may have different values."""


@cache
def folder_column(record_type: Any) -> str | None:  # Any: mypy does not accept type[T] as hashable
    """Return the name of the record type's field that is in the folder's name; None if the files have all fields."""
    names = [field.name for field in fields(record_type) if field.metadata == IN_FOLDER_NAME]
    assert len(names) <= 1, f"{record_type.__name__} has several fields in folder names: {names}"
    return names[0] if names else None


def folder_value(path: str, name: str) -> int:
    """Return the value of a column in the name of the file's folder.

    Raises:
        DamagedFileError: the folder's name does not have the form `NAME=VALUE`.
    """
    value = _value(path, name)
    if value is None:
        raise DamagedFileError(
            f"{path} does not have the column '{name}', and is not in a folder such as '{name}=4096'.",
            remedy="Move the file back into its folder, or run the build that wrote it again.",
        )
    return value


def stored_columns(columns: Sequence[str], path: str, available: Sequence[str]) -> list[str]:
    """Return the wanted columns without one that the file lacks and its folder's name has."""
    return [name for name in columns if name in available or _value(path, name) is None]


def with_folder_column(table: Table, path: str, columns: Sequence[str]) -> Table:
    """Return the table with the wanted column that it lacks, if there is one, from the name of the file's folder.

    A wanted column may be a field of a nested one, such as `turns.list.element.task`.

    Raises:
        DamagedFileError: the table lacks a wanted column that is not in the folder's name either.
    """
    for name in columns:
        if name.partition(".")[0] not in table.schema.names:
            values = pa.repeat(pa.scalar(folder_value(path, name), pa.int64()), table.num_rows)
            table = table.append_column(pa.field(name, pa.int64(), nullable=False), values)
    return table


def _value(path: str, name: str) -> int | None:
    folder = path.rsplit("/", 2)[-2] if "/" in path else ""
    match = _FOLDER.fullmatch(folder)
    return int(match[2]) if match and match[1] == name else None
