"""Whole builds with fact-free rows and the user's own short data beside the rows about documents."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_builds import build, recipe_of

from pipeline.build_result import BuildResult
from pipeline.errors import InputError, RecipeError
from pipeline.export.fact_free import FactFreeKind
from pipeline.export.reach import Reach
from pipeline.io.parts import read_parts
from pipeline.records import Rejection, SftExample
from pipeline.verify.run import verify_folder

NUM_OWN = 400


DOCUMENTS = ("bundled:manual/en", "bundled:dialogue")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's own rows: 400 good ones, three that are not."""
    folder = tmp_path_factory.mktemp("own")
    rows: list[object] = [
        {"instruction": f"Write the number {n} in words, and say why it matters to you.", "output": f"It is {n}." * 4}
        for n in range(NUM_OWN)
    ]
    bad = [{"text": "A story."}, {"prompt": "Who?", "completion": ""}, rows[0]]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows + bad), encoding="utf-8")
    return folder


def overrides_of(own: Path, *, fact_free: float = 0.1, share: float = 0.04) -> list[str]:
    data = json.dumps([{"path": str(own), "share": share, "licence": "CC0"}])
    return [
        f"export.fact_free_share={fact_free}",
        f"export.short_data={data}",
        "pack.buckets=[2048,8192]",
        "finetune.max_tokens=8192",
        "packing.edges=[2048,8192]",
    ]


@pytest.fixture(scope="module")
def built(own: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    recipe = recipe_of(*DOCUMENTS, overrides=overrides_of(own))
    return build(recipe, tmp_path_factory.mktemp("built") / "build")[0]


def rows_of(result: BuildResult) -> list[SftExample]:
    return list(read_parts(result.folder.sft, SftExample))


def test_shares_are_of_the_tokens_of_all_rows(built):
    rows = rows_of(built)
    tokens = {origin: sum(row.num_tokens for row in rows if row.origin == origin) for origin in ("generated", "own")}
    total = sum(row.num_tokens for row in rows)
    assert 0.035 <= tokens["own"] / total <= 0.045
    assert 0.08 <= tokens["generated"] / total <= 0.101
    counters = built.manifest.stages["export"].counters
    assert counters["own/0/tokens"] == tokens["own"]
    assert counters["fact_free/tokens"] == tokens["generated"] == counters["tokens_by/origin/generated"]
    assert counters["tokens_by/origin/own"] == tokens["own"] == counters["tokens_by/family/instruction"]
    assert (
        sum(counters[f"tokens_by/needs/{reach}"] for reach in Reach if f"tokens_by/needs/{reach}" in counters) == total
    )


def test_rows_without_a_document_are_rows_like_any_other(built):
    rows = [row for row in rows_of(built) if row.origin in ("generated", "own")]
    assert {row.task for row in rows} == {"own", *FactFreeKind}
    assert {row.language for row in rows if row.origin == "generated"} == {"en", "ko"}
    for row in rows:
        assert (row.doc_ids, row.evidence) == ((), ())
        assert row.num_tokens <= row.bucket
        assert 0 < row.num_loss_tokens < row.num_tokens
        assert row.checks.answer_unique is (True if row.origin == "generated" else None)
    assert {row.split for row in rows if row.origin == "own"} == {"train", "validation"}
    stored = pq.read_table(built.folder.tokens_part("train", "short")).to_pydict()
    assert {row.id for row in rows if row.split == "train"} == set(stored["row_id"])
    packed = {row_id for ids in pq.read_table(built.folder.packs)["row_ids"].to_pylist() for row_id in ids}
    assert {row.id for row in rows} <= packed


def test_counts_reconcile_and_unusable_rows_are_rejected(built):
    record = built.manifest.stages["export"]
    assert record.num_in == record.num_kept + record.num_rejected + record.num_dead
    rows = rows_of(built)
    assert record.num_kept == sum(len(row.turns) for row in rows)
    own = [one for one in read_parts(built.folder.rejected, Rejection) if one.source_uri.endswith("rows.jsonl")]
    assert sorted(one.reason for one in own) == ["duplicate_row", "empty_turn", "no_conversation"]
    drawn = sum(row.origin == "own" for row in rows)
    assert drawn + record.counters["own/not_drawn"] == NUM_OWN


def test_card_and_report_say_what_is_not_about_a_document(built):
    card = (Path(built.folder.sft) / "README.md").read_text(encoding="utf-8")
    assert "fact-free" in card
    assert "CC0" in card
    assert "key_value" in Path(built.folder.report).read_text(encoding="utf-8")


def test_finished_folder_verifies(built):
    verdict = verify_folder(built.folder.root, show=lambda *_: None)
    assert not verdict.problems


def test_same_rows_come_out_again_and_another_file_of_own_rows_makes_export_run_again(own, built, tmp_path):
    other = tmp_path / "own"
    other.mkdir()
    text = (own / "rows.jsonl").read_text(encoding="utf-8")
    (other / "rows.jsonl").write_text(text, encoding="utf-8")
    recipe = recipe_of(*DOCUMENTS, overrides=overrides_of(other))
    again, _ = build(recipe, tmp_path / "build")
    assert [row.id for row in rows_of(again)] == [row.id for row in rows_of(built)]
    assert build(recipe, tmp_path / "build")[0].did_nothing
    (other / "rows.jsonl").write_text(text.replace("It is 7.", "It is seven."), encoding="utf-8")
    _, observer = build(recipe, tmp_path / "build")
    assert observer.started == ["export"]


def test_own_data_that_is_not_there_ends_the_build_before_it_starts(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        build(recipe_of(*DOCUMENTS, overrides=overrides_of(tmp_path / "none")), tmp_path / "build")
    assert not (tmp_path / "build" / "manifest.json").exists()


def test_shares_that_leave_nothing_for_documents_are_refused(own):
    with pytest.raises(RecipeError, match="leaves enough rows about documents"):
        recipe_of(*DOCUMENTS, overrides=overrides_of(own, share=0.85))
