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
    assert f"2 steps, {record['tokens']} tokens, loss {record['first_loss']:.3f} → {record['last_loss']:.3f}" in printed
    assert "context 512 → 1024 (yarn); reloaded: logits equal" in printed
    for name, place in (("model", "out/model"), ("report", "out/model/report.html")):
        assert f"{name}: {tmp_path / place}" in printed
    assert re.search(r"peak memory: \d+\.\d\d GiB measured, \d+\.\d\d GiB predicted for packs of \d+ tokens", printed)
    assert re.search(r"validation loss after 0 steps: \d\.\d{4} ", printed)
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
