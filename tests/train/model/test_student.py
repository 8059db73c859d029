"""A student is built as the recipe says: scaled, placed, seeded, in its dtypes."""

from __future__ import annotations

import pytest
import torch
from small_student import small_recipe, write_small_model
from transformers import PreTrainedModel

from pipeline.train.attention.interface import PATTERN_ATTENTION
from pipeline.train.attention.patterns import pattern_of
from pipeline.train.attention.placement import Isolation
from pipeline.train.distributed.parallel import WHOLE, ModelParallel
from pipeline.train.model.student import build_placed_student, build_student
from pipeline.train.rope.scaled_config import recipe_scaling, scaled_config


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_student_is_what_the_recipe_says(model: str, dtype: str) -> None:
    recipe = small_recipe(model, dtype=dtype, attention={"pattern": "s2"}, tuning={"rank": 4, "dora": True}).finetune
    student = build_student(model, recipe, seed=3)
    assert (student.dtype, student.device, student.parallel) == (getattr(torch, dtype), torch.device("cpu"), WHOLE)
    assert student.scaling == recipe_scaling(scaled_config(model, recipe.rope), recipe.rope)
    assert student.scaling.max_tokens == 1024 and 0.0 <= student.inv_freq_error < 1e-6
    assert student.attention.isolation is Isolation.LAYOUT
    assert student.attention.pattern == pattern_of(recipe.attention, max_tokens=recipe.max_tokens)
    assert student.model.config._attn_implementation == PATTERN_ATTENTION
    # 259 embeddings of 32; two layers of attention (2 · 32² + 2 · 32 · 16), MLP (3 · 32 · 64) and norms; the last norm.
    layer = 2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 64 + 2 * 32
    assert student.num_parameters == 259 * 32 + 2 * layer + 32, "of the base model, without adapters"
    assert student.adapted is not None and student.model.is_gradient_checkpointing
    trained = student.trainables()
    assert list(trained) == [name for name, weight in student.model.named_parameters() if weight.requires_grad]
    assert {weight.dtype for weight in trained.values()} == {torch.float32}
    assert {w.dtype for w in student.model.parameters() if not w.requires_grad} == {getattr(torch, dtype)}


def test_student_that_trains_in_full_wraps_nothing(model: str) -> None:
    recipe = small_recipe(model, tuning={"method": "full"}, memory={"gradient_checkpointing": False}).finetune
    student = build_student(model, recipe, seed=3)
    assert student.adapted is None and not student.model.is_gradient_checkpointing
    assert sum(weight.numel() for weight in student.trainables().values()) == student.num_parameters


def test_adapters_follow_the_seed_and_nothing_drawn_before(model: str) -> None:
    recipe = small_recipe(model).finetune

    def adapter(seed: int) -> torch.Tensor:
        torch.rand(seed + 5)
        weights = build_student(model, recipe, seed=seed).trainables()
        (name,) = [name for name in weights if "layers.1.mlp.up_proj.lora_A" in name]
        return weights[name].detach()

    assert torch.equal(adapter(1), adapter(1)) and not torch.equal(adapter(1), adapter(2))


def test_placed_student_is_where_it_was_placed(model: str) -> None:
    placed: list[tuple[int, torch.device]] = []
    elsewhere = ModelParallel(None, None)

    def place(built: PreTrainedModel, device: torch.device) -> ModelParallel:
        placed.append((sum(weight.requires_grad for weight in built.parameters()), device))
        return elsewhere

    student = build_placed_student(model, small_recipe(model).finetune, seed=1, place=place)
    assert student.parallel is elsewhere
    assert placed == [(len(student.trainables()), torch.device("cpu"))], "after it is decided what trains"
