"""Counts, ids and splits held against tables written by hand: every sentence, and what is no problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport
from pipeline.io.manifest import Manifest, StageRecord
from pipeline.io.outputs import shard_of
from pipeline.io.parts import write_part
from pipeline.records import DeadLetter, Rejection, Split
from pipeline.verify.counts import asked_documents, check_counts, check_ids, check_splits
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded, check_sums


@dataclass(frozen=True)
class Row:
    """The columns that are read, of whatever table."""

    doc_id: str = "d"
    candidate_id: str = "c"
    id: str = "r"
    cluster_id: str = "k"
    doc_ids: tuple[str, ...] = ("d",)


def recorded(
    folder: BuildFolder, tables: Mapping[str, list[Row]], manifest: Manifest | None = None, **report: ShardReport
) -> Recorded:
    """Tables by relative path, and the reports of stages; a report of nobody lists what no other does."""
    for path, rows in tables.items():
        write_part(f"{folder.root}/{path}", rows, Row)
    parts = tuple(PartRecord(path, 1, "h") for path in tables)
    every = ShardReport("listing", "00000", "f", 0, 0, 0, 0, {}, parts)
    reports = {"listing": {"00000": every}} | {stage: {own.shard_id: own} for stage, own in report.items()}
    return Recorded(manifest, reports)


def found(check: Callable[[BuildFolder, Recorded, Findings], None], folder: BuildFolder, own: Recorded) -> list[str]:
    findings = Findings()
    check(folder, own, findings)
    assert {problem.next_run for problem in findings.problems} <= {START_OVER}
    return [f"{problem.path} {problem.what}" for problem in findings.problems]


PLACES = {
    "ingest": ("work/documents/part-00000.parquet", "num_kept"),
    "sign": ("work/signatures/part-00000.parquet", "num_kept"),
    "pack": ("corpus/bucket=1024/part-00000.parquet", "contexts"),
    "synthesize": ("work/candidates/part-00000.parquet", "num_kept"),
    "export": ("sft/train-00000.parquet", "num_kept"),
}


@pytest.mark.parametrize("stage", PLACES)
@pytest.mark.parametrize(("counted", "is_right"), [(1, False), (2, True), (3, False)])
def test_shard_counts_the_rows_that_it_left(tmp_path: Path, stage: str, counted: int, is_right: bool) -> None:
    folder, (path, _) = BuildFolder(str(tmp_path)), PLACES[stage]
    tables = {path: [Row(), Row()]}
    if stage == "export":
        tables["tokens/train-00000.parquet"] = [Row()] * counted
    kept, counters = (counted, {})
    if stage == "pack":
        kept, counters = 9, {"contexts": counted}
    if stage == "export":
        kept, counters = 9, {"rows/train": counted - 1, "rows/validation": 1}
    parts = tuple(PartRecord(one, 1, "h") for one in tables)
    report = ShardReport(stage, "00000", "f", kept, kept, 0, 0, counters, parts)
    own = recorded(folder, tables, None, **{stage: report})
    place = path[: path.rindex("/") + 1] if stage != "pack" else "corpus/"
    expected = (
        [] if is_right else [f"work/shards/{stage}/00000.json counts {counted} rows in {place}, but its files have 2"]
    )
    assert found(check_counts, folder, own) == expected


def test_shard_counts_token_rows_rejections_and_dead_letters_as_well(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    rejection, letter = Rejection("export", "i", "r", "", None, "u", 0, ""), DeadLetter("export", "i", "u", 0, "E", "")
    write_part(folder.rejected_part("export", "00000"), [rejection] * 2, Rejection)
    write_part(folder.dead_part("export", "00000"), [letter], DeadLetter)
    names = [
        "rejected/part-export-00000.parquet",
        "dead/part-export-00000.parquet",
        "sft/a.parquet",
        "tokens/a.parquet",
    ]
    parts = tuple(PartRecord(name, 1, "h") for name in [*names, "sft/a.jsonl"])
    tables = {"sft/a.parquet": [Row()], "tokens/a.parquet": [Row()] * 3}
    report = ShardReport("export", "00000", "f", 1008, 5, 1, 1002, {"rows/train": 1}, parts)
    own = recorded(folder, tables, None, export=report)
    shard = "work/shards/export/00000.json counts"
    assert found(check_counts, folder, own) == [
        f"{shard} 1 rows in rejected/, but its files have 2",
        f"{shard} 1,002 rows in dead/, but its files have 1",
        f"{shard} 1 rows in tokens/, but its files have 3",
    ]


def stage(num_in: int, num_kept: int, **changes: int) -> StageRecord:
    return StageRecord("documents", num_in, num_kept, changes.get("num_rejected", 0), 0, 0.0, "f", (), {"a/b": 4})


def test_stage_takes_in_what_the_one_before_kept(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    stages = {
        "ingest": stage(9, 1234),
        "decontaminate": stage(1233, 1230),
        "dedup": stage(1230, 7),
        "pack": stage(7, 5),
        "export": stage(3, 3),
    }
    own = Recorded(Manifest({}, "f", 1, {}, stages))
    assert found(check_counts, folder, own) == [
        "manifest.json says that ingest kept 1,234 but decontaminate took 1,233"
    ]


TABLES = (
    ("work/documents/part-0.parquet", "doc_id"),
    ("corpus/bucket=1/part-0.parquet", "doc_id"),
    ("work/candidates/part-0.parquet", "candidate_id"),
    ("sft/train-0.parquet", "id"),
)


@pytest.mark.parametrize(("path", "column"), TABLES)
def test_id_that_stands_twice_is_named_with_its_first_file(tmp_path: Path, path: str, column: str) -> None:
    folder = BuildFolder(str(tmp_path))
    second = path.replace("0.parquet", "1.parquet")
    rows = {path: [Row(**{column: name}) for name in "ab"], second: [Row(**{column: name}) for name in "bca"]}
    other = {one: [Row()] for one, _ in TABLES if not one.startswith(path[:6])}
    own = recorded(folder, rows | other)
    assert found(check_ids, folder, own) == [f"{path} repeats ids: 2 in all, such as a"]
    single = {path: rows[path], second: [Row(**{column: "c"})] * 3}
    assert found(check_ids, folder, recorded(folder, single)) == [f"{second} repeats ids: 1 in all, such as c"]


def test_ids_are_counted_by_table(tmp_path: Path) -> None:
    folder, findings = BuildFolder(str(tmp_path)), Findings()
    rows = [Row(str(n), str(n), str(n)) for n in range(3)]
    check_ids(folder, recorded(folder, {path: rows[: at % 3 + 1] for at, (path, _) in enumerate(TABLES)}), findings)
    assert findings.counts == {"documents ids": 1, "corpus ids": 2, "candidates ids": 3, "sft ids": 1}
    assert findings.problems == ()


def test_split_shares_neither_a_document_nor_a_cluster(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    corpus = [
        Row("a", cluster_id="k1"),
        Row("b", cluster_id="k2"),
        Row("c", cluster_id="k1"),
        Row("x", cluster_id="k2"),
    ]
    tables = {
        "corpus/bucket=1/part-0.parquet": corpus,
        "sft/train-0.parquet": [Row(doc_ids=("a", "a")), Row(doc_ids=("a",))],
        "sft/validation-0.parquet": [Row(doc_ids=("b",))],
    }
    own = recorded(folder, tables)
    findings = Findings()
    check_splits(folder, own, findings)
    assert (findings.problems, findings.counts) == ((), {"documents asked about": 2})
    by_cluster = recorded(folder, tables | {"sft/validation-0.parquet": [Row(doc_ids=("b",)), Row(doc_ids=("c",))]})
    assert found(check_splits, folder, by_cluster) == ["sft has rows about cluster k1 in both splits"]
    both = recorded(folder, tables | {"sft/validation-0.parquet": [Row(doc_ids=("b", "a"))]})
    assert found(check_splits, folder, both) == [
        "sft has rows about document a in both splits",
        "sft has rows about cluster k1 in both splits",
    ]


def test_documents_asked_about_are_those_of_the_rows_of_one_split(tmp_path: Path) -> None:

    folder = BuildFolder(str(tmp_path))
    own = recorded(folder, {"sft/train-0.parquet": [Row(doc_ids=("a", "b")), Row(doc_ids=("b",))]})
    assert asked_documents(folder, own, Split.TRAIN).to_pylist() == ["a", "b"]
    assert asked_documents(folder, own, Split.VALIDATION).to_pylist() == []


def test_record_of_a_stage_is_the_sum_of_its_shards_but_for_how_they_were_run() -> None:
    reports = [
        ShardReport("pack", "00000", "f", 3, 2, 1, 0, {"a/b": 1, "teacher/asked": 9}),
        ShardReport("pack", "00001", "f", 4, 2, 1, 0, {"a/b": 2}),
    ]
    findings = Findings()
    counters = {"a/b": 4, "teacher/asked": 1, "cache/hits": 2, "prefix_cache/x": 3, "none": 0}
    check_sums("pack", StageRecord("d", 7, 5, 2, 1000, 0.0, "f", (), counters), reports, findings)
    assert [str(problem) for problem in findings.problems] == [
        "work/shards/pack/00001.json does not add up; the next build runs its shard again.",
        "manifest.json says num_kept = 5 for pack, but its shards say 4; run the build again to continue.",
        "manifest.json says num_dead = 1,000 for pack, but its shards say 0; run the build again to continue.",
        "manifest.json says a/b = 4 for pack, but its shards say 3; run the build again to continue.",
    ]


@pytest.mark.parametrize(
    ("path", "shard"),
    [
        ("packs.parquet", "packs"),
        ("corpus/bucket=1024/part-00007.parquet", "00007"),
        ("sft/train-00003.jsonl", "00003"),
        ("rejected/part-pack-00001.parquet", "00001"),
    ],
)
def test_file_bears_the_name_of_its_shard(path: str, shard: str) -> None:
    assert shard_of(path) == shard


def test_problem_is_noted_once_for_a_path_and_what_is_wrong() -> None:
    findings = Findings()
    for path, what in (("b", "is missing"), ("a", "is missing"), ("b", "is missing"), ("b", "is torn")):
        findings.add(path, what, "next")
    findings.count("files")
    findings.count("files", 4)
    assert [str(problem) for problem in findings.problems] == [
        "b is missing; next.",
        "a is missing; next.",
        "b is torn; next.",
    ]
    assert findings.counts == {"files": 5}
