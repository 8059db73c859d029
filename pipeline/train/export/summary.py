"""Builds the record of a finished training run: its inputs and its measurements.

Takes the run, its data, the student, the metrics and the exported folder. Returns the `TrainingRecord` that
`training.json`, the report and the model card show. Reads the licence from the card of a local base model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

import torch
import yaml

from pipeline.io.manifest import installed_versions
from pipeline.io.models import EMBEDDED_PREFIX, resolve_model
from pipeline.records import Split
from pipeline.train.data.run_data import RunData
from pipeline.train.export.model_folder import ExportedModel
from pipeline.train.model.student import Student
from pipeline.train.rope.legacy_keys import needs_new_reader
from pipeline.train.rope.scaled_config import base_config, config_scaling, described, with_scaling
from pipeline.train.rope.scaling import UNLIMITED_TOKENS
from pipeline.train.run.changes import measured_changes
from pipeline.train.run.metrics import AnswersPoint, RunMetrics, StepMetrics
from pipeline.train.run.record import (
    BestCheckpoint,
    MemoryRecord,
    PackRecord,
    ProbePoint,
    RopeRecord,
    RopeSetBy,
    TrainedStage,
    TrainingRecord,
    ValidationPoint,
)
from pipeline.train.run.stages import TrainingStage
from pipeline.train.run.training_run import TrainingRun

_EMBEDDED_LICENCE = "apache-2.0"


def training_record(
    run: TrainingRun,
    data: RunData,
    student: Student,
    metrics: RunMetrics,
    *,
    num_trainable: int,
    memory: MemoryRecord,
    best: BestCheckpoint,
    exported: ExportedModel,
) -> TrainingRecord:
    """Return the record of a finished training run.

    Args:
        run: the run, with its identity and recipe.
        data: packs and steps of the run.
        student: the student after the last stage.
        metrics: metrics from all calls that trained this run.
        num_trainable: number of trained parameters, counted before adapters were merged.
        memory: predicted and measured memory.
        best: the step whose weights are exported.
        exported: the exported model; its files include the log.
    """
    steps = metrics.steps
    is_whole = len(steps) == len(data.steps) or best.stopped_early
    assert is_whole, f"the log has {len(steps)} steps, but the plan has {len(data.steps)}"
    return TrainingRecord(
        base_model=run.base_model,
        base_licence=base_licence(run.base_model),
        rope=_rope_record(run, inv_freq_error=student.inv_freq_error),
        recipe=run.settings.model_copy(update={"model": run.base_model}).model_dump(mode="json"),
        seed=run.seed,
        fingerprint=run.identity.fingerprint,
        data=run.data,
        data_fingerprint=run.identity.data_fingerprint,
        model_fingerprint=run.identity.model_fingerprint,
        versions={**installed_versions(), "peft": version("peft")},
        device=str(student.device),
        stages=tuple(_trained_stage(stage, data, steps) for stage in data.stages),
        parameters=student.num_parameters,
        trainable_parameters=num_trainable,
        steps=len(steps),
        tokens=sum(step.tokens for step in steps),
        trained_tokens=sum(step.trained_tokens for step in steps),
        seconds=round(sum(step.seconds for step in steps), 1),
        first_loss=steps[0].loss,
        last_loss=steps[-1].loss,
        validation=tuple(
            ValidationPoint(v.step, v.stage, v.data, v.loss, v.trained_tokens) for v in metrics.validations
        ),
        answers=tuple(
            AnswersPoint(**{field.name: getattr(a, field.name) for field in fields(AnswersPoint)})
            for a in metrics.answers
        ),
        changes=measured_changes(metrics, seed=run.seed, exported_step=best.step),
        probes=tuple(ProbePoint(p.step, p.stage, p.length, p.depth, p.samples, p.hits) for p in metrics.probes),
        best=best,
        memory=memory,
        reload=exported.reload,
        files=exported.files,
        threads=torch.get_num_threads(),
    )


def base_licence(reference: str) -> str:
    """Return the licence in a local base model's card, or the embedded model's known licence.

    Empty for a model on the hub, without a card, or if the card names none.
    """
    if reference.startswith(EMBEDDED_PREFIX):
        return _EMBEDDED_LICENCE
    card = Path(resolve_model(reference)) / "README.md"
    if not card.is_file():
        return ""
    _, _, rest = card.read_text(encoding="utf-8").partition("---\n")
    try:
        front_matter = yaml.safe_load(rest.partition("\n---")[0])
    except yaml.YAMLError:
        return ""
    return str(front_matter.get("license", "")) if isinstance(front_matter, dict) else ""


def _rope_record(run: TrainingRun, *, inv_freq_error: float) -> RopeRecord:
    recorded = {field.name for field in fields(RopeRecord)} & {field.name for field in fields(run.scaling)}
    config, rope = base_config(run.base_model), run.stages[-1].settings.rope
    base, scales = config_scaling(config), rope.scales
    text = with_scaling(config, rope, reference=run.base_model).get_text_config()
    parameters = getattr(text, "rope_parameters", None) or {}
    return RopeRecord(
        **{name: getattr(run.scaling, name) for name in recorded},
        set_by=RopeSetBy.RECIPE if scales else RopeSetBy.BASE,
        base_max_tokens=run.scaling.max_tokens if base.max_tokens == UNLIMITED_TOKENS else base.max_tokens,
        replaced=described(base) if scales and base.is_scaled else "",
        inv_freq_max_relative_error=inv_freq_error,
        needs_transformers_5=needs_new_reader(parameters, model_type=text.model_type),
    )


def _trained_stage(stage: TrainingStage, data: RunData, all_steps: Sequence[StepMetrics]) -> TrainedStage:
    steps = [step for step in all_steps if step.stage == stage.name]
    packs = data.packs[stage.number]
    return TrainedStage(
        name=stage.name,
        data=stage.data.value,
        max_tokens=stage.settings.max_tokens,
        rope_method=stage.scaling.method,
        rope_factor=stage.scaling.factor,
        context_tokens=stage.scaling.max_tokens,
        steps=len(steps),
        tokens=sum(step.tokens for step in steps),
        trained_tokens=sum(step.trained_tokens for step in steps),
        seconds=round(sum(step.seconds for step in steps), 1),
        first_loss=steps[0].loss,
        last_loss=steps[-1].loss,
        packs=tuple(
            PackRecord(kind.value, split.value, source.counts, len(source))
            for split, sources in ((Split.TRAIN, packs.train), (Split.VALIDATION, packs.validation))
            for kind, source in sources.items()
        ),
    )
