"""The plan of all steps: every pack as often as the recipe says, at the right rate, the same again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.finetune import FinetuneRecipe, StepOrder
from pipeline.config.stages import ScheduleSpan, StageData
from pipeline.train.rope.scaling import without_rotary
from pipeline.train.stages import Stage
from pipeline.train.steps import PackSize, PlannedStep, plan_fingerprint, plan_steps

_SHARES = {StageData.SFT: 0.0, StageData.CORPUS: 1.0, StageData.MIXED: 0.4}
TOKENS = st.lists(st.integers(1, 1000), min_size=1, max_size=20)


def _stage(
    number: int = 0,
    *,
    data: StageData = StageData.SFT,
    share: float | None = None,
    tokens: int | None = None,
    epochs: int | None = None,
    max_steps: int | None = None,
    **own: object,
) -> Stage:
    settings = FinetuneRecipe.model_validate({"max_tokens": 1000, **own})
    share = _SHARES[data] if share is None else share
    return Stage(number, f"s{number}", data, share, tokens, epochs, max_steps, settings, without_rotary(1000))


def _plan(
    *stages: Stage,
    tokens: Sequence[Mapping[StageData, Sequence[int]]],
    span: ScheduleSpan = ScheduleSpan.RUN,
    seed: int = 3,
) -> tuple[PlannedStep, ...]:
    """The plan over packs of one row each."""
    sizes = [{data: [PackSize(n, n * n) for n in packs] for data, packs in of_stage.items()} for of_stage in tokens]
    return plan_steps(stages, sizes, schedule_over=span, seed=seed)


@given(tokens=TOKENS, epochs=st.integers(1, 3), per_step=st.integers(1, 5), seed=st.integers(0, 9))
def test_plan_of_epochs_visits_every_pack_once_an_epoch_and_mixes_none(
    tokens: list[int], epochs: int, per_step: int, seed: int
) -> None:
    stage = _stage(epochs=epochs, packs_per_step=per_step)
    steps = _plan(stage, tokens=[{StageData.SFT: tokens}], seed=seed)
    steps_per_epoch = -(-len(tokens) // per_step)
    assert len(steps) == epochs * steps_per_epoch
    for epoch in range(epochs):
        part = steps[epoch * steps_per_epoch : (epoch + 1) * steps_per_epoch]
        assert sorted(ref.pack for step in part for ref in step.packs) == list(range(len(tokens)))
    assert [step.step for step in steps] == list(range(1, len(steps) + 1))
    assert [step.is_last_of_stage for step in steps] == [False] * (len(steps) - 1) + [True]


@given(tokens=TOKENS, budget=st.integers(1, 20_000), per_step=st.integers(1, 4))
def test_plan_of_a_token_budget_ends_with_the_step_that_reaches_it(
    tokens: list[int], budget: int, per_step: int
) -> None:
    steps = _plan(_stage(tokens=budget, packs_per_step=per_step), tokens=[{StageData.SFT: tokens}])
    of_steps = [sum(tokens[ref.pack] for ref in step.packs) for step in steps]
    assert sum(of_steps) >= budget > sum(of_steps[:-1])


@given(rows=TOKENS, documents=TOKENS, share=st.floats(0.05, 0.95), epochs=st.integers(1, 3), per_step=st.integers(1, 4))
def test_plan_of_both_kinds_keeps_the_share_at_every_point(
    rows: list[int], documents: list[int], share: float, epochs: int, per_step: int
) -> None:
    stage = _stage(data=StageData.MIXED, share=share, epochs=epochs, packs_per_step=per_step)
    steps = _plan(stage, tokens=[{StageData.SFT: rows, StageData.CORPUS: documents}])
    order = [ref for step in steps for ref in step.packs]
    assert Counter(ref.pack for ref in order if ref.data is StageData.SFT) == dict.fromkeys(range(len(rows)), epochs)
    of_kind = {StageData.SFT: 0, StageData.CORPUS: 0}
    for index, ref in enumerate(order):
        of_kind[ref.data] += {StageData.SFT: rows, StageData.CORPUS: documents}[ref.data][ref.pack]
        if index + 1 == len(order) or order[index + 1].data is StageData.SFT:
            # Due are share ÷ (1 − share) tokens of documents for each of rows; there is at most one pack more.
            due = of_kind[StageData.SFT] * share / (1 - share)
            assert due - 1e-6 <= of_kind[StageData.CORPUS] < due + max(documents) + 1e-6


def test_plan_of_documents_alone_has_no_rows() -> None:
    steps = _plan(_stage(data=StageData.CORPUS, epochs=2), tokens=[{StageData.CORPUS: [5, 6, 7]}])
    assert len(steps) == 6
    assert {ref.data for step in steps for ref in step.packs} == {StageData.CORPUS}


@pytest.mark.parametrize(
    ("limits", "num_steps"),
    [
        ({"epochs": 9, "max_steps": 4}, 4),
        ({"epochs": 2, "max_steps": 40}, 14),
        ({"tokens": 10**6, "max_steps": 4}, 4),
        ({"tokens": 10, "epochs": 9}, 10),
        ({"max_steps": 20}, 20),
    ],
)
def test_plan_ends_with_the_limit_that_comes_first(limits: dict[str, int], num_steps: int) -> None:
    assert len(_plan(_stage(**limits), tokens=[{StageData.SFT: [1] * 7}])) == num_steps


def test_plan_is_the_same_again_and_another_with_another_seed() -> None:
    stages, tokens = (_stage(0, epochs=1), _stage(1, epochs=1)), [{StageData.SFT: [9] * 30}] * 2
    assert _plan(*stages, tokens=tokens) == _plan(*stages, tokens=tokens)
    fingerprints = {plan_fingerprint(_plan(*stages, tokens=tokens, seed=seed)) for seed in range(3)}
    assert len(fingerprints) == 3
    steps = _plan(*stages, tokens=tokens)
    orders = [[step.packs for step in steps if step.stage == number] for number in (0, 1)]
    assert len(orders[0]) == 30 and orders[0] != orders[1], "each stage has a shuffle of its own"


@pytest.mark.parametrize("span", list(ScheduleSpan))
def test_rate_warms_up_once_a_run_or_once_a_stage_and_peaks_at_the_stages_own_rate(span: ScheduleSpan) -> None:
    def optimizer(rate: float) -> dict[str, object]:
        return {"learning_rate": rate, "warmup_steps": 2, "final_learning_rate_share": 0.5}

    stages = [_stage(n, epochs=1, optimizer=optimizer(rate)) for n, rate in ((0, 1.0), (1, 0.1))]
    steps = _plan(*stages, tokens=[{StageData.SFT: [1] * 4}] * 2, span=span, seed=1)
    rates = [step.learning_rate for step in steps]
    assert [step.step_in_stage for step in steps if step.is_last_of_stage] == [4, 4], "each stage ends once"
    assert [(step.stage, step.step_in_stage) for step in steps] == [(s, n) for s in (0, 1) for n in (1, 2, 3, 4)]
    assert rates[:2] == [0.5, 1.0]
    if span is ScheduleSpan.RUN:
        assert rates[1:4] == sorted(rates[1:4], reverse=True)
        assert rates[4] == pytest.approx(0.1 * 0.75), "half way of the cosine, at the second stage's peak"
        assert rates[7] == pytest.approx(0.05)
    else:
        assert rates[3] == pytest.approx(0.5)
        assert rates[4:6] == [0.05, 0.1]
        assert rates[7] == pytest.approx(0.05)


def test_steps_of_similar_cost_hold_packs_of_one_length() -> None:
    lengths = [10, 20, 30, 40] * 6
    stage = _stage(epochs=1, packs_per_step=6, step_order=StepOrder.SIMILAR_COST)
    steps = _plan(stage, tokens=[{StageData.SFT: lengths}])
    assert [len({lengths[ref.pack] for ref in step.packs}) for step in steps] == [1, 1, 1, 1]
