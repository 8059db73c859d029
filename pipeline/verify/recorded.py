"""Checks a build's records (manifest, stage markers, shard reports) and compares the files with these records.

Takes a build folder of the current format; adds the problems that it finds to `Findings` and returns the valid records.
If hashes are requested, reads every file once. Memory holds the shard reports. Used by the other checks of a build.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport, read_shard_report
from pipeline.io.listing import MISSING, file_state
from pipeline.io.manifest import (
    Manifest,
    StageMarker,
    StageRecord,
    content_state,
    parts_digest,
    read_manifest,
    read_stage_marker,
)
from pipeline.io.outputs import find_part_problems, is_data_file, list_outputs, shard_of
from pipeline.verify.problems import FROM_MARKERS, GO_ON, REMAKE, RERUN_SHARD, SET_ASIDE, Findings

ReadsBytes = Callable[[PartRecord], bool]
"""Returns whether to read a file and compare its hash."""
REPORT_STAGE = "report"
_DAMAGED = "is damaged"
_OTHER_FOLDERS = ("rejected", "dead", "files")
"""Outputs that several stages write, or none."""
_VOLATILE = ("teacher/", "cache/", "prefix_cache/")
"""Prefixes of counters that describe how a shard was run, so they may differ when the shard runs again."""


@dataclass(slots=True)
class Recorded:
    """The valid records of a build."""

    manifest: Manifest | None = None
    reports: dict[str, dict[str, ShardReport]] = field(default_factory=dict)
    """Shard reports, by the name under which they are stored and by shard id."""
    expected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the shards that should have a report, by the name under which the reports are stored."""
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The names under which each stage stores its reports, by stage."""

    @property
    def parts(self) -> dict[str, PartRecord]:
        """Every file that a report lists, by path."""
        by_shards = self.reports.values()
        return {part.path: part for by_shard in by_shards for report in by_shard.values() for part in report.parts}

    def paths(self, folder: str, *, suffix: str = ".parquet") -> list[str]:
        """Return the listed files in one folder of the build, as sorted paths relative to the build folder."""
        return sorted(path for path in self.parts if path.startswith(f"{folder}/") and path.endswith(suffix))


def check_records(folder: BuildFolder, findings: Findings, *, reads_bytes: ReadsBytes) -> Recorded:
    """Check the manifest, markers and reports, and the presence, size and (if requested) hash of every file.

    Args:
        folder: a build folder of the current format.
        findings: receives the problems.
        reads_bytes: decides for each file whether to compare its hash.
    """
    recorded = Recorded(manifest=_read_manifest(folder, findings))
    stages = recorded.manifest.stages if recorded.manifest else {}
    upstream = ""
    for stage, record in stages.items():
        _read_stage(folder, stage, record, recorded, findings)
        _check_stage(stage, record, upstream, recorded, findings)
        upstream = record.state
    _read_shards(folder, REPORT_STAGE, ("00000",), None, recorded, findings)
    for name in _report_names(folder) - recorded.reports.keys():  # reports that no stage marker names
        _read_shards(folder, name, (), None, recorded, findings)
    if "export" not in stages:
        findings.add("manifest.json", "has no record of the last stage", GO_ON)
    _check_files(folder, stages, recorded, findings, reads_bytes)
    return recorded


def _read_manifest(folder: BuildFolder, findings: Findings) -> Manifest | None:
    path = folder.relative(folder.manifest)
    try:
        manifest = read_manifest(folder)
    except DamagedFileError:
        findings.add(path, _DAMAGED, FROM_MARKERS)
        return None
    if manifest is None:
        findings.add(path, MISSING, FROM_MARKERS)
    findings.count("records")
    return manifest


def _read_stage(folder: BuildFolder, stage: str, record: StageRecord, recorded: Recorded, findings: Findings) -> None:
    path = folder.relative(folder.stage_marker(stage))
    shards = {stage: tuple[str, ...]()}
    try:
        marker = read_stage_marker(folder, stage)
        if marker is None:
            findings.add(path, MISSING, "the next build rewrites it")
        elif marker.fingerprint != record.fingerprint and marker.record is not None:
            _report_stale_record(folder, stage, marker, record, findings)
        elif marker.fingerprint != record.fingerprint:
            findings.add(path, f"says that {stage} was started again and did not finish", GO_ON)
        else:
            shards = dict(marker.shard_ids)
    except DamagedFileError:
        findings.add(path, _DAMAGED, "the next build sets it aside and rewrites it")
    findings.count("records")
    recorded.names[stage] = tuple(shards)
    for name, expected in shards.items():
        _read_shards(folder, name, expected, record.fingerprint, recorded, findings)


def _report_stale_record(
    folder: BuildFolder, stage: str, marker: StageMarker, record: StageRecord, findings: Findings
) -> None:
    """Report the manifest or the marker as stale when they come from two different finished runs.

    The shard reports show which of the two runs was the last.
    """
    if {report.fingerprint for report in _readable_reports(folder, stage)} == {record.fingerprint}:
        path = folder.relative(folder.stage_marker(stage))
        findings.add(path, "belongs to a different run", "the next build sets it aside and rewrites it")
    else:
        findings.add("manifest.json", f"belongs to a different run from the marker of {stage}", FROM_MARKERS)


def _readable_reports(folder: BuildFolder, stage: str) -> Iterator[ShardReport]:
    for path in files.list_files(folder.shard_reports(stage), suffix=".json"):
        with suppress(DamagedFileError):
            yield read_shard_report(path)


def _read_shards(
    folder: BuildFolder,
    name: str,
    expected: tuple[str, ...],
    fingerprint: str | None,
    recorded: Recorded,
    findings: Findings,
) -> None:
    recorded.reports[name] = {}
    recorded.expected[name] = expected
    found = {
        path.rsplit("/", 1)[-1].removesuffix(".json")
        for path in files.list_files(folder.shard_reports(name), suffix=".json")
    }
    for shard in sorted(found | set(expected)):
        path = folder.relative(folder.shard_report(name, shard))
        if shard not in found:
            findings.add(path, MISSING, RERUN_SHARD)
            continue
        if expected and shard not in expected:
            findings.add(path, "does not belong to a shard of this build", SET_ASIDE)
            continue
        try:
            report = read_shard_report(folder.shard_report(name, shard))
        except DamagedFileError:
            findings.add(path, _DAMAGED, RERUN_SHARD)
            continue
        findings.count("records")
        if (report.stage, report.shard_id) != (name, shard):
            findings.add(path, f"is the report of shard {report.shard_id} of {report.stage}", RERUN_SHARD)
        elif fingerprint is not None and report.fingerprint != fingerprint:
            findings.add(path, "belongs to a different run", RERUN_SHARD)
        else:
            recorded.reports[name][shard] = report


def _report_names(folder: BuildFolder) -> set[str]:
    """Return the names under which any reports are stored."""
    root = folder.shard_reports("")
    return {path[len(root) :].split("/", 1)[0] for path in files.list_files(root, suffix=".json")}


def _check_stage(stage: str, record: StageRecord, upstream: str, recorded: Recorded, findings: Findings) -> None:
    if findings.problems:  # after a problem such as a missing report, wrong sums only repeat it
        return
    reports = [report for name in recorded.names[stage] for report in recorded.reports[name].values()]
    if parts_digest(reports) != record.digest:
        what = f"does not list the same files of {stage} as the shard reports"
        findings.add("manifest.json", what, f"{stage} runs again")
    elif content_state(upstream, reports) != record.state:
        what = f"says that {stage} did not read the files that the previous stage wrote"
        findings.add("manifest.json", what, GO_ON)
    check_sums(stage, record, list(recorded.reports[stage].values()), findings)


def check_sums(stage: str, record: StageRecord, reports: list[ShardReport], findings: Findings) -> None:
    """Check that each shard's counts add up, and that a stage's record is the sum of its shard reports."""
    for report in reports:
        if report.num_in != report.num_kept + report.num_rejected + report.num_dead:
            findings.add(f"work/shards/{stage}/{report.shard_id}.json", "does not add up", RERUN_SHARD)
    for name in ("num_in", "num_kept", "num_rejected", "num_dead"):
        total = sum(getattr(report, name) for report in reports)
        if total != getattr(record, name):
            what = f"says {name} = {getattr(record, name):,} for {stage}, but its shards say {total:,}"
            findings.add("manifest.json", what, GO_ON)
    for name, amount in record.counters.items():
        total = sum(report.counters.get(name, 0) for report in reports)
        if total != amount and not name.startswith(_VOLATILE):
            what = f"says {name} = {amount:,} for {stage}, but its shards say {total:,}"
            findings.add("manifest.json", what, GO_ON)


def _check_files(
    folder: BuildFolder,
    stages: Mapping[str, StageRecord],
    recorded: Recorded,
    findings: Findings,
    reads_bytes: ReadsBytes,
) -> None:
    outputs = [*(name for record in stages.values() for name in record.outputs), *_OTHER_FOLDERS]
    states = {path: state for name in outputs for path, state in list_outputs(folder, name).items()}
    page = file_state(folder.report)
    if page is not None:
        states[folder.relative(folder.report)] = page
    parts = recorded.parts
    for finding in find_part_problems(parts.values(), states, folder.root, hashed=reads_bytes):
        findings.add(finding.path, finding.problem, REMAKE)
    findings.count("files", len(parts))
    findings.count("bytes", sum(part.num_bytes for part in parts.values()))
    unreported = {
        shard for name, shards in recorded.expected.items() for shard in shards if shard not in recorded.reports[name]
    }
    for path in states:
        is_read = any(path == name or (path.startswith(f"{name}/") and is_data_file(path, name)) for name in outputs)
        if is_read and path not in parts and shard_of(path) not in unreported:
            findings.add(path, "was not written by a shard of this build", SET_ASIDE)
