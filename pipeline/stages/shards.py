"""Runs a stage as a Beam map over shards of work, and plans shards from the part files of an earlier stage.

A shard lists the part files that it reads. It writes part files whose names contain the shard's id, and a report of its
counts and files. Only the lists pass through Beam, and documents are never shuffled, so the bytes of every part are the
same for any number of workers. A shard that has a report is skipped when the stage runs again. Used by all stages.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import apache_beam as beam

from pipeline.errors import (
    DiskFullError,
    LimitReachedError,
    PipelineError,
    StageError,
    StoreError,
    UnansweredError,
)
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import guard_worker, held_token
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.outputs import part_files
from pipeline.stages.kept_documents import kept_part, lost_all_documents
from pipeline.stages.unanswered import unanswered_counts

logger = logging.getLogger(__name__)

_NO_COUNTERS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a stage's input."""

    shard_id: str
    """An id of five digits; the names of the part files that the shard writes end with it."""
    inputs: tuple[str, ...]
    """The files to read, or other input from the stage's planner."""


class ShardWork(Protocol):
    """What a step of a stage does with a shard. Must be picklable, so it has recipe sections, but no open files."""

    @property
    def stage(self) -> str:
        """The name under which the step's reports are stored."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the stage's recipe section, inputs and code."""

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Read the shard's inputs, write its parts, and count every item in the ledger as kept, rejected or dead.

        An unexpected error about a single item must become a dead letter. An error that this method raises fails the
        stage.
        """


def shard_id(index: int) -> str:
    """Return the id of the shard with this index."""
    return f"{index:05d}"


def plan_document_shards(folder: BuildFolder) -> list[Shard]:
    """Return one shard for each part of documents that ingest wrote, with the part's number."""
    return [
        Shard(shard_id=path.rsplit("-", 1)[-1].removesuffix(".parquet"), inputs=(path,))
        for path in part_files(folder, "work/documents")
    ]


def plan_kept_shards(folder: BuildFolder) -> list[Shard]:
    """Return one shard for each part of documents that decontamination kept; used for deduplication and packing."""
    return [
        Shard(shard.shard_id, (kept_part(folder, shard.shard_id),))
        for shard in plan_document_shards(folder)
        if not lost_all_documents(folder, shard.shard_id)
    ]


def plan_synthesize_shards(folder: BuildFolder) -> list[Shard]:
    """Return one shard for each number of a corpus part; its inputs are the parts with this number in all buckets."""
    parts: dict[str, list[str]] = defaultdict(list)
    for path in part_files(folder, "corpus"):
        parts[path.rsplit("part-", 1)[1].removesuffix(".parquet")].append(path)
    return [Shard(shard_id=number, inputs=tuple(sorted(parts[number]))) for number in sorted(parts)]


def unfinished(shards: Sequence[Shard], *, work: ShardWork, folder: BuildFolder) -> list[Shard]:
    """Return the shards that have no report with the work's fingerprint, in an order that divides the work evenly.

    Beam's local runner deals elements to its workers in turn. So the largest shards come first, and every second pair
    is exchanged: with two workers, the one that got the larger of a pair gets the smaller of the next. Shards that read
    no local files stay in order.
    """
    done = read_shard_reports(folder, work.stage, work.fingerprint)
    left = [shard for shard in shards if shard.shard_id not in done]
    sizes = {shard.shard_id: _local_bytes(shard) for shard in left}
    if not any(sizes.values()):
        return left
    left.sort(key=lambda shard: sizes[shard.shard_id], reverse=True)
    for first in range(2, len(left) - 1, 4):
        left[first], left[first + 1] = left[first + 1], left[first]
    return left


def _local_bytes(shard: Shard) -> int:
    """Return the size of the local files that a shard reads; 0 for other inputs, which are not asked for."""
    total = 0
    for path in shard.inputs:
        with suppress(OSError, ValueError):
            total += Path(files.local_path(path)).stat().st_size if files.is_local(path) else 0
    return total


def after(shard: Shard, _earlier: Iterable[str]) -> Shard:
    """Return the shard unchanged. A map with this function waits until Beam has computed the side input `_earlier`."""
    return shard


def leave_error(
    error: Exception, *, folder: BuildFolder, stage: str, shard_id: str, counters: Mapping[str, int] = _NO_COUNTERS
) -> None:
    """Write a shard's error to a file, because Beam turns the error of a worker into a different type or into text.

    The shard's counters are written too: they say what an unfinished shard has asked of a teacher.
    """
    known = error if isinstance(error, PipelineError) else None
    value: dict[str, object] = {
        "type": type(error).__name__ if known else StageError.__name__,
        "message": known.message if known else f"Shard {shard_id} of {stage} failed: {type(error).__name__}: {error}.",
        "remedy": known.remedy if known else "See the traceback in the log; finished shards are kept.",
    }
    if isinstance(error, UnansweredError):
        value |= unanswered_counts(error)
    if isinstance(error, LimitReachedError):
        value |= {"gave_up": True}
    if counters:
        value["counters"] = dict(counters)
    try:
        write_checked(folder.shard_error(stage, shard_id), value)
    except DiskFullError:
        logger.warning("%s: the disk is too full to store the error of shard %s", stage, shard_id)
    except StoreError:
        logger.warning("%s: the store does not take the error of shard %s", stage, shard_id)


class RunShards(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs shards; returns the ids of finished shards.

    Args:
        work: what to do with a shard.
        folder: the build folder.
        hints: Beam's resource hints for the workers that run shards, not for those that distribute them.
    """

    def __init__(self, work: ShardWork, folder: BuildFolder, hints: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__()
        self._work = work
        self._folder = folder
        self._hints = dict(hints)

    def expand(self, shards: beam.PCollection) -> beam.PCollection:
        """Distribute the shards over the workers, and run each of them."""
        run = beam.ParDo(_RunShard(self._work, self._folder))
        return shards | beam.Reshuffle() | (run.with_resource_hints(**self._hints) if self._hints else run)


class _RunShard(beam.DoFn):  # type: ignore[misc]
    def __init__(self, work: ShardWork, folder: BuildFolder) -> None:
        self._work = work
        self._folder = folder
        self._lease_token = held_token(folder.root)

    def setup(self) -> None:
        """Make this process refuse to write once a different run holds the folder."""
        guard_worker(self._folder.root, self._lease_token)

    def process(self, shard: Shard) -> Iterator[str]:
        if self._finish(shard):
            yield shard.shard_id

    def _finish(self, shard: Shard) -> bool:
        """Run a shard. Return False if too many of its teacher requests failed, or if the run may ask no more of them.

        Without running the shard, return False if another shard found that the teacher's server does not answer, or
        that the run may ask no more. The runner reports both after the job.
        """
        if _asks_no_more(self._folder, self._work.stage):
            return False
        logger.info("%s: shard %s starts (%d inputs)", self._work.stage, shard.shard_id, len(shard.inputs))
        ledger = ShardLedger(
            folder=self._folder, stage=self._work.stage, shard_id=shard.shard_id, fingerprint=self._work.fingerprint
        )
        try:
            with ledger:
                self._work.run(shard, self._folder, ledger)
        except (UnansweredError, LimitReachedError) as error:
            leave_error(
                error,
                folder=self._folder,
                stage=self._work.stage,
                shard_id=shard.shard_id,
                counters=ledger.counters,
            )
            return False
        except Exception as error:
            leave_error(error, folder=self._folder, stage=self._work.stage, shard_id=shard.shard_id)
            raise
        return True


def _asks_no_more(folder: BuildFolder, stage: str) -> bool:
    """Return whether any shard of this run, in any process, found that no more requests are sent in this run."""
    paths = files.list_files(folder.shard_reports(stage), suffix=".error")
    return any(read_checked(path).get("gave_up") for path in paths)
