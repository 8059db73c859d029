"""A step and a measurement of several ranks are those of one: packs are divided, and sums are of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rank_threads import on_ranks
from small_student import small_recipe, write_small_model

from pipeline.config.stages import StageData
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.data.steps import PackRef, PlannedStep
from pipeline.train.distributed.ranks import OneRank, Ranks
from pipeline.train.loop.guard import step_guards
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.loop.step import StepInput, train_step
from pipeline.train.loop.stopping import StoppedError, StopPoints
from pipeline.train.loop.validation import validate
from pipeline.train.model.student import Student, build_student
from pipeline.train.run.metrics import StepMetrics, ValidationMetrics
from pipeline.train.run.stages import TrainingStage, resolve_stages
from pipeline.train.tuning.optimizer import build_optimizer

LENGTHS = ((40, 25), (90,), (30, 30, 20), (12,), (60,))


class FewPacks:
    """Packs of rows of several lengths, whose first ten tokens are the question."""

    def __len__(self) -> int:
        return len(LENGTHS)

    def lengths_of(self, pack: int) -> Sequence[int]:
        return LENGTHS[pack]

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        random = np.random.default_rng(pack)
        rows = [random.integers(0, 256, length).astype(np.int32) for length in LENGTHS[pack]]
        return [
            TokenizedRow(f"r{pack}.{place}", ids_T, np.arange(ids_T.size) >= 10, 1.0 + pack)
            for place, ids_T in enumerate(rows)
        ]


def _built(model: str, weighting: str) -> tuple[Student, TrainingStage]:
    recipe = small_recipe(model, tuning={"rank": 4, "dropout": 0.0}, loss={"weighting": weighting}).finetune
    (stage,) = resolve_stages(recipe, base_model=model)
    return build_student(model, recipe, seed=1), stage


def _step_and_measure(
    student: Student, stage: TrainingStage, ranks: Ranks, *, asked: bool = False
) -> tuple[StepMetrics, ValidationMetrics]:
    groups = build_optimizer(student.model, stage.settings, device=student.device).param_groups
    plain = [{name: group[name] for name in ("params", "lr_ratio")} for group in groups]
    planned = PlannedStep(1, 0, 1, False, 0.1, tuple(PackRef(StageData.SFT, pack) for pack in range(len(LENGTHS))))
    stop, source = StopRequest(), FewPacks()
    stop.is_set = asked
    stops = StopPoints(stop, ranks=ranks, parallel=student.parallel, device=student.device)
    metrics = train_step(
        student,
        torch.optim.SGD(plain, lr=1.0),
        StepInput(planned, {StageData.SFT: source}, stage, 17),
        guard=step_guards(stage.settings.guard, [planned], [])[planned.kind],
        ranks=ranks,
        stops=stops,
    )
    return metrics, validate(
        student, source, StageData.SFT, stage=stage, step=1, documents={}, ranks=ranks, stops=stops
    )


@pytest.mark.parametrize("weighting", ["token", "sequence"])
def test_ranks_take_the_step_of_one_and_measure_the_same(tmp_path: Path, weighting: str) -> None:
    model = write_small_model(tmp_path)
    alone, *students = [_built(model, weighting) for _ in range(3)]
    before = {name: weight.detach().clone() for name, weight in alone[0].trainables().items()}
    step, measured = _step_and_measure(*alone, OneRank())
    weights = alone[0].trainables()
    assert any(not torch.equal(before[name], weight) for name, weight in weights.items())
    found = on_ranks(2, lambda ranks, rank: _step_and_measure(*students[rank], ranks))
    untimed = {"seconds": 0.0, "tokens_per_second": 0.0, "peak_memory_gib": 0.0}
    for (own_step, own_measured), (student, _) in zip(found, students, strict=True):
        assert own_step.loss == pytest.approx(step.loss, rel=1e-5)
        assert own_step.grad_norm == pytest.approx(step.grad_norm, rel=1e-4)
        alike = replace(own_step, loss=step.loss, grad_norm=step.grad_norm, **untimed)
        assert alike == replace(step, **untimed)
        assert own_measured.loss == pytest.approx(measured.loss, rel=1e-5)
        assert own_measured.trained_tokens == measured.trained_tokens == sum(n - 10 for own in LENGTHS for n in own)
        for name, weight in student.trainables().items():
            assert torch.allclose(weights[name], weight, atol=1e-5), name


def test_step_that_one_rank_is_asked_to_leave_is_left_by_all(tmp_path: Path) -> None:
    model = write_small_model(tmp_path)
    students = [_built(model, "token") for _ in range(2)]

    def step(ranks: Ranks, rank: int) -> bool:
        with pytest.raises(StoppedError):
            _step_and_measure(*students[rank], ranks, asked=rank == 1)
        return True

    assert on_ranks(2, step) == [True, True]
