"""`build-sft` in this process, without a teacher: what it prints, skips, and runs again when the recipe changes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_student import small_tokenizer
from synthesis_documents import CONTRACT_KO, LEASE

from pipeline.cli.app import run
from pipeline.config.build import IngestRecipe
from pipeline.config.load import load_recipe

RECIPE = """
name: small
inputs: [{path: IN}]
clean: {quality_filters: []}
pack: {tokenizer: TOKENIZER, buckets: [8192, 16384], min_tokens: 200}
packing: {edges: [16384]}
synthesize: {written: {tasks: []}}
export: {validation_share: 0.4}
"""
STAGES = ["ingest", "decontaminate", "dedup", "pack", "synthesize", "export"]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe over four contracts and a note that is too short, beside its inputs and tokenizer."""
    root = tmp_path_factory.mktemp("small")
    (root / "in").mkdir()
    for number in range(2):
        lease = LEASE.replace("Kittiwake", f"Kittiwake{number}").replace("4,800", f"4,{number}00")
        contract = CONTRACT_KO.replace("한빛정밀", f"한빛정밀{number}").replace("12,500,000", f"1{number},500,000")
        (root / "in" / f"lease-{number}.txt").write_text(lease, encoding="utf-8")
        (root / "in" / f"계약-{number}.txt").write_text(contract, encoding="utf-8")
    (root / "in" / "note.txt").write_text("Too short.", encoding="utf-8")
    small_tokenizer().save_pretrained(root / "tokenizer")
    text = RECIPE.replace("IN", str(root / "in"), 1).replace("TOKENIZER", str(root / "tokenizer"))
    (root / "small.yaml").write_text(text, encoding="utf-8")
    return root / "small.yaml"


def build(recipe: Path, output: Path, *options: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, dict[str, Any]]:
    """Run the command; returns what it printed, on one line, and the stages of its manifest."""
    assert run(["build-sft", str(recipe), "--output", str(output), *options]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    return printed, json.loads((output / "manifest.json").read_text(encoding="utf-8"))["stages"]


@pytest.fixture(scope="module")
def built(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe's build; copied where a test runs it again."""
    output = tmp_path_factory.mktemp("built") / "build"
    assert run(["build-sft", str(recipe), "--output", str(output)]) == 0
    return output


def test_build_prints_counts_rows_and_where_things_are_and_the_second_run_does_nothing(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "build"
    printed, stages = build(recipe, output, capsys=capsys)
    assert list(stages) == STAGES
    for name, stage in stages.items():
        assert stage["num_in"] == stage["num_kept"] + stage["num_rejected"] + stage["num_dead"] > 0, name
    assert (stages["ingest"]["num_kept"], stages["ingest"]["num_rejected"]) == (4, 1)
    assert "5 documents in = 4 kept + 1 rejected + 0 dead" in printed
    starts = [printed.index(f"{name}: starts") for name in STAGES]
    assert starts == sorted(starts), "a line for each stage as it starts, also where the output is no terminal"
    assert "Nothing to do" not in printed
    rows = [json.loads(line) for path in (output / "sft").glob("*.jsonl") for line in path.open(encoding="utf-8")]
    assert sum(len(row["turns"]) for row in rows) == stages["export"]["num_kept"] >= 7
    assert {row["language"] for row in rows} == {"en", "ko"}
    for language in ("en", "ko"):
        of_language = [row for row in rows if row["language"] == language]
        train = sum(row["split"] == "train" for row in of_language)
        assert re.search(rf"legal . {language} . {train} . {len(of_language) - train} ", printed), printed
    assert re.search(r"legal . en .*legal . ko ", printed, re.DOTALL), "domains and languages in their order"
    for place in ("sft", "manifest.json", "report.html"):
        assert str(output / place) in printed.replace(" ", "") or str(output / place) in printed
    (output / "report.html").unlink()
    again, same = build(recipe, output, capsys=capsys)
    assert "Nothing to do" in again
    assert same == stages
    assert (output / "report.html").is_file(), "a report that was removed is written again"


def test_build_prints_events_for_programs_and_nothing_else(
    recipe: Path, built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["build-sft", str(recipe), "--output", str(tmp_path / "build"), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["stage"] for event in events if event["event"] == "stage_started"] == STAGES
    done = {event["stage"]: event for event in events if event["event"] == "stage_finished"}
    assert (done["ingest"]["in"], done["ingest"]["kept"], done["ingest"]["rejected"]) == (5, 4, 1)
    assert all(one["in"] == one["kept"] + one["rejected"] + one["dead"] for one in done.values())
    finished = events[-1]
    assert finished["event"] == "finished" and finished["folder"] == str(tmp_path / "build")
    assert finished["train_rows"] + finished["validation_rows"] > 0 and not finished["did_nothing"]
    assert run(["build-sft", str(recipe), "--output", str(tmp_path / "build"), "--json"]) == 0
    again = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {event["event"] for event in again} == {"stage_skipped", "finished"} and again[-1]["did_nothing"]


@pytest.mark.parametrize(
    ("change", "runs_again"),
    [
        ("ingest.max_documents=3", STAGES),
        ("clean.min_chars=201", ["ingest", "decontaminate"]),
        ("decontamination.min_share=0.6", ["decontaminate"]),
        ("dedup.threshold=0.47", ["dedup"]),
        ("pack.min_tokens=201", ["pack"]),
        ("synthesize.structural.min_questions=7", ["synthesize", "export"]),
        ("export.max_turns_per_10k_chars=11", ["export"]),
        ("packing.edges=[16384,32768]", ["export"]),
        ("finetune.epochs=9", []),
    ],
)
def test_build_runs_the_stage_whose_part_of_the_recipe_changed_and_those_after_it_that_read_other_bytes(
    recipe: Path, built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, runs_again: list[str]
) -> None:
    output = tmp_path / "build"
    shutil.copytree(built, output)
    before = json.loads((output / "manifest.json").read_text(encoding="utf-8"))["stages"]
    printed, after = build(recipe, output, "--set", change, capsys=capsys)
    again = [name for name in STAGES if after[name]["fingerprint"] != before[name]["fingerprint"]]
    assert again == runs_again
    assert ("Nothing to do" in printed) is (not runs_again)


def test_build_options_stand_above_the_recipe(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for number in range(3):
        (other / f"lease-{number}.txt").write_text(LEASE.replace("4,800", f"4,{number}00"), encoding="utf-8")
    _, stages = build(recipe, tmp_path / "build", "--input", str(other), "--limit", "2", capsys=capsys)
    assert stages["ingest"]["num_in"] == 2


def test_build_options_leave_the_other_keys_of_their_sections(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each key has a value that is not its default."""
    output = tmp_path / "build"
    settings = ["ingest.shard_bytes=123456", "ingest.max_record_bytes=234567", "ingest.max_inflation_ratio=77"]
    given = [option for setting in settings for option in ("--set", setting)]
    build(recipe, output, "--limit", "3", *given, capsys=capsys)
    used = json.loads((output / "manifest.json").read_text(encoding="utf-8"))["recipe"]
    expected = load_recipe(str(recipe), overrides=[*settings, "ingest.max_documents=3"]).model_dump(mode="json")
    assert used == expected
    assert used["ingest"] != IngestRecipe(max_documents=3).model_dump(mode="json")
