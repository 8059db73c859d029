"""A stage of two steps whose files are damaged in every way: what is named, what runs again, and what stays."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import apache_beam as beam
import pytest
from apache_beam.pvalue import AsIter

from pipeline.errors import StageError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_report, write_shard_report
from pipeline.io.listing import file_state
from pipeline.io.manifest import (
    Manifest,
    StageMarker,
    StageRecord,
    read_manifest,
    read_stage_marker,
    write_stage_marker,
)
from pipeline.io.outputs import Finding
from pipeline.io.written import write_bytes
from pipeline.stages.earlier_run import Doubt, StageFiles, find_earlier_run
from pipeline.stages.runner import Stage, StageOutcome, run_stage
from pipeline.stages.shards import RunShards, Shard, after, shard_id, unfinished

EMPTY = Manifest({"name": "test"}, "fp", 17, {})
WORDS = (("one", "two"), ("three",), ("four", "five"))


@dataclass(frozen=True)
class Shout:
    """First step: the words of a shard in capitals, and whatever `flavour` says."""

    stage: ClassVar[str] = "shout"
    fingerprint: str
    root: Path

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        note(self.root, self.stage, shard)
        flavour = (self.root / "flavour").read_text()
        path = files.join(folder.root, "work", "shouted", f"part-{shard.shard_id}.jsonl")
        ledger.add_parts(write_bytes(path, (" ".join(shard.inputs).upper() + flavour).encode()))
        ledger.keep(len(shard.inputs))


@dataclass(frozen=True)
class Copy:
    """Second step: what the first step wrote, once more. The word `stop` fails it while a file `switch` is there."""

    stage: ClassVar[str] = "copy"
    fingerprint: str
    root: Path

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        note(self.root, self.stage, shard)
        if (self.root / "switch").exists() and shard.shard_id == shard_id(2):
            raise StageError("Stopped.")
        source = Path(folder.root) / "work" / "shouted" / f"part-{shard.shard_id}.jsonl"
        path = files.join(folder.root, "words", f"part-{shard.shard_id}.jsonl")
        ledger.add_parts(write_bytes(path, source.read_bytes() * 2))
        ledger.keep(len(shard.inputs))


@dataclass
class Recorder:
    findings: list[Finding] = field(default_factory=list)

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None: ...
    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None:
        self.findings += findings

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None: ...
    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None: ...
    def stage_finished(self, stage: Stage, record: StageRecord) -> None: ...


def note(root: Path, stage: str, shard: Shard) -> None:
    with (root / "log").open("a") as log:
        log.write(f"{stage}/{shard.shard_id}\n")


def taken_log(root: Path) -> list[str]:
    """Shards that ran since the log was last taken."""
    log = root / "log"
    lines = sorted(log.read_text().split()) if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def stage_of(root: Path, fingerprint: str = "f1") -> Stage:
    folder = BuildFolder(str(root / "b"))
    shards = [Shard(shard_id(index), words) for index, words in enumerate(WORDS)]
    shout, copy = Shout(fingerprint, root), Copy(fingerprint, root)

    def build_job(job: beam.Pipeline) -> None:
        to_shout, to_copy = (unfinished(shards, work=work, folder=folder) for work in (shout, copy))
        shouted = job | "shout shards" >> beam.Create(to_shout) | "shout" >> RunShards(shout, folder)
        waiting = job | "copy shards" >> beam.Create(to_copy) | "after" >> beam.Map(after, AsIter(shouted))
        _ = waiting | "copy" >> RunShards(copy, folder)

    ids = tuple(shard.shard_id for shard in shards)
    return Stage("copy", "words", fingerprint, "up", {"shout": ids, "copy": ids}, ("words", "work/shouted"), build_job)


def run(
    root: Path, fingerprint: str = "f1", *, doubt: Doubt | None = None, manifest: Manifest | None = None
) -> tuple[StageOutcome, list[Finding]]:
    folder, recorder = BuildFolder(str(root / "b")), Recorder()
    (root / "flavour").touch()
    earlier = manifest or read_manifest(folder) or EMPTY
    outcome = run_stage(
        stage_of(root, fingerprint),
        folder=folder,
        manifest=earlier,
        beam_options=[],
        observer=recorder,
        doubt=doubt or Doubt(),
    )
    return outcome, recorder.findings


def contents(root: Path) -> dict[str, bytes]:
    top = root / "b"
    names = (path.relative_to(top).as_posix() for path in sorted(top.rglob("*")) if path.is_file())
    return {name: (top / name).read_bytes() for name in names if not name.startswith("damaged/")}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    outcome, findings = run(tmp_path)
    assert outcome.manifest.stages["copy"].num_kept == 5
    assert not findings
    assert len(taken_log(tmp_path)) == 6
    return tmp_path


def test_stage_whose_files_are_intact_does_nothing(built: Path) -> None:
    before = contents(built)
    outcome, findings = run(built)
    assert outcome.did_nothing
    assert not findings
    assert taken_log(built) == []
    assert contents(built) == before


@pytest.mark.parametrize(
    ("path", "ran"),
    [("words/part-00001.jsonl", "copy/00001"), ("work/shouted/part-00001.jsonl", "shout/00001")],
)
@pytest.mark.parametrize("damage", ["deleted", "truncated", "changed"])
def test_damaged_file_is_named_and_exactly_its_shard_runs_again(built: Path, path: str, ran: str, damage: str) -> None:
    before = contents(built)
    file = built / "b" / path
    whole = file.read_bytes()
    if damage == "deleted":
        file.unlink()
    else:
        file.write_bytes(whole[:-1] if damage == "truncated" else whole[:-1] + b"?")
    outcome, findings = run(built)
    assert [finding.path for finding in findings] == [path]
    assert not outcome.did_nothing
    assert taken_log(built) == [ran]
    assert contents(built) == before, "manifest and records too"
    assert (built / "b" / "damaged" / path).exists() == (damage != "deleted")


def test_findings_are_logged_one_line_each(built: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.rmtree(built / "b" / "words")
    with caplog.at_level(logging.WARNING, logger="pipeline"):
        run(built)
    lines = [record.message for record in caplog.records if "is missing" in record.message]
    assert lines == [f"copy: words/part-0000{index}.jsonl is missing" for index in range(3)]


def test_remade_file_with_other_bytes_runs_the_whole_stage_again(built: Path) -> None:
    before = read_manifest(BuildFolder(str(built / "b")))
    (built / "flavour").write_text("!")
    (built / "b" / "work" / "shouted" / "part-00000.jsonl").unlink()
    outcome, _ = run(built)
    assert before is not None
    assert taken_log(built) == sorted(["shout/00000", *(f"{s}/0000{i}" for s in ("shout", "copy") for i in range(3))])
    assert all(b"!" in data for name, data in contents(built).items() if name.startswith("words/"))
    assert outcome.manifest.stages["copy"].state != before.stages["copy"].state
    assert run(built)[0].did_nothing


def test_changed_file_that_looks_old_is_found_after_a_crash_or_when_it_was_noted(built: Path) -> None:
    folder, path = BuildFolder(str(built / "b")), "words/part-00002.jsonl"
    file = built / "b" / path

    def change_and_make_the_report_newer() -> None:
        file.write_bytes(b"?" + file.read_bytes()[1:])
        report = folder.shard_report("copy", shard_id(2))
        write_shard_report(folder, read_shard_report(report))

    change_and_make_the_report_newer()
    assert run(built)[0].did_nothing, "size and times say nothing"
    for doubt in (Doubt(everything=True), Doubt(paths=frozenset({path}))):
        _, findings = run(built, doubt=doubt)
        assert [finding.path for finding in findings] == [path]
        assert taken_log(built) == ["copy/00002"]
        change_and_make_the_report_newer()


def test_file_that_was_touched_is_read_once_and_believed_afterwards(built: Path) -> None:
    folder = BuildFolder(str(built / "b"))
    path, report = files.join(folder.root, "words/part-00000.jsonl"), folder.shard_report("copy", shard_id(0))
    Path(path).touch()
    assert run(built)[0].did_nothing
    part, noted = file_state(path), file_state(report)
    assert part is not None
    assert noted is not None
    assert noted.changed_ns >= part.changed_ns


def test_stranger_is_set_aside_and_what_no_reader_takes_is_left(built: Path) -> None:
    words = built / "b" / "words"
    shutil.copy(words / "part-00000.jsonl", words / "part-00099.jsonl")
    (words / "axolotl-out").mkdir()
    (words / "axolotl-out" / "train.jsonl").write_text("{}")
    (words / "notes.txt").write_text("mine")
    _, findings = run(built)
    assert [finding.path for finding in findings] == ["words/part-00099.jsonl"]
    assert taken_log(built) == []
    assert (built / "b" / "damaged" / "words" / "part-00099.jsonl").exists()
    assert {path.name for path in words.iterdir()} == {
        *(f"part-0000{i}.jsonl" for i in range(3)),
        "axolotl-out",
        "notes.txt",
    }


@pytest.mark.parametrize("damage", ["deleted", "truncated", "of another shard", "of another run"])
def test_shard_report_that_does_not_hold_runs_its_shard_again(built: Path, damage: str) -> None:
    before = contents(built)
    folder = BuildFolder(str(built / "b"))
    path = Path(folder.shard_report("copy", shard_id(1)))
    if damage == "deleted":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:50])
    elif damage == "of another shard":
        shutil.copy(folder.shard_report("copy", shard_id(2)), path)
    else:
        report = read_shard_report(str(path))
        write_shard_report(folder, ShardReport("copy", shard_id(1), "other", 1, 1, 0, 0, {}, report.parts))
    _, findings = run(built)
    assert [finding.path for finding in findings] == ["work/shards/copy/00001.json"]
    assert taken_log(built) == ["copy/00001"]
    assert contents(built) == before
    aside = built / "b" / "damaged" / "work" / "shards" / "copy" / "00001.json"
    assert aside.exists() == (damage != "deleted"), "what was found is kept for a person to look at"


def test_shard_reports_of_other_files_than_the_manifest_lists_run_the_stage_again(built: Path) -> None:
    folder = BuildFolder(str(built / "b"))
    path = files.join(folder.root, "words", "part-00000.jsonl")
    part = write_bytes(path, b"written by nobody")
    report = read_shard_report(folder.shard_report("copy", shard_id(0)))
    parts = tuple(type(own)("words/part-00000.jsonl", part.num_bytes, part.sha256) for own in report.parts)
    write_shard_report(folder, ShardReport("copy", shard_id(0), "f1", 2, 2, 0, 0, {}, parts))
    _, findings = run(built)
    assert [finding.path for finding in findings] == ["manifest.json"]
    assert len(taken_log(built)) == 6
    assert run(built)[0].did_nothing


def test_damaged_marker_is_named_and_written_again(built: Path) -> None:
    before = contents(built)
    marker = built / "b" / "work" / "shards" / "copy" / "stage.marker"
    marker.write_text("{")
    _, findings = run(built)
    assert [finding.path for finding in findings] == ["work/shards/copy/stage.marker"]
    assert taken_log(built) == []
    assert contents(built) == before


def test_lost_manifest_takes_its_records_from_the_markers(built: Path) -> None:
    before = contents(built)
    (built / "b" / "manifest.json").unlink()
    outcome, _ = run(built)
    assert taken_log(built) == []
    assert outcome.manifest.stages["copy"].num_kept == 5
    assert contents(built) == before


def test_unfinished_stage_with_a_damaged_file_runs_the_later_steps_again(tmp_path: Path) -> None:
    (tmp_path / "switch").touch()
    with pytest.raises(StageError, match="Stopped"):
        run(tmp_path)
    assert "copy/00000" in taken_log(tmp_path)
    (tmp_path / "switch").unlink()
    (tmp_path / "flavour").write_text("!")
    (tmp_path / "b" / "work" / "shouted" / "part-00000.jsonl").unlink()
    run(tmp_path)
    assert taken_log(tmp_path) == ["copy/00000", "copy/00001", "copy/00002", "shout/00000"]
    assert b"!" in contents(tmp_path)["words/part-00000.jsonl"]


def test_stage_with_a_new_fingerprint_removes_its_files_and_leaves_those_of_others(built: Path) -> None:
    (built / "b" / "words" / "notes.txt").write_text("mine")
    (built / "flavour").write_text("!")
    _, findings = run(built, "f2")
    assert not findings, "what another recipe made is no damage"
    assert len(taken_log(built)) == 6
    assert (built / "b" / "words" / "notes.txt").exists()
    assert not (built / "b" / "damaged").exists()


def test_reports_of_a_step_that_the_stage_has_no_more_are_removed_with_their_files(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path / "b"))
    for step in ("cut", "copy"):
        with ShardLedger(folder=folder, stage=step, shard_id=shard_id(0), fingerprint="f1") as ledger:
            ledger.add_parts(write_bytes(files.join(folder.root, "words", f"{step}-00000.jsonl"), b"{}"))
    ids = (shard_id(0),)
    write_stage_marker(folder, "copy", StageMarker("f1", {"cut": ids, "copy": ids}, None))
    stage = StageFiles("copy", "f2", {"copy": ids}, (), ("words",))
    found = find_earlier_run(stage, folder, record=None, doubt=Doubt())
    assert not found.findings
    assert not files.exists(folder.shard_report("cut", shard_id(0)))
    assert list((tmp_path / "b" / "words").iterdir()) == []


def test_run_with_another_recipe_that_was_cut_off_is_no_damage(built: Path) -> None:
    (built / "switch").touch()
    with pytest.raises(StageError):
        run(built, "f2")
    (built / "switch").unlink()
    taken_log(built)
    _, findings = run(built)
    assert not findings
    assert len(taken_log(built)) == 6
    mark = read_stage_marker(BuildFolder(str(built / "b")), "copy")
    assert mark is not None
    assert mark.fingerprint == "f1"
    assert mark.record is not None


def test_unfinished_stage_with_a_damaged_file_closes_again_after_the_others(tmp_path: Path) -> None:
    """The plan of packs reads the rows of all shards: where rows are made again, so is it."""
    folder = BuildFolder(str(tmp_path / "b"))
    shards = (shard_id(0), shard_id(1), "packs")
    stage = StageFiles("export", "f1", {"export": shards}, ("packs",), ("words",))

    def kept_after_loss_of(lost: str) -> set[str]:
        for shard in shards:
            with ShardLedger(folder=folder, stage="export", shard_id=shard, fingerprint="f1") as ledger:
                path = files.join(folder.root, "words", f"part-{shard}.jsonl")
                ledger.add_parts(write_bytes(path, shard.encode()))
        (tmp_path / "b" / "words" / f"part-{lost}.jsonl").unlink()
        found = find_earlier_run(stage, folder, record=None, doubt=Doubt())
        assert [finding.path for finding in found.findings] == [f"words/part-{lost}.jsonl"]
        kept = set(found.reports["export"])
        assert {path.stem.removeprefix("part-") for path in (tmp_path / "b" / "words").iterdir()} == kept
        return kept

    assert kept_after_loss_of(shard_id(0)) == {shard_id(1)}
    assert kept_after_loss_of("packs") == {shard_id(0), shard_id(1)}
