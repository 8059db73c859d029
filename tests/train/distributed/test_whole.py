"""A student whose weights are sharded is made whole on the first process's host, wherever it trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from processes import Ended, Training, run_processes
from small_student import small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.train.distributed.process_ranks import join_ranks
from pipeline.train.distributed.sharding import gather_weights
from pipeline.train.export.model_folder import merge, whole_student
from pipeline.train.model.student import build_placed_student
from pipeline.train.run.training_run import open_run

pytestmark = pytest.mark.workers


def _make_whole(training: Training) -> Ended:
    """Train nothing; change what trains, and make it whole for a run whose recipe names a GPU."""
    recipe = small_recipe(training.model, **training.settings)
    with join_ranks(recipe.finetune) as ranks:
        run = ranks.once(
            lambda: open_run(
                recipe, data=training.build, base_model=training.model, output=training.output, start=Start.FRESH
            )
        )
        student = build_placed_student(
            training.model,
            recipe.finetune,
            seed=run.seed,
            place=lambda model, device: ranks.place(model, recipe.finetune, device),
        )
        with torch.no_grad():
            for weight in student.trainables().values():
                weight += 0.25
        (stage,) = run.stages
        on_gpu = replace(stage, settings=stage.settings.model_copy(update={"device": "cuda"}))
        whole = whole_student(student, replace(run, stages=(on_gpu,)), ranks)
        wanted = {name: weight.cpu() for name, weight in gather_weights(student.trainables())}
        if not ranks.is_first:
            return Ended("kept" if whole is student else "changed")
        equal = [torch.equal(wanted[name], weight) for name, weight in whole.trainables().items()]
        merged = merge(whole)
        places = sorted({weight.device.type for weight in merged.parameters()})
        return Ended("done", value=(whole.parallel.shards, len(equal), all(equal), places))


def test_sharded_student_of_gpus_is_rebuilt_and_merged_on_the_host(tmp_path: Path) -> None:
    model = write_small_model(tmp_path / "model")
    build = write_small_build(tmp_path / "build")
    told = Training(model, build, str(tmp_path / "out"), {"distributed": {"strategy": "fsdp2"}})
    first, second = run_processes(2, _make_whole, told)
    assert (first.how, second.how) == ("done", "kept")
    shards, num_trained, equal, places = first.value
    assert (shards, equal, places) == (1, True, ["cpu"])
    assert num_trained > 10
