"""Signals between the packs of a step, of a validation and of a probe keep the last whole step, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_student import (
    ObserverWithSignal,
    RecordingObserver,
    losses,
    small_recipe,
    write_small_build,
    write_small_model,
)

from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.distributed.ranks import OneRank
from pipeline.train.loop.checkpoint import checkpoints, read_state
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.loop.stopping import StoppedError, StopPoints
from pipeline.train.run.metrics import read_metrics
from pipeline.train.run.record import Outcome, TrainingResult, read_record

# Three packs a step, several to validate with, two passkeys after step 3 and the last; a checkpoint at the end.
SETTINGS: dict[str, object] = {
    "max_tokens": 331,
    "packs_per_step": 3,
    "max_steps": 5,
    "epochs": 5,
    "save_every_steps": 100,
    "validate_every_steps": 2,
    "probe": {"every_steps": 3, "lengths": [331], "depths": [0.0], "samples": 2},
    "report_to": [],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stopping")
    write_small_model(root / "base")
    write_small_build(root / "build", num_train=12, num_validation=6)
    return root


@pytest.fixture(scope="module")
def whole(folder: Path) -> RecordingObserver:
    observer = RecordingObserver()
    _train(folder, "whole", observer)
    (stage,) = observer.plans[0].stages
    assert stage.num_validation_packs > 2 and [probe.step for probe in observer.probes] == [3, 5]
    assert len(observer.steps) == 5
    return observer


def _train(folder: Path, name: str, observer: RecordingObserver) -> TrainingResult:
    return finetune(
        small_recipe(str(folder / "base"), **SETTINGS),
        data=str(folder / "build"),
        model=None,
        output=str(folder / name),
        start=Start.RESUME,
        observer=observer,
    )


@pytest.mark.parametrize(
    ("after_step", "in_pass"),
    [
        pytest.param(1, 2, id="in a step"),
        pytest.param(2, 2, id="in a validation"),
        pytest.param(3, 1, id="in a probe"),
        pytest.param(5, 1, id="in the last validation"),
    ],
)
def test_signal_between_packs_keeps_the_last_whole_step_and_the_curve(
    folder: Path, whole: RecordingObserver, after_step: int, in_pass: int
) -> None:
    name = f"stopped {after_step}"
    stopped = ObserverWithSignal(after_step=after_step, in_pass=in_pass)
    with pytest.raises(KeyboardInterrupt), stopped.watching():
        _train(folder, name, stopped)
    assert [metrics.step for metrics in stopped.steps] == [*range(1, after_step + 1)]
    assert stopped.checkpoints == [after_step]
    assert [read_state(path).step for path in checkpoints(folder / name / "checkpoints")] == [after_step]
    resumed = RecordingObserver()
    assert _train(folder, name, resumed).outcome is Outcome.RESUMED
    assert resumed.plans[0].first_step == after_step + 1
    assert [*losses(stopped), *losses(resumed)] == losses(whole)
    _assert_same_run(folder / "whole", folder / name)


def test_signal_before_the_first_step_is_done_leaves_nothing_to_go_on_from(
    folder: Path, whole: RecordingObserver
) -> None:
    (stage,) = whole.plans[0].stages
    stopped = ObserverWithSignal(after_step=0, in_pass=stage.num_validation_packs + 2)  # in step 1, its second pack
    with pytest.raises(KeyboardInterrupt), stopped.watching():
        _train(folder, "begun", stopped)
    assert len(stopped.validations) == 1 and not stopped.steps
    assert checkpoints(folder / "begun" / "checkpoints") == []
    again = RecordingObserver()
    assert _train(folder, "begun", again).outcome is Outcome.TRAINED
    assert losses(again) == losses(whole)


def _assert_same_run(one: Path, other: Path) -> None:
    ours, theirs = (load_file(path / "model.safetensors") for path in (one, other))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    records = [read_record(str(path)) for path in (one, other)]
    assert records[0] is not None and records[1] is not None
    assert records[0].validation == records[1].validation and records[0].probes == records[1].probes
    logs = [read_metrics(path / "logs") for path in (one, other)]
    assert [(s.step, s.loss, s.grad_norm) for s in logs[0].steps] == [
        (s.step, s.loss, s.grad_norm) for s in logs[1].steps
    ]


def test_points_give_all_items_until_asked_then_none_and_say_so() -> None:
    stop = StopRequest()
    stops = StopPoints(stop, ranks=OneRank(), parallel=WHOLE, device=torch.device("cpu"))
    assert list(stops.until_requested([1, None, 3])) == [1, None, 3]
    stops.meet()
    items = stops.until_requested([1, None, 3])
    assert next(items) == 1
    stop.set()
    stops.meet()  # nobody has left anything yet
    assert list(items) == []
    with pytest.raises(StoppedError):
        stops.meet()


def test_a_request_after_the_last_item_does_not_undo_them_but_is_seen_at_the_next_look() -> None:
    stop = StopRequest()
    stops = StopPoints(stop, ranks=OneRank(), parallel=WHOLE, device=torch.device("cpu"))
    for item in stops.until_requested([1, 2]):
        if item == 2:
            stop.set()
    stops.meet()
    with pytest.raises(StoppedError):
        stops.check()
