"""Which step is the best: of the last stage, measured on the same rows, the first of equals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from pipeline.config.best import BestMetric, BestRecipe
from pipeline.train.run.best import BestStep, find_best, is_patience_over
from pipeline.train.run.metrics import AnsweredQuestion, AnswersMetrics, RunMetrics, ValidationMetrics

LOSSES = {2: 2.0, 4: 1.4, 6: 1.2, 8: 1.2, 10: 1.3}
F1S = {2: 0.1, 6: 0.5, 10: 0.5}


def validated(
    step: int, loss: float, *, stage: str = "main", data: str = "sft", tokens: int = 900
) -> ValidationMetrics:
    return ValidationMetrics(step, stage, data, loss, tokens, 1.0)


def answered(step: int, f1: float, *, row: str = "r") -> AnswersMetrics:
    answers = (AnsweredQuestion(row, 0, "d", "?", "gold", "said", f1, False, False),)
    return AnswersMetrics(step, "main", 1, 1, f1, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, answers)


METRICS = RunMetrics(
    steps=(),
    validations=(
        validated(0, 0.1, stage="read", data="corpus"),
        validated(2, 0.2, stage="read", data="corpus"),
        *(validated(step, loss) for step, loss in LOSSES.items()),
        *(validated(step, 3 - loss, data="corpus") for step, loss in LOSSES.items()),
    ),
    probes=(),
    answers=tuple(answered(step, f1) for step, f1 in F1S.items()),
)


def best(metric: BestMetric, metrics: RunMetrics = METRICS) -> BestStep | None:
    return find_best(metrics, BestRecipe(metric=metric), stage="main", stage_start=2)


def test_best_step_has_the_lowest_loss_on_rows_or_the_best_answers_after_the_stage_began() -> None:
    assert best(BestMetric.HELD_OUT_LOSS) == BestStep(BestMetric.HELD_OUT_LOSS, 6, 1.2, measured=4, worse_since=2)
    assert best(BestMetric.ANSWERS_F1) == BestStep(BestMetric.ANSWERS_F1, 6, 0.5, measured=2, worse_since=1)
    assert best(BestMetric.LAST) is None


def test_without_questions_the_loss_decides_and_without_rows_that_of_documents() -> None:
    no_answers = replace(METRICS, answers=())
    assert best(BestMetric.ANSWERS_F1, no_answers) == best(BestMetric.HELD_OUT_LOSS)
    documents = replace(no_answers, validations=tuple(v for v in METRICS.validations if v.data == "corpus"))
    found = best(BestMetric.HELD_OUT_LOSS, documents)
    assert found is not None and (found.step, found.value) == (4, pytest.approx(1.6))
    assert best(BestMetric.HELD_OUT_LOSS, RunMetrics((), (), ())) is None
    assert best(BestMetric.HELD_OUT_LOSS, replace(METRICS, validations=(validated(2, 1.0),))) is None


def test_measurements_of_other_rows_or_questions_are_not_compared() -> None:
    easier = replace(METRICS, validations=(validated(4, 0.1, tokens=30), validated(6, 1.5), validated(8, 1.6)))
    found = best(BestMetric.HELD_OUT_LOSS, easier)
    assert found is not None and (found.step, found.measured) == (6, 2)
    other = replace(METRICS, answers=(answered(4, 1.0, row="other"), answered(6, 0.2), answered(8, 0.3)))
    found = best(BestMetric.ANSWERS_F1, other)
    assert found is not None and (found.step, found.measured) == (8, 2)


@pytest.mark.parametrize(("patience", "is_over"), [(None, False), (1, True), (2, True), (3, False)])
def test_patience_counts_the_measurements_after_the_best(patience: int | None, is_over: bool) -> None:
    recipe = BestRecipe(patience=patience)
    assert is_patience_over(best(BestMetric.HELD_OUT_LOSS), recipe) is is_over
    assert not is_patience_over(None, recipe)


def test_patience_without_a_metric_is_refused() -> None:
    with pytest.raises(ValidationError, match="patience needs a metric to wait for"):
        BestRecipe(metric=BestMetric.LAST, patience=2)
