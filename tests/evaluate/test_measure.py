"""What is planned for an evaluation, what a cell depends on, and what is said where a model does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from torch.nn.modules.module import register_module_forward_pre_hook
from transformers import LlamaForCausalLM

from pipeline.config.recipe import Recipe
from pipeline.errors import RunError
from pipeline.evaluate.cells import CellStore, EvaluationTask, Role
from pipeline.evaluate.measure import Plan, measure, plan_evaluation
from pipeline.evaluate.models import Subject, describe_subject
from pipeline.train.data.passkey import ANSWER_TOKENS

PERPLEXITY, PASSKEY = EvaluationTask.PERPLEXITY, EvaluationTask.PASSKEY
SETTINGS: dict[str, Any] = {
    "perplexity": {"lengths": [512, 256], "scored_tokens": 64, "max_windows": 2},
    "passkey": {"lengths": [700, 512], "depths": [0.0, 1.0], "samples": 1},
    "dtype": "float32",
    "device": "cpu",
}


def recipe(seed: int = 17, **changes: Any) -> Recipe:
    section = {**SETTINGS, **changes}
    return Recipe.model_validate({"name": "small", "seed": seed, "inputs": [{"path": "bundled:"}], "evaluate": section})


@pytest.fixture(scope="module")
def subjects(base_model: str) -> list[Subject]:
    return [describe_subject(base_model, role=role) for role in Role]


def plan(
    subjects: list[Subject],
    build: str,
    settings: Recipe,
    tasks: tuple[EvaluationTask, ...] = (PERPLEXITY, PASSKEY),
    lengths: list[int] | None = None,
) -> Plan:
    return plan_evaluation(settings, subjects=subjects, data=build, tasks=tasks, lengths=lengths)


def test_plan_has_cells_by_model_then_task_then_length(subjects: list[Subject], build: str) -> None:
    found = plan(subjects, build, recipe())
    assert [(cell.role.value, cell.task.value, cell.length) for cell in found.cells] == [
        (role, task, length)
        for role in ("base", "tuned")
        for task, length in (("perplexity", 256), ("perplexity", 512), ("passkey", 512), ("passkey", 700))
    ]
    assert (found.device, found.subjects) == ("cpu", tuple(subjects))
    assert found.windows is not None and len(found.windows.windows) == 2
    assert {window.num_scored for window in found.windows.windows} == {64}
    assert [[(depth, len(prompts)) for depth, prompts in found.prompts[length]] for length in (512, 700)] == [
        [(0.0, 1), (1.0, 1)]
    ] * 2
    assert {len(prompt.ids) + ANSWER_TOKENS for _, prompts in found.prompts[700] for prompt in prompts} == {700}


def test_plan_of_one_task_has_nothing_of_the_other(subjects: list[Subject], build: str) -> None:
    only = plan(subjects[:1], build, recipe(), (PERPLEXITY,))
    assert (only.prompts, [cell.task for cell in only.cells]) == ({}, [PERPLEXITY] * 2)
    other = plan(subjects[:1], build, recipe(), (PASSKEY,), [600, 512, 600])
    assert (other.windows, [cell.length for cell in other.cells]) == (None, [512, 600])
    given = plan(subjects[:1], build, recipe(), lengths=[600])
    assert [(cell.task, cell.length) for cell in given.cells] == [(PERPLEXITY, 600), (PASSKEY, 600)]


def changed(subjects: list[Subject], build: str, settings: Recipe) -> list[bool]:
    before, after = plan(subjects, build, recipe()), plan(subjects, build, settings)
    return [one.fingerprint != other.fingerprint for one, other in zip(before.cells, after.cells, strict=True)]


def test_cell_depends_on_what_it_measures_and_on_nothing_else(
    subjects: list[Subject], tuned_model: str, build: str
) -> None:
    first = subjects[:1]
    cells = plan(first, build, recipe()).cells
    assert len({cell.fingerprint for cell in cells}) == len(cells)
    assert changed(first, build, recipe()) == [False] * 4
    assert changed(first, build, recipe(max_batch_tokens=1)) == [False] * 4
    assert changed(first, build, recipe(dtype="bfloat16")) == [True] * 4
    scored = {**SETTINGS["perplexity"], "scored_tokens": 32}
    assert changed(first, build, recipe(perplexity=scored)) == [True, True, False, False]
    deeper = {**SETTINGS["passkey"], "depths": [0.0, 0.5]}
    assert changed(first, build, recipe(passkey=deeper)) == [False, False, True, True]
    assert changed(first, build, recipe(seed=18))[2:] == [True, True]
    other = [describe_subject(tuned_model, role=Role.BASE)]
    pairs = zip(cells, plan(other, build, recipe()).cells, strict=True)
    assert all(one.fingerprint != two.fingerprint for one, two in pairs)


def test_model_that_does_not_fit_is_named_with_its_length(subjects: list[Subject], build: str, tmp_path: Path) -> None:
    settings = recipe()
    short = plan(subjects[:1], build, settings, (PERPLEXITY,))

    def refuse(module: Any, inputs: Any) -> None:
        if isinstance(module, LlamaForCausalLM):
            raise MemoryError

    handle = register_module_forward_pre_hook(refuse)
    try:
        with pytest.raises(RunError) as raised:
            list(measure(short, settings.evaluate, CellStore(str(tmp_path))))
    finally:
        handle.remove()
    assert raised.value.message == "The base model does not fit into memory at 256 tokens."
    assert raised.value.remedy == "Leave out that length, or lower evaluate.max_batch_tokens."
    assert list(tmp_path.rglob("*.json")) == []


def test_results_come_in_the_order_of_the_plan_and_say_what_was_measured_now(
    subjects: list[Subject], build: str, tmp_path: Path
) -> None:
    settings, store = recipe(), CellStore(str(tmp_path))
    whole = plan(subjects[:1], build, settings)
    found = list(measure(whole, settings.evaluate, store))
    assert [result.cell for result, _ in found] == list(whole.cells)
    assert [is_new for _, is_new in found] == [True] * 4
    assert [len(window) for window in found[0][0].values["nll"]] == [64, 64]
    trials = found[2][0].values["trials"]
    assert [(trial["depth"], trial["retrieved"]) for trial in trials] == [(0.0, False), (1.0, False)]
    assert [trial["key"] for trial in trials] == [prompt.key for _, prompts in whole.prompts[512] for prompt in prompts]
    assert trials[0]["actual_depth"] <= 0.1 < 0.9 <= trials[1]["actual_depth"]
    again = list(measure(whole, settings.evaluate, store))
    assert [result for result, _ in again] == [result for result, _ in found]
    assert [is_new for _, is_new in again] == [False] * 4
