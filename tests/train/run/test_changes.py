"""What changed on held-out data: paired by document, and never across stages, samples or the exported step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.train.run.changes import Measure, MeasuredChange, measured_changes
from pipeline.train.run.metrics import (
    AnsweredQuestion,
    AnswersMetrics,
    DocumentLoss,
    RunMetrics,
    StepMetrics,
    ValidationMetrics,
)

STEPS = tuple(StepMetrics(n, "main", 2.0, 1e-4, 1.0, 100, 10, 1.0, 100.0, 1.0) for n in range(1, 7))


def validated(step: int, losses: Sequence[float], *, stage: str = "main", data: str = "sft") -> ValidationMetrics:
    documents = tuple(DocumentLoss(f"d{n}", loss * 10 * (n + 1), 10 * (n + 1)) for n, loss in enumerate(losses))
    tokens = sum(document.tokens for document in documents)
    mean = sum(document.loss for document in documents) / tokens
    return ValidationMetrics(step, stage, data, mean, tokens, 1.0, documents)


def answered(step: int, scores: Sequence[float], *, stage: str = "main") -> AnswersMetrics:
    answers = tuple(
        AnsweredQuestion(f"r{n}", 0, f"d{n}", "?", "gold", "said", score, score == 1.0, False)
        for n, score in enumerate(scores)
    )
    mean, exact = sum(scores) / len(scores), scores.count(1.0) / len(scores)
    return AnswersMetrics(step, stage, len(scores), len(scores), mean, 0.0, 1.0, exact, 0.0, 1.0, 1.0, answers)


def changes_between(before: Sequence[float], after: Sequence[float]) -> tuple[MeasuredChange, ...]:
    metrics = RunMetrics(STEPS, (validated(0, before), validated(6, after)), ())
    return measured_changes(metrics, seed=1, exported_step=6)


def test_loss_that_falls_in_every_document_is_clear_and_one_that_falls_in_half_is_not() -> None:
    before = [2.0, 2.5, 3.0, 1.5, 2.2, 2.9, 2.1, 2.6]
    all_fell = [loss - 0.2 - 0.01 * n for n, loss in enumerate(before)]
    (fell,) = measured_changes(
        RunMetrics(STEPS, (validated(0, before), validated(6, all_fell)), ()), seed=1, exported_step=6
    )
    assert (fell.measure, fell.first_step, fell.last_step, fell.count, fell.documents) == (Measure.LOSS, 0, 6, 360, 8)
    assert fell.difference == pytest.approx(fell.after - fell.before) == pytest.approx(-0.2467, abs=1e-3)
    assert fell.low is not None and fell.high is not None and fell.low < fell.difference < fell.high < 0
    assert fell.is_clear
    mixed = [loss + (0.2 if n % 2 else -0.25) for n, loss in enumerate(before)]
    (unclear,) = measured_changes(
        RunMetrics(STEPS, (validated(0, before), validated(6, mixed)), ()), seed=1, exported_step=6
    )
    assert not unclear.is_clear


@pytest.mark.parametrize(("documents", "is_clear"), [(1, False), (5, False), (6, True)])
def test_few_documents_are_never_clear_however_they_agree(documents: int, is_clear: bool) -> None:
    metrics = RunMetrics(STEPS, (validated(0, [2.0] * documents), validated(6, [1.0] * documents)), ())
    (change,) = measured_changes(metrics, seed=1, exported_step=6)
    assert change.is_clear is is_clear
    assert (change.low is None) == (documents == 1)


def test_changes_are_told_for_each_stage_and_kind_of_data_and_end_with_the_exported_step() -> None:
    steps = tuple(replace(step, stage="read" if step.step < 3 else "main") for step in STEPS)
    validations = (
        validated(0, [3.0] * 6, stage="read", data="corpus"),
        validated(2, [2.0] * 6, stage="read", data="corpus"),
        validated(2, [2.0] * 6),
        validated(2, [2.0] * 6, data="corpus"),
        validated(4, [1.5] * 6),
        validated(4, [1.5] * 6, data="corpus"),
        validated(6, [9.0] * 6),
        validated(6, [9.0] * 6, data="corpus"),
    )
    answers = (answered(2, [0.0] * 7), answered(4, [1.0] * 7), answered(6, [0.0] * 7))
    found = measured_changes(RunMetrics(steps, validations, (), answers), seed=1, exported_step=4)
    assert [(c.stage, c.measure.value, c.data, c.first_step, c.last_step) for c in found] == [
        ("read", "loss", "corpus", 0, 2),
        ("main", "loss", "sft", 2, 4),
        ("main", "loss", "corpus", 2, 4),
        ("main", "f1", "sft", 2, 4),
        ("main", "exact", "sft", 2, 4),
    ]
    assert all(change.is_clear for change in found)
    assert found[3].before == 0.0 and found[3].after == 1.0 and found[3].count == 7


def test_measurements_of_other_rows_or_questions_are_not_compared() -> None:
    other_questions = replace(answered(6, [0.5] * 6), answers=answered(6, [0.5] * 7).answers)
    metrics = RunMetrics(
        STEPS, (validated(0, [2.0] * 7), validated(6, [1.0] * 8)), (), (answered(0, [0.1] * 6), other_questions)
    )
    assert measured_changes(metrics, seed=1, exported_step=6) == ()
    assert measured_changes(RunMetrics(STEPS, (validated(0, [2.0]),), ()), seed=1, exported_step=6) == ()
