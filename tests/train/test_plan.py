"""Recipes that ship with the project fit the machine they are written for, by their own plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from model_shapes import published_configs
from small_student import write_small_model

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.load import bundled_recipes, load_recipe
from pipeline.train.plan import plan_training

# What torch finds of an 80 GB GPU is 79 GiB and some; the quickstart is for a small machine without one.
MACHINES = {"legal-ko-32k": ("auto", 78.0), "mixed-128k": ("auto", 78.0), "quickstart": ("cpu", 4.0)}


def test_every_bundled_recipe_has_a_machine() -> None:
    assert MACHINES.keys() == bundled_recipes().keys()


@pytest.mark.parametrize("name", MACHINES)
def test_bundled_recipe_fits_its_machine_by_its_own_plan(tmp_path: Path, name: str) -> None:
    device, memory_gib = MACHINES[name]
    recipe = load_recipe(name, overrides=[f"finetune.device={device}"]).finetune
    published_configs()[recipe.model].save_pretrained(tmp_path)
    plan = plan_training(recipe, model=str(tmp_path), memory_gib=memory_gib, processes=1, local_processes=1)
    assert plan.prediction.num_tokens == recipe.max_tokens
    assert plan.fits, f"{plan.prediction.peak_bytes / 2**30:.1f} GiB on a machine of {memory_gib}"


def test_mixed_recipe_does_not_fit_with_layer_inputs_on_the_gpu(tmp_path: Path) -> None:
    recipe = load_recipe("mixed-128k", overrides=["finetune.memory.layer_inputs=device"]).finetune
    published_configs()[recipe.model].save_pretrained(tmp_path)
    plan = plan_training(recipe, model=str(tmp_path), memory_gib=78.0, processes=1, local_processes=1)
    assert not plan.fits
    assert plan.remedies[0].setting == "finetune.memory.layer_inputs=host"


def test_plan_that_the_host_cannot_hold_does_not_fit(tmp_path: Path) -> None:
    recipe = FinetuneRecipe(dtype="float32", device="cpu", max_tokens=64)
    plan = plan_training(recipe, model=write_small_model(tmp_path), memory_gib=64.0, processes=1, local_processes=1)
    enough = replace(plan, host_bytes=plan.host.peak_bytes)
    assert enough.fits and enough.fits_host
    too_small = replace(plan, host_bytes=plan.host.peak_bytes - 1)
    assert not too_small.fits and not too_small.fits_host
    assert replace(plan, host_bytes=None).fits


def test_weights_in_another_dtype_than_saved_are_each_processs_own(tmp_path: Path) -> None:
    model = write_small_model(tmp_path)  # in float32
    loading = {}
    for dtype in ("float32", "bfloat16"):
        recipe = FinetuneRecipe(dtype=dtype, device="cpu", max_tokens=64)
        plan = plan_training(recipe, model=model, memory_gib=64.0, processes=4, local_processes=4)
        loading[dtype] = plan.host.loading_bytes - 4 * plan.shape.trained * 4
        assert loading[dtype] == plan.shape.frozen * (4 if dtype == "float32" else 4 * 2)
