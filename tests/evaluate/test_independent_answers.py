"""Answers, scores and cells of an evaluation equal those of plain transformers and of the definitions of the scores.

All tasks together take minutes. The cheap ones run by default; `EVALUATION_INDEPENDENT=FILE.md pytest FILE` runs all,
and writes the cells of both computations to a file, as `benchmarks/results/evaluation-independent.md`.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from statistics import NormalDist, fmean

import pytest
from independent_answers import (
    CHEAP,
    MODEL,
    TASKS,
    TwoComputations,
    compute_twice,
    plain_scores,
    plan_of,
    write_mixed_build,
)
from independent_table import table_of
from plain_transformers import plain_ids
from transformers import AutoTokenizer

from pipeline.evaluate.planning import EvaluationPlan
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import AnswerTask
from pipeline.evaluate.tasks import evaluation_tasks
from pipeline.io.loading import resolve_weights

TABLE = os.environ.get("EVALUATION_INDEPENDENT")
RUN = TASKS if TABLE else CHEAP


@pytest.fixture(scope="module")
def mixed_build(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_mixed_build(tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="module")
def plan(mixed_build: str) -> EvaluationPlan:
    return plan_of(TASKS, mixed_build)


@pytest.fixture(scope="module")
def twice(mixed_build: str, tmp_path_factory: pytest.TempPathFactory) -> TwoComputations:
    found = compute_twice(RUN, mixed_build, tmp_path_factory.mktemp("evaluation"))
    if TABLE:
        Path(TABLE).write_text(table_of(found), encoding="utf-8")
    return found


def test_every_answer_task_is_computed_twice() -> None:
    assert set(TASKS) == {name for name, task in evaluation_tasks().items() if isinstance(task, AnswerTask)}


@pytest.mark.model
def test_token_counts_of_all_tasks_are_those_of_the_tokenizer_alone(plan: EvaluationPlan) -> None:
    tokenizer = AutoTokenizer.from_pretrained(resolve_weights(MODEL))
    for planned in plan.answers:
        assert len({prompt.length for prompt in planned.asked.prompts}) == 2, planned.task.name
        for prompt in planned.asked.prompts:
            num_tokens = len(plain_ids(prompt, tokenizer))
            assert num_tokens == prompt.num_tokens <= prompt.length - prompt.max_answer_tokens
    assert {prompt.language for planned in plan.answers for prompt in planned.asked.prompts} == {"", "en", "ko"}


@pytest.mark.model
def test_scores_of_made_up_answers_are_those_of_the_definitions(plan: EvaluationPlan) -> None:
    """A small model finds too little in some tasks to show that their scores are right."""
    for planned in plan.answers:
        task = planned.task
        found: dict[str, set[float | None]] = {measure: set() for measure in task.all_measures()}
        for prompt in (prompt for prompt in planned.asked.prompts if not prompt.is_step):
            for answer in made_up_answers(prompt):
                scores = plain_scores(task.name, prompt, answer)
                assert scores == pytest.approx(task.score(prompt, answer)), (task.name, answer)
                for measure, value in scores.items():
                    found[measure].add(value)
        assert all({0.0, 1.0} <= values for values in found.values()), (task.name, found)


def made_up_answers(prompt: Prompt) -> list[str]:
    """Right, partly right and wrong answers."""
    gold, half = prompt.gold[0], len(prompt.gold[0]) // 2
    return [
        "",
        "The document does not mention it.",
        "Seven umbrellas, 11 of them violet.",
        gold,
        f"It says {gold.upper()}, or perhaps 7.",
        f"{gold[:half]} and so on",
        gold[half:],
        ", ".join(prompt.gold),
        f"First [{gold}], then [{', '.join(prompt.gold)}]",
        f"Not 12 but {', '.join(prompt.gold[:2])}",
        f"1{gold}0",
        f"{gold} rather than {prompt.notes.get('original_answer', '12')}",
        prompt.messages[-1].content[-200:],
        " ".join(prompt.proof)[:300],
        prompt.notes.get("original_answer", ""),
        prompt.notes.get("titles", "").replace("\n", ", "),
    ]


@pytest.mark.model
def test_answers_are_those_of_plain_transformers(twice: TwoComputations) -> None:
    assert twice.stored == twice.plain
    assert set(twice.plain) == {prompt.key for prompts in twice.prompts.values() for prompt in prompts}
    assert sum(map(bool, twice.plain.values())) > len(twice.plain) / 2


@pytest.mark.model
@pytest.mark.parametrize("task", RUN)
def test_cells_are_the_means_of_the_plain_scores(twice: TwoComputations, task: str) -> None:
    ours, plain = (
        {place: cell for place, cell in cells.items() if place[0] == task}
        for cells in (twice.cells(), twice.plain_cells())
    )
    assert {length for _, _, length, _ in ours} == set(RUN[task]["lengths"])
    assert ours == plain


@pytest.mark.model
def test_cells_are_not_all_of_one_value(twice: TwoComputations) -> None:
    values = [cell.value for cell in twice.cells().values()]
    main = {
        task: [row["scores"][section["measure"]]["value"] for row in section["cells"]]
        for task, section in twice.evaluation["tasks"].items()
    }
    assert 0.0 in values and 1.0 in values and any(0.0 < value < 1.0 for value in values)
    assert all(max(main[task]) > 0.0 for task in CHEAP)


@pytest.mark.model
def test_figures_of_rows_are_the_means_over_all_lengths(twice: TwoComputations) -> None:
    scored = [(one, plain_scores("rows", one, twice.plain[one.key])["f1"]) for one in twice.prompts["rows"]]
    for figure, variant in (("f1", "document"), ("evidence_only", "evidence_only"), ("no_document", "no_document")):
        values = [value for prompt, value in scored if prompt.variant == variant and value is not None]
        found = twice.evaluation[figure]
        assert (found["value"], found["n"]) == (round(fmean(values), 4), len(values))


@pytest.mark.model
def test_wilson_intervals_solve_their_equation(twice: TwoComputations) -> None:
    """The ends are the shares p at which the found share is z standard errors of p away from p (Wilson 1927)."""
    z = NormalDist().inv_cdf(0.975)
    estimates = [
        score
        for section in twice.evaluation["tasks"].values()
        for row in section["cells"]
        for score in row["scores"].values()
        if score["interval"] == "wilson"
    ]
    assert {estimate["n"] for estimate in estimates} - {1}
    for estimate in estimates:
        share, n = estimate["value"], estimate["n"]
        a, b, c = 1 + z * z / n, -(2 * share + z * z / n), share * share
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        assert estimate["low"] == pytest.approx((-b - root) / (2 * a), abs=1e-4)
        assert estimate["high"] == pytest.approx((-b + root) / (2 * a), abs=1e-4)
