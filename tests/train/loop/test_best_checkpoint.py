"""The exported model is that of the best checkpoint, however often the training was stopped on the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.train.loop.checkpoint import checkpoint_of, checkpoints, load_weights, read_state
from pipeline.train.model.student import build_student
from pipeline.train.run.metrics import StepMetrics, read_metrics
from pipeline.train.run.record import TrainingRecord

# A rate that is far too high: the loss on held-out rows falls, and then rises again.
WORSE: dict[str, object] = {
    "max_steps": 8,
    "epochs": 20,
    "optimizer": {"learning_rate": 0.06, "warmup_steps": 0, "final_learning_rate_share": 1.0},
    "validate_every_steps": 1,
    "save_every_steps": 3,
    "keep_checkpoints": 1,
    "best": {"metric": "held_out_loss"},
    "report_to": "none",
    "probe": {"every_steps": None},
}


class Stopping(RecordingObserver):
    """Ends the run as a crash would, after a step."""

    def __init__(self, after_step: int) -> None:
        super().__init__()
        self._after_step = after_step

    def on_step(self, metrics: StepMetrics) -> None:
        super().on_step(metrics)
        if metrics.step == self._after_step:
            raise RuntimeError("cut off")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("best")
    write_small_model(root / "model")
    write_small_build(root / "build", num_train=6, num_validation=9)
    return root


def train(base: Path, output: Path, observer: RecordingObserver | None = None, **changes: object) -> TrainingRecord:
    recipe = small_recipe(str(base / "model"), **(WORSE | changes))
    return finetune(
        recipe,
        data=str(base / "build"),
        model=None,
        output=str(output),
        start=Start.RESUME,
        observer=observer or RecordingObserver(),
    ).record


def weights(output: Path) -> bytes:
    return (output / "model.safetensors").read_bytes()


def test_model_is_that_of_the_best_step_and_resumes_give_the_same_bytes(base: Path, tmp_path: Path) -> None:
    whole = train(base, tmp_path / "whole")
    found = {one.step: one.loss for one in read_metrics(tmp_path / "whole" / "logs").validations if one.step}
    best = min(found, key=lambda step: (found[step], step))
    assert 1 < best < 7, f"the loss falls and rises again: {found}"
    assert (whole.best.metric, whole.best.step, whole.best.value) == ("held_out_loss", best, found[best])
    assert whole.best.measured == 8 and not whole.best.stopped_early
    last = train(base, tmp_path / "last", best={"metric": "last"})
    assert (last.best.metric, last.best.step, last.best.value) == ("last", 8, None)
    assert weights(tmp_path / "whole") != weights(tmp_path / "last")
    shorter = train(base, tmp_path / "shorter", best={"metric": "last"}, max_steps=best)
    assert shorter.best.step == best
    assert weights(tmp_path / "shorter") == weights(tmp_path / "whole")
    for stops in ([best], [best + 1], [2, best, 7]):
        output = tmp_path / f"stopped {stops}"
        for stop in stops:
            with pytest.raises(RuntimeError, match="cut off"):
                train(base, output, Stopping(stop))
        resumed = train(base, output)
        assert resumed.best == whole.best and resumed.changes == whole.changes
        assert weights(output) == weights(tmp_path / "whole")


def test_best_checkpoint_outlives_newer_ones_and_those_that_a_resume_may_need(base: Path, tmp_path: Path) -> None:
    record = train(base, tmp_path)
    saved = {read_state(path).step: read_state(path) for path in checkpoints(tmp_path / "checkpoints")}
    assert set(saved) == {record.best.step, 8}
    assert saved[8].best_step == record.best.step
    student = build_student(str(base / "model"), small_recipe(str(base / "model")).finetune, seed=1)
    before = {name: weight.clone() for name, weight in student.trainables().items()}
    load_weights(checkpoint_of(tmp_path / "checkpoints", record.best.step), trainables=student.trainables())
    assert all(not before[name].equal(weight) for name, weight in student.trainables().items() if "lora_B" in name)


def test_training_stops_early_and_a_resume_stops_at_the_same_step(base: Path, tmp_path: Path) -> None:
    settings: dict[str, object] = {"best": {"metric": "held_out_loss", "patience": 2}}
    observer = RecordingObserver()
    whole = train(base, tmp_path / "whole", observer, **settings)
    assert whole.best.stopped_early and whole.steps == whole.best.step + 2 < 8
    assert [step.step for step in observer.steps] == list(range(1, whole.steps + 1))
    for stop in (whole.best.step, whole.steps):
        output = tmp_path / f"stopped {stop}"
        with pytest.raises(RuntimeError, match="cut off"):
            train(base, output, Stopping(stop), **settings)
        assert train(base, output, **settings).best == whole.best
        assert weights(output) == weights(tmp_path / "whole")


def test_best_checkpoint_that_was_deleted_leaves_the_last_step_and_says_so(
    base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Deleting(RecordingObserver):
        def on_checkpoint(self, step: int) -> None:
            if step == 8:
                for path in checkpoints(tmp_path / "checkpoints"):
                    if read_state(path).step < 8:
                        shutil.rmtree(path)

    record = train(base, tmp_path, Deleting())
    assert (record.best.metric, record.best.step) == ("last", 8)
    assert "The model is that of the last step" in caplog.text


def test_answers_decide_where_the_recipe_says_so(base: Path, tmp_path: Path) -> None:
    record = train(base, tmp_path, best={"metric": "answers.f1"}, answers={"turns": 6, "max_answer_tokens": 16})
    scores = {one.step: one.f1 for one in read_metrics(tmp_path / "logs").answers if one.step}
    best = max(scores, key=lambda step: (scores[step], -step))
    assert (record.best.metric, record.best.step, record.best.value) == ("answers.f1", best, scores[best])
    assert len(scores) == 8
