"""One optimizer step: forward and backward passes of this process's packs, and the use of the gradient.

Takes a planned step. Returns `StepMetrics`, the same in every process. Token weights are computed over the whole step,
so packs, accumulations and processes simply add up. A pack's dropout is seeded from the run's seed, the step and the
pack's place in the step, so there is no generator state to save, and any process may compute the pack.
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
    """A pack of a step, with the weight of a trained token of each row."""

    place: int
    """Place in the step, from 0."""
    data: StageData
    pack: int
    rows: Sequence[TokenizedRow]
    token_weights: tuple[float, ...]

    @property
    def num_tokens(self) -> int:
        """Tokens of all rows."""
        return sum(row.num_tokens for row in self.rows)

    @property
    def num_trained(self) -> int:
        """Tokens that the loss counts."""
        return sum(_num_targets(row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class StepInput:
    """The input of one step, apart from the student."""

    planned: PlannedStep
    sources: Mapping[StageData, PackSource]
    """The stage's packs for training."""
    stage: TrainingStage
    seed: int
    """The run's seed."""


def train_step(
    student: Student,
    optimizer: torch.optim.Optimizer,
    given: StepInput,
    *,
    guard: StepGuard,
    ranks: Ranks,
    stops: StopPoints,
) -> StepMetrics:
    """Take one step and return its metrics, the same in every process.

    Args:
        student: the student in its stage; the step changes its weights.
        optimizer: optimizer of those weights.
        given: packs and settings of the step.
        guard: guard for steps of this kind.
        ranks: the processes that train together.
        stops: stop points, checked before each pack.

    Raises:
        StoppedError: a stop was requested before the last pack; weights and optimizer are unchanged.
        TrainingError: the guard rejects the loss or the gradient (see `train.loop.guard`).
    """
    started = time.perf_counter()
    planned, stage = given.planned, given.stage
    loss_recipe = stage.settings.loss
    student.model.train()
    packs = read_step(planned, given.sources, stage)
    losses = []
    costs = [sum(row.num_tokens**2 for row in pack.rows) for pack in packs]
    for index in stops.until_asked(ranks.share(costs)):
        if index is None:
            torch.autograd.backward(idle_pass(student, packs[0].rows[0]))
            continue
        pack = packs[index]
        torch.manual_seed(stable_hash64(given.seed, "dropout", planned.step, pack.place, ranks.slice_number))
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
    _take(optimizer, planned, guard, StepValues(loss, grad_norm), losses)
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
        StepPack(place, ref.data, ref.pack, pack, tuple(next(weights) for _ in pack))
        for place, (ref, pack) in enumerate(zip(planned.packs, rows, strict=True))
    ]


def _take(
    optimizer: torch.optim.Optimizer,
    planned: PlannedStep,
    guard: StepGuard,
    values: StepValues,
    losses: Sequence[PackLoss],
) -> None:
    judgement = guard.judge(planned.step, values, losses)
    if judgement.warning:
        _logger.warning("%s StepVerdict: %s the step.", judgement.warning, judgement.verdict.value)
    for group in optimizer.param_groups:
        group["lr"] = planned.learning_rate * group["lr_ratio"]
    if judgement.verdict is StepVerdict.TAKE:
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _num_targets(row: TokenizedRow) -> int:
    return int(row.is_answer_T[1:].sum())
