"""A finished training as its record: what it was made of and what its log holds. Pure but for the log it is given.

In: run, data, student, metrics. Out: the `TrainingRecord` that `training.json`, the report and the model card are of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib.metadata import version

from pipeline.io.checksums import FileSum
from pipeline.io.manifest import installed_versions
from pipeline.records import Split
from pipeline.train.metrics import RunMetrics, StepMetrics
from pipeline.train.model import Student
from pipeline.train.record import (
    MemoryRecord,
    PackRecord,
    ProbePoint,
    ReloadCheck,
    RopeRecord,
    RopeSetBy,
    TrainedStage,
    TrainingRecord,
    ValidationPoint,
)
from pipeline.train.rope.scaling import UNLIMITED_TOKENS
from pipeline.train.run import TrainingRun, base_licence
from pipeline.train.run_data import RunData
from pipeline.train.scaled_config import base_config, config_scaling, described
from pipeline.train.stages import Stage


def training_record(
    run: TrainingRun,
    data: RunData,
    student: Student,
    metrics: RunMetrics,
    *,
    num_trainable: int,
    memory: MemoryRecord,
    reload: ReloadCheck,
    files: Mapping[str, FileSum],
) -> TrainingRecord:
    """Put the record together.

    Args:
        run: its identity and recipe.
        data: packs and steps.
        student: as the last stage left it.
        metrics: of all calls that trained this run.
        num_trainable: trained parameters, counted before adapters were merged.
        memory: predicted and measured.
        reload: of the exported folder.
        files: of the model folder, as they were written.
    """
    steps = metrics.steps
    assert len(steps) == len(data.steps), "every step of the run stands in its metrics"
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
        validation=tuple(ValidationPoint(v.step, v.stage, v.data, v.loss) for v in metrics.validations),
        probes=tuple(ProbePoint(p.step, p.stage, p.length, p.depth, p.samples, p.hits) for p in metrics.probes),
        memory=memory,
        reload=reload,
        files=files,
    )


def _rope_record(run: TrainingRun, *, inv_freq_error: float) -> RopeRecord:
    recorded = {field.name for field in fields(RopeRecord)} & {field.name for field in fields(run.scaling)}
    base = config_scaling(base_config(run.base_model))
    scales = run.stages[-1].settings.rope.scales
    return RopeRecord(
        **{name: getattr(run.scaling, name) for name in recorded},
        set_by=RopeSetBy.RECIPE if scales else RopeSetBy.BASE,
        base_max_tokens=run.scaling.max_tokens if base.max_tokens == UNLIMITED_TOKENS else base.max_tokens,
        replaced=described(base) if scales and base.is_scaled else "",
        inv_freq_max_relative_error=inv_freq_error,
    )


def _trained_stage(stage: Stage, data: RunData, all_steps: Sequence[StepMetrics]) -> TrainedStage:
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
