"""What `finetune --plan` tells of a build: steps, tokens, rows left out by reason, and an estimate of the time."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_student import RecordingObserver, small_config, small_recipe, write_small_build, write_small_model
from transformers import Gemma3TextConfig

from pipeline.config.start import Start
from pipeline.config.tuning import TuningMethod
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.run_data import read_run_data
from pipeline.train.data.steps import PackSize
from pipeline.train.layers.kept import NOTHING_KEPT
from pipeline.train.loop.speed import TrainingSpeed, few_layers, measure_speed
from pipeline.train.loop.work_plan import WorkPlan, plan_work
from pipeline.train.run.stages import resolve_stages
from pipeline.train.run.training_run import open_run

STAGES = [
    {"name": "first", "max_tokens": 200, "max_steps": 2},
    {"name": "second", "epochs": 2},
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("work_plan")
    write_small_model(root / "model", num_hidden_layers=3)
    write_small_build(root / "build", num_train=10, num_validation=4)
    return root


def planned(base: Path, folder: Path, *, not_timed: str = "elsewhere", **finetune: object) -> WorkPlan:
    model = str(base / "model")
    recipe = small_recipe(model, **({"max_steps": None, "stages": STAGES} | finetune))
    build = str(base / "build")
    return plan_work(recipe, data=build, base_model=model, folder=folder, not_timed=not_timed, on_phase=lambda _: None)


def test_plan_has_the_steps_and_tokens_of_the_training_itself(base: Path, tmp_path: Path) -> None:
    plan = planned(base, tmp_path / "plan")
    recipe = small_recipe(str(base / "model"), max_steps=None, stages=STAGES)
    run = open_run(
        recipe, data=str(base / "build"), base_model=str(base / "model"), output=str(tmp_path / "m"), start=Start.FRESH
    )
    folder = prepare_token_ids(run, observer=RecordingObserver())
    data = read_run_data(run, tokens_folder=folder, observer=RecordingObserver())
    assert [stage.steps for stage in plan.stages] == [len(data.steps_of(stage)) for stage in data.stages]
    assert plan.stages[0].steps == 2 < plan.stages[1].steps
    for stage, work in zip(data.stages, plan.stages, strict=True):
        source = data.packs[stage.number].train[stage.data]
        refs = [ref for step in data.steps_of(stage) for ref in step.packs]
        assert work.tokens == sum(sum(source.lengths_of(ref.pack)) for ref in refs)
        assert work.trained == sum(source.num_trained(ref.pack) for ref in refs)
        assert 0 < work.trained < work.tokens
    values = plan.as_json()
    assert values["tokens"] == sum(work.tokens for work in plan.stages)
    assert values["seconds"] is None and values["not_timed"] == "elsewhere"


def test_rows_are_used_left_out_or_not_drawn_and_the_counts_reconcile(base: Path, tmp_path: Path) -> None:
    first, second = (stage.kinds[0] for stage in planned(base, tmp_path).stages)
    assert first.counts.read == second.counts.read == 10
    assert first.counts.too_long > 0 == second.counts.too_long
    for kind in (first, second):
        counts = kind.counts
        assert counts.read == counts.used + counts.too_long + counts.without_answer
    # Two steps of one pack read two of the packs; the rows of the others are not drawn.
    assert first.read_packs == first.passes == 2 < first.packs
    assert 0 < first.rows_not_drawn < first.counts.used
    assert second.rows_not_drawn == 0 and second.passes == 2 * second.packs == 2 * second.read_packs
    assert second.validation_packs and second.validation_trained


@pytest.mark.parametrize(("span", "expected"), [("run", [2, 1]), ("stage", [2, 3])])
def test_warmup_is_counted_once_a_run_or_in_each_stage(
    base: Path, tmp_path: Path, span: str, expected: list[int]
) -> None:
    optimizer = {"warmup_steps": 3, "learning_rate": 0.01}
    plan = planned(base, tmp_path, schedule_over=span, optimizer=optimizer)
    assert plan.stages[1].steps >= 3
    assert [stage.warmup_steps for stage in plan.stages] == expected


def test_planning_writes_only_into_the_folder_it_is_given(base: Path, tmp_path: Path) -> None:
    before = sorted(path for path in base.rglob("*") if path.is_file())
    planned(base, tmp_path)
    assert sorted(path for path in base.rglob("*") if path.is_file()) == before


def test_time_is_measured_without_weights_and_grows_with_the_work(base: Path, tmp_path: Path) -> None:
    model = Path(write_small_model(tmp_path / "model", num_hidden_layers=6))
    (model / "model.safetensors").unlink()
    plan = planned(base, tmp_path, not_timed="")
    assert plan.speed is not None and plan.threads == 1
    recipe = small_recipe(str(model))
    (stage,) = resolve_stages(recipe.finetune, base_model=str(model))
    threads = torch.get_num_threads()
    started = time.perf_counter()
    speed = measure_speed(stage, seed=1, kept=NOTHING_KEPT)
    assert isinstance(speed, TrainingSpeed)
    assert torch.get_num_threads() == threads
    assert speed.layers == 2 and speed.per_token > 0 and speed.per_step > 0
    assert time.perf_counter() - started < 60
    few, many = (speed.seconds([[PackSize(tokens, tokens**2, 8)]]) for tokens in (100, 10_000))
    assert 0 < few < many and math.isfinite(many)


def test_seconds_of_steps_add_up_by_their_parts() -> None:
    speed = TrainingSpeed(2.0, 0.5, 3.0, 10.0, layers=2, timed_tokens=256)
    step = [PackSize(4, 16, 1), PackSize(2, 4, 2)]
    assert speed.seconds([step]) == 10 + (8 + 8 + 3) + (4 + 2 + 6)
    assert speed.seconds([step, step]) == 2 * speed.seconds([step])
    assert replace(speed, per_step=0.0).seconds([]) == 0


def test_few_layers_keep_one_of_each_type_and_their_settings() -> None:
    assert few_layers(small_config(num_hidden_layers=7)).num_hidden_layers == 2
    assert few_layers(small_config(num_hidden_layers=1)).num_hidden_layers == 1
    gemma = Gemma3TextConfig(num_hidden_layers=12, sliding_window_pattern=6)
    types = list(gemma.layer_types)
    assert len(set(types)) == 2
    few = few_layers(gemma)
    assert few.num_hidden_layers == 6 and few.layer_types == types[:6]
    assert gemma.num_hidden_layers == 12 and len(gemma.layer_types) == 12


def test_time_of_a_model_too_large_or_in_four_bits_is_not_measured(base: Path) -> None:
    (stage,) = resolve_stages(small_recipe(str(base / "model")).finetune, base_model=str(base / "model"))
    large = small_config(hidden_size=16_384, intermediate_size=65_536, num_attention_heads=8, head_dim=2048)
    said = measure_speed(replace(stage, config=large), seed=1, kept=NOTHING_KEPT)
    assert isinstance(said, str) and "too many to time" in said
    settings = stage.settings.model_copy(
        update={"tuning": stage.settings.tuning.model_copy(update={"method": TuningMethod.QLORA})}
    )
    said = measure_speed(replace(stage, settings=settings), seed=1, kept=NOTHING_KEPT)
    assert isinstance(said, str) and "4-bit" in said
