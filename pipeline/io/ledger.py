"""A shard's ledger: counts of kept, rejected and dead items, named counters, and every file that the shard wrote.

A stage processes its input in *shards*. A shard counts every item that it reads as kept, rejected or dead, and
registers every file that it writes. The ledger writes rejected items and dead letters to part files, and then the
shard's report. A shard that has a report is finished. Reports are checked JSON (`io.checked_json`). The stages write
and read reports; `verify`, `report` and the commands that read a finished build also read them.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from pipeline.errors import DamagedFileError, StageError
from pipeline.interrupt import raise_if_abandoned
from pipeline.io import files
from pipeline.io.dead_letters import dead_letter_of, error_name
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import PartWriter
from pipeline.io.record_values import read_checked_record, write_checked_record
from pipeline.io.written import WrittenFile
from pipeline.records import DeadLetter, Rejection

logger = logging.getLogger(__name__)

ADDED = "added"
"""Counter of the items that a stage took in besides those that the stage before kept."""
_PROGRESS_SECONDS = 1.0

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class PartRecord:
    """A file that a shard wrote, with its size and hash."""

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
    """Fingerprint of the shard's stage. A report is outdated if the stage now has a different fingerprint."""
    num_in: int
    num_kept: int
    num_rejected: int
    num_dead: int
    counters: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[PartRecord, ...] = ()
    """Every file that the shard wrote, sorted by path."""


class ShardLedger:
    """Collects one shard's counts, rejections, dead letters and files; writes the report if the block ends normally."""

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
        # A writer without records writes no file, so a file from an interrupted run would stay.
        for path in (self._rejected.path, self._dead.path):
            files.remove_file(path)
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
        """Record and count an item that a rule dropped."""
        self._num_in += 1
        self._counters[f"rejected/{rejection.reason}"] += 1
        self._rejected.add(rejection)
        self._show_progress()

    def add_dead_letter(self, *, item_id: str, source_uri: str, source_offset: int, error: BaseException) -> None:
        """Record and count an item that failed unexpectedly, with the error and its traceback."""
        self.add_dead(
            dead_letter_of(
                error, stage=self._stage, item_id=item_id, source_uri=source_uri, source_offset=source_offset
            )
        )

    def add_dead(self, letter: DeadLetter) -> None:
        """Record and count an item with a dead letter that was made elsewhere."""
        self._num_in += 1
        self._counters[f"dead/{error_name(letter)}"] += 1
        self._dead.add(letter)

    def count(self, name: str, amount: int) -> None:
        """Add to a named counter of the report, such as `cache/hits`; the manifest has the sum over all shards."""
        self._counters[name] += amount
        self._show_progress()

    def add_parts(self, *written: WrittenFile | None) -> None:
        """Register complete files that the shard wrote; None means that no file was written."""
        for record in part_records(self._folder, written):
            self._parts[record.path] = record

    @property
    def counters(self) -> dict[str, int]:
        """The counters so far."""
        return dict(self._counters)

    def part(self, writer: PartWriter[Record]) -> PartWriter[Record]:
        """Return the given writer; the file that it writes is registered when the shard ends."""
        self._writers.append(writer)
        return writer

    def show(self, amounts: Mapping[str, int]) -> None:
        """Show these amounts with the counters until the next call; the final report leaves them out."""
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
    """Return records of written files, without None; a record's path is relative to the build folder."""
    return [PartRecord(folder.relative(file.path), file.num_bytes, file.sha256) for file in written if file is not None]


def write_shard_report(folder: BuildFolder, report: ShardReport) -> None:
    """Write a shard's report, which marks the shard as finished.

    Raises:
        StageError: kept, rejected and dead items do not add up to the items read.
    """
    if report.num_in != report.num_kept + report.num_rejected + report.num_dead:
        raise StageError(
            f"Shard {report.shard_id} of {report.stage} does not reconcile: {report}.",
            remedy="This is a bug; please report it.",
        )
    write_checked_record(folder.shard_report(report.stage, report.shard_id), report)


def read_shard_reports(
    folder: BuildFolder, stage: str, fingerprint: str, *, shards: Collection[str] = ()
) -> dict[str, ShardReport]:
    """Return the intact reports of a stage's finished shards that have this fingerprint, by shard id.

    Args:
        folder: the build folder.
        stage: the name under which the reports are stored.
        fingerprint: the fingerprint of the stage.
        shards: ids of shards whose reports are also asked for by name if the listing of the folder does not show them.
    """
    reports = _read_reports(folder, stage, fingerprint, suffix=".json")
    for shard in shards:
        report = None if shard in reports else _report_or_none(folder.shard_report(stage, shard))
        if report is not None and report.fingerprint == fingerprint:
            reports[shard] = report
    return reports


def read_shard_progress(folder: BuildFolder, stage: str, fingerprint: str) -> dict[str, ShardReport]:
    """Return the counts so far of a stage's unfinished shards, by shard id."""
    return _read_reports(folder, stage, fingerprint, suffix=".progress")


def read_shard_report(path: str) -> ShardReport:
    """Read one shard's report or progress file.

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
