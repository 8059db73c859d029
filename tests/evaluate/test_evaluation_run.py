"""Whole evaluations of small models: what is written, and that nothing is measured twice."""

from __future__ import annotations

import csv
import json
import math
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_student import small_tokenizer, write_small_model
from torch.nn.modules.module import register_module_forward_pre_hook
from transformers import LlamaForCausalLM

from pipeline.cli.app import run
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import InputError, MissingExtraError
from pipeline.evaluate.asking import ANSWERING_CODE, Step, ask_all, fingerprint_of
from pipeline.evaluate.run import EvaluationRequest, EvaluationResult, evaluate, make_plan
from pipeline.evaluate.subjects.opening import describe
from pipeline.io.checked_json import read_checked

NUM_CELLS = 2 * 2
NUM_PROMPTS = 2 * 2 * 2 * 2
"""Models, lengths, depths and samples."""
NUM_STEPS = NUM_CELLS + NUM_PROMPTS


class StepLog:
    """Keeps the steps it is told of."""

    def __init__(self) -> None:
        self.measured: list[Step] = []
        self.reused: list[Step] = []
        self.planned = 0
        self.planned_tokens = 0

    def on_phase(self, description: str) -> None:
        assert description

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        assert num_steps > 0 and num_tokens > 0
        self.planned, self.planned_tokens = num_steps, num_tokens

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        self.planned += num_steps

    def on_step(self, step: Step) -> None:
        (self.measured if step.measured_now else self.reused).append(step)


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
    lengths: Sequence[int] = (),
    tasks: Sequence[str] = (),
    log: StepLog | None = None,
) -> EvaluationResult:
    return evaluate(
        recipe,
        EvaluationRequest([model], data, tasks, lengths),
        output=str(output),
        start=start,
        observer=log or StepLog(),
    )


def _names(evaluation: Any) -> dict[str, str]:
    """Names of the subjects by role."""
    return {subject["role"]: subject["name"] for subject in evaluation["subjects"]}


def test_evaluate_two_models_writes_record_tables_samples_and_page(
    recipe: Recipe, tuned_model: str, base_model: str, build: str, tmp_path: Path
) -> None:
    log = StepLog()
    result = _evaluate(recipe, tuned_model, build, tmp_path, log=log)
    written = read_checked(result.record)
    assert written == result.evaluation
    assert log.planned == len(log.measured) == NUM_STEPS == result.num_steps
    assert log.planned_tokens == sum(step.num_tokens for step in log.measured), "the time left goes down to zero"
    assert all(step.num_tokens > 0 for step in log.measured)
    base, tuned = written["subjects"]
    assert (base["role"], base["reference"], base["context_tokens"]) == ("base", base_model, 512)
    assert (tuned["role"], tuned["original_context_tokens"], tuned["context_tokens"]) == ("tuned", 512, 2048)
    assert (written["main"], written["reference"]) == (tuned["name"], base["name"])
    results = written["forward"]["perplexity"]["results"]
    assert Counter((row["subject"], row["length"]) for row in results) == Counter(
        (subject["name"], length) for subject in (base, tuned) for length in (512, 2048)
    )
    for row in results:
        assert row["num_tokens"] == 3 * 64 and row["num_windows"] == 3
        assert row["low"] < row["perplexity"] < row["high"]
        assert row["perplexity"] == pytest.approx(math.exp(row["mean_nll"]), rel=1e-3)
    assert len({row["perplexity"] for row in results}) == 4
    cells = written["tasks"]["passkey"]["cells"]
    assert len(cells) == 2 * 2 and all(cell["n"] == 2 * 2 for cell in cells)
    # Models of random weights do not find a key of five digits.
    assert all(cell["scores"]["found"]["value"] == 0.0 < cell["scores"]["found"]["high"] for cell in cells)
    samples = [json.loads(line) for path in (tmp_path / "samples").iterdir() for line in path.open(encoding="utf-8")]
    assert len(samples) == NUM_PROMPTS and all(sample["gold"] and sample["prompt_head"] for sample in samples)
    with (tmp_path / "tables.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not row["depth"]]
    assert {(row["subject"], row["length"]) for row in rows} >= {
        (cell["subject"], str(cell["length"])) for cell in cells
    }
    page = Path(result.report).read_text(encoding="utf-8")
    assert base["name"] in page and tuned["name"] in page and samples[0]["gold"][0] in page


def test_evaluate_second_run_makes_no_forward_pass_and_writes_the_same(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    with forward_calls() as calls:
        first = _evaluate(recipe, tuned_model, build, tmp_path)
        num_first = len(calls)
        log = StepLog()
        second = _evaluate(recipe, tuned_model, build, tmp_path, log=log)
    assert num_first > NUM_CELLS and len(calls) == num_first
    assert (first.num_measured, second.num_measured) == (NUM_STEPS, 0)
    assert len(log.reused) == NUM_STEPS and not log.measured
    assert first.evaluation == second.evaluation


def test_evaluate_after_interruption_measures_only_what_is_missing(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    class Interrupting(StepLog):
        def on_step(self, step: Step) -> None:
            super().on_step(step)
            if len(self.measured) == NUM_STEPS - 3:
                raise KeyboardInterrupt

    before = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        _evaluate(recipe, tuned_model, build, tmp_path, log=before)
    log = StepLog()
    second = _evaluate(recipe, tuned_model, build, tmp_path, log=log)
    assert (len(log.reused), len(log.measured)) == (NUM_STEPS - 3, 3)
    whole = _evaluate(recipe, tuned_model, build, tmp_path / "whole")
    assert _without_seconds(second.evaluation) == _without_seconds(whole.evaluation)


def test_evaluate_measures_damaged_results_again_and_writes_what_was_deleted(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = _evaluate(recipe, tuned_model, build, tmp_path)
    outputs = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert {"evaluation.json", "tables.csv", "report.html"} <= outputs
    cells = sorted((tmp_path / "cells").iterdir())
    cells[0].write_bytes(cells[0].read_bytes()[:-30])
    cells[-1].write_text(cells[-1].read_text().replace("0", "1", 1))
    answers = sorted((tmp_path / "answers").rglob("*.jsonl"))
    first_line, rest = answers[0].read_text().split("\n", 1)
    answers[0].write_text(f"{first_line[:-3]}\n{rest}")
    (tmp_path / "evaluation.json").write_text("{")
    (tmp_path / "tables.csv").unlink()
    (tmp_path / "report.html").unlink()
    log = StepLog()
    second = _evaluate(recipe, tuned_model, build, tmp_path, log=log)
    assert Counter(step.task for step in log.measured) == {"perplexity": 2, "passkey": 1}
    assert len(list((tmp_path / "cells").glob("*.damaged"))) == 2
    assert all(path.name in caplog.text for path in (cells[0], cells[-1], answers[0]))
    assert _without_seconds(second.evaluation) == _without_seconds(first.evaluation)
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == outputs


def test_evaluate_another_model_in_the_same_folder_measures_it_anew(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(tuned_model, model)
    _evaluate(recipe, str(model), build, tmp_path / "out")
    weights = LlamaForCausalLM.from_pretrained(model)
    torch.nn.init.constant_(weights.model.norm.weight, 0.5)
    weights.save_pretrained(model)
    log = StepLog()
    evaluation = _evaluate(recipe, str(model), build, tmp_path / "out", log=log).evaluation
    names = _names(evaluation)
    assert {step.subject for step in log.measured} == {names["tuned"]} and len(log.measured) == NUM_STEPS // 2
    assert {step.subject for step in log.reused} == {names["base"]}


def test_evaluate_beside_another_model_of_the_same_name_keeps_the_answers(
    recipe: Recipe, base_model: str, build: str, tmp_path: Path
) -> None:
    second = tmp_path / "b" / "model"
    shutil.copytree(base_model, second)
    first = write_small_model(tmp_path / "a" / "model", intermediate_size=48)
    out, tasks = tmp_path / "out", ["passkey"]
    _evaluate(recipe, str(second), build, out, tasks=tasks)
    log = StepLog()
    evaluate(
        recipe, EvaluationRequest([first, str(second)], build, tasks), output=str(out), start=Start.RESUME, observer=log
    )
    assert {step.subject for step in log.measured} == {"model"} and {step.subject for step in log.reused} == {"model-2"}
    assert len(log.reused) == len(log.measured) == NUM_PROMPTS // 2


def test_fingerprint_of_the_same_weights_differs_by_the_way_they_run(recipe: Recipe, base_model: str) -> None:
    (own,) = describe([base_model], settings=recipe.evaluate)
    with_vllm = replace(own, reference=f"vllm:{base_model}", has_weights=False)
    prints = {fingerprint_of(one, recipe.evaluate, ANSWERING_CODE) for one in (own, with_vllm)}
    assert len(prints) == 2


def test_evaluate_asks_a_prompt_that_is_the_same_at_two_lengths_once(
    recipe: Recipe, base_model: str, build: str, tmp_path: Path
) -> None:
    plan = make_plan(recipe, EvaluationRequest([base_model], build, ["passkey"], [512]), on_phase=lambda _: None)
    (planned,) = plan.answers
    longer = tuple(replace(prompt, length=1024) for prompt in planned.asked.prompts)
    twice = replace(planned, asked=replace(planned.asked, prompts=(*planned.asked.prompts, *longer)))
    log = StepLog()
    with forward_calls() as calls:
        results = ask_all(replace(plan, answers=(twice,)), recipe.evaluate, output=str(tmp_path), watch=log)
    num_calls = len(calls)
    with forward_calls() as calls:
        ask_all(plan, recipe.evaluate, output=str(tmp_path / "once"), watch=StepLog())
    assert num_calls == len(calls) > 0
    assert results.num_measured == results.num_steps == len(log.measured) == 2 * len(planned.asked.prompts)
    by_length = Counter(one.prompt.length for one in results.scored["passkey"])
    assert by_length == {512: len(longer), 1024: len(longer)}


def test_evaluate_fresh_measures_everything_again(recipe: Recipe, tuned_model: str, build: str, tmp_path: Path) -> None:
    _evaluate(recipe, tuned_model, build, tmp_path)
    assert _evaluate(recipe, tuned_model, build, tmp_path, start=Start.FRESH).num_measured == NUM_STEPS


def test_evaluate_given_lengths_replace_the_recipes(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    evaluation = _evaluate(recipe, tuned_model, build, tmp_path, lengths=[700]).evaluation
    assert {row["length"] for row in evaluation["forward"]["perplexity"]["results"]} == {700}
    assert {row["length"] for row in evaluation["tasks"]["passkey"]["cells"]} == {700}


def test_evaluate_model_without_base_stands_alone_and_is_no_tuned_model(
    recipe: Recipe, base_model: str, build: str, tmp_path: Path
) -> None:
    result = _evaluate(recipe, base_model, build, tmp_path)
    assert list(_names(result.evaluation)) == ["other"] and result.evaluation["reference"] is None
    for text in (result.evaluation["headline"], Path(result.report).read_text(encoding="utf-8")):
        assert "tuned model" not in text and "base model" not in text


def test_evaluate_base_with_another_tokenizer_gets_prompts_of_its_own_and_no_ratio_of_perplexities(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path
) -> None:
    tokenizer = small_tokenizer()
    tokenizer.add_tokens(["The tenant", "월세", " the ", " grass"])
    other = Path(write_small_model(tmp_path / "other", vocab_size=len(tokenizer)))
    tokenizer.save_pretrained(other)
    changed = recipe.model_copy(update={"evaluate": recipe.evaluate.model_copy(update={"base_model": str(other)})})
    request = EvaluationRequest([tuned_model], build)
    plan = make_plan(changed, request, on_phase=lambda _: None)
    base, tuned = (plan.prompts_of(subject) for subject in plan.subjects)
    assert [one.item for one in base] == [one.item for one in tuned]
    assert [one.messages for one in base] != [one.messages for one in tuned], "fewer tokens for the same words"
    for subject, prompts in zip(plan.subjects, (base, tuned), strict=True):
        assert all(0.95 * one.length < one.num_tokens + one.max_answer_tokens <= one.length for one in prompts)
        assert all(one.num_tokens == subject.meter.ids(one).size for one in prompts)
    section = _evaluate(changed, tuned_model, build, tmp_path / "out").evaluation["forward"]["perplexity"]
    assert section["comparisons"] == [] and any("token" in note for note in section["notes"])


def test_evaluate_missing_model_folder_raises_before_any_work(recipe: Recipe, build: str, tmp_path: Path) -> None:
    with forward_calls() as calls, pytest.raises(InputError, match="does not exist"):
        _evaluate(recipe, str(tmp_path / "nowhere"), build, tmp_path / "out")
    assert not calls


def test_evaluate_without_a_build_asks_what_needs_none(recipe: Recipe, base_model: str, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    evaluation = _evaluate(recipe, base_model, nowhere, tmp_path / "out", tasks=["passkey"]).evaluation
    assert evaluation["tasks"]["passkey"]["cells"]
    with pytest.raises(InputError, match=r"'.*nowhere' does not exist, but .*perplexity asks about its documents"):
        _evaluate(recipe, base_model, nowhere, tmp_path / "out", tasks=["passkey", "perplexity"])


def test_evaluate_unknown_task_names_the_known_ones(
    recipe: Recipe, base_model: str, build: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="Unknown evaluation task 'needle'") as raised:
        _evaluate(recipe, base_model, build, tmp_path / "out", tasks=["needle"])
    assert "niah_single" in raised.value.remedy and "perplexity" in raised.value.remedy


def test_evaluate_without_torch_names_the_extra(
    recipe: Recipe, tuned_model: str, build: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("pipeline.evaluate.subjects.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[train\]"):
        _evaluate(recipe, tuned_model, build, tmp_path)


def test_evaluate_command_without_a_prompt_says_what_was_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base_model: str
) -> None:
    served = ["--model", "http://127.0.0.1:1/v1#m", "--set", f"evaluate.server.tokenizer={base_model}"]
    out = ["--output", str(tmp_path / "out")]
    assert run(["evaluate", *served, *out, "--task", "niah_single", "--length", "64"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "One needle: nothing was asked. Left out: 10 length too short." in printed
    assert "answered before" not in printed


def test_evaluate_command_without_lengths_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--plan", "--set", "evaluate.lengths=[]"]) == 2
    assert "evaluate.lengths" in capsys.readouterr().err


def _without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_seconds(inner) for key, inner in value.items() if key != "seconds"}
    return [_without_seconds(inner) for inner in value] if isinstance(value, list) else value
