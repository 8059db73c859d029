"""Opens `corpus/` with the readers of tables that know hive partitions, and all rows with `datasets`.

The output has a line for each reader: `form`, its version, and the number of rows by bucket, or in total.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

import datasets
import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from benchmarks.compat.loaders.examples_out import Arguments, arguments


def main(given: Arguments) -> None:
    """Write what each reader found."""
    os.chdir(given.build)
    scratch = str(given.out.parent / "datasets")
    readers: dict[str, tuple[str, Callable[[], Iterable[Any]]]] = {
        'pandas.read_parquet("corpus")': ("pandas", lambda: pd.read_parquet("corpus")["bucket"]),
        'pyarrow.parquet.read_table("corpus")': ("pyarrow", lambda: pq.read_table("corpus")["bucket"].to_pylist()),
        'pyarrow.dataset.dataset("corpus", partitioning="hive")': (
            "pyarrow",
            lambda: ds.dataset("corpus", partitioning="hive").to_table(columns=["bucket"])["bucket"].to_pylist(),
        ),
        'polars.read_parquet("corpus")': ("polars", lambda: pl.read_parquet("corpus")["bucket"].to_list()),
        "duckdb: FROM 'corpus/*/*.parquet'": (
            "duckdb",
            lambda: [row[0] for row in duckdb.sql("SELECT bucket FROM 'corpus/*/*.parquet'").fetchall()],
        ),
    }
    lines = [
        {"form": form, "package": package, "version": version(package), "by_bucket": _counts(read())}
        for form, (package, read) in readers.items()
    ]
    for name in ("corpus", "sft", "exports/trl", "exports/axolotl", "exports/prompt_completion", "exports/alpaca"):
        rows = datasets.load_dataset(name, cache_dir=scratch)
        counts = {split: own.num_rows for split, own in rows.items()}
        form = f'datasets.load_dataset("{name}")'
        lines.append({"form": form, "package": "datasets", "version": version("datasets"), "by_split": counts})
    given.out.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _counts(buckets: Iterable[Any]) -> dict[str, int]:
    return {str(bucket): count for bucket, count in sorted(Counter(map(int, buckets)).items())}


if __name__ == "__main__":
    main(arguments())
