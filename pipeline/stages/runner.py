"""Runs the stages of a build in order: skips what stands, resumes what was interrupted, commits what is finished.

Beam does not resume, stages do. A stage is one Beam job. Before it runs, its fingerprint is written as a marker and
the files of any other fingerprint are removed; while it runs, finished units leave reports; afterwards the reports are
added up and committed to the manifest.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from pipeline import errors
from pipeline.errors import DiskFullError, InputError, PipelineError, StageError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitReport, read_unit_progress, read_unit_reports
from pipeline.io.manifest import Manifest, StageRecord, sum_reports, write_manifest

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.5
_FULL_DISK = re.compile(rf"{DiskFullError.__name__}: (.+?)(?: \[while running.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a build, ready to run."""

    name: str
    unit: str
    """What its counts count: `documents` or `candidates`."""
    fingerprint: str
    """Of its recipe part, its inputs and the code it runs."""
    num_units: int
    outputs: tuple[str, ...]
    """Files and folders it writes, relative to the build folder; removed before it starts over."""
    side_stages: tuple[str, ...]
    """Names under which the job runs units whose counts are not the stage's own."""
    build_job: Callable[[beam.Pipeline], None]
    """Adds the stage's transforms to a pipeline; units that are already finished are left out."""


class BuildObserver(Protocol):
    """Told what happens, so that a command can show it."""

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None:
        """The stage's record stands."""

    def stage_started(self, stage: Stage, num_finished_units: int) -> None:
        """The stage runs, or goes on after an interruption."""

    def stage_progressed(self, stage: Stage, reports: Mapping[str, UnitReport], num_finished_units: int) -> None:
        """Called about twice a second with what finished and running units have counted so far."""

    def stage_finished(self, stage: Stage, record: StageRecord) -> None:
        """The stage is committed."""


def run_stage(
    stage: Stage, *, folder: BuildFolder, manifest: Manifest, beam_options: Sequence[str], observer: BuildObserver
) -> Manifest:
    """Bring one stage up to date and return the manifest with its record.

    Raises:
        PipelineError: as a unit raised it, whichever process it ran in.
        StageError: the job failed in another way.
    """
    standing = manifest.stages.get(stage.name)
    if standing and standing.fingerprint == stage.fingerprint and _outputs_exist(folder, standing):
        observer.stage_skipped(stage, standing)
        return manifest
    if standing and standing.fingerprint == stage.fingerprint:
        logger.info("%s: committed, but its output is gone; running it again", stage.name)
        _clear(stage, folder)
    _prepare(stage, folder)
    started = time.monotonic()
    observer.stage_started(stage, len(read_unit_reports(folder, stage.name, stage.fingerprint)))
    with _progress(stage, folder, observer):
        _run_job(stage, folder, beam_options)
    reports = read_unit_reports(folder, stage.name, stage.fingerprint)
    if len(reports) != stage.num_units:
        raise StageError(
            f"Stage {stage.name} finished {len(reports)} of {stage.num_units} units.",
            remedy="Run the same command again to go on; if it happens again, report it.",
        )
    record = sum_reports(
        reports.values(),
        unit=stage.unit,
        seconds=time.monotonic() - started,
        fingerprint=stage.fingerprint,
        outputs=tuple(name for name in stage.outputs if files.exists(files.join(folder.root, name))),
    )
    manifest = manifest.with_stage(stage.name, record)
    write_manifest(folder, manifest)
    observer.stage_finished(stage, record)
    return manifest


def check_beam_options(beam_options: Sequence[str]) -> None:
    """Refuse what Beam would only log and leave out.

    Raises:
        InputError: an option that no Beam runner knows, or a value Beam cannot read.
    """
    options = PipelineOptions(list(beam_options))
    try:
        known = options.get_all_options()
        unknown = sorted(set(options.get_all_options(retain_unknown_options=True)) - set(known))
    except SystemExit as error:  # argparse has printed which one
        raise InputError(
            f"Beam cannot read its options: {' '.join(beam_options)}.", remedy="Correct what follows --."
        ) from error
    if unknown:
        raise InputError(f"Beam has no option '--{unknown[0]}'.", remedy="Correct what follows --.")


def pipeline_options(beam_options: Sequence[str]) -> PipelineOptions:
    """Beam's options; without a runner it is FnApiRunner, since DirectRunner would try to download Prism."""
    options = PipelineOptions(list(beam_options))
    standard = options.view_as(StandardOptions)
    if not any(option.startswith("--runner") for option in beam_options):
        standard.runner = "FnApiRunner"
    return options


def _outputs_exist(folder: BuildFolder, record: StageRecord) -> bool:
    return all(files.exists(files.join(folder.root, name)) for name in record.outputs)


def _prepare(stage: Stage, folder: BuildFolder) -> None:
    marker = folder.stage_marker(stage.name)
    if files.exists(marker) and files.read_json(marker) == stage.fingerprint:
        for name in (stage.name, *stage.side_stages):
            for path in files.list_files(folder.unit_reports(name), suffix=".error"):
                files.remove_file(path)
        return
    _clear(stage, folder)
    files.write_json(marker, stage.fingerprint)


def _clear(stage: Stage, folder: BuildFolder) -> None:
    for name in (stage.name, *stage.side_stages):
        files.remove_folder(folder.unit_reports(name))
        for pile in (folder.rejected, folder.dead):
            for path in files.list_files(pile, suffix=".parquet"):
                if path.rsplit("/", 1)[-1].startswith(f"part-{name}-"):
                    files.remove_file(path)
    for output in stage.outputs:
        files.remove_folder(files.join(folder.root, output))


def _run_job(stage: Stage, folder: BuildFolder, beam_options: Sequence[str]) -> None:
    try:
        with beam.Pipeline(options=pipeline_options(beam_options)) as job:
            stage.build_job(job)
    except KeyboardInterrupt:
        raise
    except Exception as error:
        raise (
            _first_unit_error(stage, folder)
            or _full_disk(error)
            or StageError(
                f"Stage {stage.name} failed: {type(error).__name__}: {error}.",
                remedy="Run the same command again to go on from the last finished unit.",
            )
        ) from error


def _full_disk(error: Exception) -> DiskFullError | None:
    """What a unit said whose error did not fit on the disk; Beam passes it on as a traceback's text."""
    said = _FULL_DISK.search(str(error))
    return DiskFullError(said[1]) if said else None


def _first_unit_error(stage: Stage, folder: BuildFolder) -> PipelineError | None:
    for name in (*stage.side_stages, stage.name):
        for path in files.list_files(folder.unit_reports(name), suffix=".error"):
            value = files.read_json(path)
            kind = getattr(errors, value["type"], StageError)
            return kind(value["message"], remedy=value["remedy"])
    return None


@contextmanager
def _progress(stage: Stage, folder: BuildFolder, observer: BuildObserver) -> Iterator[None]:
    finished = threading.Event()

    def poll() -> None:
        while not finished.wait(_POLL_SECONDS):
            num_finished = len(read_unit_reports(folder, stage.name, stage.fingerprint))
            observer.stage_progressed(stage, read_unit_progress(folder, stage.name, stage.fingerprint), num_finished)

    thread = threading.Thread(target=poll, name=f"progress-{stage.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
