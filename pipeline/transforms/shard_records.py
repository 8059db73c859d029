"""`ShardRecords`: gives records that were not read from files a shard, so that transforms can take them.

The hash of a record's content decides its shard and its place in it, so shards have the same records in the same order
whatever the order, the bundles and the number of workers. This is the only transform that shuffles texts: each record
once. Memory: one shard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.typehints import typehints

from pipeline.errors import InputError
from pipeline.identity import fingerprint
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.read_documents import shard_name

_BATCH_RECORDS = 1000


class ShardRecords(OneInput):
    """Groups records into shards by the hash of their content. Returns batches of at most 1,000 records.

    Args:
        record_type: the type of the records: a frozen dataclass, such as `RawDocument` (see `raw_document`).
        num_shards: the number of shards; it decides the names of files, so keep it.
        name: the beginning of the shards' ids.

    Raises:
        InputError: there is no shard.
    """

    def __init__(self, record_type: type, *, num_shards: int = 16, name: str = "") -> None:
        super().__init__()
        if num_shards < 1:
            raise InputError(f"ShardRecords has {num_shards} shards.", remedy="Give num_shards=1 or more.")
        self._record_type = record_type
        self._num_shards = num_shards
        self._prefix = name

    def expand(self, records: beam.PCollection) -> beam.PCollection:
        """Group the records, and cut shards into batches."""
        pairs = typehints.KV[str, typehints.Tuple[str, self._record_type]]
        return (
            records
            | "hash"
            >> beam.ParDo(_Keyed(self._num_shards, self._prefix))
            .with_input_types(self._record_type)
            .with_output_types(pairs)
            | "group" >> beam.GroupByKey()
            | "cut" >> beam.FlatMap(_batches).with_output_types(batches_of(self._record_type))
        )


def shard_of(record: Any, *, num_shards: int) -> tuple[int, str]:  # Any: a dataclass instance
    """Return the index of a record's shard, and the hash of its content, which orders the records of a shard."""
    digest = fingerprint(record)
    return int(digest[:16], 16) % num_shards, digest


class _Keyed(beam.DoFn):  # type: ignore[misc]  # Beam has no types
    def __init__(self, num_shards: int, prefix: str) -> None:
        self._num_shards = num_shards
        self._prefix = prefix

    def process(self, record: Any) -> Iterator[tuple[str, tuple[str, Any]]]:
        index, digest = shard_of(record, num_shards=self._num_shards)
        yield shard_name(index, prefix=self._prefix), (digest, record)


def _batches(group: tuple[str, Iterable[tuple[str, Any]]]) -> Iterator[tuple[Batch, tuple[Any, ...]]]:
    shard, pairs = group
    records = [record for _, record in sorted(pairs, key=lambda pair: pair[0])]
    for number, start in enumerate(range(0, len(records), _BATCH_RECORDS)):
        yield Batch(shard, number), tuple(records[start : start + _BATCH_RECORDS])
