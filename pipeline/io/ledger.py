"""What a unit of work counts and drops: kept, rejected, dead, and named counters.

A stage processes its input in *units*. A unit adds every item it sees to exactly one of the three piles; the ledger
writes the two piles of dropped items to their part files and, last, the unit's report. A unit with a report is done.
"""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from pipeline.errors import StageError
from pipeline.interrupt import raise_if_abandoned
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import PartWriter
from pipeline.records import DeadLetter, Rejection

_PROGRESS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class UnitReport:
    """Counts of one finished unit; `num_in = num_kept + num_rejected + num_dead`."""

    stage: str
    unit_id: str
    fingerprint: str
    """Of the stage the unit belongs to; a report with another one is stale."""
    num_in: int
    num_kept: int
    num_rejected: int
    num_dead: int
    counters: Mapping[str, int] = field(default_factory=dict)


class UnitLedger:
    """Collects one unit's rejections and dead letters, and commits its report when the block ends without an error."""

    def __init__(self, *, folder: BuildFolder, stage: str, unit_id: str, fingerprint: str) -> None:
        self._folder = folder
        self._stage = stage
        self._unit_id = unit_id
        self._fingerprint = fingerprint
        self._num_in = 0
        self._num_kept = 0
        self._counters: Counter[str] = Counter()
        self._stack = ExitStack()
        self._rejected = PartWriter(folder.rejected_part(stage, unit_id), Rejection)
        self._dead = PartWriter(folder.dead_part(stage, unit_id), DeadLetter)
        self._progress_due = time.monotonic() + _PROGRESS_SECONDS

    def __enter__(self) -> Self:
        # A unit that is run again may drop nothing this time; what the interrupted run dropped must not stay.
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
        """Items that go on to the next stage."""
        self._num_in += count
        self._num_kept += count
        self._show_progress()

    def reject(self, rejection: Rejection) -> None:
        """An item we chose to drop."""
        self._num_in += 1
        self._counters[f"rejected/{rejection.reason}"] += 1
        self._rejected.add(rejection)
        self._show_progress()

    def bury(self, *, item_id: str, source_uri: str, source_offset: int, error: BaseException) -> None:
        """An item that failed unexpectedly."""
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
        """An item that failed unexpectedly in an earlier step of the stage, which wrote down how."""
        self._num_in += 1
        self._counters[f"dead/{letter.error.split(':', 1)[0]}"] += 1
        self._dead.add(letter)

    def count(self, name: str, amount: int) -> None:
        """Add to a named counter of the manifest, such as `cache/hits`."""
        self._counters[name] += amount
        self._show_progress()

    def _commit(self) -> None:
        raise_if_abandoned()
        write_unit_report(self._folder, self._report())
        files.remove_file(self._folder.unit_progress(self._stage, self._unit_id))

    def _show_progress(self) -> None:
        raise_if_abandoned()
        if time.monotonic() >= self._progress_due:
            files.write_json(self._folder.unit_progress(self._stage, self._unit_id), _as_json(self._report()))
            self._progress_due = time.monotonic() + _PROGRESS_SECONDS

    def _report(self) -> UnitReport:
        return UnitReport(
            stage=self._stage,
            unit_id=self._unit_id,
            fingerprint=self._fingerprint,
            num_in=self._num_in,
            num_kept=self._num_kept,
            num_rejected=self._rejected.num_records,
            num_dead=self._dead.num_records,
            counters=dict(sorted(self._counters.items())),
        )


def write_unit_report(folder: BuildFolder, report: UnitReport) -> None:
    """Commit a unit: after this it is not run again."""
    if report.num_in != report.num_kept + report.num_rejected + report.num_dead:
        raise StageError(
            f"Unit {report.unit_id} of {report.stage} does not reconcile: {report}.",
            remedy="This is a bug; please report it.",
        )
    files.write_json(folder.unit_report(report.stage, report.unit_id), _as_json(report))


def read_unit_reports(folder: BuildFolder, stage: str, fingerprint: str) -> dict[str, UnitReport]:
    """Finished units of a stage by id; reports of another fingerprint are not counted."""
    return _read_reports(folder, stage, fingerprint, suffix=".json")


def read_unit_progress(folder: BuildFolder, stage: str, fingerprint: str) -> dict[str, UnitReport]:
    """What finished and unfinished units of a stage have counted so far, by id."""
    running = _read_reports(folder, stage, fingerprint, suffix=".progress")
    return running | read_unit_reports(folder, stage, fingerprint)


def _read_reports(folder: BuildFolder, stage: str, fingerprint: str, *, suffix: str) -> dict[str, UnitReport]:
    reports = {}
    for path in files.list_files(folder.unit_reports(stage), suffix=suffix):
        try:
            report = UnitReport(**files.read_json(path))
        except FileNotFoundError:  # a unit that finishes removes its progress
            continue
        if report.fingerprint == fingerprint:
            reports[report.unit_id] = report
    return reports


def _as_json(report: UnitReport) -> dict[str, Any]:  # Any: a JSON object
    return {
        "stage": report.stage,
        "unit_id": report.unit_id,
        "fingerprint": report.fingerprint,
        "num_in": report.num_in,
        "num_kept": report.num_kept,
        "num_rejected": report.num_rejected,
        "num_dead": report.num_dead,
        "counters": dict(report.counters),
    }
