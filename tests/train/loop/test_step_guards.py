"""Steps are judged among their like: a change of stage or data is no spike, a spike within them is."""

from __future__ import annotations

import pytest

from pipeline.config.loss import GuardRecipe
from pipeline.config.stages import StageData
from pipeline.errors import TrainingError
from pipeline.train.data.steps import PackRef, PlannedStep, StepKind
from pipeline.train.loop.guard import PackLoss, StepGuard, StepValues, StepVerdict, step_guards
from pipeline.train.run.metrics import StepMetrics

RECIPE = GuardRecipe(min_history_steps=4, max_robust_z=8.0)
PACKS = [PackLoss("answer", StageData.SFT, 3, 9.0, 1.0, ("row0003",))]
ANSWERS, DOCUMENTS = StageData.SFT, StageData.CORPUS
# Stage 0 trains on answers, stage 1 in turn on answers and documents, whose loss and gradient are ten times as large.
ORDER = [(0, ANSWERS)] * 8 + [(1, ANSWERS), (1, DOCUMENTS)] * 8


def _plan() -> list[PlannedStep]:
    return [
        PlannedStep(number, stage, number, False, 1e-4, (PackRef(data, 0),))
        for number, (stage, data) in enumerate(ORDER, start=1)
    ]


def _values(planned: PlannedStep) -> StepValues:
    scale = 10.0 if planned.kind[1] == {DOCUMENTS} else 1.0
    noise = 1.0 + (planned.step % 3) / 50
    return StepValues(0.3 * scale * noise, 0.5 * scale * noise)


def _judge_all(plan: list[PlannedStep], guards: dict[StepKind, StepGuard]) -> None:
    for planned in plan:
        assert guards[planned.kind].judge(planned.step, _values(planned), PACKS).verdict is StepVerdict.TAKE


def test_changes_of_stage_and_data_are_no_spikes() -> None:
    plan = _plan()
    _judge_all(plan, dict(step_guards(RECIPE, plan, [])))
    together = StepGuard(RECIPE, [])
    with pytest.raises(TrainingError, match="at step 10"):
        _judge_all(plan, {planned.kind: together for planned in plan})


def test_spike_among_its_like_is_found_though_others_are_as_high() -> None:
    plan = _plan()
    guards = dict(step_guards(RECIPE, plan, []))
    _judge_all(plan, guards)
    documents = _values(plan[-1])
    with pytest.raises(TrainingError, match=r"gradient norm is|loss is"):
        guards[1, frozenset({ANSWERS})].judge(25, documents, PACKS)


def test_resumed_guards_know_the_steps_of_their_kind() -> None:
    plan = _plan()
    earlier = [
        StepMetrics(
            step=planned.step,
            stage=str(planned.stage),
            loss=_values(planned).loss,
            learning_rate=1e-4,
            grad_norm=_values(planned).grad_norm,
            tokens=1,
            trained_tokens=1,
            seconds=1.0,
            tokens_per_second=1.0,
            peak_memory_gib=1.0,
        )
        for planned in plan
    ]
    guards = step_guards(RECIPE, plan, earlier)
    assert len(guards) == 3
    with pytest.raises(TrainingError, match="the median of the last 8 steps"):
        guards[1, frozenset({DOCUMENTS})].judge(25, StepValues(90.0, 5.0), PACKS)
    fresh = step_guards(RECIPE, plan, [])
    assert fresh[1, frozenset({DOCUMENTS})].judge(1, StepValues(90.0, 5.0), PACKS).verdict is StepVerdict.TAKE


def test_guards_have_the_loss_and_norm_of_the_steps_taken_each_among_its_kind() -> None:
    plan = _plan()
    earlier = [
        StepMetrics(
            step=planned.step, stage="s", loss=2.0, learning_rate=1e-4, grad_norm=0.5, tokens=1, trained_tokens=1,
            seconds=1.0, tokens_per_second=1.0, peak_memory_gib=1.0,
        )
        for planned in plan[:12]
    ]  # fmt: skip
    guards = step_guards(RECIPE, plan, earlier)
    sizes = {(0, frozenset({ANSWERS})): 8, (1, frozenset({ANSWERS})): 2, (1, frozenset({DOCUMENTS})): 2}
    assert guards.keys() == sizes.keys()
    for kind, guard in guards.items():
        spike = StepValues(9.0, 0.5)
        if sizes[kind] < RECIPE.min_history_steps:
            assert guard.judge(20, spike, PACKS).warning == ""
        else:
            with pytest.raises(TrainingError, match=r"loss is 9, 15 robust .* above 2, the median of the last 8 steps"):
                guard.judge(20, spike, PACKS)
