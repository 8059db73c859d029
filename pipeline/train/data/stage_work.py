"""Counts what each stage of a run will do: its steps, its tokens, and which rows it leaves out and why.

Takes `RunData`, so the counts are those of the training itself. Returns a `StageWork` for each stage. Reads no token
ids. Used by `finetune --plan`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.stages import ScheduleSpan, StageData
from pipeline.train.data.pack_sources import PackSource
from pipeline.train.data.run_data import RunData, pack_size
from pipeline.train.data.steps import PackSize, PlannedStep
from pipeline.train.run.record import RowCounts
from pipeline.train.run.stages import TrainingStage


@dataclass(frozen=True, slots=True)
class DataWork:
    """What a stage reads of one kind of data."""

    data: StageData
    counts: RowCounts
    """Of the training split, before the steps are planned."""
    packs: int
    read_packs: int
    """Packs that at least one step reads."""
    passes: int
    """How often steps read a pack, over all packs together."""
    rows_not_drawn: int
    """Rows, or pieces of documents, in packs that no step reads, because the stage ends before."""
    validation_packs: int
    validation_trained: int
    """Tokens of the validation packs that the loss counts."""


@dataclass(frozen=True, slots=True)
class StageWork:
    """What a stage does."""

    name: str
    data: StageData
    max_tokens: int
    steps: int
    warmup_steps: int
    """Steps of this stage in which the learning rate still rises."""
    tokens: int
    trained: int
    """Tokens that the loss counts."""
    packs: int
    """Packs of all steps; a pack counts as often as it is read."""
    questions: int
    """Held-out questions that the model answers at each measurement."""
    kinds: tuple[DataWork, ...]
    sizes: tuple[tuple[PackSize, ...], ...]
    """The packs of each step."""


def stage_works(data: RunData, *, schedule_over: ScheduleSpan) -> tuple[StageWork, ...]:
    """Return the work of each stage, in order."""
    return tuple(_work(data, stage, schedule_over) for stage in data.stages)


def _work(data: RunData, stage: TrainingStage, schedule_over: ScheduleSpan) -> StageWork:
    steps = data.steps_of(stage)
    packs = data.packs[stage.number]
    sizes = tuple(tuple(pack_size(packs.train[ref.data], ref.pack) for ref in step.packs) for step in steps)
    flat = [size for step in sizes for size in step]
    return StageWork(
        name=stage.name,
        data=stage.data,
        max_tokens=stage.settings.max_tokens,
        steps=len(steps),
        warmup_steps=sum(_is_warmup(step, stage, schedule_over) for step in steps),
        tokens=sum(size.tokens for size in flat),
        trained=sum(size.trained for size in flat),
        packs=len(flat),
        questions=len(data.questions[stage.number]),
        kinds=tuple(
            _data_work(kind, source, packs.validation.get(kind), steps) for kind, source in packs.train.items()
        ),
        sizes=sizes,
    )


def _is_warmup(step: PlannedStep, stage: TrainingStage, schedule_over: ScheduleSpan) -> bool:
    position = step.step if schedule_over is ScheduleSpan.RUN else step.step_in_stage
    return position <= stage.settings.optimizer.warmup_steps


def _data_work(
    kind: StageData, source: PackSource, validation: PackSource | None, steps: Sequence[PlannedStep]
) -> DataWork:
    read = Counter(ref.pack for step in steps for ref in step.packs if ref.data is kind)
    return DataWork(
        data=kind,
        counts=source.counts,
        packs=len(source),
        read_packs=len(read),
        passes=read.total(),
        rows_not_drawn=sum(len(source.lengths_of(pack)) for pack in range(len(source)) if pack not in read),
        validation_packs=len(validation) if validation else 0,
        validation_trained=sum(validation.num_trained(pack) for pack in range(len(validation))) if validation else 0,
    )
