"""What an evaluation says of subjects whose abilities are known: they are served over HTTP and asked every task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from known_subjects import BEHAVIOURS, TAIL_TOKENS, served

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.run import EvaluationRequest, SilentEvaluation, evaluate, make_plan
from pipeline.evaluate.task import AnswerTask
from pipeline.evaluate.tasks import evaluation_tasks
from pipeline.io.models import EMBEDDED_MODEL

pytestmark = [pytest.mark.end_to_end]

LENGTHS = (2048, 6144, 12288)
TASKS = tuple(name for name, task in evaluation_tasks().items() if isinstance(task, AnswerTask))


@pytest.fixture(scope="module")
def evaluation(quickstart_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """All known subjects on every task."""
    tasks = {name: _few(name) for name in TASKS}
    settings = {"tasks": tasks, "lengths": list(LENGTHS), "server": {"max_wait_seconds": 0}}
    recipe = Recipe.model_validate({"name": "known", "inputs": [{"path": "bundled:"}], "evaluate": settings})
    meter = Meter(EMBEDDED_MODEL)
    data = str(quickstart_build)
    alone = EvaluationRequest(models=["http://127.0.0.1:1/v1#oracle"], data=data)
    plan = make_plan(recipe, alone, on_phase=lambda _: None)
    with served(plan.prompts_of(plan.subjects[0]), meter) as address:
        models = [f"{address}#{name}" for name in BEHAVIOURS]
        result = evaluate(
            recipe,
            EvaluationRequest(models=models, data=data),
            output=str(tmp_path_factory.mktemp("known") / "evaluation"),
            start=Start.RESUME,
            observer=SilentEvaluation(),
        )
    return result.evaluation


def _few(name: str) -> dict[str, int]:
    fields = evaluation_tasks()[name].options.model_fields
    return {option: 3 for option in ("samples", "max_items") if option in fields}


def main_scores(evaluation: Mapping[str, Any], task: str, subject: str) -> dict[int, float]:
    """Main score by length, with the task's main variant."""
    section = evaluation["tasks"][task]
    return {
        cell["length"]: cell["scores"][section["measure"]]["value"]
        for cell in section["cells"]
        if (cell["subject"], cell["variant"]) == (subject, section["main_variant"])
    }


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_prompts_at_several_lengths(evaluation: Mapping[str, Any], task: str) -> None:
    section = evaluation["tasks"][task]
    assert len(section["lengths"]) >= (1 if task == "whole" else 2), section["notes"]


@pytest.mark.parametrize("task", TASKS)
def test_oracle_scores_everything_and_guesser_almost_nothing(evaluation: Mapping[str, Any], task: str) -> None:
    assert set(main_scores(evaluation, task, "oracle").values()) == {1.0}
    assert all(score < 0.3 for score in main_scores(evaluation, task, "guesser").values())


# At long lengths, the quickstart's documents have altqa's answers at the end only, where this subject reads.
@pytest.mark.parametrize("task", sorted({*TASKS} - {"rows", "aggregation", "whole", "cwe", "fwe", "altqa"}))
def test_subject_that_sees_the_last_2k_tokens_falls_at_a_cliff(evaluation: Mapping[str, Any], task: str) -> None:
    scores = main_scores(evaluation, task, "last_2k")
    short, long = min(scores), max(scores)
    assert short <= TAIL_TOKENS + 48 and scores[short] > 0.6
    assert scores[long] < scores[short] - 0.3


@pytest.mark.parametrize("task", ["position", "key_values", "passkey"])
def test_subject_blind_to_the_middle_shows_a_dip_there(evaluation: Mapping[str, Any], task: str) -> None:
    section = evaluation["tasks"][task]
    by_depth: dict[float, list[float]] = {}
    for cell in section["by_depth"]:
        if cell["subject"] == "blind_to_the_middle":
            by_depth.setdefault(cell["depth"], []).append(cell["scores"][section["measure"]]["value"])
    means = {depth: sum(values) / len(values) for depth, values in sorted(by_depth.items())}
    first, *inner, last = means.values()
    assert min(inner) == 0.0 and max(first, last) > 0.6, means


def test_subject_that_remembers_the_documents_is_exposed_by_altered_numbers(evaluation: Mapping[str, Any]) -> None:
    assert set(main_scores(evaluation, "ffqa", "memoriser").values()) == {1.0}
    assert set(main_scores(evaluation, "altqa", "memoriser").values()) == {0.0}
    leaked = {
        cell["subject"]: cell["scores"]["leaked"]["value"]
        for cell in evaluation["tasks"]["altqa"]["cells"]
        if cell["length"] == min(evaluation["tasks"]["altqa"]["lengths"])
    }
    assert leaked["memoriser"] == 1.0 and leaked["oracle"] == leaked["guesser"] == 0.0


def test_subject_with_general_knowledge_is_exposed_by_no_document(evaluation: Mapping[str, Any]) -> None:
    figures = evaluation["figures"]
    assert figures["know_all"]["no_document"]["value"] == 1.0 == figures["know_all"]["f1"]["value"]
    assert figures["reader"]["no_document"]["value"] < 0.1 and figures["reader"]["f1"]["value"] == 1.0


def test_gap_of_evidence_and_document_shows_who_does_not_find_the_evidence(evaluation: Mapping[str, Any]) -> None:
    figures = evaluation["figures"]
    assert figures["reader"]["evidence_only"]["value"] == figures["reader"]["f1"]["value"] == 1.0
    # The evidence of one Korean question has 5,033 tokens, more than this subject sees.
    assert 0.9 < figures["last_2k"]["evidence_only"]["value"] < 1.0
    assert figures["last_2k"]["cost_of_length"]["value"] > 0.4
    assert figures["reader"]["cost_of_length"]["value"] == 0.0


def test_effective_length_is_where_a_subject_stops_to_read(evaluation: Mapping[str, Any]) -> None:
    found = {name: figure["effective_length"]["value"] for name, figure in evaluation["figures"].items()}
    assert found["oracle"] == found["reader"] == max(LENGTHS)
    assert found["last_2k"] == min(LENGTHS)
    assert found["guesser"] == 0
    for figure in evaluation["figures"].values():
        own = figure["effective_length"]
        assert own["low"] <= own["value"] <= own["high"] and own["n"] > 30


def test_figures_of_the_main_subject_stand_at_the_top(evaluation: Mapping[str, Any]) -> None:
    for name in ("f1", "effective_length", "no_document", "evidence_only"):
        assert evaluation[name] == evaluation["figures"][evaluation["main"]][name]
        assert {"n", "low", "high"} <= evaluation[name].keys()
