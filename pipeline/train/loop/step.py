"""Runs one optimizer step: the forward and backward passes over this process's packs, then the update of the weights.

Takes a planned step. Returns `StepMetrics`; apart from times and memory, they are the same in every process. Token
weights are computed over the whole step, so the losses and gradients of packs and processes are simply added. Dropout
in a pack is seeded from the run's seed, the step, the pack's position in the step, and, if each process computes only a
slice of the pack, the slice's number. So a checkpoint needs no generator state, and any process may compute the pack.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from pipeline.config.stages import StageData
from pipeline.identity import stable_hash64
from pipeline.train.data.batch import collate
from pipeline.train.data.pack_sources import PackSource
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.data.steps import PlannedStep
from pipeline.train.distributed.gradients import clip_gradients
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.loop.guard import PackLoss, StepGuard, StepValues, StepVerdict
from pipeline.train.loop.stopping import StopPoints
from pipeline.train.loss.weights import row_token_weights
from pipeline.train.machine.memory_meter import peak_memory_gib
from pipeline.train.model.forward import idle_pass, pack_loss
from pipeline.train.model.student import Student
from pipeline.train.run.metrics import StepMetrics
from pipeline.train.run.stages import TrainingStage

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StepPack:
    """A pack of a step, with a token weight for each row."""

    position: int
    """Position in the step, from 0."""
    data: StageData
    pack: int
    """Number of the pack in its `PackSource`."""
    rows: Sequence[TokenizedRow]
    token_weights: tuple[float, ...]
    """For each row, the weight of each of its trained tokens."""

    @property
    def num_tokens(self) -> int:
        """Number of tokens in all rows."""
        return sum(row.num_tokens for row in self.rows)

    @property
    def num_trained(self) -> int:
        """Number of tokens that the loss counts."""
        return sum(_num_targets(row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class StepInput:
    """The input of one step, apart from the student."""

    planned: PlannedStep
    sources: Mapping[StageData, PackSource]
    """The stage's training packs."""
    stage: TrainingStage
    seed: int
    """The seed of the run."""


def train_step(
    student: Student,
    optimizer: torch.optim.Optimizer,
    step_input: StepInput,
    *,
    guard: StepGuard,
    ranks: Ranks,
    stops: StopPoints,
) -> StepMetrics:
    """Run one step and return its metrics. If the guard decides to skip the step, the weights stay unchanged.

    Args:
        student: the student, prepared for the stage; the step changes its weights.
        optimizer: the optimizer for the student's trained weights.
        step_input: packs and settings of the step.
        guard: the guard for this kind of step.
        ranks: the processes that train together.
        stops: the stop points, checked before each pack.

    Raises:
        StoppedError: a stop was requested before the last pack; weights and optimizer state are unchanged.
        TrainingError: the guard stops the run because of the loss or the gradient (see `train.loop.guard`).
    """
    started = time.perf_counter()
    planned, stage = step_input.planned, step_input.stage
    loss_recipe = stage.settings.loss
    student.model.train()
    packs = read_step(planned, step_input.sources, stage)
    losses = []
    costs = [sum(row.num_tokens**2 for row in pack.rows) for pack in packs]
    for index in stops.until_requested(ranks.share(costs)):
        if index is None:
            torch.autograd.backward(idle_pass(student, packs[0].rows[0]))
            continue
        pack = packs[index]
        torch.manual_seed(stable_hash64(step_input.seed, "dropout", planned.step, pack.position, ranks.slice_number))
        batch = collate(pack.rows, device=student.device)
        sums = pack_loss(
            student, batch, pack.token_weights, z_loss=loss_recipe.z_loss, chunk_tokens=loss_recipe.chunk_tokens
        )
        torch.autograd.backward(sums.loss)
        weight = sum(w * n for w, n in zip(pack.token_weights, batch.num_targets, strict=True))
        row_ids = tuple(row.row_id for row in pack.rows)
        losses.append(PackLoss(stage.name, pack.data, pack.pack, float(sums.cross_entropy), weight, row_ids))
    stops.meet()
    losses = ranks.gather(losses)
    loss = sum(pack.weighted_loss for pack in losses)
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    ranks.sum_gradients(parameters)
    grad_norm = clip_gradients(parameters, max_norm=stage.settings.optimizer.max_grad_norm)
    _update_weights(optimizer, planned, guard, StepValues(loss, grad_norm), losses)
    num_tokens = sum(pack.num_tokens for pack in packs)
    seconds = time.perf_counter() - started
    return StepMetrics(
        step=planned.step,
        stage=stage.name,
        loss=loss,
        learning_rate=planned.learning_rate,
        grad_norm=grad_norm,
        tokens=num_tokens,
        trained_tokens=sum(pack.num_trained for pack in packs),
        seconds=round(seconds, 3),
        tokens_per_second=round(num_tokens / seconds, 1),
        peak_memory_gib=round(peak_memory_gib(student.device), 3),
    )


def read_step(planned: PlannedStep, sources: Mapping[StageData, PackSource], stage: TrainingStage) -> list[StepPack]:
    """Return the packs of a step with their token weights, which depend on all packs of the step."""
    rows = [sources[ref.data].rows_of(ref.pack) for ref in planned.packs]
    flat = [row for pack in rows for row in pack]
    weights = iter(
        row_token_weights(
            [_num_targets(row) for row in flat],
            [row.loss_weight for row in flat],
            weighting=stage.settings.loss.weighting,
        )
    )
    return [
        StepPack(position, ref.data, ref.pack, pack, tuple(next(weights) for _ in pack))
        for position, (ref, pack) in enumerate(zip(planned.packs, rows, strict=True))
    ]


def _update_weights(
    optimizer: torch.optim.Optimizer,
    planned: PlannedStep,
    guard: StepGuard,
    values: StepValues,
    losses: Sequence[PackLoss],
) -> None:
    judgement = guard.judge(planned.step, values, losses)
    if judgement.warning:
        _logger.warning("%s Verdict: %s the step.", judgement.warning, judgement.verdict.value)
    for group in optimizer.param_groups:
        group["lr"] = planned.learning_rate * group["lr_ratio"]
    if judgement.verdict is StepVerdict.TAKE:
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _num_targets(row: TokenizedRow) -> int:
    return int(row.is_answer_T[1:].sum())
