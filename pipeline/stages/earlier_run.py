"""Check whether a stage is valid: compare its marker, its shard reports and its files before they are read.

Damaged, missing and unknown files are reported. Damaged and unknown ones are set aside below `damaged/`. The shards
that made a damaged or missing file, and no others, lose their reports, so that the stage's job makes it again. The
presence and size of every file are checked by one listing per folder. Bytes are read only if a file changed after its
shard's report, if `pipeline verify` left a note, or if the last run crashed. Used by `stages.runner`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport, read_shard_report, write_shard_report
from pipeline.io.listing import MISSING, FileState, file_state
from pipeline.io.manifest import StageMarker, StageRecord, parts_digest, read_stage_marker
from pipeline.io.outputs import Finding, find_part_problems, is_data_file, list_outputs

_OWN_NAME = re.compile(r"(packs|[\w=-]+-(\d{5}|packs))\.(parquet|jsonl)")
"""The names that shards give to their files."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Files whose bytes must be read again before they are trusted."""

    everything: bool = False
    """All files, because the last run crashed."""
    paths: frozenset[str] = frozenset()
    """Relative paths from a note of `pipeline verify`."""


@dataclass(frozen=True, slots=True)
class StageFiles:
    """The files that a stage of a build writes."""

    name: str
    fingerprint: str
    shard_ids: Mapping[str, Sequence[str]]
    """Shards under each name that reports are filed under, in running order; the stage's own name is among them."""
    closing_shards: Sequence[str]
    """Shards under the stage's own name that read what the other shards wrote."""
    outputs: Sequence[str]
    """Files and folders, relative to the build folder."""


@dataclass(slots=True)
class EarlierRun:
    """The result of checking a stage."""

    committed: StageRecord | None
    """Its record, if the record has the stage's fingerprint."""
    reports: dict[str, dict[str, ShardReport]] = field(default_factory=dict)
    """Valid reports, by name and shard."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def all_reports(self) -> list[ShardReport]:
        """Reports of all shards."""
        return [report for of_name in self.reports.values() for report in of_name.values()]

    def lacks(self, stage: StageFiles) -> bool:
        """Return whether a shard has no report."""
        return any(shard not in self.reports[name] for name, shards in stage.shard_ids.items() for shard in shards)


def find_earlier_run(stage: StageFiles, folder: BuildFolder, *, record: StageRecord | None, doubt: Doubt) -> EarlierRun:
    """Check a stage, set wrong files aside, and leave a folder in which the stage can run.

    Args:
        stage: the stage as it would run now.
        folder: the build; owned by this process.
        record: the manifest's record, whatever its fingerprint.
        doubt: files whose bytes to read.
    """
    marker, findings = _read_marker(stage, folder)
    records = (record, marker.record if marker else None)
    committed = next((one for one in records if one and one.fingerprint == stage.fingerprint), None)
    if committed and marker is not None and marker.fingerprint != stage.fingerprint:
        if marker.record is None:  # another run was started since then
            committed = None
        else:
            path = folder.relative(folder.stage_marker(stage.name))
            findings.append(Finding(path, "is of another run"))
            set_aside(folder, path)
    found = EarlierRun(committed=committed, findings=findings)
    states = _list_states(stage, folder)
    given_up = _read_reports(stage, folder, found)
    _check_parts(stage, folder, found, given_up, states, doubt)
    if committed and not found.lacks(stage) and parts_digest(found.all_reports) != committed.digest:
        found.findings.append(Finding("manifest.json", f"lists other files of {stage.name} than its shard reports do"))
        for name, shard in [(name, shard) for name, own in found.reports.items() for shard in own]:
            _give_up(folder, found, name, shard, given_up)
    _set_strangers_aside(stage, folder, found, given_up, states)
    return found


def set_aside(folder: BuildFolder, path: str) -> None:
    """Move a file, given by its relative path, below `damaged/`; if the name is taken, add a number."""
    number = 1
    while files.exists(target := files.join(folder.damaged, path) + (f"-{number}" if number > 1 else "")):
        number += 1
    files.move(files.join(folder.root, path), target)


def clear_stage(stage: StageFiles, folder: BuildFolder) -> None:
    """Remove every file and report of a stage; files of other stages in the same folders stay."""
    for path, state in _list_states(stage, folder).items():
        if state is not None and _is_own_data(path, stage):
            files.remove_file(files.join(folder.root, path))
    for name in stage.shard_ids:
        for path in files.list_files(folder.shard_reports(name), suffix=".json"):
            for part in _parts_of(path):
                files.remove_file(files.join(folder.root, part.path))
            files.remove_file(path)


def strangers(stage: StageFiles, folder: BuildFolder, reports: Sequence[ShardReport]) -> list[str]:
    """Return data files in a stage's outputs that no report lists, as relative paths."""
    listed = {part.path for report in reports for part in report.parts}
    return [path for path in _list_states(stage, folder) if path not in listed and _is_data(path, stage)]


def _read_marker(stage: StageFiles, folder: BuildFolder) -> tuple[StageMarker | None, list[Finding]]:
    try:
        return read_stage_marker(folder, stage.name), []
    except DamagedFileError:
        path = folder.relative(folder.stage_marker(stage.name))
        set_aside(folder, path)
        return None, [Finding(path, "is not what was written")]


def _list_states(stage: StageFiles, folder: BuildFolder) -> dict[str, FileState]:
    states = {path: state for name in stage.outputs for path, state in list_outputs(folder, name).items()}
    for pile in ("rejected", "dead"):
        states |= {path: state for path, state in list_outputs(folder, pile).items() if _is_of_stage(path, stage)}
    return states


def _is_of_stage(path: str, stage: StageFiles) -> bool:
    return any(path.split("/", 1)[1].startswith(f"part-{name}-") for name in stage.shard_ids)


def _is_data(path: str, stage: StageFiles) -> bool:
    return any(path == name or (path.startswith(f"{name}/") and is_data_file(path, name)) for name in _places(stage))


def _is_own_data(path: str, stage: StageFiles) -> bool:
    return _is_data(path, stage) and _OWN_NAME.fullmatch(path.rsplit("/", 1)[-1]) is not None


def _shard_of(path: str) -> str:
    """Return the shard in a file's name; `packs` for `packs.parquet`."""
    return path.rsplit("/", 1)[-1].rsplit("-", 1)[-1].split(".", 1)[0]


def _places(stage: StageFiles) -> tuple[str, ...]:
    return (*stage.outputs, "rejected", "dead")


def _parts_of(report_path: str) -> Sequence[PartRecord]:
    try:
        return read_shard_report(report_path).parts
    except DamagedFileError:
        return ()


def _read_reports(stage: StageFiles, folder: BuildFolder, found: EarlierRun) -> set[str]:
    """Fill in the valid reports; return the files of the others."""
    given_up: set[str] = set()
    for name, shards in stage.shard_ids.items():
        found.reports[name] = {}
        for path in files.list_files(folder.shard_reports(name)):
            if path.endswith((".error", ".progress")):
                files.remove_file(path)
            elif path.endswith(".json"):
                _read_report(path, name, stage, folder, found, given_up)
        if found.committed:
            missing = [shard for shard in shards if not files.exists(folder.shard_report(name, shard))]
            noted = {finding.path for finding in found.findings}
            paths = [folder.relative(folder.shard_report(name, shard)) for shard in missing]
            found.findings += [Finding(path, MISSING) for path in paths if path not in noted]
    return given_up


def _read_report(
    path: str, name: str, stage: StageFiles, folder: BuildFolder, found: EarlierRun, given_up: set[str]
) -> None:
    relative = folder.relative(path)
    shard = relative.rsplit("/", 1)[-1].removesuffix(".json")
    try:
        report = read_shard_report(path)
    except DamagedFileError:
        found.findings.append(Finding(relative, "is not what was written"))
        set_aside(folder, relative)
        return
    if (report.stage, report.shard_id) != (name, shard):
        found.findings.append(Finding(relative, f"is the report of shard {report.shard_id} of {report.stage}"))
        set_aside(folder, relative)
    elif report.fingerprint != stage.fingerprint or shard not in stage.shard_ids[name]:
        if found.committed:
            found.findings.append(Finding(relative, "is of another run"))
            set_aside(folder, relative)
        else:
            given_up.update(part.path for part in report.parts)
            files.remove_file(path)
    else:
        found.reports[name][shard] = report


def _check_parts(
    stage: StageFiles,
    folder: BuildFolder,
    found: EarlierRun,
    given_up: set[str],
    states: Mapping[str, FileState],
    doubt: Doubt,
) -> None:
    damaged: list[tuple[str, str]] = []
    for name, reports in found.reports.items():
        for shard, report in reports.items():
            path = folder.shard_report(name, shard)
            noted = file_state(path)
            noted_ns = noted.changed_ns if noted else 0

            later = {part.path for part in report.parts if _changed_ns(states, part) > noted_ns}

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
                write_shard_report(folder, report)  # their bytes were checked, so the next run need not read them
    for name, shard in damaged:
        _give_up(folder, found, name, shard, given_up)
    if damaged and not found.committed:
        # An unfinished stage has no record that shows whether the files made again are the same.
        for name, shard in _depending(stage, found, damaged):
            _give_up(folder, found, name, shard, given_up)


def _changed_ns(states: Mapping[str, FileState], part: PartRecord) -> int:
    return states[part.path].changed_ns if part.path in states else 0


def _depending(stage: StageFiles, found: EarlierRun, damaged: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    order = list(stage.shard_ids)
    first = min(order.index(name) for name, _ in damaged)
    later = [(name, shard) for name in order[first + 1 :] for shard in found.reports[name]]
    yield from later
    if order[first] == stage.name:
        yield from ((stage.name, shard) for shard in stage.closing_shards if shard in found.reports[stage.name])


def _give_up(folder: BuildFolder, found: EarlierRun, name: str, shard: str, given_up: set[str]) -> None:
    report = found.reports[name].pop(shard, None)
    if report is not None:
        given_up.update(part.path for part in report.parts)
        files.remove_file(folder.shard_report(name, shard))


def _set_strangers_aside(
    stage: StageFiles, folder: BuildFolder, found: EarlierRun, given_up: set[str], states: Mapping[str, FileState]
) -> None:
    listed = {part.path for report in found.all_reports for part in report.parts}
    missing = {
        shard for name, shards in stage.shard_ids.items() for shard in shards if shard not in found.reports[name]
    }
    for path in states:
        full = files.join(folder.root, path)
        if path in listed or not files.exists(full):
            continue
        is_left_over = _is_own_data(path, stage) and (not found.committed or _shard_of(path) in missing)
        if path in given_up or is_left_over:
            files.remove_file(full)  # of a shard that runs again, or did not finish
        elif _is_data(path, stage):
            found.findings.append(Finding(path, "was not written by any shard of this build"))
            set_aside(folder, path)
