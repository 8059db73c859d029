"""A stage that has run again leaves nothing that an earlier fingerprint dropped, of its side stages neither."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import apache_beam as beam
import pytest
from prose import document, edited

from pipeline.config.recipe import Recipe
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_reports
from pipeline.io.manifest import Manifest, StageRecord
from pipeline.io.outputs import Finding
from pipeline.io.parts import read_parts
from pipeline.io.written import write_bytes
from pipeline.records import DeadLetter, Rejection
from pipeline.stages.chain import dedup_stage, ingest_stage
from pipeline.stages.runner import Stage, run_stage

SENTENCE = "The tenant shall repair the boiler within seventy-two hours after a written notice from the landlord. "


class Silent:
    """An observer that shows nothing."""

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None: ...

    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None: ...

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None: ...

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None: ...

    def stage_finished(self, stage: Stage, record: StageRecord) -> None: ...


def run(stage: Stage, folder: BuildFolder, manifest: Manifest) -> Manifest:
    return run_stage(stage, folder=folder, manifest=manifest, beam_options=[], observer=Silent()).manifest


def recipe(documents: Path, *, min_chars: int = 200, threshold: float = 0.48) -> Recipe:
    return Recipe.model_validate(
        {
            "name": "rerun",
            "inputs": [{"path": str(documents)}],
            "clean": {"min_chars": min_chars, "quality_filters": []},
            "dedup": {"threshold": threshold, "versions_kept": [], "excerpt_threshold": 1.0},
        }
    )


def rejected(folder: BuildFolder) -> list[tuple[str, str, str]]:
    return sorted(
        (rejection.stage, rejection.reason, rejection.source_uri.rsplit("/", 1)[-1])
        for rejection in read_parts(folder.rejected, Rejection)
    )


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    root = tmp_path / "in"
    root.mkdir()
    lease = document("en", 1, num_sentences=30)
    (root / "lease.txt").write_text(lease, encoding="utf-8")
    (root / "lease-edited.txt").write_text(edited(lease, share=0.02, seed=1), encoding="utf-8")
    (root / "note.txt").write_text(SENTENCE, encoding="utf-8")
    (root / "cut.txt.gz").write_bytes(gzip.compress(SENTENCE.encode() * 9)[:-9])
    (root / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}' * 99)[:-9])
    return root


def test_stage_of_a_new_fingerprint_keeps_no_rejection_and_no_dead_letter_of_the_old_one(
    documents: Path, tmp_path: Path
) -> None:
    folder = BuildFolder(str(tmp_path / "build"))
    manifest = run(ingest_stage(recipe(documents), folder, ""), folder, Manifest({}, "f", 17, {}))
    assert ("ingest", "too_short", "note.txt") in rejected(folder)
    assert len(list(read_parts(folder.dead, DeadLetter))) >= 1
    (documents / "cut.jsonl.gz").unlink()
    (documents / "cut.txt.gz").unlink()
    manifest = run(ingest_stage(recipe(documents, min_chars=50), folder, ""), folder, manifest)
    assert rejected(folder) == []
    assert list(read_parts(folder.dead, DeadLetter)) == []
    assert (manifest.stages["ingest"].num_rejected, manifest.stages["ingest"].num_dead) == (0, 0)


def test_stage_that_runs_again_leaves_the_rejections_of_other_stages(documents: Path, tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path / "build"))
    first, second = recipe(documents, threshold=0.3), recipe(documents, threshold=1.0)
    manifest = run(ingest_stage(first, folder, ""), folder, Manifest({}, "f", 17, {}))
    of_ingest = rejected(folder)
    manifest = run(dedup_stage(first, folder, "up"), folder, manifest)
    assert {stage for stage, _, _ in rejected(folder)} == {"dedup", "ingest"}
    manifest = run(dedup_stage(second, folder, "up"), folder, manifest)
    assert rejected(folder) == of_ingest
    assert manifest.stages["dedup"].num_rejected == 0


def stage_with_a_side_stage(folder: BuildFolder, fingerprint: str, *, drops: bool) -> Stage:
    """A stage of one shard and a side stage of one; each drops one item, or keeps it."""

    def take(name: str) -> str:
        with ShardLedger(folder=folder, stage=name, shard_id="00007", fingerprint=fingerprint) as ledger:
            if drops:
                ledger.reject(Rejection(name, "doc", "reason", "detail.", None, "doc.txt", 0, ""))
                ledger.add_dead_letter(item_id="doc", source_uri="doc.txt", source_offset=0, error=ValueError("no"))
            else:
                ledger.keep(2)
            ledger.add_parts(write_bytes(files.join(folder.root, "words", f"{name}-{fingerprint}"), b"word"))
        return name

    def build_job(job: beam.Pipeline) -> None:
        _ = job | beam.Create(["main", "side"], reshuffle=False) | beam.Map(take)

    return Stage(
        name="main",
        counted="words",
        fingerprint=fingerprint,
        upstream="",
        shard_ids={"side": ("00007",), "main": ("00007",)},
        outputs=("words",),
        build_job=build_job,
    )


def test_side_stages_are_cleared_with_their_stage(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path / "build"))
    manifest = run(stage_with_a_side_stage(folder, "f1", drops=True), folder, Manifest({}, "f", 17, {}))
    assert [stage for stage, _, _ in rejected(folder)] == ["main", "side"]
    assert len(list(read_parts(folder.dead, DeadLetter))) == 2
    # Shards of the new fingerprint have other numbers, so no file of the old ones is overwritten.
    for name in ("main", "side"):
        for pile in (folder.rejected, folder.dead):
            (found,) = [path for path in files.list_files(pile, suffix=".parquet") if f"part-{name}-" in path]
            Path(found).rename(found.replace("00007", "00099"))
    run(stage_with_a_side_stage(folder, "f2", drops=False), folder, manifest)
    assert rejected(folder) == []
    assert list(read_parts(folder.dead, DeadLetter)) == []
    assert [path.rsplit("/", 1)[-1] for path in files.list_files(files.join(folder.root, "words"))] == [
        "main-f2",
        "side-f2",
    ]
    for name in ("main", "side"):
        assert read_shard_reports(folder, name, "f1") == {}
        assert len(read_shard_reports(folder, name, "f2")) == 1
