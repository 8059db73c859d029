"""The comparison of exported models: what is equal, and what is not."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from small_student import CLAUSES, small_recipe, write_small_model

from benchmarks.compat.loaders.load_models import main
from benchmarks.compat.model_comparison import ModelResult, compare_model
from pipeline.train.export.model_folder import export_model
from pipeline.train.model.student import build_student

TABLE = {"inv_freq": [1.0, 0.5, 1e-30], "attention_factor": 1.1}
EXPECTED: dict[str, Any] = {
    "token_ids": [[1, 2]],
    "chat_ids": [[3]],
    "logits": [[1.0, -4.0], [2.0, 0.5]],
    "tables": {"512": {"full": TABLE, "sliding": {**TABLE, "attention_factor": 1.0}}},
}


def test_what_was_exported_is_equal() -> None:
    assert compare_model({"case": "x", **EXPECTED}, EXPECTED) == ModelResult(True, 0.0, 0.0, "")
    assert compare_model(EXPECTED, EXPECTED).is_equal


@pytest.mark.parametrize("name", ["token_ids", "chat_ids"])
def test_other_ids_are_not_equal(name: str) -> None:
    assert not compare_model({**EXPECTED, name: [[1, 3]]}, EXPECTED).is_equal


@pytest.mark.parametrize(
    ("logits", "difference"), [([[1.0, -4.0], [2.0, 0.502]], 0.0005), ([[1.0, -4.0]], float("inf"))]
)
def test_other_logits_are_not_equal(logits: list[list[float]], difference: float) -> None:
    result = compare_model({**EXPECTED, "logits": logits}, EXPECTED)
    assert result.logit_difference == pytest.approx(difference) and not result.is_equal


@pytest.mark.parametrize("change", ["unscaled layers", "other factor", "missing table", "missing length", "NaN"])
def test_frequencies_that_are_not_in_force_are_not_equal(change: str) -> None:
    answered = deepcopy(EXPECTED)
    tables = answered["tables"]
    match change:
        case "unscaled layers":
            tables["512"]["full"]["inv_freq"][1] = 0.9
        case "other factor":
            tables["512"]["full"]["attention_factor"] = 1.0
        case "missing table":
            del tables["512"]["sliding"]
        case "missing length":
            del tables["512"]
        case "NaN":
            tables["512"]["full"]["inv_freq"][0] = float("nan")
    assert not compare_model(answered, EXPECTED).is_equal


def test_folder_that_does_not_load_is_not_equal_and_says_why() -> None:
    result = compare_model({"case": "x", "error": "ValueError: no such class"}, EXPECTED)
    assert not result.is_equal and result.error == "ValueError: no such class"


def test_loader_answers_for_a_folder_and_tells_why_another_does_not_load(tmp_path: Path) -> None:
    recipe = small_recipe(write_small_model(tmp_path / "base"), rope={"method": "dynamic", "factor": 2.0}).finetune
    student = build_student(recipe.model, recipe, seed=1)
    folder = tmp_path / "cases" / "a"
    (folder / "model").mkdir(parents=True)
    export_model(student, folder / "model", base_model=recipe.model, probe_ids=list(range(100)))
    chats = [[{"role": "user", "content": CLAUSES[2][1]}]]
    asked = {"texts": [CLAUSES[2][0]], "chats": chats, "ids": list(range(200)) * 3, "positions": [0, 599]}
    (tmp_path / "cases" / "b").mkdir()
    for case in ("a", "b"):
        (tmp_path / "cases" / case / "asked.json").write_text(json.dumps({**asked, "lengths": [512, 1024]}))
    main(tmp_path / "cases", tmp_path / "out.jsonl")
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert len(first["token_ids"][0]) == len(CLAUSES[2][0].encode()) and len(first["logits"]) == 2
    for length, table in first["tables"].items():
        wanted = student.scaling.inverse_frequencies_at(int(length))
        assert table["full"]["inv_freq"] == pytest.approx(wanted, rel=1e-5)
    assert first["tables"]["512"] != first["tables"]["1024"]
    assert second["case"] == "b" and second["error"]
