"""Runs a stage of a build: skips a valid stage, resumes an interrupted one, and commits a finished one.

A stage is one Beam job. Beam cannot resume a job, so stages keep their own records. Before a stage runs, its files are
compared with its shard reports (`stages.earlier_run`), files that were written under an older fingerprint are removed,
and, unless the stage is already committed, its fingerprint is written to a marker file. While the stage runs, each
finished shard writes a report. Afterwards the reports are summed, and the sum is committed to the manifest and the
marker. If shards of a committed stage run again and write the same bytes, the stage's record does not change and all
later stages stay valid; otherwise the whole stage runs again. Used by `build`, `stages.chain` and the command line.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions

from pipeline import errors
from pipeline.errors import (
    DamagedFileError,
    DiskFullError,
    InputError,
    LimitReachedError,
    PipelineError,
    StageError,
    StoreError,
    UnansweredError,
)
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, read_shard_reports
from pipeline.io.manifest import (
    Manifest,
    StageMarker,
    StageRecord,
    read_stage_marker,
    sum_reports,
    write_manifest,
    write_stage_marker,
)
from pipeline.io.memory import release_memory
from pipeline.io.outputs import Finding
from pipeline.stages.earlier_run import (
    Doubt,
    EarlierRun,
    StageFiles,
    await_listing,
    clear_stage,
    find_earlier_run,
    set_aside,
    unlisted_files,
)
from pipeline.stages.gpu_worker import GpuWorker
from pipeline.stages.job import run_job
from pipeline.stages.job_options import with_presets
from pipeline.stages.progress import SeenShards, shown_progress
from pipeline.stages.unanswered import unanswered_error
from pipeline.stages.worker_pool import WorkerPool

logger = logging.getLogger(__name__)

NO_DOUBT = Doubt()
_MAX_NAMED = 20
"""Maximum number of findings that are logged."""
_NOT_WRITTEN = re.compile(
    rf"({DiskFullError.__name__}|{StoreError.__name__}): (.+?)(?: \[while running.*)?$", re.MULTILINE
)
"""An error about a full disk or a store as text, such as `DiskFullError: Cannot write x.`; Beam may append
`[while running ...]`."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a build, ready to run."""

    name: str
    counted: str
    """What the stage counts: `documents` or `candidates`."""
    fingerprint: str
    """The fingerprint of the stage's recipe section, its inputs, its code and, if it draws random numbers, the seed."""
    upstream: str
    """The state of the previous stage, see `StageRecord.state`."""
    shard_ids: Mapping[str, Sequence[str]]
    """Ids of the shards in each step, with the steps in the order in which they run. A key is the name under which the
    step's reports are stored. One step has the name of the stage; the stage's counts are those of this step."""
    outputs: tuple[str, ...]
    """Files and folders that the stage writes, relative to the build folder."""
    build_job: Callable[[beam.Pipeline], None]
    """Adds the stage's transforms to a pipeline; they run only the unfinished shards."""
    worker: GpuWorker | None = None
    """What the workers of the job need; None if any worker will do."""
    closing_shards: tuple[str, ...] = ()
    """Ids of the shards, in the step with the stage's name, that read files which other shards of the step wrote."""

    @property
    def num_shards(self) -> int:
        """The number of shards in the step with the stage's name."""
        return len(self.shard_ids[self.name])

    def marker(self, record: StageRecord | None) -> StageMarker:
        """Return the content of the stage's marker file; `record` is None until the stage is finished."""
        return StageMarker(self.fingerprint, {name: tuple(shards) for name, shards in self.shard_ids.items()}, record)

    @property
    def files(self) -> StageFiles:
        """The files that the stage writes."""
        return StageFiles(self.name, self.fingerprint, self.shard_ids, self.closing_shards, self.outputs)


class BuildObserver(Protocol):
    """Receives the events of a build, so that a command can show them."""

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None:
        """Called when the stage is valid and is skipped."""

    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None:
        """Called when files of the stage are missing, damaged or unlisted; shards run again where necessary."""

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None:
        """Called when the stage starts, or continues after an interruption."""

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None:
        """Called at most twice a second with the counts so far of finished and running shards."""

    def stage_finished(self, stage: Stage, record: StageRecord) -> None:
        """Called when the stage is committed."""


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """The result of running a stage."""

    manifest: Manifest
    did_nothing: bool
    """Whether the stage was skipped and no problem was found."""


def run_stage(
    stage: Stage,
    *,
    folder: BuildFolder,
    manifest: Manifest,
    beam_options: Sequence[str],
    observer: BuildObserver,
    doubt: Doubt = NO_DOUBT,
    workers: WorkerPool | None = None,
) -> StageOutcome:
    """Bring a stage up to date, and write the manifest with the stage's record.

    Args:
        stage: the stage.
        folder: the build folder.
        manifest: the manifest, with the records of earlier stages.
        beam_options: command-line options of Beam.
        observer: receives progress.
        doubt: which files to check byte by byte.
        workers: the worker processes of the build; if None, the stage starts its own.

    Raises:
        KeyboardInterrupt: a signal arrived; finished shards are kept.
        LimitReachedError: the run may ask no more of teachers; finished shards and all answers are kept.
        PipelineError: the error of a shard, from any process. Failed teacher requests are combined into one error.
        StageError: the job failed for a different reason, or a shard did not finish.
    """
    found = find_earlier_run(stage.files, folder, record=manifest.stages.get(stage.name), doubt=doubt)
    if found.findings:
        _log_findings(stage, found.findings)
        observer.stage_damaged(stage, found.findings)
    if found.committed and not found.is_incomplete(stage.files):
        await_listing(stage.files, folder, found.all_reports)
        manifest = _commit(stage, folder, manifest, found.committed)
        observer.stage_skipped(stage, found.committed)
        return StageOutcome(manifest, did_nothing=not found.findings)
    if not found.committed:
        write_stage_marker(folder, stage.name, stage.marker(None))
    started = time.monotonic()
    observer.stage_started(stage, len(found.reports[stage.name]))
    record = _run(stage, folder, beam_options, observer, started, workers)
    if found.committed and found.committed.digest != record.digest:
        logger.warning("%s: rebuilt files differ from the recorded ones, so the whole stage runs again", stage.name)
        clear_stage(stage.files, folder)
        write_stage_marker(folder, stage.name, stage.marker(None))
        record = _run(stage, folder, beam_options, observer, started, workers)
    elif found.committed:
        record = found.committed
    manifest = _commit(stage, folder, manifest, record)
    observer.stage_finished(stage, record)
    return StageOutcome(manifest, did_nothing=False)


def _run(
    stage: Stage,
    folder: BuildFolder,
    beam_options: Sequence[str],
    observer: BuildObserver,
    started: float,
    workers: WorkerPool | None,
) -> StageRecord:
    seen = SeenShards(folder, stage.name, stage.fingerprint)
    with shown_progress(seen, partial(observer.stage_progressed, stage), name=f"progress-{stage.name}"):
        _run_job(stage, folder, beam_options, workers)
    release_memory()
    reports = {
        name: read_shard_reports(folder, name, stage.fingerprint, shards=shards)
        for name, shards in stage.shard_ids.items()
    }
    found = EarlierRun(committed=None, reports=reports)
    if found.is_incomplete(stage.files):
        raise _shard_error(stage, folder) or StageError(
            f"Stage {stage.name} finished {len(reports[stage.name])} of {stage.num_shards} shards.",
            remedy="Run the same command again to go on; if it happens again, report it.",
        )
    await_listing(stage.files, folder, found.all_reports)
    for path in unlisted_files(stage.files, folder, found.all_reports):
        logger.warning("%s was not written by any shard of this build and is set aside", files.join(folder.root, path))
        set_aside(folder, path)
    return sum_reports(
        reports[stage.name].values(),
        side_reports=[
            report for name, by_shard in reports.items() if name != stage.name for report in by_shard.values()
        ],
        counted=stage.counted,
        seconds=time.monotonic() - started,
        fingerprint=stage.fingerprint,
        outputs=tuple(name for name in stage.outputs if files.exists(files.join(folder.root, name))),
        upstream=stage.upstream,
    )


def _commit(stage: Stage, folder: BuildFolder, manifest: Manifest, record: StageRecord) -> Manifest:
    """Write the record to the manifest and to the stage's marker, unless the record is already there."""
    if manifest.stages.get(stage.name) != record:
        manifest = manifest.with_stage(stage.name, record)
        write_manifest(folder, manifest)
    marker = stage.marker(record)
    try:
        is_current = read_stage_marker(folder, stage.name) == marker
    except DamagedFileError:
        is_current = False
    if not is_current:
        write_stage_marker(folder, stage.name, marker)
    return manifest


def _log_findings(stage: Stage, findings: Sequence[Finding]) -> None:
    for finding in findings[:_MAX_NAMED]:
        logger.warning("%s: %s %s", stage.name, finding.path, finding.problem)
    if len(findings) > _MAX_NAMED:
        logger.warning("%s: more files with problems: %d", stage.name, len(findings) - _MAX_NAMED)


def check_beam_options(beam_options: Sequence[str]) -> None:
    """Check options, because Beam only logs an unknown option and then ignores it.

    Raises:
        InputError: an option is unknown to Beam, or its value cannot be read.
    """
    options = PipelineOptions(list(beam_options))
    try:
        known = options.get_all_options()
        unknown = sorted(set(options.get_all_options(retain_unknown_options=True)) - set(known))
    except SystemExit as error:  # argparse has printed the option
        raise InputError(
            f"Beam cannot read its options: {' '.join(beam_options)}.", remedy="Correct the options after --."
        ) from error
    if unknown:
        raise InputError(f"Beam has no option '--{unknown[0]}'.", remedy="Correct the options after --.")


def pipeline_options(beam_options: Sequence[str]) -> PipelineOptions:
    """Return Beam's options, with FnApiRunner as the default runner, because DirectRunner would download Prism."""
    options = PipelineOptions(list(beam_options))
    standard = options.view_as(StandardOptions)
    if not any(option.startswith("--runner") for option in beam_options):
        standard.runner = "FnApiRunner"
    return options


def num_workers(beam_options: Sequence[str]) -> int:
    """Return the number of worker processes that the options ask of a local runner; 1 if they do not say."""
    number = PipelineOptions(list(beam_options)).view_as(DirectOptions).direct_num_workers
    return number or os.cpu_count() or 1  # to Beam, 0 means one for each core


def _run_job(stage: Stage, folder: BuildFolder, beam_options: Sequence[str], workers: WorkerPool | None) -> None:
    try:
        options = with_presets(pipeline_options(beam_options), stage.worker)
        run_job(stage.build_job, options, workers)
    except Exception as error:
        left = _shard_error(stage, folder) or _not_written(error)
        if left is None and isinstance(error, PipelineError):
            raise
        raise left or StageError(
            f"Stage {stage.name} failed: {type(error).__name__}: {error}.",
            remedy="Run the same command again to go on from the last finished shard.",
        ) from error


def _not_written(error: Exception) -> PipelineError | None:
    """Return the error about a full disk or a store that the text of Beam's error contains, or None.

    Needed because a shard may be unable to write its error file then.
    """
    match = _NOT_WRITTEN.search(str(error))
    if match is None:
        return None
    return DiskFullError(match[2]) if match[1] == DiskFullError.__name__ else StoreError(match[2])


def _shard_error(stage: Stage, folder: BuildFolder) -> PipelineError | None:
    """Return an error from the shards' error files, or None if there is no intact error file.

    An error about a limit of the run is returned only if there is no other error, or if the others are about failed
    teacher requests; those are combined into one, and returned last.
    """
    limit: PipelineError | None = None
    unanswered = {}
    for name in stage.shard_ids:
        for path in files.list_files(folder.shard_reports(name), suffix=".error"):
            try:
                value = read_checked(path)
            except DamagedFileError as error:
                logger.warning("%s", error.message)
                continue
            if value["type"] == UnansweredError.__name__:
                unanswered[path.rsplit("/", 1)[-1].removesuffix(".error")] = value
                continue
            kind: type[PipelineError] = getattr(errors, value["type"], StageError)
            left = kind(value["message"], remedy=value["remedy"])
            if not isinstance(left, LimitReachedError):
                return left
            limit = left
    return limit or (unanswered_error(unanswered) if unanswered else None)
