"""What damage to a model folder does: it is named, set aside, and made again; curve and model are the same bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.errors import DamagedFileError, InputError
from pipeline.finetune import finetune
from pipeline.train.loop.checkpoint import checkpoints
from pipeline.train.run.metrics import LOG_FOLDER, METRICS_FILE, StepMetrics, read_metrics
from pipeline.train.run.record import Outcome, TrainingResult, read_record
from pipeline.verify.run import verify_folder

TIMING = {"seconds", "tokens_per_second", "peak_memory_gib"}
STEPS = 6


class PowerCutError(Exception):
    """Stands for a process that ends without a chance to save."""


class CutOff(RecordingObserver):
    def on_step(self, metrics: StepMetrics) -> None:
        super().on_step(metrics)
        if metrics.step == STEPS - 1:
            raise PowerCutError


@dataclass(frozen=True)
class Runs:
    """A finished run, and one cut off after its checkpoints of steps 2 and 4."""

    root: Path
    whole: Path
    cut: Path

    def go_on(self, folder: Path, observer: RecordingObserver, **settings: object) -> TrainingResult:
        return _train(self.root, folder, observer, **settings)


def _train(root: Path, folder: Path, observer: RecordingObserver, **settings: object) -> TrainingResult:
    recipe = small_recipe(str(root / "base"), max_steps=STEPS, epochs=STEPS, report_to=["none"], **settings)
    return finetune(
        recipe, data=str(root / "build"), model=None, output=str(folder), start=Start.RESUME, observer=observer
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    root = tmp_path_factory.mktemp("trained")
    write_small_model(root / "base")
    write_small_build(root / "build")
    _train(root, root / "whole", RecordingObserver())
    with pytest.raises(PowerCutError):
        _train(root, root / "cut", CutOff())
    return Runs(root, root / "whole", root / "cut")


@pytest.fixture
def runs(trained: Runs, tmp_path: Path) -> Runs:
    """Copies with the times of the originals."""
    for folder in (trained.whole, trained.cut):
        shutil.copytree(folder, tmp_path / folder.name)
    return Runs(trained.root, tmp_path / "whole", tmp_path / "cut")


def _curve(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / LOG_FOLDER / METRICS_FILE).read_text(encoding="utf-8").splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in TIMING} for line in lines]


def _assert_as_whole(folder: Path, trained: Runs) -> None:
    assert _curve(folder) == _curve(trained.whole)
    assert (folder / "model.safetensors").read_bytes() == (trained.whole / "model.safetensors").read_bytes()
    record = read_record(str(folder))
    assert record is not None and record.steps == STEPS


def _flip(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    path.write_bytes(bytes(data))


def _tensors(checkpoint: Path) -> Path:
    return next(checkpoint.glob("*.distcp"))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "tensors flipped": lambda step: _flip(_tensors(step)),
    "tensors cut": lambda step: _tensors(step).write_bytes(_tensors(step).read_bytes()[:-100]),
    "tensors gone": lambda step: _tensors(step).unlink(),
    "metadata gone": lambda step: (step / ".metadata").unlink(),
    "state emptied": lambda step: (step / "state.json").write_bytes(b""),
    "state changed": lambda step: (step / "state.json").write_text(
        (step / "state.json").read_text().replace('"step": 4', '"step": 3')
    ),
    "log flipped": lambda step: _flip(step / METRICS_FILE),
    "checksums gone": lambda step: (step / "checksums.json").unlink(),
    "checksums flipped": lambda step: _flip(step / "checksums.json", 0.3),
    "of another version": lambda step: shutil.copyfile(step / "state.json", step / "checksums.json"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_newest_checkpoint_is_named_and_the_one_before_serves(
    runs: Runs, trained: Runs, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    newest = runs.cut / "checkpoints" / "step-000004"
    damage(newest)
    observer = RecordingObserver()
    assert runs.go_on(runs.cut, observer).outcome is Outcome.RESUMED
    assert observer.plans[0].first_step == 3
    word = next(phase for phase in observer.phases if "damaged" in phase)
    assert word.startswith("the checkpoint step-000004 is damaged (") and word.endswith("continuing from step-000002")
    assert word in caplog.text
    assert newest.with_name("step-000004.damaged").is_dir()
    _assert_as_whole(runs.cut, trained)


def test_with_every_checkpoint_damaged_the_run_starts_over_and_says_so(runs: Runs, trained: Runs) -> None:
    for checkpoint in checkpoints(runs.cut / "checkpoints"):
        _flip(_tensors(checkpoint))
    observer = RecordingObserver()
    assert runs.go_on(runs.cut, observer).outcome is Outcome.TRAINED
    assert observer.plans[0].first_step == 1
    assert any(phase.endswith("so training starts over") for phase in observer.phases)
    _assert_as_whole(runs.cut, trained)


@pytest.mark.parametrize(
    "damage", [lambda log: log.unlink(), lambda log: _flip(log, 0.05), lambda log: log.write_text("x\n")]
)
def test_damaged_log_is_that_of_the_checkpoint(runs: Runs, trained: Runs, damage: Callable[[Path], None]) -> None:
    damage(runs.cut / LOG_FOLDER / METRICS_FILE)
    runs.go_on(runs.cut, RecordingObserver())
    _assert_as_whole(runs.cut, trained)


@pytest.mark.parametrize("name", ["whole", "cut"])
def test_damaged_run_file_is_set_aside_and_written_again(runs: Runs, trained: Runs, name: str) -> None:
    folder = getattr(runs, name)
    before = (folder / "run.json").read_bytes()
    _flip(folder / "run.json")
    runs.go_on(folder, RecordingObserver())
    assert (folder / "run.json").read_bytes() == before
    assert (folder / "run.json.damaged").is_file()
    _assert_as_whole(folder, trained)


def test_damaged_run_file_makes_no_folder_another_runs(runs: Runs) -> None:
    _flip(runs.whole / "run.json")
    with pytest.raises(InputError, match="a different recipe, data or base model"):
        runs.go_on(runs.whole, RecordingObserver(), optimizer={"warmup_steps": 1, "learning_rate": 0.02})


def _delete(path: Path) -> None:
    path.unlink()


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize("damage", [_delete, _cut_short, _flip])
@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", f"{LOG_FOLDER}/{METRICS_FILE}"])
def test_finished_folder_with_a_damaged_file_is_made_whole_from_its_checkpoint(
    runs: Runs, trained: Runs, name: str, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    damage(runs.whole / name)
    observer = RecordingObserver()
    assert runs.go_on(runs.whole, observer).outcome is Outcome.RESUMED
    assert name in caplog.text and not observer.steps
    assert (runs.whole / f"{name}.damaged").is_file() is (damage is not _delete)
    _assert_as_whole(runs.whole, trained)
    assert runs.go_on(runs.whole, RecordingObserver()).outcome is Outcome.ALREADY_DONE


def test_damaged_record_is_set_aside_and_written_from_the_checkpoint(
    runs: Runs, trained: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    _flip(runs.whole / "training.json")
    observer = RecordingObserver()
    assert runs.go_on(runs.whole, observer).outcome is Outcome.RESUMED
    assert "training.json is damaged" in caplog.text and not observer.steps
    assert (runs.whole / "training.json.damaged").is_file()
    _assert_as_whole(runs.whole, trained)


def test_damaged_model_without_a_checkpoint_is_named_and_nothing_is_trained(runs: Runs) -> None:
    shutil.rmtree(runs.whole / "checkpoints")
    _cut_short(runs.whole / "model.safetensors")
    observer = RecordingObserver()
    with pytest.raises(DamagedFileError, match=r"model\.safetensors has .* no checkpoint .*--fresh"):
        runs.go_on(runs.whole, observer)
    assert not observer.steps and (runs.whole / "model.safetensors").is_file()


def test_finished_folder_without_its_card_gets_it_again(runs: Runs) -> None:
    before = (runs.whole / "README.md").read_text(encoding="utf-8")
    (runs.whole / "README.md").unlink()
    assert runs.go_on(runs.whole, RecordingObserver()).outcome is Outcome.ALREADY_DONE
    assert (runs.whole / "README.md").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("name", ["train-00000.parquet", "checksums.json"])
@pytest.mark.parametrize("damage", [_delete, _cut_short, _flip])
def test_damaged_token_ids_are_made_again(runs: Runs, trained: Runs, name: str, damage: Callable[[Path], None]) -> None:
    path = runs.cut / "tokens" / name
    before = path.read_bytes()
    damage(path)
    runs.go_on(runs.cut, RecordingObserver())
    assert path.read_bytes() == before
    _assert_as_whole(runs.cut, trained)


def _problems(folder: Path) -> list[str]:
    return [problem.path for problem in verify_folder(str(folder), show=lambda _: None).problems]


def test_verify_passes_whole_folders(runs: Runs) -> None:
    (runs.cut / "checkpoints" / "step-000006.partial").mkdir()
    (runs.cut / "checkpoints" / "step-000006.partial" / "state.json").write_text("{")
    assert _problems(runs.whole) == [] == _problems(runs.cut)


@pytest.mark.parametrize("damage", [_delete, _cut_short, _flip])
@pytest.mark.parametrize(
    "name",
    [
        "model.safetensors",
        "tokenizer.json",
        f"{LOG_FOLDER}/{METRICS_FILE}",
        "checkpoints/step-000006/state.json",
        "checkpoints/step-000006/.metadata",
        "checkpoints/step-000006/checksums.json",
        "tokens/train-00000.parquet",
    ],
)
def test_verify_names_a_damaged_file(runs: Runs, name: str, damage: Callable[[Path], None]) -> None:
    damage(runs.whole / name)
    assert set(_problems(runs.whole)) == {name}


def test_line_of_a_finished_log_that_is_damaged_is_named(runs: Runs) -> None:
    log = runs.whole / LOG_FOLDER / METRICS_FILE
    log.write_bytes(log.read_bytes().replace(b'"event"', b'"evexx"', 1))
    with pytest.raises(DamagedFileError, match=r"metrics\.jsonl is damaged on line 1"):
        read_metrics(runs.whole / LOG_FOLDER)


def test_two_checkpoints_are_kept_by_default(trained: Runs) -> None:
    assert [path.name for path in checkpoints(trained.cut / "checkpoints")] == ["step-000002", "step-000004"]
