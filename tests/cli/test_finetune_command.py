"""`pipeline finetune` from the command line: its options reach the training, and what it prints is what it left."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from packed_build import write_packed_build
from small_student import small_recipe, write_small_model

from pipeline.cli.app import run


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe file whose output folder holds the build, beside a model that the recipe does not name."""
    other = write_small_model(tmp_path / "other")
    write_packed_build(tmp_path / "out" / "build", tokenizer=other, edges=(640,))
    write_packed_build(tmp_path / "second build", tokenizer=other, edges=(640,), num_train=5)
    values = small_recipe(write_small_model(tmp_path / "base"), max_steps=2).model_dump(mode="json")
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump({**values, "output": str(tmp_path / "out")}, allow_unicode=True))
    return path


def _record(folder: Path) -> dict[str, object]:
    value: dict[str, object] = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    return value


def test_finetune_without_options_trains_the_recipes_model_on_its_build(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["finetune", str(recipe)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    record = _record(tmp_path / "out" / "model")
    assert (record["base_model"], record["data"]) == (str(tmp_path / "base"), str(tmp_path / "out" / "build"))
    counted = f"2 steps on {record['tokens']:,} tokens; the loss counts {record['trained_tokens']:,} of them"
    assert counted in printed
    assert re.search(
        r" 2/2 loss \d\.\d{3} over [\d,]+ of [\d,]+ tokens · [\d,]+ tokens/s · .* GiB · 0 s left ", printed
    )
    assert "The model is that of the last step, 2. Held-out loss " in printed
    assert "pipeline evaluate compares the model with its base." in printed
    assert "context 512 → 1024 (yarn); reloaded: logits equal" in printed
    for name, place in (("model", "out/model"), ("report", "out/model/report.html")):
        assert f"{name}: {tmp_path / place}" in printed
    assert re.search(r"peak memory: \d+\.\d\d GiB measured, \d+\.\d\d GiB predicted for packs of \d+ tokens", printed)
    assert re.search(r"held-out loss after 0 steps: \d\.\d{4} \(\d+ answer tokens of 2 documents\)", printed)
    assert re.search(r"passkey after 2 steps, \d+ tokens, depth 0.1: [01] of 1 found", printed)
    assert "stage" not in printed and "Resuming" not in printed
    assert (tmp_path / "out" / "model" / "report.html").is_file()
    (tmp_path / "out" / "model" / "report.html").unlink()
    assert run(["finetune", str(recipe)]) == 0
    assert "Nothing to do: this model is already trained with this recipe on these rows." in capsys.readouterr().out
    assert (tmp_path / "out" / "model" / "report.html").is_file(), "a report that was removed is written again"


def test_finetune_options_stand_above_the_recipe(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fragment = tmp_path / "part.yaml"
    fragment.write_text("finetune: {rope: {method: linear, factor: 3.0}, max_steps: 9}")
    options = ["--data", str(tmp_path / "second build"), "--model", str(tmp_path / "other")]
    options += ["--output", str(tmp_path / "tuned"), "--with", str(fragment), "--set", "finetune.max_steps=1"]
    assert run(["finetune", str(recipe), *options]) == 0
    record = _record(tmp_path / "tuned")
    assert (record["base_model"], record["data"]) == (str(tmp_path / "other"), str(tmp_path / "second build"))
    assert record["steps"] == 1
    assert record["rope"]["method"] == "linear" and record["rope"]["max_tokens"] == 1536  # type: ignore[index]
    assert not (tmp_path / "out" / "model").exists()
    capsys.readouterr()
    assert run(["finetune", str(recipe), *options, "--set", "finetune.max_steps=2"]) == 2
    assert "--fresh" in capsys.readouterr().err
    assert run(["finetune", str(recipe), *options, "--set", "finetune.max_steps=2", "--fresh"]) == 0
    assert _record(tmp_path / "tuned")["steps"] == 2


def test_finetune_prints_events_for_programs_and_nothing_else(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--set", "finetune.answers.turns=2", "--set", "finetune.best={metric: held_out_loss}"]
    assert run(["finetune", str(recipe), "--json", *settings]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["event"] for event in events if event["event"] not in ("phase", "probe")]
    assert kinds == ["plan", "stage", "validation", "answers", "step", "step", "checkpoint", "validation", "answers",
                     "finished"]  # fmt: skip
    record = _record(tmp_path / "out" / "model")
    log = (tmp_path / "out" / "model" / "logs" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    logged = [event for event in events if event["event"] in ("step", "validation", "answers", "probe")]
    assert logged == [json.loads(line) for line in log]
    finished = events[-1]
    assert finished["folder"] == str(tmp_path / "out" / "model") and finished["outcome"] == "trained"
    assert finished["best"] == record["best"] and finished["best"]["step"] == 2
    assert len(finished["verdict"]) >= 3 and Path(finished["report"]).is_file()
