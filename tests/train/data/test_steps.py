"""The plan of all steps: every pack as often as the recipe says, at the right rate, the same again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedConfig

from pipeline.config.finetune import FinetuneRecipe, StepOrder
from pipeline.config.stages import ScheduleSpan, StageData
from pipeline.train.data.steps import PackRef, PackSize, PlannedStep, plan_fingerprint, plan_steps, with_enough_trained
from pipeline.train.rope.scaling import without_rotary
from pipeline.train.run.stages import TrainingStage

_SHARES = {StageData.SFT: 0.0, StageData.CORPUS: 1.0, StageData.MIXED: 0.4}
TRAINED = st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=3), max_size=12)
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
) -> TrainingStage:
    settings = FinetuneRecipe.model_validate({"max_tokens": 1000, "min_step_tokens": 0, **own})
    share = _SHARES[data] if share is None else share
    unscaled = without_rotary(1000)
    return TrainingStage(
        number, f"s{number}", data, share, tokens, epochs, max_steps, settings, unscaled, PreTrainedConfig()
    )


def _plan(
    *stages: TrainingStage,
    tokens: Sequence[Mapping[StageData, Sequence[int]]],
    span: ScheduleSpan = ScheduleSpan.RUN,
    seed: int = 3,
) -> tuple[PlannedStep, ...]:
    """The plan over packs of one row each."""
    sizes = [
        {data: [PackSize(n, n * n, n // 3) for n in packs] for data, packs in of_stage.items()} for of_stage in tokens
    ]
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


def test_plan_of_two_stages_is_every_step_with_its_rate_and_marks_each_stages_end() -> None:
    optimizer = {"learning_rate": 1.0, "warmup_steps": 1, "final_learning_rate_share": 0.5}
    stages = [
        _stage(0, epochs=2, packs_per_step=2, optimizer=optimizer),
        _stage(1, data=StageData.CORPUS, epochs=3, optimizer=optimizer | {"learning_rate": 0.2}),
    ]
    row, document = PackRef(StageData.SFT, 0), PackRef(StageData.CORPUS, 0)
    # Step 1 warms up; then 0.5 + 0.25 (1 + cos(π · 1/4, 2/4, 3/4, 1)) of the stage's own rate.
    shares = [0.5 + 0.25 * (1 + cosine) for cosine in (math.sqrt(0.5), 0.0, -math.sqrt(0.5), -1.0)]
    rates = [1.0, shares[0], *(0.2 * share for share in shares[1:])]
    expected = (
        PlannedStep(1, 0, 1, False, pytest.approx(rates[0]), (row,)),
        PlannedStep(2, 0, 2, True, pytest.approx(rates[1]), (row,)),
        PlannedStep(3, 1, 1, False, pytest.approx(rates[2]), (document,)),
        PlannedStep(4, 1, 2, False, pytest.approx(rates[3]), (document,)),
        PlannedStep(5, 1, 3, True, pytest.approx(rates[4]), (document,)),
    )
    assert _plan(*stages, tokens=[{StageData.SFT: [7]}, {StageData.CORPUS: [9]}]) == expected


@pytest.mark.parametrize("data", list(StageData))
def test_every_epoch_and_every_seed_has_an_order_of_its_own(data: StageData) -> None:
    tokens = [{StageData.SFT: [10] * 20, StageData.CORPUS: [10] * 20}]

    def order(seed: int, kind: StageData) -> list[int]:
        steps = _plan(_stage(data=data, share=0.5 if data is StageData.MIXED else None, epochs=2), tokens=tokens,
                      seed=seed)  # fmt: skip
        return [ref.pack for step in steps for ref in step.packs if ref.data is kind]

    for kind in (data,) if data is not StageData.MIXED else (StageData.SFT, StageData.CORPUS):
        orders = [order(seed, kind) for seed in (1, 2)]
        halves = [tuple(one[at : at + 20]) for one in orders for at in (0, 20)]
        assert all(sorted(half) == list(range(20)) for half in halves)
        assert len(set(halves)) == 4


def test_kind_of_a_step_is_its_stage_and_all_the_data_in_it() -> None:
    row, document = PackRef(StageData.SFT, 3), PackRef(StageData.CORPUS, 1)
    kinds = [PlannedStep(9, stage, 1, False, 0.1, packs).kind for stage, packs in
             ((0, (row,)), (0, (row, document)), (2, (document, row, row)))]  # fmt: skip
    sft, corpus = StageData.SFT, StageData.CORPUS
    assert kinds == [(0, frozenset({sft})), (0, frozenset({sft, corpus})), (2, frozenset({sft, corpus}))]


def test_mixed_steps_hold_as_many_packs_as_the_stage_says_and_limits_end_them() -> None:
    tokens = [{StageData.SFT: [10] * 6, StageData.CORPUS: [10] * 3}]
    stage = _stage(data=StageData.MIXED, share=0.5, epochs=1, packs_per_step=5)
    assert [len(step.packs) for step in _plan(stage, tokens=tokens)] == [5, 5, 2]
    stage = _stage(data=StageData.MIXED, share=0.5, max_steps=4, packs_per_step=5)
    assert [len(step.packs) for step in _plan(stage, tokens=tokens)] == [5, 5, 2, 5]
    stage = _stage(data=StageData.MIXED, share=0.5, tokens=60, packs_per_step=5)
    assert [len(step.packs) for step in _plan(stage, tokens=tokens)] == [5, 5]


def test_token_budget_that_a_step_reaches_exactly_is_enough() -> None:
    for budget, num_steps in ((19, 2), (20, 2), (21, 3)):
        assert len(_plan(_stage(tokens=budget), tokens=[{StageData.SFT: [10] * 7}])) == num_steps


@given(trained=TRAINED, min_tokens=st.integers(0, 900))
def test_steps_are_joined_until_the_loss_counts_enough_and_keep_every_pack_in_order(
    trained: list[list[int]], min_tokens: int
) -> None:
    flat = [tokens for step in trained for tokens in step]
    sizes = {StageData.SFT: [PackSize(1000, 1000, tokens) for tokens in flat]}
    numbers = iter(range(len(flat)))
    steps = [[PackRef(StageData.SFT, next(numbers)) for _ in step] for step in trained]
    joined = with_enough_trained(steps, sizes, min_tokens=min_tokens)
    assert [ref.pack for step in joined for ref in step] == list(range(len(flat)))
    counts = [sum(flat[ref.pack] for ref in step) for step in joined]
    assert all(count >= min_tokens for count in counts) or len(joined) == 1
    borders = {step[0] for step in map(tuple, steps)}
    assert {step[0] for step in joined} <= borders, "steps are joined whole"
    if min_tokens == 0:
        assert joined == [tuple(step) for step in steps]


def test_least_number_of_tokens_is_in_force_by_default_and_ends_an_epoch_with_what_is_left() -> None:
    # 100 trained tokens in each pack of 300: three packs to a step of at least 256.
    stage = _stage(epochs=2, min_step_tokens=FinetuneRecipe().min_step_tokens)
    steps = _plan(stage, tokens=[{StageData.SFT: [300] * 8}])
    assert [len(step.packs) for step in steps] == [3, 5, 3, 5]
    alone = _plan(_stage(epochs=2), tokens=[{StageData.SFT: [300] * 8}])
    assert [len(step.packs) for step in alone] == [1] * 16
    assert [ref for step in steps for ref in step.packs] == [ref for step in alone for ref in step.packs]
