"""Errors and signals end all processes of a training in the same way; the real command under torchrun."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from lease_holder import Holder
from processes import Training, run_processes, train
from small_student import small_recipe, write_small_build, write_small_model
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pipeline.config.start import Start
from pipeline.train.loop.checkpoint import checkpoints, read_state
from pipeline.train.run.metrics import read_metrics
from pipeline.train.run.record import read_record

pytestmark = pytest.mark.workers

SETTINGS: dict[str, object] = {
    "max_tokens": 331,
    "packs_per_step": 2,
    "max_steps": 2,
    "report_to": [],
    "probe": {"every_steps": None},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("together")
    write_small_model(root / "base", num_attention_heads=4, num_key_value_heads=2)
    write_small_build(root / "build", num_train=6)
    return root


def _ends(
    folder: Path, count: int, *, start: Start = Start.RESUME, build: str = "build", **settings: object
) -> list[str]:
    training = Training(
        str(folder / "base"), str(folder / build), str(folder / "out"), SETTINGS | settings, start=start
    )
    return [ended.how for ended in run_processes(count, train, training)]


def test_folder_decisions_are_the_first_process_s(folder: Path) -> None:
    assert _ends(folder, 2) == ["done", "done"]
    assert _ends(folder, 2) == ["done", "done"]  # nothing to do
    assert _ends(folder, 2, max_steps=1) == ["InputError", "exit 2"]
    assert _ends(folder, 2, max_steps=1, start=Start.FRESH) == ["done", "done"]
    record = read_record(str(folder / "out"))
    assert record is not None and record.steps == 1
    assert _ends(folder, 2, build="nowhere") == ["InputError", "exit 2"]


def test_impossible_divisions_are_refused_by_all(folder: Path) -> None:
    assert _ends(folder, 1, distributed={"sequence_parallel": 2}) == ["InputError"]
    assert _ends(folder, 3, distributed={"sequence_parallel": 2}) == ["InputError"] * 3
    heads = {"distributed": {"sequence_parallel": 5}}
    assert _ends(folder, 5, start=Start.FRESH, **heads) == ["InputError"] * 5
    bits = {"distributed": {"strategy": "fsdp2"}, "optimizer": {"kind": "adamw_8bit"}}
    assert _ends(folder, 2, start=Start.FRESH, **bits) == ["InputError"] * 2


def test_a_step_that_is_not_to_be_trusted_stops_all(folder: Path) -> None:
    broken = {"optimizer": {"learning_rate": 1e30, "warmup_steps": 0}, "validate_every_steps": 100}
    assert _ends(folder, 2, start=Start.FRESH, **broken) == ["TrainingError"] * 2


@pytest.mark.parametrize(
    "distributed",
    [{"strategy": "ddp"}, {"strategy": "fsdp2"}, {"strategy": "ddp", "sequence_parallel": 2}],
    ids=["replicas", "shards", "slices"],
)
def test_signal_to_one_process_stops_all_within_the_step_under_way(
    folder: Path, distributed: dict[str, object]
) -> None:
    settings = SETTINGS | {"packs_per_step": 4, "max_steps": 3, "epochs": 3, "validate_every_steps": 100}
    training = Training(str(folder / "base"), str(folder / "build"), "", settings | {"distributed": distributed})
    name = "-".join(str(value) for value in distributed.values())
    whole = run_processes(2, train, replace(training, output=str(folder / f"whole-{name}")))
    halves = replace(training, output=str(folder / f"halves-{name}"))
    stopped = run_processes(2, train, replace(halves, stop_after=1, stop_in_pass=1))
    assert [ended.how for ended in stopped] == ["interrupted"] * 2
    assert [read_state(path).step for path in checkpoints(folder / f"halves-{name}" / "checkpoints")] == [1]
    resumed = run_processes(2, train, halves)
    assert [ended.how for ended in resumed] == ["done"] * 2
    assert resumed[0].first_step == 2
    assert [*stopped[0].losses, *resumed[0].losses] == whole[0].losses


_TORCHRUN = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "pipeline", "finetune", "recipe.yaml"]


def _torchrun(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *_TORCHRUN, *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def recipe_folder(folder: Path) -> Path:
    """With the trackers that a recipe has by default."""
    settings = {name: value for name, value in SETTINGS.items() if name != "report_to"}
    recipe = small_recipe(str(folder / "base"), **settings, distributed={"strategy": "fsdp2"})
    assert recipe.finetune.report_to == ("tensorboard",)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe.model_dump(mode="json")), encoding="utf-8")
    return folder


def test_torchrun_trains_and_one_process_speaks_and_tracks(recipe_folder: Path) -> None:
    done = _torchrun(recipe_folder, "--data", "build", "--output", "under torchrun")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("2 steps on ") == 1
    out = recipe_folder / "under torchrun"
    assert {"model.safetensors", "config.json", "training.json", "report.html", "README.md"} <= {
        path.name for path in out.iterdir()
    }
    events = [json.loads(line) for line in (out / "logs" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    logged = [(event["step"], event["loss"]) for event in events if event["event"] == "step"]
    assert [step for step, _ in logged] == [1, 2]
    assert len(list((out / "logs").glob("events.out.tfevents.*"))) == 1, "one process writes"
    tracked = EventAccumulator(str(out / "logs")).Reload().Scalars("step/loss")
    assert [(event.step, event.value) for event in tracked] == [(step, pytest.approx(loss)) for step, loss in logged]


def test_sigterm_to_torchrun_leaves_a_checkpoint_that_goes_on_to_the_same_curve(folder: Path) -> None:
    root, steps = folder / "terminated", 80
    settings = SETTINGS | {
        "max_steps": steps,
        "epochs": steps,
        "save_every_steps": 10_000,
        "validate_every_steps": 2,
        "distributed": {"strategy": "ddp"},
    }
    recipe = small_recipe(str(folder / "base"), **settings)
    root.mkdir()
    (root / "recipe.yaml").write_text(yaml.safe_dump(recipe.model_dump(mode="json")), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, *_TORCHRUN, "--data", str(folder / "build"), "--output", str(root / "halves")],
        cwd=root,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        told = next(line for line in parent.stdout if line.startswith("held-out loss after 2 steps"))
        parent.send_signal(signal.SIGTERM)
        told += parent.stdout.read()
    assert parent.returncode != 0
    (checkpoint,) = checkpoints(root / "halves" / "checkpoints")
    done = read_state(checkpoint).step
    assert 2 <= done < steps, told
    training = Training(str(folder / "base"), str(folder / "build"), str(root / "halves"), settings)
    resumed = run_processes(2, train, training)
    assert [ended.how for ended in resumed] == ["done"] * 2
    assert resumed[0].first_step == done + 1
    whole = run_processes(2, train, replace(training, output=str(root / "whole")))
    curves = [[step.loss for step in read_metrics(root / name / "logs").steps] for name in ("halves", "whole")]
    assert len(curves[0]) == steps and curves[0] == curves[1] == whole[0].losses


def test_torchrun_tells_of_wrong_input_once_and_names_its_exit_code(recipe_folder: Path) -> None:
    refused = _torchrun(recipe_folder, "--data", "nowhere", "--output", "nothing")
    assert refused.returncode == 1  # torchrun's own, whatever its processes' was
    assert refused.stderr.count("error: There are no training rows in") == 1
    assert "exitcode  : 2" in refused.stderr
    assert "Traceback" not in refused.stderr.split("error: There are no training rows")[0]
    assert not (recipe_folder / "nothing").exists()


def test_folder_that_another_run_holds_ends_all_processes_with_one_message(recipe_folder: Path) -> None:
    owner = Holder(recipe_folder / "held")
    assert owner.hold() == "held False"
    refused = _torchrun(recipe_folder, "--data", "build", "--output", "held")
    assert refused.returncode == 1  # torchrun's own, whatever its processes' was
    assert refused.stderr.count(f"held is in use: `pipeline build-sft` (process {owner.process.pid} on") == 1
    assert "exitcode  : 2" in refused.stderr
    assert owner.end()[0] == 0
