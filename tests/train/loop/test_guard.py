"""Which steps the guard takes, skips and stops at, and what it says about them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.loss import GuardRecipe, OnSpike
from pipeline.config.stages import StageData
from pipeline.errors import TrainingError
from pipeline.train.loop.guard import Judgement, PackLoss, StepGuard, StepValues, StepVerdict, robust_z

PACKS = (
    PackLoss("mix", StageData.CORPUS, 7, 0.5, 0.5, ("calm-a", "calm-b")),
    PackLoss("mix", StageData.SFT, 7, 4.5, 0.5, tuple(f"wild-{i}" for i in range(10))),
)
CALM = [StepValues(2.0 + 0.1 * math.sin(i), 1.0 + 0.2 * math.cos(i)) for i in range(40)]
SPIKE = StepValues(9.0, 1.0)


def _guard(on_spike: OnSpike, **settings: int) -> StepGuard:
    return StepGuard(GuardRecipe(on_spike=on_spike, **settings), CALM)


def test_calm_steps_are_taken_without_a_word() -> None:
    guard = StepGuard(GuardRecipe(), [])
    judgements = [guard.judge(step, values, PACKS) for step, values in enumerate(CALM, 1)]
    assert {judgement.verdict for judgement in judgements} == {StepVerdict.TAKE}
    assert not any(judgement.warning for judgement in judgements)


def test_spike_stops_and_names_pack_and_rows() -> None:
    message = (
        r"The loss is 9, 15 robust .* above 2\.0\d*, the median of the last 40 steps, at step 41, stage mix; of all "
        r"packs, sft pack 7 has the highest loss, 9, and holds the rows wild-0, .*wild-7 and 2 more\."
    )
    with pytest.raises(TrainingError, match=message):
        _guard(OnSpike.STOP).judge(41, SPIKE, PACKS)


def test_spike_of_the_gradient_norm_counts_too() -> None:
    with pytest.raises(TrainingError, match="The gradient norm is 500"):
        _guard(OnSpike.STOP).judge(41, StepValues(2.0, 500.0), PACKS)


def test_loss_that_falls_is_no_spike() -> None:
    assert _guard(OnSpike.STOP).judge(41, StepValues(0.01, 0.001), PACKS).warning == ""


def test_spike_with_warn_is_taken_and_said() -> None:
    judgement = _guard(OnSpike.WARN).judge(41, SPIKE, PACKS)
    assert judgement.verdict is StepVerdict.TAKE
    assert "loss is 9" in judgement.warning


def test_skipped_spikes_do_not_become_the_measure_and_too_many_stop() -> None:
    guard = _guard(OnSpike.SKIP, max_skipped_steps=2)
    assert guard.judge(41, SPIKE, PACKS).verdict is StepVerdict.SKIP
    assert guard.judge(42, SPIKE, PACKS).verdict is StepVerdict.SKIP
    assert guard.judge(43, CALM[0], PACKS).verdict is StepVerdict.TAKE
    for step in (44, 45):
        assert guard.judge(step, SPIKE, PACKS).verdict is StepVerdict.SKIP
    with pytest.raises(TrainingError, match="3 steps in a row were skipped"):
        guard.judge(46, SPIKE, PACKS)


@pytest.mark.parametrize("bad", [StepValues(math.nan, 1.0), StepValues(2.0, math.inf)])
@pytest.mark.parametrize("on_spike", OnSpike)
def test_what_is_no_number_is_never_taken(on_spike: OnSpike, bad: StepValues) -> None:
    # The very first step: nothing to compare with is needed.
    guard = StepGuard(GuardRecipe(on_spike=on_spike), [])
    if on_spike is OnSpike.SKIP:
        assert guard.judge(1, bad, PACKS).verdict is StepVerdict.SKIP
    else:
        with pytest.raises(TrainingError, match=r"is nan|is inf"):
            guard.judge(1, bad, PACKS)


def test_pack_whose_loss_is_nan_is_the_one_named() -> None:
    packs = (
        PackLoss("read", StageData.SFT, 2, 900.0, 1.0, ("high",)),
        PackLoss("read", StageData.CORPUS, 2, math.nan, 1.0, ("broken from token 4096",)),
    )
    message = (
        "at step 1, stage read; of all packs, corpus pack 2 has the highest loss, nan, and holds the documents broken"
    )
    with pytest.raises(TrainingError, match=message):
        StepGuard(GuardRecipe(), []).judge(1, StepValues(math.nan, math.nan), packs)


@given(st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), min_size=5, max_size=60), st.integers(0, 60))
def test_resumed_guard_judges_as_the_uninterrupted_one(values: list[tuple[float, float]], cut: int) -> None:
    recipe = GuardRecipe(on_spike=OnSpike.SKIP, window_steps=8, min_history_steps=3, max_robust_z=2.0,
                         max_skipped_steps=1000)  # fmt: skip
    steps = [StepValues(loss, norm) for loss, norm in values]
    whole = StepGuard(recipe, [])
    verdicts = [whole.judge(i, step, PACKS).verdict for i, step in enumerate(steps)]
    resumed = StepGuard(recipe, steps[:cut])
    assert [resumed.judge(i, step, PACKS).verdict for i, step in enumerate(steps[cut:])] == verdicts[cut:]


def test_robust_z_is_not_moved_by_outliers_nor_by_a_flat_history() -> None:
    assert robust_z(2.0, [1.0] * 20) == pytest.approx(math.log(2.0) / 0.1)
    with_outliers = [1.0] * 17 + [1e6] * 3
    assert robust_z(2.0, with_outliers) == pytest.approx(math.log(2.0) / 0.1)


def test_guard_looks_for_spikes_from_the_steps_it_asks_for_on() -> None:
    for num_before, is_judged in ((4, False), (5, True)):
        guard = StepGuard(GuardRecipe(on_spike=OnSpike.WARN, min_history_steps=5), CALM[:num_before])
        assert bool(guard.judge(num_before + 1, SPIKE, PACKS).warning) is is_judged


@pytest.mark.parametrize(("z", "is_spike"), [(9.9, False), (10.1, True)])
def test_spike_is_more_than_the_recipes_deviations_above_the_median(z: float, is_spike: bool) -> None:
    flat = [StepValues(2.0, 1.0)] * 30  # of which one deviation is a tenth, on the logarithmic scale
    for values in (StepValues(2.0 * math.exp(0.1 * z), 1.0), StepValues(2.0, math.exp(0.1 * z))):
        guard = StepGuard(GuardRecipe(on_spike=OnSpike.WARN, max_robust_z=10.0), flat)
        assert bool(guard.judge(31, values, PACKS).warning) is is_spike


def test_guard_forgets_what_is_older_than_its_window() -> None:
    rising = [StepValues(1.0, 1.0)] * 20 + [StepValues(50.0, 1.0)] * 10
    assert (
        not StepGuard(GuardRecipe(on_spike=OnSpike.WARN, window_steps=10, min_history_steps=5), rising)
        .judge(31, StepValues(50.0, 1.0), PACKS)
        .warning
    )
    assert (
        StepGuard(GuardRecipe(on_spike=OnSpike.WARN, window_steps=30, min_history_steps=5), rising)
        .judge(31, StepValues(50.0, 1.0), PACKS)
        .warning
    )


def test_loss_of_a_pack_is_the_mean_over_its_share_of_the_weights() -> None:
    assert PackLoss("s", StageData.SFT, 0, 0.75, 0.25, ()).mean_loss == 3.0
    assert PackLoss("s", StageData.SFT, 0, 0.0, 0.0, ()).mean_loss == 0.0


ROWS = PackLoss("answer", StageData.SFT, 3, 4.5, 0.5, tuple(f"row{i}" for i in range(8)))
FLAT = [StepValues(2.0, 1.0)] * 30
REMEDY = "Check the data named above, lower optimizer.learning_rate or set dtype to float32; see finetune.guard."


@pytest.mark.parametrize(
    ("values", "said"),
    [
        # ln 4 ÷ 0.1 and ln 8 ÷ 0.1: the history is flat, and one deviation is at least a tenth.
        (StepValues(8.0, 1.0), "loss is 8, 14 robust standard deviations above 2, the median of the last 30 steps,"),
        (StepValues(2.0, 8.0),
         "gradient norm is 8, 21 robust standard deviations above 1, the median of the last 30 steps,"),
        (StepValues(8.0, 8.0), "loss is 8, 14 robust standard deviations above 2, the median of the last 30 steps,"),
        (StepValues(math.inf, 1.0), "loss is inf"),
        (StepValues(2.0, math.nan), "gradient norm is nan"),
    ],
)  # fmt: skip
def test_word_about_a_step_is_the_same_whatever_follows_it(values: StepValues, said: str) -> None:
    where = f"The {said} at step 31, stage answer; of all packs, sft pack 3 has the highest loss, 9, and holds the "
    names = "rows row0, row1, row2, row3, row4, row5, row6, row7"
    with pytest.raises(TrainingError) as stopped:
        StepGuard(GuardRecipe(on_spike=OnSpike.STOP), FLAT).judge(31, values, [ROWS])
    assert (stopped.value.message, stopped.value.remedy) == (f"{where}{names}.", REMEDY)
    skipping = StepGuard(GuardRecipe(on_spike=OnSpike.SKIP, max_skipped_steps=1), FLAT)
    nine = PackLoss("answer", StageData.SFT, 3, 4.5, 0.5, (*ROWS.row_ids, "row8"))
    assert skipping.judge(31, values, [nine]) == Judgement(StepVerdict.SKIP, f"{where}{names} and 1 more.")
    with pytest.raises(TrainingError) as too_many:
        skipping.judge(31, values, [ROWS])
    assert too_many.value.message == f"{where}{names}; 2 steps in a row were skipped."
    assert too_many.value.remedy == REMEDY
    warning = StepGuard(GuardRecipe(on_spike=OnSpike.WARN), FLAT)
    if math.isfinite(values.loss) and math.isfinite(values.grad_norm):
        assert warning.judge(31, values, [ROWS]) == Judgement(StepVerdict.TAKE, f"{where}{names}.")
    else:
        with pytest.raises(TrainingError) as refused:
            warning.judge(31, values, [ROWS])
        assert (refused.value.message, refused.value.remedy) == (f"{where}{names}.", REMEDY)


def test_deviations_are_those_of_a_normal_distribution() -> None:
    # Logarithms −2 … 2 around 0 have a median absolute deviation of 1, so one deviation is 1.4826.
    history = [math.exp(value) for value in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    assert robust_z(math.exp(3.0), history) == pytest.approx(3.0 / 1.4826)
    assert robust_z(0.0, [1.0, 1.0]) == pytest.approx(math.log(1e-12) / 0.1)


def test_guard_of_a_run_that_only_warns_remembers_its_spikes_as_taken() -> None:
    recipe = GuardRecipe(on_spike=OnSpike.WARN, window_steps=4, min_history_steps=2)
    spikes = [StepValues(2.0, 1.0)] * 4 + [StepValues(50.0, 1.0)] * 4
    assert StepGuard(recipe, spikes).judge(9, StepValues(50.0, 1.0), PACKS).warning == ""
    skipping = recipe.model_copy(update={"on_spike": OnSpike.SKIP})
    assert StepGuard(skipping, spikes[:6]).judge(7, StepValues(50.0, 1.0), PACKS).verdict is StepVerdict.SKIP


def test_resumed_guard_counts_the_steps_skipped_just_before() -> None:
    recipe = GuardRecipe(on_spike=OnSpike.SKIP, max_skipped_steps=2)
    for num_before, stops in ((1, False), (2, True)):
        guard = StepGuard(recipe, [*FLAT, *[StepValues(90.0, 1.0)] * num_before])
        if stops:
            with pytest.raises(TrainingError, match="3 steps in a row were skipped"):
                guard.judge(40, StepValues(90.0, 1.0), PACKS)
        else:
            assert guard.judge(40, StepValues(90.0, 1.0), PACKS).verdict is StepVerdict.SKIP
