"""Makes a model folder, or a folder with only the adapters, from a checkpoint of a training run.

Takes the recipe and the data of the run, and its model folder. The run itself does not change, so it can go on
afterwards. Used by `pipeline convert`. Cost: the base model is loaded once, and the rows are read to have a text for
the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.run_data import read_run_data
from pipeline.train.export.adapter_folder import export_adapter
from pipeline.train.export.model_folder import export_model
from pipeline.train.loop.checkpoint import checkpoints, find_damage, load_weights, newest_intact, read_state
from pipeline.train.model.student import build_student
from pipeline.train.run.metrics import TrainingObserver
from pipeline.train.run.training_run import hold_model_folder, open_run

_PROBE_TOKENS = 384


class ModelForm(StrEnum):
    """What a checkpoint becomes."""

    MODEL = "model"
    """A model folder with the merged weights, as `finetune` leaves it."""
    ADAPTER = "adapter"
    """A PEFT folder: the adapters, what trained beside them, and the model's whole config."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A folder that was made from a checkpoint."""

    folder: str
    step: int
    stage: str


def convert_checkpoint(
    recipe: Recipe,
    *,
    data: str,
    base_model: str,
    run_folder: str,
    step: int | None,
    form: ModelForm,
    output: str,
    observer: TrainingObserver,
) -> Converted:
    """Write the model of one checkpoint of a run.

    Args:
        recipe: the run's recipe.
        data: the run's build folder.
        base_model: reference of the run's base model.
        run_folder: the run's model folder.
        step: number of optimizer steps after which the checkpoint was written; None for the newest undamaged one.
        form: what to write.
        output: a local folder that is empty or does not exist.
        observer: receives the phases.

    Raises:
        InputError: the run has no such checkpoint, belongs to a different recipe, data or base model, or has no
            adapters; or the output folder is not empty.
        DamagedFileError: a finished model folder is damaged and has no checkpoint.
        FolderBusyError: the run is still going on.
        ExportError: the written model differs from the checkpoint's.
    """
    target = _empty_folder(output)
    _find(Path(run_folder).expanduser() / "checkpoints", step, run_folder, observer)
    with hold_model_folder(run_folder, once=lambda action: action()):
        run = open_run(recipe, data=data, base_model=base_model, output=run_folder, start=Start.RESUME)
        checkpoint = _find(run.checkpoints, step, run_folder, observer)
        state = read_state(checkpoint)
        if state.fingerprint != run.identity.fingerprint:
            raise InputError(
                f"The checkpoint {checkpoint.name} belongs to a different run.",
                remedy="Give the recipe, data and base model of the run that wrote it.",
            )
        stage = next(stage for stage in run.stages if stage.name == state.stage)
        observer.on_phase("reading the data")
        rows = read_run_data(run, tokens_folder=prepare_token_ids(run, observer=observer), observer=observer)
        probe_ids = rows.longest_row(stage).ids_T.tolist()[:_PROBE_TOKENS]
        observer.on_phase("loading the model")
        student = build_student(run.base_model, stage.settings, seed=run.seed)
        load_weights(checkpoint, trainables=student.trainables())
        observer.on_phase("writing and comparing")
        target.mkdir(parents=True, exist_ok=True)
        if form is ModelForm.MODEL:
            export_model(student, target, base_model=run.base_model, probe_ids=probe_ids)
        else:
            export_adapter(student, target, base_model=run.base_model, probe_ids=probe_ids)
    return Converted(str(target), state.step, state.stage)


def _empty_folder(output: str) -> Path:
    if "://" in output:
        raise InputError(f"The folder {output} is not a local path.", remedy="Choose a local folder with --output.")
    target = Path(output).expanduser()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} exists and is not empty.", remedy="Choose a different folder with --output.")
    return target


def _find(folder: Path, step: int | None, run_folder: str, observer: TrainingObserver) -> Path:
    """Return the checkpoint of a step, or the newest undamaged one."""
    by_step = {int(path.name.rpartition("-")[2]): path for path in checkpoints(folder)}
    if step is None:
        newest = newest_intact(folder, report=observer.on_phase)
        if newest is None:
            raise InputError(
                f"{run_folder} has no checkpoints.",
                remedy="Give the model folder of a training run with --run; finetune writes its checkpoints there.",
            )
        return newest
    if step not in by_step:
        kept = ", ".join(map(str, sorted(by_step))) or "none"
        raise InputError(
            f"{run_folder} has no checkpoint of step {step}; its checkpoints are of step: {kept}.",
            remedy="Choose one of them with --step. finetune.keep_checkpoints says how many are kept.",
        )
    if damage := find_damage(by_step[step]):
        raise InputError(
            f"The checkpoint of step {step} is damaged: {damage}.", remedy="Choose a different one with --step."
        )
    return by_step[step]
