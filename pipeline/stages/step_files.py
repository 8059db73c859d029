"""The files with which the steps of a stage exchange records: one of each kind for a shard or range.

Takes the steps' folder (`work/placement`, `work/selection`) and a kind, a member of the stage's own enumeration. Used
by the steps of placement and of selection; `stages.steps` runs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from pipeline.io import files
from pipeline.io.key_ranges import KeyRange
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_matching, read_part, write_whole_part
from pipeline.stages.shards import shard_id

RANGES = "ranges"
"""The kind of the file with the ranges of places."""
_EVERYTHING = KeyRange(0, 2**63 - 1, num_items=0)


def step_path(root: str, kind: str, number: str) -> str:
    """Return the path of a file; `number` is the id of the shard or range."""
    return files.join(root, f"{kind}-{number}.parquet")


def step_paths(root: str, kind: StrEnum, numbers: Sequence[str]) -> list[str]:
    """Return the paths of the files of one kind that exist, in the given order."""
    paths = (step_path(root, kind, number) for number in numbers)
    return [path for path in paths if files.exists(path)]


def read_step_range(root: str, number: int, *, num_planned: int) -> KeyRange | None:
    """Return a range by its number; None if there are fewer ranges than planned. A single one needs no file."""
    if num_planned == 1:
        return _EVERYTHING
    ranges = read_part(step_path(root, RANGES, shard_id(0)), KeyRange)
    return next((one for index, one in enumerate(ranges) if index == number), None)


def read_step_once(root: str, kind: StrEnum, record_type: type[Any]) -> Iterator[Any]:  # Any: the record
    """Yield the records of a kind that one shard writes for all; none if it had none."""
    for path in step_paths(root, kind, [shard_id(0)]):
        yield from read_part(path, record_type)


def read_step_of(
    root: str, kind: StrEnum, columns: list[str], wanted: Iterable[str]
) -> list[dict[str, Any]]:  # Any: values of many types
    """Return columns of the records that one shard writes for all; see `io.parts.read_matching`."""
    return [row for path in step_paths(root, kind, [shard_id(0)]) for row in read_matching(path, columns, wanted)]


def write_step(
    root: str,
    kind: StrEnum,
    number: str,
    records: Iterable[Any],  # Any: records of the kind
    record_type: type,
    ledger: ShardLedger,
    *,
    sorted_by: str | None = None,
) -> None:
    """Write a file; without records, remove the file of an earlier run.

    A kind of which others read slices, with `io.sorted_parts`, is `sorted_by` the column in which its records ascend.
    """
    path = step_path(root, kind, number)
    files.remove_file(path)
    ledger.add_parts(write_whole_part(path, records, record_type, sorted_by=sorted_by).written)
