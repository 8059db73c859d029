"""Trackers by name: TensorBoard holds the log's numbers; what is missing or unknown is said first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from accelerate.tracking import LOGGER_TYPE_TO_CLASS, GeneralTracker
from small_student import small_recipe, write_small_build, write_small_model
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pipeline.config.start import Start
from pipeline.errors import InputError, MissingExtraError
from pipeline.train.loop.trackers import Trackers, resolve_trackers, start_trackers
from pipeline.train.run.metrics import ProbeMetrics, StepMetrics, ValidationMetrics
from pipeline.train.run.training_run import TrainingRun, open_run

RECORDS = (
    ValidationMetrics(step=0, stage="main", data="sft", loss=2.5, trained_tokens=20, seconds=1.0),
    StepMetrics(
        step=1,
        stage="main",
        loss=3.0,
        learning_rate=0.1,
        grad_norm=1.0,
        tokens=100,
        trained_tokens=10,
        seconds=2.0,
        tokens_per_second=50.0,
        peak_memory_gib=0.5,
    ),
    ProbeMetrics(step=1, stage="main", length=640, depth=0.5, samples=2, hits=1, key_loss=0.25, seconds=1.0),
)


@pytest.fixture
def run(tmp_path: Path) -> TrainingRun:
    model, build = write_small_model(tmp_path / "base"), write_small_build(tmp_path / "build")
    return open_run(small_recipe(model), data=build, base_model=model, output=str(tmp_path / "out"), start=Start.RESUME)


class KeepingTracker(GeneralTracker):
    """A tracker of a user's own, by accelerate's interface."""

    name = "keeping"
    requires_logging_directory = False

    def __init__(self) -> None:
        super().__init__()
        self.logged: list[tuple[int | None, dict[str, float]]] = []
        self.is_finished = False

    @property
    def tracker(self) -> None:
        return None

    def log(self, values: dict[str, float], step: int | None = None, **kwargs: object) -> None:
        self.logged.append((step, values))

    def finish(self) -> None:
        self.is_finished = True


def test_tensorboard_holds_the_numbers_and_drops_those_after_the_step_resumed(run: TrainingRun) -> None:
    for resumed_step, records in ((0, RECORDS), (0, RECORDS[1:2])):
        trackers = start_trackers(run, resumed_step=resumed_step)
        for record in records:
            trackers.log(record)
        trackers.finish()
    board = EventAccumulator(str(run.logs)).Reload()
    assert [(event.step, event.value) for event in board.Scalars("step/loss")] == [(1, 3.0)]
    assert [(event.step, event.value) for event in board.Scalars("validation/sft/loss")] == [(0, 2.5)]
    assert [path.name for path in run.logs.iterdir() if path.is_dir()] == []


def test_every_record_is_handed_on_as_numbers_under_its_name() -> None:
    tracker = KeepingTracker()
    trackers = Trackers([tracker])
    for record in RECORDS:
        trackers.log(record)
    trackers.finish()
    assert tracker.is_finished
    (first, second, third) = tracker.logged
    assert first == (
        0,
        {"validation/sft/loss": 2.5, "validation/sft/trained_tokens": 20, "validation/sft/seconds": 1.0},
    )
    assert second[0] == 1 and second[1]["step/grad_norm"] == 1.0
    assert third[1]["probe/640/0.5/hits"] == 1 and third[1]["probe/640/0.5/key_loss"] == 0.25
    assert all(isinstance(value, int | float) for _, values in tracker.logged for value in values.values())


def test_unknown_tracker_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"names 'tensorbord', which is not a tracker. Choose from .*tensorboard, .*wandb"
    ):
        resolve_trackers(["tensorbord"])


def test_tracker_that_is_not_installed_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.train.loop.trackers.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"names wandb, .* pip install wandb, or remove wandb"):
        resolve_trackers(["wandb"])
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[train\]"):
        resolve_trackers(["tensorboard"])


@pytest.mark.parametrize("report_to", [[], "none", ["none"]])
def test_no_tracker_is_fine_and_may_be_called_none(report_to: object) -> None:
    settings = small_recipe("base", report_to=report_to).finetune
    assert resolve_trackers(settings.report_to) == ()
    Trackers([]).log(RECORDS[0])


@pytest.mark.parametrize("report_to", ["all", ["all"]])
def test_all_are_those_that_are_installed(report_to: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = small_recipe("base", report_to=report_to).finetune
    monkeypatch.setattr("pipeline.train.loop.trackers.find_spec", {"tensorboard": "found", "wandb": "found"}.get)
    assert resolve_trackers(settings.report_to) == ("tensorboard", "wandb")


@pytest.mark.parametrize("word", ["none", "all"])
def test_none_and_all_stand_alone(word: str) -> None:
    with pytest.raises(InputError, match=f"combines '{word}' with other names .tensorboard, {word}."):
        resolve_trackers(["tensorboard", word])


def test_one_tracker_may_be_named_without_brackets() -> None:
    assert small_recipe("base", report_to="tensorboard").finetune.report_to == ("tensorboard",)


def test_every_number_of_every_record_is_handed_on_under_its_name_at_its_step() -> None:
    tracker = KeepingTracker()
    for record in RECORDS:
        Trackers([tracker]).log(record)
    assert tracker.logged == [
        (0, {"validation/sft/loss": 2.5, "validation/sft/trained_tokens": 20, "validation/sft/seconds": 1.0}),
        (1, {"step/loss": 3.0, "step/learning_rate": 0.1, "step/grad_norm": 1.0, "step/tokens": 100,
             "step/trained_tokens": 10, "step/seconds": 2.0, "step/tokens_per_second": 50.0,
             "step/peak_memory_gib": 0.5}),
        (1, {"probe/640/0.5/samples": 2, "probe/640/0.5/hits": 1, "probe/640/0.5/key_loss": 0.25,
             "probe/640/0.5/seconds": 1.0}),
    ]  # fmt: skip


def test_all_trackers_are_told_and_closed() -> None:
    trackers = [KeepingTracker(), KeepingTracker()]
    both = Trackers(trackers)
    both.log(RECORDS[0])
    assert not any(tracker.is_finished for tracker in trackers)
    both.finish()
    assert [(len(tracker.logged), tracker.is_finished) for tracker in trackers] == [(1, True), (1, True)]


class StartedTracker(GeneralTracker):
    """Keeps what it was made with and given."""

    name = "aim"
    requires_logging_directory = False
    made: ClassVar[list[StartedTracker]] = []

    def __init__(self, project: str, **options: object) -> None:
        super().__init__()
        self.project, self.options, self.calls, self.values = project, options, [], {}
        self.made.append(self)

    @property
    def tracker(self) -> None:
        return None

    def start(self) -> None:
        self.calls.append("start")

    def store_init_configuration(self, values: dict[str, object]) -> None:
        self.calls.append("store")
        self.values = values

    def log(self, values: dict[str, float], step: int | None = None, **kwargs: object) -> None:
        self.calls.append("log")

    def finish(self) -> None:
        self.calls.append("finish")


@pytest.mark.parametrize("name", ["wandb", "trackio", "mlflow", "aim", "swanlab"])
def test_tracker_is_made_for_the_run_and_given_its_recipe_flat(
    run: TrainingRun, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LOGGER_TYPE_TO_CLASS, name, StartedTracker)
    monkeypatch.setattr("pipeline.train.loop.trackers.find_spec", lambda name: "found")
    StartedTracker.made.clear()
    settings = run.settings.model_copy(update={"report_to": (name,)})
    trackers = start_trackers(replace(run, settings=settings), resumed_step=3)
    trackers.log(RECORDS[1])
    trackers.finish()
    (made,) = StartedTracker.made
    own_id = run.identity.fingerprint[:16]
    options = {
        "wandb": {"id": own_id, "name": "out", "resume": "allow", "dir": str(run.logs)},
        "trackio": {"name": own_id, "resume": "allow"},
        "mlflow": {"run_name": own_id},
        "aim": {"logging_dir": str(run.logs)},
    }
    assert (made.project, made.options) == ("small", options.get(name, {}))
    assert made.calls == ["start", "store", "log", "finish"]
    chosen = {key: made.values[key] for key in ("max_tokens", "optimizer.learning_rate", "rope.method", "report_to",
                                               "rope.original_max_tokens", "tuning.rank", "deterministic")}  # fmt: skip
    assert chosen == {
        "max_tokens": 640, "optimizer.learning_rate": 0.01, "rope.method": "yarn", "report_to": f'["{name}"]',
        "rope.original_max_tokens": None, "tuning.rank": 4, "deterministic": False,
    }  # fmt: skip


def test_refused_names_say_what_to_set_instead() -> None:
    with pytest.raises(InputError) as beside:
        resolve_trackers(["all", "wandb"])
    assert beside.value.message == "finetune.report_to combines 'all' with other names (all, wandb)."
    assert beside.value.remedy == "Set finetune.report_to to only all, or remove it."
    with pytest.raises(InputError) as unknown:
        resolve_trackers(["board"])
    assert unknown.value.message == "finetune.report_to names 'board', which is not a tracker."
    assert unknown.value.remedy == f"Choose from {', '.join(sorted(LOGGER_TYPE_TO_CLASS))}, or set it to all or none."
