"""What the quickstart build promises, read from its files."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

import datasets
import pytest

from end_to_end.command import run_pipeline
from pipeline.io import files
from pipeline.io.parts import read_parts
from pipeline.records import Context, DeadLetter, Rejection, SftExample

pytestmark = [pytest.mark.end_to_end, pytest.mark.model]

PLANTED = resources.files("pipeline") / "bundled" / "planted"


def rows_of(build: Path) -> list[SftExample]:
    return list(read_parts(str(build / "sft"), SftExample))


def contexts_of(build: Path) -> dict[str, Context]:
    return {context.doc_id: context for context in read_parts(str(build / "corpus"), Context)}


def defects() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((PLANTED / "defects.json").read_text(encoding="utf-8"))
    return values


def test_every_stage_reconciles_with_the_one_before(quickstart_build: Path) -> None:
    stages = files.read_json(str(quickstart_build / "manifest.json"))["stages"]
    assert list(stages) == ["ingest", "decontaminate", "dedup", "pack", "synthesize", "export"]
    for name, stage in stages.items():
        assert stage["num_in"] == stage["num_kept"] + stage["num_rejected"] + stage["num_dead"], name
        assert stage["num_in"] > 0, name
    assert stages["decontaminate"]["num_in"] == stages["ingest"]["num_kept"]
    assert stages["dedup"]["num_in"] == stages["decontaminate"]["num_kept"]
    assert stages["pack"]["num_in"] == stages["dedup"]["num_kept"]
    assert stages["export"]["num_in"] == stages["synthesize"]["num_kept"]
    dropped = Counter(rejection.stage for rejection in read_parts(str(quickstart_build / "rejected"), Rejection))
    assert dropped == Counter({name: stage["num_rejected"] for name, stage in stages.items() if stage["num_rejected"]})
    dead = Counter(letter.stage for letter in read_parts(str(quickstart_build / "dead"), DeadLetter))
    assert dead == Counter({name: stage["num_dead"] for name, stage in stages.items() if stage["num_dead"]})


def test_rows_are_many_in_both_languages_all_domains_and_both_origins(quickstart_build: Path) -> None:
    train = [row for row in rows_of(quickstart_build) if row.split == "train"]
    assert len(train) >= 40
    assert {row.language for row in train} == {"en", "ko"}
    assert {row.domain for row in train} == {"legal", "manual", "code", "dialogue"}
    assert {turn.origin for row in train for turn in row.turns} == {"written", "structural"}
    assert all(row.messages[-1].role == "assistant" and row.messages[-1].content.strip() for row in train)


def test_every_quote_stands_at_its_offsets_and_the_row_carries_the_whole_document(quickstart_build: Path) -> None:
    contexts, rows = contexts_of(quickstart_build), rows_of(quickstart_build)
    quotes = [(row, evidence) for row in rows for evidence in row.evidence]
    assert len(quotes) >= len(rows) > 0
    for row, evidence in quotes:
        text = contexts[evidence.doc_id].text
        assert text[evidence.start : evidence.end] == evidence.quote
        assert evidence.depth == pytest.approx(evidence.start / len(text))
        assert text in row.messages[0].content
        assert row.num_tokens <= row.bucket


def test_no_document_is_in_both_splits(quickstart_build: Path) -> None:
    parents = {context.doc_id: context.parent_id for context in contexts_of(quickstart_build).values()}
    by_split: dict[str, set[str]] = {"train": set(), "validation": set()}
    for row in rows_of(quickstart_build):
        by_split[row.split] |= {parents[doc_id] for doc_id in row.doc_ids}
    assert by_split["validation"]
    assert not by_split["train"] & by_split["validation"]


def test_planted_duplicates_are_gone_with_their_survivor_named(quickstart_build: Path) -> None:
    survivors = {context.source_uri: context for context in contexts_of(quickstart_build).values()}
    rejected = {
        r.source_uri: r for r in read_parts(str(quickstart_build / "rejected"), Rejection) if r.stage == "dedup"
    }
    groups = [("exact_duplicate", g) for g in defects()["exact_duplicates"]]
    groups += [("near_duplicate", g) for g in defects()["near_duplicates"]]
    assert len(groups) >= 2
    for reason, group in groups:
        uris = [f"bundled:{name}" for name in group]
        alive = [uri for uri in uris if uri in survivors]
        gone = [uri for uri in uris if uri in rejected]
        assert alive == uris[:1], group
        assert sorted(alive + gone) == sorted(uris)
        for uri in gone:
            assert rejected[uri].reason == reason
            assert survivors[alive[0]].doc_id in rejected[uri].detail
            assert survivors[alive[0]].cluster_id == survivors[alive[0]].doc_id


def test_planted_personal_data_is_nowhere_in_the_output(quickstart_build: Path) -> None:
    planted = [
        item["value"]
        for path in PLANTED.iterdir()
        if path.name.endswith(".json") and path.name != "defects.json"
        for item in json.loads(path.read_text(encoding="utf-8"))
    ]
    assert len(planted) >= 20
    texts = chain(
        (context.text + context.title for context in read_parts(str(quickstart_build / "corpus"), Context)),
        (json.dumps([m.content for m in row.messages], ensure_ascii=False) for row in rows_of(quickstart_build)),
        (r.excerpt + r.detail for r in read_parts(str(quickstart_build / "rejected"), Rejection)),
        (d.error + d.traceback for d in read_parts(str(quickstart_build / "dead"), DeadLetter)),
        (
            path.read_text(encoding="utf-8")
            for path in quickstart_build.rglob("*")
            if path.suffix in {".json", ".jsonl", ".html", ".md", ".yaml"}
        ),
    )
    everything = "\n".join(texts)
    assert "[EMAIL-1]" in everything
    assert "[RRN-1]" in everything
    assert [value for value in planted if value in everything] == []


def test_broken_and_empty_files_are_kept_with_their_reason(quickstart_build: Path) -> None:
    rejected = {r.source_uri: r.reason for r in read_parts(str(quickstart_build / "rejected"), Rejection)}
    dead = {d.source_uri: d.error for d in read_parts(str(quickstart_build / "dead"), DeadLetter)}
    planted = [f"bundled:{name}" for name in defects()["broken"] + defects()["empty"]]
    assert len(planted) >= 2
    for uri in planted:
        assert rejected.get(uri) or dead.get(uri), uri
    assert [rejected[f"bundled:{name}"] for name in defects()["empty"]] == ["empty"] * len(defects()["empty"])


@pytest.mark.parametrize("kind", ["parquet", "json"])
def test_datasets_reads_the_rows(quickstart_build: Path, kind: str, tmp_path: Path) -> None:
    suffix = "parquet" if kind == "parquet" else "jsonl"
    names = {split: str(quickstart_build / "sft" / f"{split}-*.{suffix}") for split in ("train", "validation")}
    loaded = datasets.load_dataset(kind, data_files=names, cache_dir=str(tmp_path))
    expected = Counter(row.split for row in rows_of(quickstart_build))
    assert {split: loaded[split].num_rows for split in names} == dict(expected)
    first = loaded["train"][0]
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"] * len(first["turns"])
    assert first["evidence"][0]["quote"]


def test_second_run_does_no_work_and_says_so(quickstart_build: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in quickstart_build.rglob("*") if path.is_file()}
    done = run_pipeline("build-sft", "--output", str(quickstart_build), cwd=quickstart_build)
    assert done.returncode == 0, done.stderr
    assert "Nothing to do" in done.stdout
    after = {path: path.stat().st_mtime_ns for path in quickstart_build.rglob("*") if path.is_file()}
    assert after == before
