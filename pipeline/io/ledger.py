"""The ledger of a shard: counts of kept, rejected and dead items, named counters, and every file the shard wrote.

A stage processes its input in *shards*. A shard counts every item it sees as kept, rejected or dead, and registers
every file it wrote. The ledger writes the rejected and the dead items to their part files and, last, the shard's
report. A shard with a report is done. Reports are checked JSON (`io.checked_json`).
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from pipeline.errors import DamagedFileError, StageError
from pipeline.interrupt import raise_if_abandoned
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import PartWriter
from pipeline.io.record_values import read_checked_record, write_checked_record
from pipeline.io.written import WrittenFile
from pipeline.records import DeadLetter, Rejection

logger = logging.getLogger(__name__)

_PROGRESS_SECONDS = 1.0

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class PartRecord:
    """A file that a shard wrote."""

    path: str
    """Relative to the build folder."""
    num_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ShardReport:
    """Counts and files of one finished shard; `num_in = num_kept + num_rejected + num_dead`."""

    stage: str
    shard_id: str
    fingerprint: str
    """Fingerprint of the shard's stage. A report with another fingerprint is stale."""
    num_in: int
    num_kept: int
    num_rejected: int
    num_dead: int
    counters: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[PartRecord, ...] = ()
    """Every file the shard wrote, sorted by path."""


class ShardLedger:
    """Collects one shard's rejections, dead letters and files, and commits its report if the block ends normally."""

    def __init__(self, *, folder: BuildFolder, stage: str, shard_id: str, fingerprint: str) -> None:
        self._folder = folder
        self._stage = stage
        self._shard_id = shard_id
        self._fingerprint = fingerprint
        self._num_in = 0
        self._num_kept = 0
        self._counters: Counter[str] = Counter()
        self._parts: dict[str, PartRecord] = {}
        self._shown: Mapping[str, int] = {}
        self._stack = ExitStack()
        self._writers: list[PartWriter[Any]] = []
        self._rejected = self.part(PartWriter(folder.rejected_part(stage, shard_id), Rejection))
        self._dead = self.part(PartWriter(folder.dead_part(stage, shard_id), DeadLetter))
        self._progress_due = time.monotonic() + _PROGRESS_SECONDS

    def __enter__(self) -> Self:
        # A repeated run may drop nothing, so it must not keep the dropped items of the interrupted run.
        for earlier in (self._rejected.path, self._dead.path):
            files.remove_file(earlier)
        self._stack.enter_context(self._rejected)
        self._stack.enter_context(self._dead)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if error is None:
            self._commit()

    def keep(self, count: int) -> None:
        """Count items that go on to the next stage."""
        self._num_in += count
        self._num_kept += count
        self._show_progress()

    def reject(self, rejection: Rejection) -> None:
        """Record an item that a rule drops."""
        self._num_in += 1
        self._counters[f"rejected/{rejection.reason}"] += 1
        self._rejected.add(rejection)
        self._show_progress()

    def add_dead_letter(self, *, item_id: str, source_uri: str, source_offset: int, error: BaseException) -> None:
        """Record an item that failed unexpectedly, with its error and traceback."""
        self.add_dead(
            DeadLetter(
                stage=self._stage,
                item_id=item_id,
                source_uri=source_uri,
                source_offset=source_offset,
                error=f"{type(error).__name__}: {error}",
                traceback="".join(traceback.format_exception(error)),
            )
        )

    def add_dead(self, letter: DeadLetter) -> None:
        """Record an item whose failure an earlier step of the stage wrote down."""
        self._num_in += 1
        self._counters[f"dead/{letter.error.split(':', 1)[0]}"] += 1
        self._dead.add(letter)

    def count(self, name: str, amount: int) -> None:
        """Add to a named counter in the manifest, such as `cache/hits`."""
        self._counters[name] += amount
        self._show_progress()

    def add_parts(self, *written: WrittenFile | None) -> None:
        """Register complete files that the shard wrote; None is a file that was not needed."""
        for record in part_records(self._folder, written):
            self._parts[record.path] = record

    def part(self, writer: PartWriter[Record]) -> PartWriter[Record]:
        """Return the same writer; its file is registered when the shard ends."""
        self._writers.append(writer)
        return writer

    def show(self, amounts: Mapping[str, int]) -> None:
        """Add amounts to the counters shown while the shard runs. The report leaves them out."""
        self._shown = dict(amounts)
        self._show_progress()

    def _commit(self) -> None:
        raise_if_abandoned()
        self.add_parts(*(writer.written for writer in self._writers))
        write_shard_report(self._folder, self._report())
        files.remove_file(self._folder.shard_progress(self._stage, self._shard_id))

    def _show_progress(self) -> None:
        raise_if_abandoned()
        if time.monotonic() >= self._progress_due:
            report = self._report()
            shown = dict(Counter(report.counters) + Counter(self._shown))
            path = self._folder.shard_progress(self._stage, self._shard_id)
            write_checked_record(path, replace(report, counters=shown))
            self._progress_due = time.monotonic() + _PROGRESS_SECONDS

    def _report(self) -> ShardReport:
        return ShardReport(
            stage=self._stage,
            shard_id=self._shard_id,
            fingerprint=self._fingerprint,
            num_in=self._num_in,
            num_kept=self._num_kept,
            num_rejected=self._rejected.num_records,
            num_dead=self._dead.num_records,
            counters=dict(sorted(self._counters.items())),
            parts=tuple(self._parts[path] for path in sorted(self._parts)),
        )


def part_records(folder: BuildFolder, written: Iterable[WrittenFile | None]) -> list[PartRecord]:
    """Return files of a build in the form that reports list them."""
    return [PartRecord(folder.relative(one.path), one.num_bytes, one.sha256) for one in written if one is not None]


def write_shard_report(folder: BuildFolder, report: ShardReport) -> None:
    """Write a shard's report, after which the shard is not run again.

    Raises:
        StageError: kept, rejected and dead items do not add up to the items seen.
    """
    if report.num_in != report.num_kept + report.num_rejected + report.num_dead:
        raise StageError(
            f"Shard {report.shard_id} of {report.stage} does not reconcile: {report}.",
            remedy="This is a bug; please report it.",
        )
    write_checked_record(folder.shard_report(report.stage, report.shard_id), report)


def read_shard_reports(folder: BuildFolder, stage: str, fingerprint: str) -> dict[str, ShardReport]:
    """Return the reports of a stage's finished shards by id, without damaged ones and those of another fingerprint."""
    return _read_reports(folder, stage, fingerprint, suffix=".json")


def read_shard_progress(folder: BuildFolder, stage: str, fingerprint: str) -> dict[str, ShardReport]:
    """Return what a stage's unfinished shards have counted so far, by id."""
    return _read_reports(folder, stage, fingerprint, suffix=".progress")


def read_shard_report(path: str) -> ShardReport:
    """Read one report.

    Raises:
        DamagedFileError: the file is not a valid report.
        FileNotFoundError: the file does not exist.
    """
    return read_checked_record(
        path, ShardReport, name="a shard's report", remedy="Run the same build again; it rewrites the file."
    )


def _read_reports(folder: BuildFolder, stage: str, fingerprint: str, *, suffix: str) -> dict[str, ShardReport]:
    reports = {}
    for path in files.list_files(folder.shard_reports(stage), suffix=suffix):
        report = _report_or_none(path)
        if report is not None and report.fingerprint == fingerprint:
            reports[report.shard_id] = report
    return reports


def _report_or_none(path: str) -> ShardReport | None:
    try:
        return read_shard_report(path)
    except FileNotFoundError:  # a shard removes its progress file when it finishes
        return None
    except DamagedFileError as error:
        logger.warning("%s", error.message)
        return None
