"""What `pipeline evaluate` hands on: the lengths that were asked for are those that are measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from small_student import small_recipe, write_small_model

from pipeline.cli.app import run
from pipeline.io.checked_json import read_checked


@pytest.mark.parametrize(("options", "expected"), [((), {500}), (("--length", "300", "--length", "400"), {300, 400})])
def test_lengths_of_the_command_take_the_place_of_the_recipes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], expected: set[int]
) -> None:
    model = write_small_model(tmp_path / "base")
    passkey = {"lengths": [500], "depths": [0.5], "samples": 1}
    values = small_recipe(model).model_dump(mode="json") | {
        "evaluate": {"device": "cpu", "dtype": "float32", "tasks": {"passkey": passkey}}
    }
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(values), encoding="utf-8")
    output = tmp_path / "evaluation"
    arguments = ["evaluate", str(recipe), "--task", "passkey", "--model", model, "--output", str(output), *options]
    assert run(arguments) == 0
    measured = read_checked(str(output / "evaluation.json"))["tasks"]["passkey"]["cells"]
    assert {cell["length"] for cell in measured} == expected
    capsys.readouterr()
    assert run([*arguments, "--json", "--fresh"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    steps = [event for event in events if event["event"] == "step"]
    assert {step["length"] for step in steps} == expected and all(step["measured_now"] for step in steps)
    (plan,) = (event for event in events if event["event"] == "plan")
    assert plan["steps"] == len(steps) and plan["tokens"] == sum(step["num_tokens"] for step in steps)
    assert events[-1]["event"] == "finished" and events[-1]["record"] == str(output / "evaluation.json")
