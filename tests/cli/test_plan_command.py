"""`pipeline finetune --plan` reads a config and prints; it trains and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_student import ORIGINAL_TOKENS, write_small_model

from pipeline.cli.app import run


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A model folder without weights."""
    folder = write_small_model(tmp_path / "base", num_hidden_layers=4)
    (Path(folder) / "model.safetensors").unlink()
    return folder


def test_plan_as_json_sums_up_and_needs_no_weights(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["finetune", "--plan", "--json", "--model", model, "--set", "finetune.max_tokens=900"]
    assert run([*arguments, "--memory-gib", "2", "--set", "finetune.device=cpu"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["device"], plan["pack_tokens"], plan["memory_bytes"]) == ("cpu", 900, 2 * 2**30)
    assert sum(term["bytes"] for term in plan["terms"] if term["at_peak"]) == plan["peak_bytes"] > 0
    assert plan["fits"] and plan["longest_tokens"] > 900


def test_plan_as_table_says_what_does_not_fit_and_what_to_change(
    model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    arguments = ["finetune", "--plan", "--model", model, "--memory-gib", "1.51"]
    length = [
        "--set",
        "finetune.max_tokens=9000000",
        "--set",
        "finetune.rope={method: linear, factor: 20000}",
    ]
    assert 20000 * ORIGINAL_TOKENS > 9_000_000
    assert run([*arguments, *length]) == 0
    shown = capsys.readouterr().out
    assert "A pack of 9,000,000 tokens" in shown and "does not fit" in shown
    assert "finetune.memory.layer_inputs=host" in shown
    assert not list(Path(model).parent.glob("out*"))


def test_plan_options_without_plan_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["finetune", "--memory-gib", "80"]) == 2
    assert "--plan" in capsys.readouterr().err


def test_plan_of_a_missing_model_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["finetune", "--plan", "--model", "./nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
