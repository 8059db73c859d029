"""Records of a build that are missing, damaged or of another run: each is named with what the next build does."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_report, write_shard_report
from pipeline.io.manifest import (
    Manifest,
    StageMarker,
    read_manifest,
    read_stage_marker,
    sum_reports,
    write_manifest,
    write_stage_marker,
)
from pipeline.io.written import write_bytes
from pipeline.records import Rejection
from pipeline.verify.problems import Findings
from pipeline.verify.recorded import ReadsBytes, check_records
from pipeline.verify.run import check_cheap, folder_kind, verify_folder

SHARD = "work/shards/pack/00000.json"
MARKER = "work/shards/pack/stage.marker"
MANIFEST = "manifest.json"


@pytest.fixture
def copy(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "copy"))


def _found(folder: Path) -> list[str]:
    verdict = verify_folder(str(folder), show=lambda _: None)
    assert not verdict.content_checked
    return [str(problem) for problem in verdict.problems]


def _change_mark(folder: Path, **changes: object) -> None:
    build = BuildFolder(str(folder))
    mark = read_stage_marker(build, "pack")
    assert mark is not None and mark.record is not None
    write_stage_marker(build, "pack", replace(mark, **changes))  # type: ignore[arg-type]


def _mark_of_another_run(folder: Path) -> None:
    mark = read_stage_marker(BuildFolder(str(folder)), "pack")
    assert mark is not None and mark.record is not None
    _change_mark(folder, fingerprint="another", record=replace(mark.record, fingerprint="another"))


def _mark_and_reports_of_another_run(folder: Path) -> None:
    _mark_of_another_run(folder)
    for name in ("pack", "tokenize", "placement"):
        for path in (folder / "work" / "shards" / name).glob("*.json"):
            write_shard_report(BuildFolder(str(folder)), replace(read_shard_report(str(path)), fingerprint="another"))


def _change_report(folder: Path, change: Callable[[ShardReport], ShardReport]) -> None:
    changed = change(read_shard_report(str(folder / SHARD)))
    write_shard_report(BuildFolder(str(folder)), changed)


def _another_shard(folder: Path) -> None:
    shutil.copy(folder / "work" / "shards" / "pack" / "00001.json", folder / SHARD)


def _shard_of_nobody(folder: Path) -> None:
    report = replace(read_shard_report(str(folder / SHARD)), shard_id="00099", parts=())
    write_shard_report(BuildFolder(str(folder)), report)


def _without_last_stage(folder: Path) -> None:
    manifest = read_manifest(BuildFolder(str(folder)))
    assert manifest is not None
    stages = {name: record for name, record in manifest.stages.items() if name != "export"}
    write_manifest(BuildFolder(str(folder)), replace(manifest, stages=stages))


def _empty(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).write_bytes(b"") and None


def _gone(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink()


WRONG: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "manifest gone": (_gone(MANIFEST), MANIFEST, "is missing; the next build rewrites it from the stages' markers"),
    "manifest empty": (_empty(MANIFEST), MANIFEST, "is damaged; the next build rewrites it"),
    "manifest of fewer stages": (_without_last_stage, MANIFEST, "has no record of the last stage; run the build again"),
    "marker gone": (_gone(MARKER), MARKER, "is missing; the next build rewrites it"),
    "marker empty": (_empty(MARKER), MARKER, "is damaged; the next build sets it aside"),
    "marker of a run that was cut off": (
        lambda folder: _change_mark(folder, fingerprint="another", record=None),
        MARKER,
        "says that pack was started again and did not finish; run the build again to continue",
    ),
    "marker of another run": (_mark_of_another_run, MARKER, "belongs to a different run; the next build sets it aside"),
    "manifest of another run": (
        _mark_and_reports_of_another_run,
        MANIFEST,
        "belongs to a different run from the marker of pack; the next build rewrites it from the stages' markers",
    ),
    "report gone": (_gone(SHARD), SHARD, "is missing; the next build runs its shard again"),
    "report empty": (_empty(SHARD), SHARD, "is damaged; the next build runs its shard again"),
    "report of another shard": (_another_shard, SHARD, "is the report of shard 00001 of pack; the next build runs"),
    "report of another run": (
        lambda folder: _change_report(folder, lambda report: replace(report, fingerprint="another")),
        SHARD,
        "belongs to a different run; the next build runs its shard again",
    ),
    "report of no shard": (
        _shard_of_nobody,
        "work/shards/pack/00099.json",
        "does not belong to a shard of this build; the next build sets it aside",
    ),
}


@pytest.mark.parametrize(("damage", "path", "expected"), WRONG.values(), ids=WRONG)
def test_record_that_does_not_hold_is_named(
    copy: Path, damage: Callable[[Path], None], path: str, expected: str
) -> None:
    damage(copy)
    found = _found(copy)
    assert any(line.startswith(f"{path} {expected}") for line in found), found
    if path == SHARD:
        assert len(found) == 1, "the files of a shard without a report are nobody else's"
    noted = json.loads((copy / "work" / "suspect.json").read_text())["paths"]
    assert path in noted


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ("num_kept", {"num_in": 1, "num_kept": 1}),
        ("num_dead", {"num_in": 1, "num_dead": 1}),
        ("contexts", {"counters": 1}),
    ],
)
def test_counts_of_a_shard_that_its_stage_does_not_have_are_named(
    copy: Path, expected: str, change: dict[str, int]
) -> None:
    def with_more(report: ShardReport) -> ShardReport:
        numbers = {name: getattr(report, name) + more for name, more in change.items() if name != "counters"}
        counters = dict(report.counters)
        counters["contexts"] += change.get("counters", 0)
        return replace(report, counters=counters, **numbers)

    _change_report(copy, with_more)
    whats = [problem.what for problem in verify_folder(str(copy), show=lambda _: None).problems]
    assert any(expected in what for what in whats), whats


def test_how_answers_came_may_differ_from_one_run_of_a_shard_to_the_next(copy: Path) -> None:
    build = BuildFolder(str(copy))
    manifest, mark = read_manifest(build), read_stage_marker(build, "pack")
    assert manifest is not None and mark is not None and mark.record is not None
    counters = {**mark.record.counters, "cache/hits": 7, "teacher/requests": 3, "prefix_cache/prompt_tokens": 2}
    record = replace(mark.record, counters=counters)
    write_manifest(build, manifest.with_stage("pack", record))
    write_stage_marker(build, "pack", StageMarker(mark.fingerprint, mark.shard_ids, record))
    assert not verify_folder(str(copy), show=lambda _: None).problems


def test_cheap_check_of_a_build_finds_what_is_missing_and_reads_no_bytes(copy: Path) -> None:
    def found() -> list[str]:
        findings = Findings()
        check_cheap(BuildFolder(str(copy)), findings)
        return [problem.path for problem in findings.problems]

    assert found() == []
    part = sorted(copy.glob("corpus/*/*.parquet"))[0]
    data = part.read_bytes()
    part.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    assert found() == [], "sizes are right"
    part.write_bytes(data[:-1])
    assert found() == [part.relative_to(copy).as_posix()]


@pytest.mark.parametrize("mark", ["manifest.json", "work/shards/x", "run.json", "training.json", "evaluation.json"])
def test_kind_of_a_folder_is_that_of_any_record_it_holds(tmp_path: Path, mark: str) -> None:
    with pytest.raises(InputError, match="not a build, model or evaluation folder"):
        folder_kind(str(tmp_path))
    (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / mark).write_text("{}")
    kinds = {"manifest.json": "build", "work/shards/x": "build", "evaluation.json": "evaluation"}
    assert folder_kind(str(tmp_path)) == kinds.get(mark, "model")


def test_one_changed_byte_anywhere_is_named_where_bytes_are_read_and_only_there(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    documents = "work/documents/part-00000.parquet"
    with ShardLedger(folder=folder, stage="ingest", shard_id="00000", fingerprint="f") as ledger:
        ledger.keep(1)
        ledger.reject(Rejection("ingest", "d1", "too_short", "12 characters", 12.0, "a.txt", 0, "짧은 글"))
        ledger.add_parts(write_bytes(str(tmp_path / documents), b"PAR1 lease PAR1"))
    reports = [read_shard_report(folder.shard_report("ingest", "00000"))]
    record = sum_reports(reports, counted="documents", seconds=1, fingerprint="f", outputs=("work/documents",))
    write_manifest(folder, Manifest({}, "m", 17, {}, {"ingest": record}))
    write_stage_marker(folder, "ingest", StageMarker("f", {"ingest": ("00000",)}, record))

    def changed(reads_bytes: ReadsBytes) -> dict[str, str]:
        findings = Findings()
        recorded = check_records(folder, findings, reads_bytes=reads_bytes)
        assert set(recorded.parts) == set(parts)
        return {problem.path: problem.what for problem in findings.problems if problem.path in parts}

    parts = [part.path for part in reports[0].parts]
    assert parts == ["rejected/part-ingest-00000.parquet", documents]
    assert changed(lambda _: True) == {}
    for path in parts:
        file = tmp_path / path
        data, before = file.read_bytes(), file.stat()
        for at in (0, len(data) // 2, len(data) - 1):
            file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
            assert changed(lambda _: True) == {path: "has changed since it was written"}
            assert changed(lambda part, path=path: part.path == path) == changed(lambda _: True)
            assert changed(lambda part, path=path: part.path != path) == changed(lambda _: False) == {}
        file.write_bytes(data)
