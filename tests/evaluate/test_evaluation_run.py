"""Whole evaluations of small models: what is written, and that nothing is measured twice."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from small_student import small_tokenizer, write_small_model
from torch.nn.modules.module import register_module_forward_pre_hook
from transformers import LlamaForCausalLM

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import InputError, MissingExtraError
from pipeline.evaluate.cells import Cell, EvaluationTask
from pipeline.evaluate.run import EvaluationRequest, EvaluationResult, evaluate
from pipeline.io.checked_json import read_checked

NUM_CELLS = 2 * (2 + 2)


class CellLog:
    """Keeps the cells it is told of."""

    def __init__(self) -> None:
        self.measured: list[Cell] = []
        self.reused: list[Cell] = []

    def on_phase(self, description: str) -> None:
        assert description

    def on_plan(self, num_cells: int) -> None:
        assert num_cells > 0

    def on_cell(self, cell: Cell, seconds: float, measured_now: bool) -> None:
        (self.measured if measured_now else self.reused).append(cell)


@contextmanager
def forward_calls() -> Iterator[list[int]]:
    """Tokens of every forward pass of a language model while the block runs; a torch hook sees them all."""
    calls: list[int] = []

    def note(module: torch.nn.Module, inputs: Any) -> None:
        if isinstance(module, LlamaForCausalLM):
            calls.append(1)

    handle = register_module_forward_pre_hook(note)
    try:
        yield calls
    finally:
        handle.remove()


def _evaluate(
    recipe: Recipe,
    model: str,
    data: str,
    output: Path,
    *,
    start: Start = Start.RESUME,
    lengths: list[int] | None = None,
    log: CellLog | None = None,
) -> EvaluationResult:
    return evaluate(
        recipe,
        EvaluationRequest(model, data, list(EvaluationTask), lengths),
        output=str(output),
        start=start,
        observer=log or CellLog(),
    )


def test_evaluate_two_models_writes_record_plots_and_page(
    recipe: Recipe, tuned_model: str, base_model: str, build: str, tmp_path: Path
) -> None:
    result = _evaluate(recipe, tuned_model, build, tmp_path)
    written = read_checked(result.record)
    assert written == result.evaluation
    assert written["models"]["base"]["reference"] == base_model
    assert written["models"]["base"]["context_tokens"] == 512 == written["models"]["tuned"]["original_context_tokens"]
    assert written["models"]["tuned"]["context_tokens"] == 2048
    results = written["perplexity"]["results"]
    assert [(row["model"], row["length"]) for row in results] == [
        (model, length) for model in ("base", "tuned") for length in (512, 2048)
    ]
    for row in results:
        assert row["num_tokens"] == 3 * 64 and row["num_windows"] == 3
        assert row["low"] < row["perplexity"] < row["high"]
        assert row["perplexity"] == pytest.approx(math.exp(row["mean_nll"]), rel=1e-3)
    assert len({row["perplexity"] for row in results}) == 4
    cells = written["passkey"]["cells"]
    assert len(cells) == 2 * 2 * 2 and all(cell["samples"] == 2 == len(cell["answers"]) for cell in cells)
    # Models of random weights do not find a key of five digits.
    assert all(cell["hits"] == 0 and cell["accuracy"] == 0.0 for cell in cells)
    assert written["headline"] in Path(result.report).read_text().replace("&#39;", "'")
    for plot in ("perplexity.png", "passkey.png"):
        assert (tmp_path / plot).read_bytes().startswith(b"\x89PNG")


def test_evaluate_second_run_makes_no_forward_pass_and_writes_the_same(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    with forward_calls() as calls:
        first = _evaluate(recipe, tuned_model, build, tmp_path)
        num_first = len(calls)
        log = CellLog()
        second = _evaluate(recipe, tuned_model, build, tmp_path, log=log)
    assert num_first > NUM_CELLS and len(calls) == num_first
    assert (first.num_measured, second.num_measured) == (NUM_CELLS, 0)
    assert len(log.reused) == NUM_CELLS and not log.measured
    assert first.evaluation == second.evaluation


def test_evaluate_after_interruption_measures_only_what_is_missing(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    first = _evaluate(recipe, tuned_model, build, tmp_path)
    cells = sorted((tmp_path / "cells").iterdir())
    assert len(cells) == NUM_CELLS
    cells[-1].unlink()
    log = CellLog()
    second = _evaluate(recipe, tuned_model, build, tmp_path, log=log)
    assert [(cell.role, cell.task, cell.length) for cell in log.measured] == [("tuned", "perplexity", 2048)]
    assert _without_seconds(second.evaluation) == _without_seconds(first.evaluation)


def test_evaluate_measures_damaged_cells_again_and_writes_what_was_deleted(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = _evaluate(recipe, tuned_model, build, tmp_path)
    outputs = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert {"evaluation.json", "perplexity.png", "passkey.png", "report.html"} <= outputs.keys()
    cells = sorted((tmp_path / "cells").iterdir())
    cells[0].write_bytes(cells[0].read_bytes()[:-30])
    cells[1].write_text(cells[1].read_text().replace("true", "false").replace("false", "true", 1))
    cells[-1].write_text(cells[-1].read_text().replace("0", "1", 1))
    (tmp_path / "evaluation.json").write_text("{")
    (tmp_path / "perplexity.png").unlink()
    (tmp_path / "report.html").unlink()
    log = CellLog()
    second = _evaluate(recipe, tuned_model, build, tmp_path, log=log)
    assert len(log.measured) == len(list((tmp_path / "cells").glob("*.damaged"))) == 3
    assert all(cell.name in caplog.text for cell in (cells[0], cells[1], cells[-1]))
    assert _without_seconds(second.evaluation) == _without_seconds(first.evaluation)
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == outputs.keys()


def test_evaluate_another_model_in_the_same_folder_measures_it_anew(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(tuned_model, model)
    _evaluate(recipe, str(model), build, tmp_path / "out")
    weights = LlamaForCausalLM.from_pretrained(model)
    torch.nn.init.constant_(weights.model.norm.weight, 0.5)
    weights.save_pretrained(model)
    log = CellLog()
    _evaluate(recipe, str(model), build, tmp_path / "out", log=log)
    assert {cell.role for cell in log.measured} == {"tuned"} and len(log.measured) == NUM_CELLS // 2
    assert {cell.role for cell in log.reused} == {"base"}


def test_evaluate_fresh_measures_everything_again(recipe: Recipe, tuned_model: str, build: str, tmp_path: Path) -> None:
    _evaluate(recipe, tuned_model, build, tmp_path)
    assert _evaluate(recipe, tuned_model, build, tmp_path, start=Start.FRESH).num_measured == NUM_CELLS


def test_evaluate_given_lengths_replace_the_recipes(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    result = _evaluate(recipe, tuned_model, build, tmp_path, lengths=[700])
    assert {row["length"] for row in result.evaluation["perplexity"]["results"]} == {700}
    assert {row["length"] for row in result.evaluation["passkey"]["cells"]} == {700}


def test_evaluate_model_without_base_stands_alone_and_says_so(
    recipe: Recipe, base_model: str, build: str, tmp_path: Path
) -> None:
    evaluation = _evaluate(recipe, base_model, build, tmp_path).evaluation
    assert list(evaluation["models"]) == ["tuned"]
    assert any("No base model to compare with" in note for note in evaluation["notes"])
    assert "base" not in evaluation["headline"]


def test_evaluate_base_with_another_tokenizer_raises(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    other = Path(write_small_model(tmp_path / "other"))
    tokenizer = small_tokenizer()
    tokenizer.add_tokens(["The tenant", "월세", " the "])
    tokenizer.save_pretrained(other)
    changed = recipe.model_copy(update={"evaluate": recipe.evaluate.model_copy(update={"base_model": str(other)})})
    with pytest.raises(InputError, match="different tokenizers"):
        _evaluate(changed, tuned_model, build, tmp_path / "out")


def test_evaluate_passkeys_alone_of_a_base_with_another_tokenizer_raises(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    other = Path(write_small_model(tmp_path / "other"))
    tokenizer = small_tokenizer()
    tokenizer.add_tokens([" the ", "The "])
    tokenizer.save_pretrained(other)
    changed = recipe.model_copy(update={"evaluate": recipe.evaluate.model_copy(update={"base_model": str(other)})})
    with pytest.raises(InputError, match="tokenize the same prompt differently"):
        evaluate(
            changed,
            EvaluationRequest(tuned_model, build, [EvaluationTask.PASSKEY], None),
            output=str(tmp_path / "out"),
            start=Start.RESUME,
            observer=CellLog(),
        )


def test_evaluate_missing_model_folder_raises_before_any_work(recipe: Recipe, build: str, tmp_path: Path) -> None:
    with forward_calls() as calls, pytest.raises(InputError, match="does not exist"):
        _evaluate(recipe, str(tmp_path / "nowhere"), build, tmp_path / "out")
    assert not calls


def test_evaluate_without_torch_names_the_extra(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "pipeline.evaluate.measure", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[train\]"):
        _evaluate(recipe, tuned_model, build, tmp_path)


def _without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_seconds(inner) for key, inner in value.items() if key != "seconds"}
    return [_without_seconds(inner) for inner in value] if isinstance(value, list) else value
