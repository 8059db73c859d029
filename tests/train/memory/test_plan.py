"""Recipes that ship with the project fit the machine they are written for, by their own plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from model_shapes import published_configs
from small_student import write_small_model

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.load import bundled_recipes, load_recipe
from pipeline.train.layers.kept import NOTHING_KEPT, KeptActivations
from pipeline.train.machine.memory import process_bytes, this_machine
from pipeline.train.memory.plan import TrainingMemoryPlan, plan_training
from pipeline.train.memory.predict import Moment
from pipeline.train.memory.process import Division

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
    longest = max((stage.max_tokens or recipe.max_tokens for stage in recipe.stages), default=recipe.max_tokens)
    assert plan.prediction.num_tokens == longest
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


def _plan(tmp_path: Path, *, memory_gib: float | None = 64.0, processes: int = 1, local: int = 1,
          **recipe: object) -> TrainingMemoryPlan:  # fmt: skip
    values = {"max_tokens": 900, "dtype": "float32", "device": "cpu", "rope": {"method": "yarn", "factor": 4.0}}
    settings = FinetuneRecipe.model_validate(values | recipe)
    model = write_small_model(tmp_path)
    return plan_training(settings, model=model, memory_gib=memory_gib, processes=processes, local_processes=local)


def test_plan_of_several_processes_shares_the_host_and_counts_it_whole(tmp_path: Path) -> None:
    plan = _plan(tmp_path, processes=4, local=2)
    each = 64 * 2**30 // 2 - int(0.75 * 2**30)
    assert (plan.process_bytes, plan.host_bytes) == (each, 2 * each)
    assert plan.division == Division(4, 1, 1)
    tight = _plan(tmp_path, memory_gib=1.502, processes=4, local=2, distributed={"strategy": "ddp"})
    assert tight.longest_tokens > 0, "of a half of the host each, not of a quarter"
    gpu = _plan(tmp_path, device="cuda", processes=4, local=2)
    assert (gpu.process_bytes, gpu.host_bytes) == (64 * 2**30 - int(1.5 * 2**30), None)
    assert gpu.machine.device == "cuda" and gpu.fits_host


def test_plan_without_a_size_is_of_this_machine(tmp_path: Path) -> None:
    plan = _plan(tmp_path, memory_gib=None)
    assert plan.machine == this_machine("cpu")
    assert plan.host_bytes == plan.process_bytes == process_bytes(this_machine("cpu"), local_processes=1)


def test_plan_counts_the_stage_with_the_longest_packs_wherever_it_stands(tmp_path: Path) -> None:
    stages = [{"name": "a", "max_tokens": 300}, {"name": "b", "max_tokens": 2000, "packs_per_step": 3},
              {"name": "c", "max_tokens": 700}]  # fmt: skip
    plan = _plan(tmp_path, stages=stages)
    alone = _plan(tmp_path, max_tokens=2000, packs_per_step=3)
    assert plan.prediction == alone.prediction and plan.prediction.num_tokens == 2000
    assert plan.longest_tokens == alone.longest_tokens and plan.remedies == alone.remedies


def test_plan_fits_up_to_the_last_byte_of_a_process(tmp_path: Path) -> None:
    plan = _plan(tmp_path, device="cuda")
    needed = plan.prediction.peak_bytes
    for spare, fits in ((0, True), (-1, False)):
        machine = replace(plan.machine, memory_bytes=needed + plan.machine.reserved_bytes + spare)
        found = replace(plan, machine=machine)
        assert (found.process_bytes, found.fits, found.as_json()["fits"]) == (needed + spare, fits, fits)


def test_plan_as_json_is_every_number_of_it(tmp_path: Path) -> None:
    plan = _plan(tmp_path, processes=4, local=2, distributed={"strategy": "fsdp2", "sequence_parallel": 2},
                 memory={"mlp_tile_tokens": None})  # fmt: skip
    peak = plan.prediction.peak_moment
    assert plan.remedies
    assert plan.as_json() == {
        "model": str(tmp_path),
        "device": "cpu",
        "machine": "cpu, as given",
        "memory_bytes": 64 * 2**30,
        "reserved_bytes": int(0.75 * 2**30),
        "processes": 4,
        "shards": 4,
        "slices": 2,
        "process_bytes": plan.process_bytes,
        "host": {
            "loading_bytes": plan.host.loading_bytes,
            "layer_inputs_bytes": plan.host.layer_inputs_bytes,
            "export_bytes": plan.host.export_bytes,
            "memory_bytes": plan.host_bytes,
            "fits": True,
        },
        "pack_tokens": 900,
        "kept_layers": 0,
        "kept_mlps": 0,
        "activations": "recomputing every layer in the backward pass: 4 processes train together",
        "peak_bytes": max(plan.prediction.bytes_at(moment) for moment in Moment),
        "peak_moment": peak.value,
        "fits": True,
        "longest_tokens": plan.longest_tokens,
        "terms": [
            {"name": term.name, "bytes": term.num_bytes, "at_peak": peak in term.moments}
            for term in plan.prediction.terms
        ],
        "remedies": [
            {"set": one.setting, "effect": one.effect, "saves_bytes": one.saves_bytes, "peak_bytes": one.peak_bytes,
             "longest_tokens": one.longest_tokens}
            for one in plan.remedies
        ],
    }  # fmt: skip


def test_plan_counts_the_activations_that_fit_and_names_recomputing_them_first(tmp_path: Path) -> None:
    kept, recomputed = (_plan(tmp_path, memory={"gradient_checkpointing": value}) for value in ("auto", True))
    assert kept.activations.kept == KeptActivations(2, 2) and recomputed.activations.kept == NOTHING_KEPT
    assert kept.prediction.peak_bytes > recomputed.prediction.peak_bytes
    assert kept.longest_tokens == recomputed.longest_tokens, "auto recomputes the layers of a longer pack"
    first = kept.remedies[0]
    assert first.setting == "finetune.memory.gradient_checkpointing=true"
    assert first.peak_bytes == recomputed.prediction.peak_bytes
    assert kept.remedies[1:] == recomputed.remedies
