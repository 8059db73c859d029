"""The packs that a stage is validated on: enough of them, with enough trained tokens, and no more."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.data.validation_sample import sampled_packs

TRAINED = st.lists(st.integers(1, 400), max_size=30)


@given(
    trained=TRAINED, seed=st.integers(0, 5), least=st.integers(1, 6), tokens=st.integers(0, 900), most=st.integers(1, 9)
)
def test_packs_are_drawn_until_they_have_enough_tokens_or_are_too_many(
    trained: list[int], seed: int, least: int, tokens: int, most: int
) -> None:
    settings = FinetuneRecipe(min_validation_packs=least, min_validation_tokens=tokens, max_validation_packs=most)
    chosen = sampled_packs(trained, settings, random=Random(seed))
    assert chosen == sorted(set(chosen)) and set(chosen) <= set(range(len(trained)))
    assert chosen == sampled_packs(trained, settings, random=Random(seed))
    enough = len(chosen) >= least and sum(trained[pack] for pack in chosen) >= tokens
    assert enough or len(chosen) == min(most, len(trained))
    if len(chosen) > least:
        few = FinetuneRecipe(min_validation_packs=1, min_validation_tokens=0, max_validation_packs=len(chosen) - 1)
        first = sampled_packs(trained, few.model_copy(update={"min_validation_packs": 99}), random=Random(seed))
        assert set(first) < set(chosen) and sum(trained[pack] for pack in first) < tokens, "the last one was needed"


def test_default_draws_more_packs_where_answers_are_short() -> None:
    assert len(sampled_packs([22] * 100, FinetuneRecipe(), random=Random(1))) == 16
    assert len(sampled_packs([120] * 100, FinetuneRecipe(), random=Random(1))) == 9
    assert len(sampled_packs([16_383] * 100, FinetuneRecipe(), random=Random(1))) == 4
