"""Streams the rows of one data file of a data set through the `datasets` library, as small Arrow tables.

Takes a data file, the wanted columns and, for Parquet, a range of row groups. Used by `readers.dataset` and
`datasets.finding`. Nothing is downloaded as a whole, and images and sounds are not decoded. Memory: 10 MB of a JSON
file, one batch of a row group, or one stored batch of an Arrow file.
"""

from __future__ import annotations

import glob
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from pipeline.documents.datasets.resolving import import_datasets
from pipeline.documents.items import DatasetFile

_BATCH_ROWS = 16


@contextmanager
def opened_stream(dataset: DatasetFile, path: str, columns: Sequence[str] = ()) -> Iterator[Any]:
    """Open a data file as an `IterableDataset` with the named columns; with all columns if none are named."""
    datasets = import_datasets(path)
    options = json.loads(dataset.options)
    if columns and dataset.builder == "parquet":
        options |= {"columns": list(columns), "batch_size": _BATCH_ROWS}
    # The builder makes its folder in the cache; a stream stores nothing in it.
    with tempfile.TemporaryDirectory() as cache:
        stream = datasets.load_dataset(
            dataset.builder,
            data_files={"train": [glob.escape(path)]},
            split="train",
            streaming=True,
            cache_dir=cache,
            **options,
        )
        yield stream.select_columns(list(columns)) if columns and stream.column_names else stream


def column_names(stream: Any) -> list[str]:
    """Return the names of a stream's columns; the first rows are read if only they tell."""
    names = stream.column_names
    if names is None:
        names = next((table.column_names for table in tables(stream)), [])
    return list(names)


def tables(stream: Any) -> Iterator[pa.Table]:
    """Yield the rows of a stream as tables of a few rows."""
    yield from stream.with_format("arrow").iter(batch_size=_BATCH_ROWS)


def row_groups(stream: Any) -> Any:
    """Return a stream of a Parquet file in which each row group is a shard."""
    return stream.reshard()


def shard_tables(stream: Any, index: int) -> Iterator[pa.Table]:
    """Yield the rows of one shard of a stream as tables of a few rows."""
    yield from tables(stream.shard(num_shards=stream.num_shards, index=index))
