"""The runner with a real Beam job of small shards: what it skips, resumes, clears, and how errors come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import apache_beam as beam
import pytest

from pipeline.errors import InputError, MissingExtraError, StageError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport
from pipeline.io.manifest import Manifest, StageRecord, read_manifest
from pipeline.io.outputs import Finding
from pipeline.io.written import write_bytes
from pipeline.stages.runner import Stage, check_beam_options, pipeline_options, run_stage
from pipeline.stages.shards import RunShards, Shard, shard_id, unfinished

EMPTY = Manifest({"name": "test"}, "fp", 17, {})


@dataclass(frozen=True)
class CopyWords:
    """Keeps every word of its shard's input; the word `stop` fails the shard as long as a switch file says so."""

    stage: ClassVar[str] = "copy"
    fingerprint: str
    switch: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        for word in shard.inputs:
            if word == "stop" and files.exists(self.switch):
                raise MissingExtraError("No engine.", extra="vllm")
            if word == "crash" and files.exists(self.switch):
                raise ZeroDivisionError("by zero")
            ledger.keep(1)
        path = files.join(folder.root, "words", shard.shard_id)
        ledger.add_parts(write_bytes(path, " ".join(shard.inputs).encode()))
        with Path(self.switch + ".log").open("a") as log:
            log.write(shard.shard_id + "\n")


@dataclass
class Recorder:
    skipped: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    started: list[tuple[str, int]] = field(default_factory=list)
    finished: list[StageRecord] = field(default_factory=list)

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None:
        self.skipped.append(stage.name)

    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None:
        self.damaged += [finding.path for finding in findings]

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None:
        self.started.append((stage.name, num_finished_shards))

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None:
        assert num_finished_shards <= stage.num_shards

    def stage_finished(self, stage: Stage, record: StageRecord) -> None:
        self.finished.append(record)


def stage_of(folder: BuildFolder, words: list[list[str]], fingerprint: str, switch: Path) -> Stage:
    work = CopyWords(fingerprint=fingerprint, switch=str(switch))
    shards = [Shard(shard_id(index), tuple(inputs)) for index, inputs in enumerate(words)]

    def build_job(job: beam.Pipeline) -> None:
        todo = unfinished(shards, work=work, folder=folder)
        _ = job | beam.Create(todo, reshuffle=False) | RunShards(work, folder)

    return Stage(
        name="copy",
        counted="words",
        fingerprint=fingerprint,
        upstream="",
        shard_ids={"copy": tuple(shard.shard_id for shard in shards)},
        outputs=("words",),
        build_job=build_job,
    )


def run(stage: Stage, folder: BuildFolder, manifest: Manifest, recorder: Recorder) -> Manifest:
    return run_stage(stage, folder=folder, manifest=manifest, beam_options=[], observer=recorder).manifest


WORDS = [["갑", "을"], ["one", "stop"], ["세", "네", "다섯"]]


def test_stage_is_committed_with_counts_and_skipped_the_second_time(tmp_path: Path) -> None:
    folder, recorder = BuildFolder(str(tmp_path / "b")), Recorder()
    stage = stage_of(folder, WORDS, "f1", tmp_path / "switch")
    manifest = run(stage, folder, EMPTY, recorder)
    assert manifest.stages["copy"].num_in == 7
    assert 0.0 < manifest.stages["copy"].seconds < 120.0, "how long it took, not when it ended"
    assert read_manifest(folder) == manifest
    run(stage, folder, manifest, recorder)
    assert recorder.skipped == ["copy"]
    assert (tmp_path / "switch.log").read_text().split() == ["00000", "00001", "00002"]


def test_stage_whose_output_was_removed_runs_again(tmp_path: Path) -> None:
    folder, recorder = BuildFolder(str(tmp_path / "b")), Recorder()
    stage = stage_of(folder, WORDS, "f1", tmp_path / "switch")
    manifest = run(stage, folder, EMPTY, recorder)
    files.remove_folder(files.join(folder.root, "words"))
    run(stage, folder, manifest, recorder)
    assert recorder.skipped == []
    assert len(files.list_files(files.join(folder.root, "words"))) == 3


def test_interrupted_stage_goes_on_with_the_shards_that_are_missing(tmp_path: Path) -> None:
    folder, recorder = BuildFolder(str(tmp_path / "b")), Recorder()
    switch = tmp_path / "switch"
    switch.touch()
    stage = stage_of(folder, WORDS, "f1", switch)
    with pytest.raises(MissingExtraError):
        run(stage, folder, EMPTY, recorder)
    before = (tmp_path / "switch.log").read_text().split()
    assert "00001" not in before
    switch.unlink()
    manifest = run(stage, folder, EMPTY, recorder)
    after = (tmp_path / "switch.log").read_text().split()
    assert sorted(after) == ["00000", "00001", "00002"], "a finished shard does not run twice"
    assert recorder.started[1] == ("copy", len(before))
    assert manifest.stages["copy"].num_kept == 7


def test_stage_with_new_fingerprint_removes_what_the_old_one_wrote(tmp_path: Path) -> None:
    folder, recorder = BuildFolder(str(tmp_path / "b")), Recorder()
    manifest = run(stage_of(folder, WORDS, "f1", tmp_path / "switch"), folder, EMPTY, recorder)
    manifest = run(stage_of(folder, WORDS[:1], "f2", tmp_path / "switch"), folder, manifest, recorder)
    names = [path.rsplit("/", 1)[-1] for path in files.list_files(files.join(folder.root, "words"))]
    assert names == ["00000"]
    assert manifest.stages["copy"].num_in == 2


def test_deliberate_error_in_a_shard_keeps_its_type_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "switch").touch()
    folder = BuildFolder(str(tmp_path / "b"))
    with pytest.raises(MissingExtraError) as raised:
        run(stage_of(folder, [["stop"]], "f1", tmp_path / "switch"), folder, EMPTY, Recorder())
    assert raised.value.exit_code == 2
    assert "[vllm]" in raised.value.remedy


def test_unexpected_error_in_a_shard_becomes_a_stage_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "switch").touch()
    folder = BuildFolder(str(tmp_path / "b"))
    with pytest.raises(StageError, match="ZeroDivisionError: by zero"):
        run(stage_of(folder, [["crash"]], "f1", tmp_path / "switch"), folder, EMPTY, Recorder())


def test_default_runner_is_the_one_that_downloads_nothing() -> None:
    assert pipeline_options([]).get_all_options()["runner"] == "FnApiRunner"
    assert pipeline_options(["--runner=DataflowRunner"]).get_all_options()["runner"] == "DataflowRunner"


def test_beam_options_that_beam_knows_are_accepted() -> None:
    check_beam_options(["--direct_num_workers=2", "--direct_running_mode=multi_processing"])
    check_beam_options(["--runner=DataflowRunner", "--project=x", "--region", "us-central1"])


@pytest.mark.parametrize("option", ["--direct_num_worker=2", "--no-such-thing", "--direct_num_workers=two"])
def test_beam_option_that_beam_would_ignore_or_choke_on_is_refused(option: str) -> None:
    with pytest.raises(InputError):
        check_beam_options([option])
