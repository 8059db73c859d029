"""The packing section of a recipe."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pipeline.config.packing import ConversationOverflow, DocumentOverflow, PackingRecipe
from pipeline.config.recipe import Recipe


def recipe(**sections: object) -> Recipe:
    return Recipe.model_validate({"name": "r", "inputs": [{"path": "bundled:"}], **sections})


def test_packs_are_as_long_as_training_asks_unless_edges_are_given() -> None:
    assert recipe(finetune={"max_tokens": 4096}).pack_edges == (4096,)
    assert recipe(finetune={"max_tokens": 4096}, packing={"edges": [8192, 16384]}).pack_edges == (8192, 16384)


@pytest.mark.parametrize("edges", [[16384, 8192], [8192, 8192], [0]])
def test_edges_that_do_not_ascend_are_refused(edges: list[int]) -> None:
    with pytest.raises(ValidationError, match=r"ascend|greater than 0"):
        PackingRecipe(edges=tuple(edges))


def test_no_rule_for_conversations_cuts_them() -> None:
    assert {rule.value for rule in DocumentOverflow} - {rule.value for rule in ConversationOverflow} == {
        "split_at_section"
    }
    with pytest.raises(ValidationError):
        recipe(packing={"conversations": "split_at_section"})
