"""What `pipeline evaluate` hands on: the lengths that were asked for are those that are measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from small_student import small_recipe, write_small_model

from pipeline.cli.app import run
from pipeline.io.checked_json import read_checked


@pytest.mark.parametrize(("options", "expected"), [((), {500}), (("--length", "300", "--length", "400"), {300, 400})])
def test_lengths_of_the_command_take_the_place_of_the_recipes(
    tmp_path: Path, options: tuple[str, ...], expected: set[int]
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
