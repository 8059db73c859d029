"""Run a stage as a Beam map over shards of work.

A shard names the part files it reads. Its work writes part files under names derived from the shard's id and reports
what it counted. Only shard descriptors pass through Beam, so no document is ever shuffled, the bytes of every part are
the same for any number of workers, and a shard that has a report is skipped when the stage runs again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import apache_beam as beam

from pipeline.errors import DiskFullError, PipelineError, StageError, UnansweredError
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import guard_worker, held_token
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.stages.unanswered import unanswered_counts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shard:
    """One piece of a stage's input."""

    shard_id: str
    """Five digits; also the suffix of every part file the shard writes."""
    inputs: tuple[str, ...]
    """Files to read, or other input from the stage's planner."""


class ShardWork(Protocol):
    """What a stage does with one shard. Frozen and picklable: it holds recipe parts and the seed, and no open files."""

    @property
    def stage(self) -> str:
        """Name of the stage; a class constant of the work."""

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the stage's recipe part, inputs and code."""

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Read the shard's inputs, write its parts, and count every item in the ledger as kept, rejected or dead.

        The work itself turns an exception about one item into a dead letter; an exception that leaves this method fails
        the stage.
        """


def shard_id(index: int) -> str:
    """Return the name of the `index`-th shard."""
    return f"{index:05d}"


def unfinished(shards: Sequence[Shard], *, work: ShardWork, folder: BuildFolder) -> list[Shard]:
    """Return the shards that have no report with this fingerprint yet."""
    done = read_shard_reports(folder, work.stage, work.fingerprint)
    return [shard for shard in shards if shard.shard_id not in done]


def after(shard: Shard, _earlier: Iterable[str]) -> Shard:
    """Return the shard unchanged, for a map that must wait: Beam computes a side input before it processes elements."""
    return shard


def leave_error(error: Exception, *, folder: BuildFolder, stage: str, shard_id: str) -> None:
    """Write down why a shard failed, because Beam turns a worker's exception into another type or into text."""
    known = error if isinstance(error, PipelineError) else None
    value: dict[str, object] = {
        "type": type(error).__name__ if known else StageError.__name__,
        "message": known.message if known else f"Shard {shard_id} of {stage} failed: {type(error).__name__}: {error}.",
        "remedy": known.remedy if known else "The log shows the traceback; finished shards are kept.",
    }
    if isinstance(error, UnansweredError):
        value |= unanswered_counts(error)
    try:
        write_checked(folder.shard_error(stage, shard_id), value)
    except DiskFullError:
        logger.warning("%s: the error of shard %s does not fit on the disk either", stage, shard_id)


class RunShards(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs shards; returns ids of finished shards."""

    def __init__(self, work: ShardWork, folder: BuildFolder) -> None:
        super().__init__()
        self._work = work
        self._folder = folder

    def expand(self, shards: beam.PCollection) -> beam.PCollection:
        """Reshuffle the descriptors, so that they spread over the workers, and run each one."""
        return shards | beam.Reshuffle() | beam.ParDo(_RunShard(self._work, self._folder))


class _RunShard(beam.DoFn):  # type: ignore[misc]
    def __init__(self, work: ShardWork, folder: BuildFolder) -> None:
        self._work = work
        self._folder = folder
        self._lease_token = held_token(folder.root)

    def setup(self) -> None:
        """Stop all writing once another run owns the folder."""
        guard_worker(self._folder.root, self._lease_token)

    def process(self, shard: Shard) -> Iterator[str]:
        if self._finish(shard):
            yield shard.shard_id

    def _finish(self, shard: Shard) -> bool:
        """Run a shard. Return False if some requests were not answered; the runner reports them after the job."""
        if _teacher_gave_up(self._folder, self._work.stage):
            return False
        logger.info("%s: shard %s starts (%d inputs)", self._work.stage, shard.shard_id, len(shard.inputs))
        ledger = ShardLedger(
            folder=self._folder, stage=self._work.stage, shard_id=shard.shard_id, fingerprint=self._work.fingerprint
        )
        try:
            with ledger:
                self._work.run(shard, self._folder, ledger)
        except UnansweredError as error:
            leave_error(error, folder=self._folder, stage=self._work.stage, shard_id=shard.shard_id)
            return False
        except Exception as error:
            leave_error(error, folder=self._folder, stage=self._work.stage, shard_id=shard.shard_id)
            raise
        return True


def _teacher_gave_up(folder: BuildFolder, stage: str) -> bool:
    """Return whether a shard of this run, in any process, found that the teacher's server does not answer."""
    paths = files.list_files(folder.shard_reports(stage), suffix=".error")
    return any(read_checked(path).get("gave_up") for path in paths)
