"""A small build, and copies of it with one thing wrong each: damage to files, and content that contradicts itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.cli.app import run
from pipeline.cli.verify_command import run_verify
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport, read_shard_report, write_shard_report
from pipeline.io.listing import file_state, sha256_of
from pipeline.io.manifest import (
    content_state,
    parts_digest,
    read_manifest,
    read_stage_marker,
    write_manifest,
    write_stage_marker,
)
from pipeline.verify.run import Verdict, verify_folder


def verified(folder: Path) -> Verdict:
    return verify_folder(str(folder), show=lambda _: None)


@pytest.fixture
def copy(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "copy"))


def rewrite(folder: Path, path: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change a parquet part, and make all records agree with it, as a bug of a stage would."""
    full = folder / path
    table = pq.read_table(full)
    pq.write_table(change(table), full)
    sign_again(folder, path)


def sign_again(folder: Path, path: str) -> None:
    """Make reports, markers and manifest agree with a file."""
    state = file_state(str(folder / path))
    assert state is not None
    part = PartRecord(path, state.num_bytes, sha256_of(str(folder / path)))

    def with_part(report: ShardReport) -> ShardReport:
        return replace(report, parts=tuple(part if own.path == path else own for own in report.parts))

    sign(folder, with_part)


def sign(folder: Path, change: Callable[[ShardReport], ShardReport]) -> None:
    """Change shard reports, and make markers and manifest agree with them."""
    build = BuildFolder(str(folder))
    manifest = read_manifest(build)
    assert manifest is not None
    upstream = ""
    for stage, record in manifest.stages.items():
        mark = read_stage_marker(build, stage)
        assert mark is not None
        reports, num_more = [], 0
        for name, shards in mark.shard_ids.items():
            for shard in shards:
                report = read_shard_report(build.shard_report(name, shard))
                changed = change(report)
                if changed != report:
                    write_shard_report(build, changed)
                    num_more += changed.num_in - report.num_in
                reports.append(changed)
        signed = replace(
            record,
            num_in=record.num_in + num_more,
            num_rejected=record.num_rejected + num_more,
            digest=parts_digest(reports),
            state=content_state(upstream, reports),
        )
        write_stage_marker(build, stage, replace(mark, record=signed))
        manifest = manifest.with_stage(stage, signed)
        upstream = signed.state
    write_manifest(build, manifest)


def read_all(folder: Path) -> set[str]:
    """Every file that a shard report lists."""
    reports = (read_shard_report(str(path)) for path in (folder / "work" / "shards").rglob("*.json"))
    return {part.path for report in reports for part in report.parts}


def first(folder: Path, pattern: str) -> str:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern))[0]


def with_value(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = value
    index = table.schema.get_field_index(column)
    return table.set_column(index, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def test_finished_build_passes_and_everything_was_looked_at(clean: Path) -> None:
    verdict = verified(clean)
    assert not verdict.problems
    assert verdict.content_checked
    looked_at = ("records", "files", "counts", "corpus ids", "sft ids", "packs", "rows", "token rows", "contexts")
    listed = read_all(clean)
    assert verdict.counts["files"] == len(listed) > 10
    assert verdict.counts["bytes"] == sum((clean / path).stat().st_size for path in listed)
    assert all(verdict.counts[name] > 0 for name in (*looked_at, "evidence spans", "documents asked about"))


def test_read_only_copy_elsewhere_passes_without_inputs_torch_or_beam(clean: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(clean, tmp_path / "elsewhere"))
    for path in copy.rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    script = (
        "import sys\n"
        "from pipeline.cli.verify_command import run_verify\n"
        "assert run_verify(sys.argv[1], as_json=True)\n"
        "heavy = {'torch', 'apache_beam', 'transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(copy)], capture_output=True, text=True, check=False)
    for path in copy.rglob("*"):
        path.chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["problems"] == []


def test_damaged_file_is_named_and_noted_for_the_next_build(copy: Path) -> None:
    path = first(copy, "corpus/*/*.parquet")
    before = (copy / path).stat()
    data = (copy / path).read_bytes()
    (copy / path).write_bytes(data[:-5] + b"!" + data[-4:])
    os.utime(copy / path, ns=(before.st_atime_ns, before.st_mtime_ns))
    verdict = verified(copy)
    assert [problem.path for problem in verdict.problems] == [path]
    assert "sets it aside and rebuilds it" in verdict.problems[0].next_run
    assert not verdict.content_checked
    assert path in (copy / "work" / "suspect.json").read_text()


def test_stranger_and_missing_file_are_named(copy: Path) -> None:
    shutil.copy(copy / first(copy, "sft/train-*.parquet"), copy / "sft" / "train-00077.parquet")
    missing = first(copy, "tokens/*.parquet")
    (copy / missing).unlink()
    assert {problem.path for problem in verified(copy).problems} == {"sft/train-00077.parquet", missing}


def test_format_of_another_version_is_named_with_the_remedy(copy: Path) -> None:
    value = json.loads((copy / "manifest.json").read_text())
    del value["checksum"], value["format"]
    (copy / "manifest.json").write_text(json.dumps(value))
    (problem,) = verified(copy).problems
    assert "format 1" in problem.what
    assert "--fresh" in problem.next_run


CONTRADICTIONS: dict[str, tuple[str, Callable[[pa.Table], pa.Table], str]] = {
    "evidence not verbatim": (
        "work/candidates/*.parquet",
        lambda table: with_value(
            table, "evidence", 0, [{**table["evidence"][0].as_py()[0], "quote": "Never written anywhere."}]
        ),
        "not verbatim",
    ),
    "evidence at a wrong depth": (
        "sft/train-*.parquet",
        lambda table: with_value(table, "evidence", 0, [{**table["evidence"][0].as_py()[0], "depth": 0.123456}]),
        "wrong depth",
    ),
    "document twice": (
        "corpus/*/*.parquet",
        lambda table: pa.concat_tables([table, table.slice(0, 1)]),
        "repeats ids",
    ),
    "document lost": ("corpus/*/*.parquet", lambda table: table.slice(1), "rows in corpus/, but its files have"),
    "section that ends too early": (
        "corpus/*/*.parquet",
        lambda table: with_value(table, "sections", 0, table["sections"][0].as_py()[:-1]),
        "sections do not cover",
    ),
    "outline that goes beyond the text": (
        "corpus/*/*.parquet",
        lambda table: with_value(table, "outline", 0, [{**node, "end": 10**7} for node in table["outline"][0].as_py()]),
        "outline does not fit its text",
    ),
    "parent of another document": (
        "corpus/*/*.parquet",
        lambda table: with_value(table, "parent_id", 0, "0123456789abcdef"),
        "its part number or parent says otherwise",
    ),
    "row that differs from its twin": (
        "sft/train-*.parquet",
        lambda table: with_value(table, "task", 0, "another"),
        "differs from its parquet twin in row 0",
    ),
    "row lost": ("sft/train-*.parquet", lambda table: table.slice(1), "rows in sft/, but its files have"),
    "token ids too many": (
        "tokens/train-*.parquet",
        lambda table: with_value(table, "token_ids", 0, [*table["token_ids"][0].as_py(), 1]),
        "differs from sft/ in row 0",
    ),
    "answer outside the row": (
        "tokens/train-*.parquet",
        lambda table: with_value(table, "answer_spans", 0, [{"start": 3, "end": 10**6}]),
        "answer spans are out of order",
    ),
    "question in the loss of TRL": (
        "exports/trl/train-*.parquet",
        lambda table: with_value(table, "assistant_masks", 0, [1] * len(table["input_ids"][0].as_py())),
        "differs from tokens/train-00000.parquet in row 0",
    ),
    "answer out of the loss of Axolotl": (
        "exports/axolotl/train-*.parquet",
        lambda table: with_value(table, "labels", 0, [-100] * len(table["labels"][0].as_py())),
        "differs from tokens/train-00000.parquet in row 0",
    ),
    "other labels for Axolotl": (
        "exports/axolotl/train-*.parquet",
        lambda table: with_value(table, "labels", 0, [one + (one > 0) for one in table["labels"][0].as_py()]),
        "differs from tokens/train-00000.parquet in row 0",
    ),
    "other ids for TRL": (
        "exports/trl/train-*.parquet",
        lambda table: with_value(table, "input_ids", 0, [1, *table["input_ids"][0].as_py()[1:]]),
        "differs from tokens/train-00000.parquet in row 0",
    ),
    "row lost for TRL": (
        "exports/trl/train-*.parquet",
        lambda table: table.slice(0, table.num_rows - 1),
        "has a different number of rows from tokens/train-00000.parquet",
    ),
    "rejection lost": ("rejected/part-ingest-*.parquet", lambda table: table.slice(1), "rows in rejected/"),
    "pack that is overfull": (
        "packs.parquet",
        lambda table: with_value(table, "max_tokens", 0, 16),
        "longer than its pack",
    ),
    "row in two packs": (
        "packs.parquet",
        lambda table: pa.concat_tables([table, table.slice(0, 1)]),
        "as planned",
    ),
    "row in no pack": ("packs.parquet", lambda table: table.slice(1), "as planned"),
    "piece at a wrong place": (
        "packs.parquet",
        lambda table: with_value(table, "offsets", 0, [offset + 1 for offset in table["offsets"][0].as_py()]),
        "as planned",
    ),
    "beginning of a row in a pack": (
        "packs.parquet",
        lambda table: with_value(table, "lengths", 0, [*table["lengths"][0].as_py()[:-1], 1]),
        "as planned",
    ),
    "row of no build in a pack": (
        "packs.parquet",
        lambda table: with_value(table, "row_ids", 0, ["nobody"] * len(table["row_ids"][0].as_py())),
        "no such row",
    ),
}


@pytest.mark.parametrize(("pattern", "change", "expected"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_content_that_contradicts_itself_is_named(
    copy: Path, pattern: str, change: Callable[[pa.Table], pa.Table], expected: str
) -> None:
    rewrite(copy, first(copy, pattern), change)
    verdict = verified(copy)
    assert verdict.content_checked, "the records agree with each other"
    assert any(expected in problem.what for problem in verdict.problems), [str(p) for p in verdict.problems]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda lines: lines[:-1], "different number of rows from those of one turn"),
        (lambda lines: [lines[0].replace(b'"id"', b'"name"'), *lines[1:]], "in row 0"),
        (lambda lines: [b"{broken\n", *lines[1:]], "in row 0"),
    ],
    ids=["row lost", "other field", "no JSON"],
)
@pytest.mark.parametrize("name", ["prompt_completion", "alpaca"])
def test_single_turn_file_that_differs_from_its_rows_is_named(
    copy: Path, name: str, change: Callable[[list[bytes]], list[bytes]], expected: str
) -> None:
    path = first(copy, f"exports/{name}/*.jsonl")
    lines = (copy / path).read_bytes().splitlines(keepends=True)
    (copy / path).write_bytes(b"".join(change(lines)))
    sign_again(copy, path)
    problems = verified(copy).problems
    assert [(problem.path, expected in problem.what) for problem in problems] == [(path, True)]


@pytest.mark.parametrize("column", ["doc_ids", "cluster"])
def test_document_or_cluster_on_both_sides_of_the_split_is_named(copy: Path, column: str) -> None:
    train, validation = (first(copy, f"sft/{split}-*.parquet") for split in ("train", "validation"))
    asked = {name: pq.read_table(copy / name)["doc_ids"][0].as_py()[0] for name in (train, validation)}
    if column == "doc_ids":
        rewrite(copy, validation, lambda table: with_value(table, "doc_ids", 0, [asked[train]]))
        expected = f"about document {asked[train]}"
    else:
        for path in sorted(copy.glob("corpus/*/*.parquet")):
            ids = pq.read_table(path)["doc_id"].to_pylist()
            for row in (ids.index(doc_id) for doc_id in asked.values() if doc_id in ids):
                name = path.relative_to(copy).as_posix()
                rewrite(copy, name, lambda table, row=row: with_value(table, "cluster_id", row, "shared"))
        expected = "about cluster shared"
    assert any(expected in problem.what for problem in verified(copy).problems)


def test_document_whose_last_part_is_missing_is_named(copy: Path) -> None:
    parts = {path: pq.read_table(path) for path in sorted(copy.glob("corpus/*/*.parquet"))}
    last = max(
        (table["num_parts"][row].as_py(), table["part"][row].as_py(), str(path), row)
        for path, table in parts.items()
        for row in range(table.num_rows)
    )
    num_parts, part, path, row = last
    assert part == num_parts > 1, "no document of this build has parts"
    name = Path(path).relative_to(copy).as_posix()
    rewrite(copy, name, lambda table: pa.concat_tables([table.slice(0, row), table.slice(row + 1)]))
    assert any(
        f"that are not numbered from 1 to {num_parts - 1}" in problem.what for problem in verified(copy).problems
    )


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("ingest", "decontaminate"), ("decontaminate", "dedup"), ("dedup", "pack"), ("synthesize", "export")],
)
def test_stage_that_took_in_another_number_than_the_one_before_kept_is_named(
    copy: Path, earlier: str, later: str
) -> None:
    def with_one_more(report: ShardReport) -> ShardReport:
        if (report.stage, report.shard_id) != (later, shard):
            return report
        return replace(report, num_in=report.num_in + 1, num_rejected=report.num_rejected + 1)

    build = BuildFolder(str(copy))
    mark, manifest = read_stage_marker(build, later), read_manifest(build)
    assert mark is not None and manifest is not None
    shard = mark.shard_ids[later][0]
    sign(copy, with_one_more)
    num_kept = manifest.stages[earlier].num_kept
    wanted = f"says that {earlier} kept {num_kept:,} but {later} took {num_kept + 1:,}"
    found = [problem.what for problem in verified(copy).problems]
    assert any(wanted in what for what in found), found


def test_manifest_whose_counts_are_not_those_of_its_shards_is_named(copy: Path) -> None:
    build = BuildFolder(str(copy))
    manifest = read_manifest(build)
    assert manifest is not None
    record = replace(manifest.stages["pack"], num_kept=manifest.stages["pack"].num_kept + 1)
    write_manifest(build, manifest.with_stage("pack", record))
    mark = read_stage_marker(build, "pack")
    assert mark is not None
    write_stage_marker(build, "pack", replace(mark, record=record))
    assert any("num_kept" in problem.what for problem in verified(copy).problems)


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("damage", ["", "content", "bytes"])
def test_command_ends_with_1_whatever_is_wrong_and_says_it_in_words_or_json(
    copy: Path, capsys: pytest.CaptureFixture[str], options: list[str], damage: str
) -> None:
    if damage == "content":
        rewrite(copy, "packs.parquet", lambda table: table.slice(1))
    elif damage == "bytes":
        (copy / "packs.parquet").write_bytes(b"PAR1")
    assert run(["verify", str(copy), *options]) == (1 if damage else 0)
    printed = capsys.readouterr().out
    if not options:
        assert ("packs.parquet" in printed) is bool(damage)
        assert ("matches its records" in printed) is not damage
        assert ("was not checked" in printed) is (damage == "bytes")
        return
    value = json.loads(printed)
    assert (value["kind"], value["folder"]) == ("build", str(copy))
    assert {problem["path"] for problem in value["problems"]} == ({"packs.parquet"} if damage else set())
    assert all(problem["what"] and problem["next_run"] for problem in value["problems"])
    assert value["content_checked"] is (damage != "bytes")
    assert value["counts"]["packed rows"] > 0 if damage != "bytes" else "packed rows" not in value["counts"]


@pytest.mark.parametrize("as_json", [True, False])
def test_command_is_wrong_where_only_the_content_contradicts_itself(
    copy: Path, clean: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    assert run_verify(str(clean), as_json=as_json)
    capsys.readouterr()
    rewrite(copy, "packs.parquet", lambda table: table.slice(1))
    assert not run_verify(str(copy), as_json=as_json)
    printed = capsys.readouterr().out
    if as_json:
        value = json.loads(printed)
        assert value["content_checked"] is True
        assert value["kind"] == "build"
        assert value["problems"] and {problem["path"] for problem in value["problems"]} == {"packs.parquet"}
        assert not (copy / "work" / "suspect.json").exists(), "no file is damaged"
    else:
        assert f"in the build folder {copy}." in printed
        assert "was not checked" not in printed
