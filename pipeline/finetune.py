"""`pipeline finetune`: rows of a build in, a longer-context model folder out. Read this first.

What happens is `finetune`; how, is in `pipeline.train`. torch and peft belong to the extra `train` and are imported
when a training starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from typing import TYPE_CHECKING

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import MissingExtraError
from pipeline.io.files import join, write_text
from pipeline.io.manifest import installed_versions
from pipeline.report.model_card import model_card
from pipeline.train.metrics import TrainingObserver, read_metrics
from pipeline.train.record import (
    Outcome,
    ReloadCheck,
    RopeRecord,
    TrainingRecord,
    TrainingResult,
    ValidationPoint,
    write_record,
)
from pipeline.train.run import TrainingRun, base_licence, open_run

if TYPE_CHECKING:
    from pipeline.train.dataset import Dataset
    from pipeline.train.model import Student


def finetune(
    recipe: Recipe, *, data: str, model: str | None, output: str, start: Start, observer: TrainingObserver
) -> TrainingResult:
    """Train the recipe's model on a build's rows, with its context scaled, and leave a folder that loads anywhere.

    Args:
        recipe: its `finetune` section and seed are used.
        data: a build folder.
        model: base model reference; None takes the recipe's.
        output: local folder for the model.
        start: whether to go on from, or remove, what an earlier run left there.
        observer: told what happens.

    Raises:
        InputError: no rows, an impossible length, an unusable model or folder.
        MissingExtraError: the extra `train` is not installed.
        TrainingError: the loss became NaN, or the RoPE scaling is not in force in the built model.
        ExportError: the written folder does not read back equal.
        KeyboardInterrupt: stopped by a signal, after a checkpoint; the same call resumes.
    """
    with _extra_train():
        from pipeline.train.checkpoint import checkpoints
        from pipeline.train.dataset import read_dataset
        from pipeline.train.export import export_model
        from pipeline.train.interrupt import stop_on_signals
        from pipeline.train.loop import fit
        from pipeline.train.model import build_student
    run = open_run(recipe, data=data, base_model=model or recipe.finetune.model, output=output, start=start)
    if run.finished is not None:
        return TrainingResult(str(run.root), Outcome.ALREADY_DONE, run.finished)
    outcome = Outcome.RESUMED if checkpoints(run.checkpoints) else Outcome.TRAINED
    observer.on_phase("reading the rows")
    dataset = read_dataset(run, observer=observer)
    observer.on_phase("loading the model")
    student = build_student(run.base_model, run.settings, seed=run.seed)
    with stop_on_signals() as stop:
        fit(student, dataset, run, observer=observer, stop=stop)
    observer.on_phase("merging, saving, loading again and comparing")
    num_trainable = sum(p.numel() for p in student.trainables().values())
    reload = export_model(student, run.root, base_model=run.base_model, probe_ids=dataset.longest_row.ids_T.tolist())
    record = _record(run, dataset, student, num_trainable, reload)
    write_text(join(str(run.root), "README.md"), model_card(record))
    write_record(str(run.root), record)
    return TrainingResult(str(run.root), outcome, record)


def _record(
    run: TrainingRun, dataset: Dataset, student: Student, num_trainable: int, reload: ReloadCheck
) -> TrainingRecord:
    steps, validations = read_metrics(run.logs)
    assert len(steps) == len(dataset.steps), "every step of the run stands in its metrics"
    scaling = {field.name: getattr(run.scaling, field.name) for field in fields(run.scaling)}
    return TrainingRecord(
        base_model=run.base_model,
        base_licence=base_licence(run.base_model),
        rope=RopeRecord(**scaling, inv_freq_max_relative_error=student.inv_freq_error),
        recipe=run.settings.model_dump(mode="json"),
        seed=run.seed,
        fingerprint=run.identity.fingerprint,
        data=run.data,
        data_fingerprint=run.identity.data_fingerprint,
        model_fingerprint=run.identity.model_fingerprint,
        versions={**installed_versions(), "peft": version("peft")},
        device=str(student.device),
        train_rows=dataset.train.counts,
        validation_rows=dataset.validation.counts,
        train_packs=len(dataset.train.packs),
        validation_packs=len(dataset.validation.packs),
        parameters=student.num_parameters,
        trainable_parameters=num_trainable,
        steps=len(steps),
        tokens=sum(step.tokens for step in steps),
        answer_tokens=sum(step.answer_tokens for step in steps),
        seconds=round(sum(step.seconds for step in steps), 1),
        first_loss=steps[0].loss,
        last_loss=steps[-1].loss,
        validation=tuple(ValidationPoint(step=point.step, loss=point.loss) for point in validations),
        reload=reload,
    )


@contextmanager
def _extra_train() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(
            f"Fine-tuning needs the package '{error.name}', which is not installed.", extra="train"
        ) from error
