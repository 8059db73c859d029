"""The loop as its observer sees it: what happens in which order, what is saved, and what is said of errors."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from packed_build import write_small_corpus
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.errors import TrainingError
from pipeline.io.record_values import write_checked_record
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.run_data import RunData, read_run_data
from pipeline.train.distributed.ranks import OneRank
from pipeline.train.layers.kept import NOTHING_KEPT
from pipeline.train.loop.checkpoint import CheckpointState, checkpoints, read_state
from pipeline.train.loop.fit import fit
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.model.student import Student, build_student
from pipeline.train.run.metrics import (
    ProbeMetrics,
    StagePlan,
    StepMetrics,
    TrainingPlan,
    ValidationMetrics,
    read_metrics,
)
from pipeline.train.run.training_run import TrainingRun, open_run

STAGES = [
    {"name": "read", "data": "corpus", "max_tokens": 256, "rope": {"method": "none"}, "packs_per_step": 2,
     "max_steps": 3},
    {"name": "answer", "max_tokens": 512, "max_steps": 2},
]  # fmt: skip
SETTINGS: dict[str, object] = {
    "stages": STAGES,
    "save_every_steps": 2,
    "validate_every_steps": 2,
    "max_validation_packs": 1,
    "keep_checkpoints": 9,
    "probe": {"every_steps": None},
    "report_to": "none",
}


class Telling(RecordingObserver):
    """Keeps in one list what it is told, and may do something once a step is done."""

    def __init__(self, after_step: dict[int, Callable[[], None]] | None = None) -> None:
        super().__init__()
        self.told: list[tuple[object, ...]] = []
        self._after_step = after_step or {}

    def on_plan(self, plan: TrainingPlan) -> None:
        self.told.append(("plan", plan.num_steps, plan.first_step))

    def on_step(self, metrics: StepMetrics) -> None:
        super().on_step(metrics)
        self.told.append(("step", metrics.step, metrics.stage))
        self._after_step.get(metrics.step, lambda: None)()

    def on_validation(self, metrics: ValidationMetrics) -> None:
        self.told.append(("validation", metrics.step, metrics.stage, metrics.data))

    def on_probe(self, metrics: ProbeMetrics) -> None:
        self.told.append(("probe", metrics.step, metrics.stage, metrics.length))

    def on_stage(self, stage: StagePlan) -> None:
        self.told.append(("stage", stage.name))

    def on_checkpoint(self, step: int) -> None:
        self.told.append(("checkpoint", step))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("loop")
    model = write_small_model(root / "model")
    write_small_corpus(write_small_build(root / "build", num_train=6), tokenizer=model, num_documents=5)
    return root


def _parts(base: Path, output: Path, **finetune: object) -> tuple[Student, RunData, TrainingRun]:
    model = str(base / "model")
    recipe = small_recipe(model, **(SETTINGS | finetune))
    run = open_run(recipe, data=str(base / "build"), base_model=model, output=str(output), start=Start.RESUME)
    folder = prepare_token_ids(run, observer=RecordingObserver())
    data = read_run_data(run, tokens_folder=folder, observer=RecordingObserver())
    return build_student(model, run.stages[0].settings, seed=run.seed), data, run


def _fit(base: Path, output: Path, observer: Telling, stop: StopRequest | None = None, **finetune: object) -> Student:
    student, data, run = _parts(base, output, **finetune)
    return fit(student, data, run, ranks=OneRank(), observer=observer, stop=stop or StopRequest())


def test_run_measures_saves_and_changes_stages_in_this_order(base: Path, tmp_path: Path) -> None:
    observer = Telling()
    probe = {"every_steps": 2, "lengths": [480], "depths": [0.5], "samples": 1}
    student = _fit(base, tmp_path, observer, probe=probe)
    assert observer.told == [
        ("plan", 5, 1),
        ("stage", "read"),
        ("validation", 0, "read", "corpus"),
        ("step", 1, "read"),
        ("step", 2, "read"),
        ("checkpoint", 2),
        ("validation", 2, "read", "corpus"),
        ("step", 3, "read"),
        ("validation", 3, "read", "corpus"),  # a probe of 480 tokens is longer than the packs of this stage
        ("stage", "answer"),
        ("validation", 3, "answer", "sft"),
        ("step", 4, "answer"),
        ("checkpoint", 4),
        ("validation", 4, "answer", "sft"),
        ("probe", 4, "answer", 480),
        ("step", 5, "answer"),
        ("checkpoint", 5),  # the last step, whatever the interval
        ("validation", 5, "answer", "sft"),
        ("probe", 5, "answer", 480),
    ]
    assert student.scaling.max_tokens == 1024, "as the last stage left it"
    logged = read_metrics(tmp_path / "logs")
    assert [step.step for step in logged.steps] == [1, 2, 3, 4, 5]
    assert logged.steps[0].learning_rate == pytest.approx(0.01)


def test_checkpoint_says_where_in_its_stage_the_run_stands(base: Path, tmp_path: Path) -> None:
    _, data, run = _parts(base, tmp_path)
    _fit(base, tmp_path, Telling(), save_every_steps=1)
    states = [read_state(path) for path in checkpoints(tmp_path / "checkpoints")]
    identity = (run.identity.fingerprint, data.plan_fingerprint, torch.get_num_threads(), 0, NOTHING_KEPT)
    assert states == [
        CheckpointState(1, "read", 1, 2, *identity),
        CheckpointState(2, "read", 2, len(data.steps[0].packs) + len(data.steps[1].packs), *identity),
        CheckpointState(3, "read", 3, sum(len(step.packs) for step in data.steps[:3]), *identity),
        CheckpointState(4, "answer", 1, 1, *identity),
        CheckpointState(5, "answer", 2, 2, *identity),
    ]
    newest = checkpoints(tmp_path / "checkpoints")[-1]
    assert [line.split('"step": ')[1][0] for line in (newest / "metrics.jsonl").read_text().splitlines()
            if '"event": "step"' in line] == ["1", "2", "3", "4", "5"]  # fmt: skip


@pytest.mark.parametrize(("keep", "left"), [(1, [5]), (3, [3, 4, 5])])
def test_as_many_checkpoints_stay_as_the_recipe_keeps(base: Path, tmp_path: Path, keep: int, left: list[int]) -> None:
    _fit(base, tmp_path, Telling(), save_every_steps=1, keep_checkpoints=keep)
    assert [read_state(path).step for path in checkpoints(tmp_path / "checkpoints")] == left


def test_stopped_run_saves_its_last_step_once_and_goes_on_after_it(base: Path, tmp_path: Path) -> None:
    for stop_at, saved in ((2, [("checkpoint", 2)]), (3, [("checkpoint", 2), ("checkpoint", 3)])):
        output, stop = tmp_path / str(stop_at), StopRequest()
        first = Telling({stop_at: stop.set})
        with pytest.raises(KeyboardInterrupt):
            _fit(base, output, first, stop)
        assert [one for one in first.told if one[0] == "checkpoint"] == saved
        second = Telling()
        _fit(base, output, second)
        stage = [("stage", "read"), ("validation", stop_at, "read", "corpus")]
        assert second.told[:3] == [("plan", 5, stop_at + 1), *stage]
        steps = [one[1] for one in second.told if one[0] == "step"]
        assert steps == list(range(stop_at + 1, 6))
        logged = read_metrics(output / "logs")
        assert [step.step for step in logged.steps] == [1, 2, 3, 4, 5]
        assert [(v.step, v.stage) for v in logged.validations] == [
            (0, "read"), (2, "read"), (3, "read"), (3, "answer"), (4, "answer"), (5, "answer")
        ]  # fmt: skip


def test_stop_asked_for_before_the_first_step_saves_nothing(base: Path, tmp_path: Path) -> None:
    stop, observer = StopRequest(), Telling()
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        _fit(base, tmp_path, observer, stop)
    assert observer.told == [("plan", 5, 1), ("stage", "read")]
    assert checkpoints(tmp_path / "checkpoints") == []


@pytest.mark.parametrize("field", ["fingerprint", "plan"])
def test_checkpoint_of_another_run_or_plan_is_refused(base: Path, tmp_path: Path, field: str) -> None:
    _fit(base, tmp_path, Telling(), save_every_steps=5)
    (newest,) = checkpoints(tmp_path / "checkpoints")
    state = replace(read_state(newest), **{field: "another"})
    write_checked_record(str(newest / "state.json"), state)
    with pytest.raises(TrainingError) as refused:
        _fit(base, tmp_path, Telling())
    assert refused.value.message == f"The checkpoint {newest} belongs to a different run."
    assert refused.value.remedy == "Start over with --fresh."


def test_resumed_run_judges_its_steps_by_those_before_the_stop(base: Path, tmp_path: Path) -> None:
    # A rate that makes every step worse than the one before it; a history of four steps makes that a spike.
    settings: dict[str, object] = {
        "stages": [{"name": "answer", "max_steps": 6}],
        "optimizer": {"learning_rate": 1.0, "warmup_steps": 0},
        "guard": {"min_history_steps": 4, "max_robust_z": 0.01},
    }
    stop = StopRequest()
    with pytest.raises(KeyboardInterrupt):
        _fit(base, tmp_path, Telling({4: stop.set}), stop, **settings)
    with pytest.raises(TrainingError, match="the median of the last 4 steps, at step 5, stage answer"):
        _fit(base, tmp_path, Telling(), **settings)


@pytest.mark.parametrize(
    ("failing_pass", "doing", "is_step"),
    [
        (1, "in the validation after step 0 (stage read)", False),
        (2, "in step 1 (stage read)", True),
        (4, "in step 2 (stage read)", True),
    ],
)
def test_memory_that_runs_out_is_explained_by_the_pack_in_hand(
    base: Path, tmp_path: Path, failing_pass: int, doing: str, is_step: bool
) -> None:
    student, data, run = _parts(base, tmp_path, memory={"gradient_checkpointing": False})
    passes = 0

    def fail(module: torch.nn.Module, arguments: object) -> None:
        nonlocal passes
        passes += 1
        if passes == failing_pass:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")

    student.model.get_input_embeddings().register_forward_pre_hook(fail)
    number = 1 if failing_pass == 2 else 2
    tokens = data.longest_pack_tokens(data.steps[number - 1]) if is_step else 256
    with pytest.raises(TrainingError) as explained:
        fit(student, data, run, ranks=OneRank(), observer=Telling(), stop=StopRequest())
    assert explained.value.message.startswith(
        f"Out of memory {doing}: a pack of {tokens:,} tokens is predicted to need 0.00 GiB, and this host's memory has "
    )
    assert explained.value.message.endswith(" GiB for tensors.")
    assert (explained.value.remedy or "").endswith("; pipeline finetune --plan predicts what each setting saves.")


def test_log_is_on_the_disk_before_the_checkpoint_that_rests_on_it(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[list[int]] = []
    fsync, log = os.fsync, tmp_path / "logs" / "metrics.jsonl"

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        if log.exists() and os.path.samestat(os.fstat(descriptor), log.stat()):
            steps = [line for line in log.read_text().splitlines() if '"event": "step"' in line]
            flushed.append([len(steps), len(checkpoints(tmp_path / "checkpoints"))])

    monkeypatch.setattr(os, "fsync", watched)
    _fit(base, tmp_path, Telling())
    assert [2, 0] in flushed and [4, 1] in flushed and [5, 2] in flushed
