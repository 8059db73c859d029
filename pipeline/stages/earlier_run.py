"""Checks what an earlier run of a stage left: compares the stage's marker, shard reports and files.

Damaged, missing and *unlisted* files (data files that no shard report lists) are reported. Damaged and unlisted files
are moved to `damaged/`. The files of unfinished shards and of an older fingerprint are expected, so they are removed
without a warning. If a shard's file is damaged or missing, the shard's report is removed, so that the stage's job runs
the shard again; in an unfinished stage, the shards that may have read the file run again too. The presence and size of
all files are checked with one listing per folder. The bytes of a file are read only if the file changed after its shard
report was written, if `pipeline verify` left a note, or if the last run crashed. Used by `stages.runner` and `build`.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.errors import DamagedFileError, StageError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport, read_shard_report, write_shard_report
from pipeline.io.listing import MISSING, FileState, file_state
from pipeline.io.manifest import StageMarker, StageRecord, parts_digest, read_stage_marker
from pipeline.io.outputs import Finding, find_part_problems, is_data_file, list_outputs, shard_of

logger = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS, _LAST_WAIT_SECONDS = 0.25, 32.0
"""Waits for a listing; each is twice as long as the one before."""
_SHARD_FILE = re.compile(r"(packs|[\w=-]+-(\d{5}|packs))\.(parquet|jsonl)")
"""The name of a file that a shard writes, such as `part-00000.parquet` or `packs.parquet`."""
_DISCARD_FOLDERS = ("rejected", "dead")


@dataclass(frozen=True, slots=True)
class Doubt:
    """The files whose bytes must be checked before they are used."""

    everything: bool = False
    """Whether to check all files, because the last run crashed or the note of `pipeline verify` is damaged."""
    paths: frozenset[str] = frozenset()
    """Relative paths to check, because `pipeline verify` found a problem."""


@dataclass(frozen=True, slots=True)
class StageFiles:
    """The files that a stage of a build writes."""

    name: str
    fingerprint: str
    shard_ids: Mapping[str, Sequence[str]]
    """Ids of the shards in each step, with the steps in the order in which they run. A key is the name under which the
    step's reports are stored. One step has the name of the stage."""
    closing_shards: Sequence[str]
    """Ids of the shards, in the step with the stage's name, that read files which other shards of the step wrote."""
    outputs: Sequence[str]
    """Files and folders that the stage writes, relative to the build folder."""


@dataclass(slots=True)
class EarlierRun:
    """The result of checking a stage."""

    committed: StageRecord | None
    """The stage's record, if it was committed with the stage's current fingerprint."""
    reports: dict[str, dict[str, ShardReport]] = field(default_factory=dict)
    """The valid reports, by the name under which they are stored and by shard id."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def all_reports(self) -> list[ShardReport]:
        """The valid reports of all shards."""
        return [report for by_shard in self.reports.values() for report in by_shard.values()]

    def is_incomplete(self, stage: StageFiles) -> bool:
        """Return whether any shard has no valid report."""
        return any(shard not in self.reports[name] for name, shards in stage.shard_ids.items() for shard in shards)


def find_earlier_run(stage: StageFiles, folder: BuildFolder, *, record: StageRecord | None, doubt: Doubt) -> EarlierRun:
    """Check a stage, set damaged and unlisted files aside, and leave a folder in which the stage can run.

    Args:
        stage: the stage as it would run now.
        folder: the build folder, which this process holds.
        record: the manifest's record of the stage, which may have an old fingerprint.
        doubt: the files whose bytes must be checked.
    """
    marker, findings = _read_marker(stage, folder)
    was_begun = marker is not None and marker.fingerprint == stage.fingerprint
    by_name = stage.shard_ids if was_begun and not files.is_local(folder.root) else {}
    records = (record, marker.record if marker else None)
    committed = next((one for one in records if one and one.fingerprint == stage.fingerprint), None)
    if committed and marker is not None and marker.fingerprint != stage.fingerprint:
        if marker.record is None:  # a later run with a different fingerprint was started and not finished
            committed = None
        else:
            path = folder.relative(folder.stage_marker(stage.name))
            findings.append(Finding(path, "belongs to a different run"))
            set_aside(folder, path)
    found = EarlierRun(committed=committed, findings=findings)
    states = _list_states(stage, folder)
    obsolete = _read_reports(stage, folder, found, by_name)
    if marker is not None and not committed:
        obsolete |= _clear_former_steps(folder, marker.shard_ids.keys() - stage.shard_ids.keys())
    _check_parts(stage, folder, found, obsolete, states, doubt)
    if committed and not found.is_incomplete(stage) and parts_digest(found.all_reports) != committed.digest:
        problem = f"does not list the same files of {stage.name} as the shard reports"
        found.findings.append(Finding("manifest.json", problem))
        for name, shard in [(name, shard) for name, by_shard in found.reports.items() for shard in by_shard]:
            _discard_report(folder, found, name, shard, obsolete)
    _clear_unlisted(stage, folder, found, obsolete, states)
    return found


def set_aside(folder: BuildFolder, path: str) -> None:
    """Move a file, given by its relative path, to `damaged/`; if the target exists, add a number to the name."""
    number = 1
    while files.exists(target := files.join(folder.damaged, path) + (f"-{number}" if number > 1 else "")):
        number += 1
    files.move(files.join(folder.root, path), target)


def clear_stage(stage: StageFiles, folder: BuildFolder) -> None:
    """Remove a stage's reports and all files of its shards, but no files of other stages in the same folders."""
    for path, state in _list_states(stage, folder).items():
        if state is not None and _is_shard_data(path, stage):
            files.remove_file(files.join(folder.root, path))
    for name in stage.shard_ids:
        for path in files.list_files(folder.shard_reports(name), suffix=".json"):
            for part in _parts_of(path):
                files.remove_file(files.join(folder.root, part.path))
            files.remove_file(path)


def await_listing(stage: StageFiles, folder: BuildFolder, reports: Sequence[ShardReport]) -> None:
    """Wait until the listing of a store shows all files that reports list, because later stages list the folders.

    Local folders, and stores whose listings never lag, cost one listing and no wait.

    Raises:
        StageError: the listing still lacks a file that exists.
    """
    if files.is_local(folder.root):
        return
    listed = {part.path for report in reports for part in report.parts}
    wait = _FIRST_WAIT_SECONDS
    while lagging := sorted(path for path in listed - set(_list_states(stage, folder)) if _is_there(folder, path)):
        if wait > _LAST_WAIT_SECONDS:
            raise StageError(
                f"The store does not list {files.join(folder.root, lagging[0])}, which exists ({len(lagging)} files).",
                remedy="Run the same command again when the store's listings are up to date.",
            )
        logger.warning("%s: the store does not list %s yet; waiting %.1f s", stage.name, lagging[0], wait)
        time.sleep(wait)
        wait *= 2


def _is_there(folder: BuildFolder, path: str) -> bool:
    return not files.is_hidden(path) and files.exists(files.join(folder.root, path))


def unlisted_files(stage: StageFiles, folder: BuildFolder, reports: Sequence[ShardReport]) -> list[str]:
    """Return the relative paths of the data files in a stage's outputs that none of the reports lists."""
    listed = {part.path for report in reports for part in report.parts}
    return [
        path
        for path in _list_states(stage, folder)
        if path not in listed and _is_data(path, stage) and files.exists(files.join(folder.root, path))
    ]


def _read_marker(stage: StageFiles, folder: BuildFolder) -> tuple[StageMarker | None, list[Finding]]:
    try:
        return read_stage_marker(folder, stage.name), []
    except DamagedFileError:
        path = folder.relative(folder.stage_marker(stage.name))
        set_aside(folder, path)
        return None, [Finding(path, "is damaged")]


def _list_states(stage: StageFiles, folder: BuildFolder) -> dict[str, FileState]:
    states = {path: state for name in stage.outputs for path, state in list_outputs(folder, name).items()}
    for name in _DISCARD_FOLDERS:
        states |= {path: state for path, state in list_outputs(folder, name).items() if _is_of_stage(path, stage)}
    return states


def _is_of_stage(path: str, stage: StageFiles) -> bool:
    return any(path.split("/", 1)[1].startswith(f"part-{name}-") for name in stage.shard_ids)


def _is_data(path: str, stage: StageFiles) -> bool:
    names = (*stage.outputs, *_DISCARD_FOLDERS)
    return any(path == name or (path.startswith(f"{name}/") and is_data_file(path, name)) for name in names)


def _is_shard_data(path: str, stage: StageFiles) -> bool:
    return _is_data(path, stage) and _SHARD_FILE.fullmatch(path.rsplit("/", 1)[-1]) is not None


def _parts_of(report_path: str) -> Sequence[PartRecord]:
    try:
        return read_shard_report(report_path).parts
    except DamagedFileError:
        return ()


def _read_reports(
    stage: StageFiles, folder: BuildFolder, found: EarlierRun, by_name: Mapping[str, Sequence[str]]
) -> set[str]:
    """Store the valid reports in `found`, remove outdated reports, and return the files that these listed.

    The listing of a store may lag behind. Reports of the shards in `by_name` that it does not show are asked for.
    """
    obsolete: set[str] = set()
    for name, shards in stage.shard_ids.items():
        found.reports[name] = {}
        paths = files.list_files(folder.shard_reports(name))
        expected = {folder.shard_report(name, shard) for shard in by_name.get(name, ())}
        paths += sorted(path for path in expected - set(paths) if files.exists(path))
        for path in paths:
            if path.endswith((".error", ".progress")):
                files.remove_file(path)
            elif path.endswith(".json"):
                _read_report(path, name, stage, folder, found, obsolete)
        if found.committed:
            missing = [shard for shard in shards if not files.exists(folder.shard_report(name, shard))]
            reported = {finding.path for finding in found.findings}
            paths = [folder.relative(folder.shard_report(name, shard)) for shard in missing]
            found.findings += [Finding(path, MISSING) for path in paths if path not in reported]
    return obsolete


def _clear_former_steps(folder: BuildFolder, names: Collection[str]) -> set[str]:
    """Remove the reports of steps that the stage does not have any more, and return the files that these listed."""
    paths = [path for name in names for path in files.list_files(folder.shard_reports(name))]
    obsolete = {part.path for path in paths if path.endswith(".json") for part in _parts_of(path)}
    for path in paths:
        files.remove_file(path)
    return obsolete


def _read_report(
    path: str, name: str, stage: StageFiles, folder: BuildFolder, found: EarlierRun, obsolete: set[str]
) -> None:
    relative = folder.relative(path)
    shard = relative.rsplit("/", 1)[-1].removesuffix(".json")
    try:
        report = read_shard_report(path)
    except DamagedFileError:
        found.findings.append(Finding(relative, "is damaged"))
        set_aside(folder, relative)
        return
    if (report.stage, report.shard_id) != (name, shard):
        found.findings.append(Finding(relative, f"is the report of shard {report.shard_id} of {report.stage}"))
        set_aside(folder, relative)
    elif report.fingerprint != stage.fingerprint or shard not in stage.shard_ids[name]:
        if found.committed:
            found.findings.append(Finding(relative, "belongs to a different run"))
            set_aside(folder, relative)
        else:
            obsolete.update(part.path for part in report.parts)
            files.remove_file(path)
    else:
        found.reports[name][shard] = report


def _check_parts(
    stage: StageFiles,
    folder: BuildFolder,
    found: EarlierRun,
    obsolete: set[str],
    states: Mapping[str, FileState],
    doubt: Doubt,
) -> None:
    """Compare the files with the reports that list them, and discard the reports of damaged and missing files."""
    damaged: list[tuple[str, str]] = []
    for name, reports in found.reports.items():
        for shard, report in reports.items():
            path = folder.shard_report(name, shard)
            report_state = file_state(path)
            report_ns = report_state.changed_ns if report_state else 0

            later = {part.path for part in report.parts if _changed_ns(states, part) > report_ns}

            def hashed(part: PartRecord, later: set[str] = later) -> bool:
                return doubt.everything or part.path in doubt.paths or part.path in later

            problems = list(find_part_problems(report.parts, states, folder.root, hashed=hashed))
            if problems:
                found.findings += problems
                damaged.append((name, shard))
                for problem in problems:
                    if problem.problem != MISSING:
                        set_aside(folder, problem.path)
            elif later:
                # The bytes were checked. A newer report saves the next run from reading them again.
                write_shard_report(folder, report)
    for name, shard in damaged:
        _discard_report(folder, found, name, shard, obsolete)
    if damaged and not found.committed:
        # An unfinished stage has no record that would show whether a rebuilt file is the same as before.
        for name, shard in _depending(stage, found, damaged):
            _discard_report(folder, found, name, shard, obsolete)


def _changed_ns(states: Mapping[str, FileState], part: PartRecord) -> int:
    return states[part.path].changed_ns if part.path in states else 0


def _depending(stage: StageFiles, found: EarlierRun, damaged: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the shards of later steps, and closing shards, which may have read damaged files."""
    order = list(stage.shard_ids)
    first = min(order.index(name) for name, _ in damaged)
    later = [(name, shard) for name in order[first + 1 :] for shard in found.reports[name]]
    yield from later
    if order[first] == stage.name:
        yield from ((stage.name, shard) for shard in stage.closing_shards if shard in found.reports[stage.name])


def _discard_report(folder: BuildFolder, found: EarlierRun, name: str, shard: str, obsolete: set[str]) -> None:
    report = found.reports[name].pop(shard, None)
    if report is not None:
        obsolete.update(part.path for part in report.parts)
        files.remove_file(folder.shard_report(name, shard))


def _clear_unlisted(
    stage: StageFiles, folder: BuildFolder, found: EarlierRun, obsolete: set[str], states: Mapping[str, FileState]
) -> None:
    """Remove obsolete files and files of unfinished shards, and set all other unlisted data files aside."""
    listed = {part.path for report in found.all_reports for part in report.parts}
    missing = {
        shard for name, shards in stage.shard_ids.items() for shard in shards if shard not in found.reports[name]
    }
    for path in states:
        full = files.join(folder.root, path)
        if path in listed or not files.exists(full):
            continue
        is_left_over = _is_shard_data(path, stage) and (not found.committed or shard_of(path) in missing)
        if path in obsolete or is_left_over:
            files.remove_file(full)
        elif _is_data(path, stage):
            found.findings.append(Finding(path, "was not written by any shard of this build"))
            set_aside(folder, path)
