"""The learning rate by step."""

from __future__ import annotations

import pytest

from pipeline.config.optimizer import OptimizerRecipe
from pipeline.train.data.steps import learning_rate_at

RECIPE = OptimizerRecipe(learning_rate=1.0, warmup_steps=4, final_learning_rate_share=0.1)


def test_rate_rises_linearly_then_falls_to_the_final_share() -> None:
    rates = [learning_rate_at(step, RECIPE, num_steps=14) for step in range(1, 15)]
    assert rates[:4] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    # Half way of the cosine: the mean of 1 and 0.1.
    assert rates[8] == pytest.approx(0.55)
    assert rates[13] == pytest.approx(0.1)
    assert rates[3:] == sorted(rates[3:], reverse=True)


def test_rate_without_warm_up_starts_just_below_the_peak() -> None:
    recipe = RECIPE.model_copy(update={"warmup_steps": 0})
    rates = [learning_rate_at(step, recipe, num_steps=10) for step in range(1, 11)]
    assert 0.95 < rates[0] < 1.0
    assert rates[-1] == pytest.approx(0.1)


def test_training_shorter_than_its_warm_up_only_rises() -> None:
    assert [learning_rate_at(step, RECIPE, num_steps=2) for step in (1, 2)] == [0.25, 0.5]


def test_rate_of_a_training_as_long_as_its_warm_up_ends_at_the_full_rate() -> None:
    assert [learning_rate_at(step, RECIPE, num_steps=4) for step in (3, 4)] == [0.75, 1.0]
    rates = [learning_rate_at(step, RECIPE, num_steps=6) for step in (4, 5, 6)]
    assert rates == pytest.approx([1.0, 0.55, 0.1])


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_last_rate_is_the_recipes_share_of_its_rate(share: float) -> None:
    recipe = OptimizerRecipe(learning_rate=3e-4, warmup_steps=2, final_learning_rate_share=share)
    assert learning_rate_at(9, recipe, num_steps=9) == pytest.approx(3e-4 * share, abs=1e-12)
    assert learning_rate_at(1, recipe, num_steps=9) == pytest.approx(1.5e-4)
