import pytest
from pydantic import ValidationError

from pipeline.config.pack import JoinRecipe, MixRule, PackRecipe
from pipeline.records import JoiningKind


def test_pack_recipe_joins_what_is_too_short_by_default() -> None:
    recipe = PackRecipe()
    assert recipe.join_below_tokens == recipe.min_tokens
    assert recipe.join_tokens == recipe.buckets[0] - recipe.room_tokens
    assert PackRecipe(min_tokens=900).join_below_tokens == recipe.join_tokens


def test_pack_recipe_joins_up_to_the_edge_it_names() -> None:
    recipe = PackRecipe(join=JoinRecipe(below_tokens=4000, target=8192))
    assert (recipe.join_below_tokens, recipe.join_tokens) == (4000, 8192 - 512)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"buckets": (2048, 1024)}, "ascend"),
        ({"buckets": (512, 1024)}, "room_tokens"),
        ({"join": {"target": 3000}}, "not one of the buckets"),
        ({"join": {"below_tokens": 600}}, "exceeds the 512 tokens of a joined context"),
        ({"join": {"kinds": ["none"]}}, "must not contain none or repeat a way"),
        ({"join": {"kinds": ["nearest", "nearest"]}}, "must not contain none or repeat a way"),
        ({"mix": [{"repeat": 0.5}]}, "greater than or equal to 1"),
        ({"mix": [{"max_tokens": 0}]}, "greater than 0"),
    ],
)
def test_pack_recipe_that_cannot_be_is_refused(values: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        PackRecipe.model_validate(values)


def test_pack_recipe_reads_kinds_and_rules_from_a_recipe() -> None:
    recipe = PackRecipe.model_validate(
        {"join": {"kinds": ["distractors"]}, "mix": [{"domain": "legal", "repeat": 2}]}, strict=False
    )
    assert recipe.join.kinds == (JoiningKind.DISTRACTORS,)
    assert recipe.mix == (MixRule.model_validate({"domain": "legal", "repeat": 2.0}),)
