"""Plans all optimizer steps of a run before the first step: their stages, learning rates and packs.

Takes stages and the sizes of their packs. Returns `PlannedStep`s. Training makes no further decisions, so a run resumed
after step k continues with the slice `[k:]`, and the packs of a step do not depend on the number of processes.

Each epoch of a stage is shuffled with its own seed. A step never mixes epochs, so the last step of an epoch may have
fewer packs. A step in which the loss would count fewer than `min_step_tokens` tokens gets the packs of the next steps.
In a stage with both kinds of data, each pack of rows is followed by packs of documents until the documents' tokens
reach the recipe's share; they exceed it by at most one pack. Documents start over when they run out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count

from pipeline.config.optimizer import OptimizerRecipe
from pipeline.config.stages import ScheduleSpan, StageData
from pipeline.identity import fingerprint, seeded_random
from pipeline.pack.balance import epoch_steps
from pipeline.train.run.stages import TrainingStage


@dataclass(frozen=True, slots=True)
class PackRef:
    """A reference to a pack of a stage."""

    data: StageData
    """`sft` or `corpus`."""
    pack: int
    """Number of the pack among the stage's packs of that kind of data."""


StepKind = tuple[int, frozenset[StageData]]
"""The stage's number, and the kinds of data in the step."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One optimizer step."""

    step: int
    """Number in the run, from 1."""
    stage: int
    """Number of the stage, from 0."""
    step_in_stage: int
    """Number in the stage, from 1."""
    is_last_of_stage: bool
    learning_rate: float
    packs: tuple[PackRef, ...]

    @property
    def kind(self) -> StepKind:
        """Stage and kinds of data; losses and gradients are comparable only between steps of the same kind."""
        return self.stage, frozenset(ref.data for ref in self.packs)


@dataclass(frozen=True, slots=True)
class PackSize:
    """The size of a pack."""

    tokens: int
    cost: int
    """Sum of the squared lengths of the pack's rows."""
    trained: int
    """Number of tokens that the loss counts."""


PackSizes = Mapping[StageData, Sequence[PackSize]]
"""The size of each pack, by kind of data."""


def plan_steps(
    stages: Sequence[TrainingStage], pack_sizes: Sequence[PackSizes], *, schedule_over: ScheduleSpan, seed: int
) -> tuple[PlannedStep, ...]:
    """Return the steps of a run.

    Args:
        stages: the stages, in order.
        pack_sizes: pack sizes of each stage, with at least one pack for each kind of data that the stage trains on.
        schedule_over: whether warm-up and decay span the run or each stage; the peak is always the stage's own rate.
        seed: the recipe's seed.
    """
    by_stage = [_steps_of(stage, sizes, seed=seed) for stage, sizes in zip(stages, pack_sizes, strict=True)]
    num_steps = sum(len(steps) for steps in by_stage)
    planned: list[PlannedStep] = []
    for stage, steps in zip(stages, by_stage, strict=True):
        for step_in_stage, packs in enumerate(steps, start=1):
            step = len(planned) + 1
            position, span = (step, num_steps) if schedule_over is ScheduleSpan.RUN else (step_in_stage, len(steps))
            planned.append(
                PlannedStep(
                    step=step,
                    stage=stage.number,
                    step_in_stage=step_in_stage,
                    is_last_of_stage=step_in_stage == len(steps),
                    learning_rate=learning_rate_at(position, stage.settings.optimizer, num_steps=span),
                    packs=packs,
                )
            )
    return tuple(planned)


def plan_fingerprint(steps: Sequence[PlannedStep]) -> str:
    """Return 32 hex digits that identify a plan. A checkpoint can be used only with the plan that it was made with."""
    return fingerprint([asdict(step) for step in steps])


def learning_rate_at(step: int, recipe: OptimizerRecipe, *, num_steps: int) -> float:
    """Return the learning rate of a step: linear warm-up to the peak, then cosine decay to the final share of the peak.

    Args:
        step: number of the step, from 1 to `num_steps`.
        recipe: peak rate, warm-up and final share.
        num_steps: number of steps that the schedule spans. If `warmup_steps` is not smaller, the rate only rises.
    """
    if step <= recipe.warmup_steps:
        return recipe.learning_rate * step / recipe.warmup_steps
    progress = (step - recipe.warmup_steps) / (num_steps - recipe.warmup_steps)
    share = recipe.final_learning_rate_share
    return recipe.learning_rate * (share + (1.0 - share) * 0.5 * (1.0 + math.cos(math.pi * progress)))


def with_enough_trained(
    steps: Sequence[Sequence[PackRef]], sizes: PackSizes, *, min_tokens: int
) -> list[tuple[PackRef, ...]]:
    """Return the steps of an epoch, joined so that the loss counts at least `min_tokens` tokens in each.

    Neighbours are joined, so the packs keep their order. What is left at the end joins the last step.
    """
    joined: list[tuple[PackRef, ...]] = []
    waiting: tuple[PackRef, ...] = ()
    for packs in steps:
        waiting += tuple(packs)
        if sum(sizes[ref.data][ref.pack].trained for ref in waiting) >= min_tokens:
            joined.append(waiting)
            waiting = ()
    if waiting and joined:
        joined[-1] += waiting
    elif waiting:
        joined.append(waiting)
    return joined


def _steps_of(stage: TrainingStage, sizes: PackSizes, *, seed: int) -> list[tuple[PackRef, ...]]:
    steps: list[tuple[PackRef, ...]] = []
    num_trained = 0
    epochs = _mixed_epochs if stage.data is StageData.MIXED else _plain_epochs
    for epoch in epochs(stage, sizes, seed):
        for packs in with_enough_trained(epoch, sizes, min_tokens=stage.settings.min_step_tokens):
            enough = stage.num_tokens is not None and num_trained >= stage.num_tokens
            if enough or len(steps) == stage.num_steps:
                return steps
            num_trained += sum(sizes[ref.data][ref.pack].tokens for ref in packs)
            steps.append(packs)
    return steps


def _plain_epochs(stage: TrainingStage, sizes: PackSizes, seed: int) -> Iterator[list[list[PackRef]]]:
    """Yield the steps of each epoch of a stage with one kind of data."""
    costs = [size.cost for size in sizes[stage.data]]
    for epoch in _epoch_numbers(stage):
        steps = epoch_steps(
            costs,
            packs_per_step=stage.settings.packs_per_step,
            step_order=stage.settings.step_order,
            random=seeded_random(seed, "packs", stage.number, stage.data.value, epoch),
        )
        yield [[PackRef(stage.data, pack) for pack in packs] for packs in steps]


def _mixed_epochs(stage: TrainingStage, sizes: PackSizes, seed: int) -> Iterator[list[list[PackRef]]]:
    """Yield the steps of each epoch of a stage with both kinds of data, always shuffled.

    An epoch is one pass over the rows.
    """
    documents = _endless_documents(sizes[StageData.CORPUS], seed, stage.number)
    row_tokens, document_tokens = 0, 0
    for epoch in _epoch_numbers(stage):
        order: list[PackRef] = []
        for pack in _shuffled(sizes[StageData.SFT], seed, stage.number, StageData.SFT, epoch):
            order.append(PackRef(StageData.SFT, pack))
            row_tokens += sizes[StageData.SFT][pack].tokens
            # Keep document_tokens ÷ (document_tokens + row_tokens) at the share.
            while document_tokens * (1 - stage.corpus_share) < row_tokens * stage.corpus_share:
                document_pack = next(documents)
                order.append(PackRef(StageData.CORPUS, document_pack))
                document_tokens += sizes[StageData.CORPUS][document_pack].tokens
        packs_per_step = stage.settings.packs_per_step
        yield [order[start : start + packs_per_step] for start in range(0, len(order), packs_per_step)]


def _epoch_numbers(stage: TrainingStage) -> Iterable[int]:
    return count() if stage.num_epochs is None else range(stage.num_epochs)


def _endless_documents(sizes: Sequence[PackSize], seed: int, stage: int) -> Iterator[int]:
    for epoch in count():
        yield from _shuffled(sizes, seed, stage, StageData.CORPUS, epoch)


def _shuffled(sizes: Sequence[PackSize], seed: int, stage: int, data: StageData, epoch: int) -> list[int]:
    order = list(range(len(sizes)))
    seeded_random(seed, "packs", stage, data.value, epoch).shuffle(order)
    return order
