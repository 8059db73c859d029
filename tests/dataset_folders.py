"""Writes small data sets in the layout of the hub, for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.build import IngestRecipe, InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.planning import plan_segments
from pipeline.documents.readers.reader import Extract, Reading
from pipeline.documents.reading import read_segment
from pipeline.documents.source_settings import read_settings

Row = Mapping[str, object]

CARD = """---
license: cc-by-4.0
language:
- ko
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test-*
- config_name: chats
  data_files:
  - split: all
    path: chats.jsonl
---
# Notices
"""


def rows_of(numbers: range) -> list[Row]:
    """Return rows with a text, a title and a number."""
    return [
        {"number": number, "body": f"통지 {number} of the notice.", "title": f"Notice {number}"} for number in numbers
    ]


def write_parquet(path: Path, rows: Sequence[Row], *, group_rows: int = 1000) -> None:
    """Write rows as a Parquet file with row groups of `group_rows` rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path, row_group_size=group_rows)


def write_jsonl(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_dataset(folder: Path) -> Path:
    """Write a data set with two configurations: two splits of Parquet files, and chats as JSON lines."""
    write_parquet(folder / "data/train-00000-of-00002.parquet", rows_of(range(10)), group_rows=4)
    write_parquet(folder / "data/train-00001-of-00002.parquet", rows_of(range(10, 15)))
    write_parquet(folder / "data/test-00000-of-00001.parquet", rows_of(range(15, 18)))
    chats = [
        {"talk": [{"role": "user", "content": f"질문 {n}?"}, {"role": "assistant", "content": "답."}]} for n in range(3)
    ]
    write_jsonl(folder / "chats.jsonl", chats)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


def read_all(source: InputSource, *, shard_bytes: int = 2**20) -> list[Reading]:
    """Return everything that is read of an input, in order."""
    ingest = IngestRecipe()
    shards = plan_segments(discover([source]).items, shard_bytes=shard_bytes, min_shards=1)
    settings = read_settings(source, ingest)
    return [reading for shard in shards for segment in shard for reading in read_segment(segment, settings)]


def extracts(source: InputSource) -> list[Extract]:
    """Return the texts of an input, all of whose rows must be texts."""
    found = [reading for reading in read_all(source) if isinstance(reading, Extract)]
    assert len(found) == len(read_all(source))
    return found
