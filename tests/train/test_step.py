"""One optimizer step: its gradient is clipped, LoRA's B matrices move further, each step draws its own dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from small_student import small_recipe, write_small_model

from pipeline.config.stages import StageData
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.guard import Judgement, PackLoss, StepGuard, StepValues, Verdict
from pipeline.train.interrupt import StopRequest
from pipeline.train.metrics import StepMetrics
from pipeline.train.model import Student, build_student
from pipeline.train.optimizer import build_optimizer
from pipeline.train.ranks import OneRank
from pipeline.train.rows import TokenizedRow
from pipeline.train.stages import Stage, resolve_stages
from pipeline.train.step import train_step
from pipeline.train.step_guards import step_guards
from pipeline.train.steps import PackRef, PlannedStep
from pipeline.train.stopping import StopPoints

RATE = 0.01


class OnePack:
    """Three rows in one pack."""

    def __init__(self) -> None:
        random = np.random.default_rng(3)
        ids = [random.integers(0, 256, length).astype(np.int32) for length in (40, 30, 50)]
        self._rows = [TokenizedRow(f"r{i}", ids_T, np.arange(ids_T.size) >= 10, 1.0) for i, ids_T in enumerate(ids)]

    def __len__(self) -> int:
        return 1

    def lengths_of(self, pack: int) -> Sequence[int]:
        return [row.num_tokens for row in self._rows]

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        return self._rows


@dataclass(frozen=True)
class Stepped:
    """What one step did to each weight."""

    metrics: StepMetrics
    moved: dict[str, torch.Tensor]

    def norm(self, part: str = "") -> float:
        return float(torch.stack([delta.norm() for name, delta in self.moved.items() if part in name]).norm())


def _student(folder: Path, **settings: object) -> tuple[Student, Stage]:
    model = write_small_model(folder)
    recipe = small_recipe(model, **settings).finetune
    student = build_student(model, recipe, seed=1)
    torch.manual_seed(2)
    for name, parameter in student.model.named_parameters():
        if "lora_B" in name:  # at zero, A has no gradient
            parameter.data = torch.randn_like(parameter) * 0.1
    (stage,) = resolve_stages(recipe, base_model=model)
    return student, stage


def _step(
    student: Student,
    stage: Stage,
    *,
    step: int,
    optimizer: torch.optim.Optimizer,
    slice_number: int = 0,
    guard: StepGuard | None = None,
) -> Stepped:
    ranks = OneRank()
    ranks.slice_number = slice_number
    planned = PlannedStep(step, 0, step, False, RATE, (PackRef(StageData.SFT, 0),))
    before = {name: weight.detach().clone() for name, weight in student.trainables().items()}
    metrics = train_step(
        student,
        planned,
        {StageData.SFT: OnePack()},
        optimizer,
        stage=stage,
        guard=guard or step_guards(stage.settings.guard, [planned], [])[planned.kind],
        ranks=ranks,
        stops=StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=student.device),
        seed=17,
    )
    return Stepped(metrics, {name: weight.detach() - before[name] for name, weight in student.trainables().items()})


def _plain_descent(student: Student, stage: Stage) -> torch.optim.Optimizer:
    """The groups of the recipe's optimizer under SGD, whose step is the rate times the gradient it was left."""
    groups = build_optimizer(student.model, stage.settings, device=student.device).param_groups
    return torch.optim.SGD([{name: group[name] for name in ("params", "lr_ratio")} for group in groups], lr=1.0)


@pytest.mark.parametrize(("share", "is_clipped"), [(0.25, True), (4.0, False)])
def test_step_follows_a_gradient_of_at_most_the_recipes_norm(tmp_path: Path, share: float, is_clipped: bool) -> None:
    tuning = {"rank": 4, "dropout": 0.0, "loraplus_lr_ratio": 1.0}
    student, stage = _student(tmp_path, tuning=tuning, optimizer={"max_grad_norm": 1e9})
    free = _step(student, stage, step=1, optimizer=_plain_descent(student, stage))
    assert free.norm() == pytest.approx(RATE * free.metrics.grad_norm, rel=1e-3)
    limit = share * free.metrics.grad_norm
    student, stage = _student(tmp_path, tuning=tuning, optimizer={"max_grad_norm": limit})
    clipped = _step(student, stage, step=1, optimizer=_plain_descent(student, stage))
    assert clipped.metrics.grad_norm == pytest.approx(free.metrics.grad_norm), "the norm before clipping is told"
    assert clipped.norm() == pytest.approx(RATE * min(limit, free.metrics.grad_norm), rel=1e-3)
    assert (clipped.norm() < 0.5 * free.norm()) is is_clipped


def test_step_moves_b_matrices_by_the_recipes_ratio(tmp_path: Path) -> None:
    def moved(ratio: float) -> Stepped:
        tuning = {"rank": 4, "dropout": 0.0, "loraplus_lr_ratio": ratio}
        student, stage = _student(tmp_path, tuning=tuning, optimizer={"learning_rate": RATE, "max_grad_norm": 1e9})
        optimizer = build_optimizer(student.model, stage.settings, device=student.device)
        return _step(student, stage, step=1, optimizer=optimizer)

    plain, faster = moved(1.0), moved(8.0)
    assert plain.norm("lora_A") > 0.0
    assert faster.norm("lora_A") == pytest.approx(plain.norm("lora_A"), rel=1e-4)
    assert faster.norm("lora_B") == pytest.approx(8.0 * plain.norm("lora_B"), rel=1e-3)


def test_each_step_draws_its_own_dropout_and_the_same_again(tmp_path: Path) -> None:
    def loss(step: int, dropout: float) -> float:
        student, stage = _student(tmp_path, tuning={"rank": 4, "dropout": dropout})
        return _step(student, stage, step=step, optimizer=_plain_descent(student, stage)).metrics.loss

    assert loss(1, 0.0) == loss(2, 0.0), "without dropout the steps are the same"
    assert len({loss(step, 0.5) for step in (1, 2, 3)}) == 3
    assert loss(2, 0.5) == loss(2, 0.5)


def test_slices_of_a_pack_draw_each_their_own_dropout(tmp_path: Path) -> None:
    def loss(slice_number: int) -> float:
        student, stage = _student(tmp_path, tuning={"rank": 4, "dropout": 0.5})
        optimizer = _plain_descent(student, stage)
        return _step(student, stage, step=1, optimizer=optimizer, slice_number=slice_number).metrics.loss

    assert len({loss(0), loss(1), loss(2)}) == 3
    assert loss(1) == loss(1)


class NotingGuard(StepGuard):
    """Takes every step and keeps what it was told of its packs."""

    packs: Sequence[PackLoss] = ()

    def judge(self, step: int, values: StepValues, packs: Sequence[PackLoss]) -> Judgement:
        self.packs = packs
        return super().judge(step, values, packs)


@pytest.mark.parametrize("weighting", ["token", "sequence"])
def test_guard_is_told_the_mean_loss_of_each_packs_trained_tokens(tmp_path: Path, weighting: str) -> None:
    student, stage = _student(tmp_path, tuning={"rank": 4, "dropout": 0.0}, loss={"weighting": weighting})
    guard = NotingGuard(stage.settings.guard, [])
    metrics = train_step(
        student,
        PlannedStep(1, 0, 1, False, RATE, (PackRef(StageData.SFT, 0),)),
        {StageData.SFT: OnePack()},
        _plain_descent(student, stage),
        stage=stage,
        guard=guard,
        ranks=OneRank(),
        stops=StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=student.device),
        seed=17,
    )
    (pack,) = guard.packs
    assert (pack.stage, pack.data, pack.pack, pack.row_ids) == ("main", StageData.SFT, 0, ("r0", "r1", "r2"))
    assert pack.weight == pytest.approx(1.0), "one pack has all of the step's weights"
    assert pack.mean_loss == pytest.approx(metrics.loss, rel=1e-6)
    assert metrics.trained_tokens == 30 + 20 + 40


class SkippingGuard(StepGuard):
    """Skips what the test says."""

    def __init__(self, stage: Stage, skipped: set[int]) -> None:
        super().__init__(stage.settings.guard, [])
        self._skips = skipped

    def judge(self, step: int, values: StepValues, packs: Sequence[PackLoss]) -> Judgement:
        judgement = super().judge(step, values, packs)
        return Judgement(Verdict.SKIP, "a spike") if step in self._skips else judgement


@pytest.mark.parametrize("name", ["descent", "adamw"])
def test_step_that_is_skipped_leaves_neither_weights_nor_gradient_behind(tmp_path: Path, name: str) -> None:
    def run(steps: Sequence[int], skipped: set[int]) -> tuple[list[float], dict[str, torch.Tensor]]:
        student, stage = _student(tmp_path, tuning={"rank": 4, "dropout": 0.0})
        own = build_optimizer(student.model, stage.settings, device=student.device)
        optimizer = own if name == "adamw" else _plain_descent(student, stage)
        guard = SkippingGuard(stage, skipped)
        stepped = [_step(student, stage, step=step, optimizer=optimizer, guard=guard) for step in steps]
        assert all(parameter.grad is None for parameter in student.trainables().values())
        return [one.norm() for one in stepped], {n: p.detach() for n, p in student.trainables().items()}

    moved, weights = run([1, 2, 3], {2})
    assert moved[1] == 0.0 < min(moved[0], moved[2])
    _, expected = run([1, 3], set())
    assert all(torch.equal(weight, expected[name]) for name, weight in weights.items())
