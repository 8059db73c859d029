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
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.data.steps import PackRef, PlannedStep
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.distributed.ranks import OneRank
from pipeline.train.loop.guard import Judgement, PackLoss, StepGuard, StepValues, StepVerdict, step_guards
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.loop.step import StepInput, read_step, train_step
from pipeline.train.loop.stopping import StopPoints
from pipeline.train.model.student import Student, build_student
from pipeline.train.run.metrics import StepMetrics
from pipeline.train.run.stages import TrainingStage, resolve_stages
from pipeline.train.tuning.optimizer import build_optimizer

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


def _student(folder: Path, **settings: object) -> tuple[Student, TrainingStage]:
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
    stage: TrainingStage,
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
        optimizer,
        StepInput(planned, {StageData.SFT: OnePack()}, stage, 17),
        guard=guard or step_guards(stage.settings.guard, [planned], [])[planned.kind],
        ranks=ranks,
        stops=StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=student.device),
    )
    return Stepped(metrics, {name: weight.detach() - before[name] for name, weight in student.trainables().items()})


def _planned(step: int) -> PlannedStep:
    return PlannedStep(step, 0, step, False, RATE * step, (PackRef(StageData.SFT, 0),))


def _plain_descent(student: Student, stage: TrainingStage) -> torch.optim.Optimizer:
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
        _plain_descent(student, stage),
        StepInput(_planned(1), {StageData.SFT: OnePack()}, stage, 17),
        guard=guard,
        ranks=OneRank(),
        stops=StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=student.device),
    )
    (pack,) = guard.packs
    assert (pack.stage, pack.data, pack.pack, pack.row_ids) == ("main", StageData.SFT, 0, ("r0", "r1", "r2"))
    assert pack.weight == pytest.approx(1.0), "one pack has all of the step's weights"
    assert pack.mean_loss == pytest.approx(metrics.loss, rel=1e-6)
    assert metrics.trained_tokens == 30 + 20 + 40


class SkippingGuard(StepGuard):
    """Skips what the test says."""

    def __init__(self, stage: TrainingStage, skipped: set[int]) -> None:
        super().__init__(stage.settings.guard, [])
        self._skips = skipped

    def judge(self, step: int, values: StepValues, packs: Sequence[PackLoss]) -> Judgement:
        judgement = super().judge(step, values, packs)
        return Judgement(StepVerdict.SKIP, "a spike") if step in self._skips else judgement


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


class ChoosingGuard(StepGuard):
    """Gives the verdicts it is told, with a word about each."""

    def __init__(self, *verdicts: StepVerdict) -> None:
        self._verdicts = list(verdicts)

    def judge(self, step: int, values: StepValues, packs: Sequence[PackLoss]) -> Judgement:
        return Judgement(self._verdicts.pop(0), f"A word about step {step}.")


def _stepped(
    student: Student, stage: TrainingStage, optimizer: torch.optim.Optimizer, guard: StepGuard, step: int
) -> None:
    train_step(
        student,
        optimizer,
        StepInput(_planned(step), {StageData.SFT: OnePack()}, stage, 17),
        guard=guard,
        ranks=OneRank(),
        stops=StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=student.device),
    )


def test_skipped_step_leaves_no_trace_in_weights_moments_and_the_next_step(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = []
    for name, guard, steps in (
        ("skipping", ChoosingGuard(StepVerdict.SKIP, StepVerdict.TAKE), (1, 2)),
        ("whole", ChoosingGuard(StepVerdict.TAKE), (2,)),
    ):
        student, stage = _student(tmp_path / name, tuning={"rank": 4, "dropout": 0.0})
        optimizer = build_optimizer(student.model, stage.settings, device=student.device)
        before = {name: weight.detach().clone() for name, weight in student.trainables().items()}
        for step in steps:
            _stepped(student, stage, optimizer, guard, step)
            assert all(weight.grad is None for weight in student.trainables().values())
            if step == 1:
                assert not optimizer.state
                assert all(torch.equal(before[name], weight) for name, weight in student.trainables().items())
        assert {group["lr"] for group in optimizer.param_groups} == {2 * RATE, 2 * RATE * 1.0}
        found.append({name: weight.detach() for name, weight in student.trainables().items()})
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[1])
    assert [record.getMessage() for record in caplog.records if "A word" in record.getMessage()] == [
        "A word about step 1. Verdict: skip the step.",
        "A word about step 2. Verdict: take the step.",
        "A word about step 2. Verdict: take the step.",
    ]


class Packs:
    """Packs of rows in memory."""

    def __init__(self, packs: Sequence[Sequence[TokenizedRow]]) -> None:
        self._packs = packs

    def __len__(self) -> int:
        return len(self._packs)

    def lengths_of(self, pack: int) -> Sequence[int]:
        return [row.num_tokens for row in self._packs[pack]]

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        return self._packs[pack]


def _row(name: str, length: int, num_answers: int, weight: float) -> TokenizedRow:
    ids_T = np.random.default_rng(length).integers(0, 256, length).astype(np.int32)
    return TokenizedRow(name, ids_T, np.arange(length) >= length - num_answers, weight)


ROWS = Packs([[_row("unused", 50, 9, 1.0)], [_row("a", 30, 5, 1.0), _row("b", 20, 1, 3.0)]])
DOCUMENTS = Packs([[_row("unused", 60, 60, 1.0)], [], [_row("doc@0", 40, 40, 1.0)]])
BOTH = PlannedStep(4, 0, 1, False, RATE / 4, (PackRef(StageData.CORPUS, 2), PackRef(StageData.SFT, 1)))


@pytest.mark.parametrize("weighting", ["token", "sequence"])
def test_packs_of_a_step_are_read_with_the_weights_the_whole_step_gives(tmp_path: Path, weighting: str) -> None:
    _, stage = _student(tmp_path, loss={"weighting": weighting})
    document, rows = read_step(BOTH, {StageData.SFT: ROWS, StageData.CORPUS: DOCUMENTS}, stage)
    assert (document.position, document.data, document.pack) == (0, StageData.CORPUS, 2)
    assert (rows.position, rows.data, rows.pack) == (1, StageData.SFT, 1)
    assert [row.row_id for pack in (document, rows) for row in pack.rows] == ["doc@0", "a", "b"]
    # The first token of a document is predicted by nothing: 39 + 5 + 1 trained tokens in 3 rows.
    assert [(pack.num_tokens, pack.num_trained) for pack in (document, rows)] == [(40, 39), (50, 6)]
    by_token = (1 / 45,), (1 / 45, 3 / 45)
    by_sequence = (1 / (3 * 39),), (1 / (3 * 5), 3 / (3 * 1))
    expected = by_token if weighting == "token" else by_sequence
    assert (document.token_weights, rows.token_weights) == (pytest.approx(expected[0]), pytest.approx(expected[1]))


@pytest.mark.parametrize("z_loss", [0.0, 0.3])
def test_metrics_of_a_step_are_those_of_its_packs(tmp_path: Path, z_loss: float) -> None:
    loss = {"weighting": "token", "z_loss": z_loss, "chunk_tokens": 7}
    student, stage = _student(tmp_path, loss=loss, tuning={"rank": 4, "dropout": 0.0})
    losses = {}
    gradients = {name: torch.zeros_like(weight) for name, weight in student.trainables().items()}
    for row in (*DOCUMENTS.rows_of(2), *ROWS.rows_of(1)):
        logits_TV = student.model(input_ids=torch.from_numpy(row.ids_T.astype(np.int64))[None]).logits[0, :-1]
        targets_T = torch.from_numpy(row.ids_T[1:].astype(np.int64))
        counted_T = torch.from_numpy(row.is_answer_T[1:])
        cross_T = torch.nn.functional.cross_entropy(logits_TV, targets_T, reduction="none")[counted_T]
        log_z_T = logits_TV.logsumexp(dim=1)[counted_T]
        weight = row.loss_weight / 45
        losses[row.row_id] = float(cross_T.detach().sum()) * weight
        total = ((cross_T + z_loss * log_z_T**2) * weight).sum()
        for (name, parameter), part in zip(
            student.trainables().items(),
            torch.autograd.grad(total, list(student.trainables().values()), allow_unused=True),
            strict=True,
        ):
            gradients[name] += torch.zeros_like(parameter) if part is None else part
    expected = sum(losses.values())
    guard = NotingGuard(stage.settings.guard, [])
    metrics = train_step(
        student,
        _plain_descent(student, stage),
        StepInput(BOTH, {StageData.SFT: ROWS, StageData.CORPUS: DOCUMENTS}, stage, 17),
        guard=guard,
        ranks=OneRank(),
        stops=StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=student.device),
    )
    assert (metrics.step, metrics.stage, metrics.learning_rate) == (4, "main", RATE / 4)
    assert (metrics.tokens, metrics.trained_tokens) == (90, 45)
    assert metrics.loss == pytest.approx(expected, rel=1e-5), "cross-entropy alone, without z-loss"
    norm = float(torch.stack([gradient.norm() for gradient in gradients.values()]).norm())
    assert metrics.grad_norm == pytest.approx(norm, rel=1e-4), "of cross-entropy and z-loss"
    assert metrics.tokens_per_second == pytest.approx(90 / metrics.seconds, rel=0.1)
    assert 0.05 < metrics.peak_memory_gib < 64
    document, rows = guard.packs
    assert (document.data, document.pack, document.row_ids) == (StageData.CORPUS, 2, ("doc@0",))
    assert (rows.data, rows.pack, rows.row_ids) == (StageData.SFT, 1, ("a", "b"))
    assert (document.weight, rows.weight) == (pytest.approx(39 / 45), pytest.approx((5 + 3) / 45))
    assert document.weighted_loss == pytest.approx(losses["doc@0"], rel=1e-5)
    assert rows.weighted_loss == pytest.approx(losses["a"] + losses["b"], rel=1e-5)


def test_dropout_is_drawn_anew_for_each_pack_of_a_step_and_each_seed(tmp_path: Path) -> None:
    same = [_row("twin", 40, 30, 1.0)]
    student, stage = _student(tmp_path, tuning={"rank": 4, "dropout": 0.5})
    losses = []
    for seed in (17, 17, 18):
        guard = NotingGuard(stage.settings.guard, [])
        planned = PlannedStep(1, 0, 1, False, 0.0, (PackRef(StageData.SFT, 0), PackRef(StageData.SFT, 1)))
        train_step(
            student,
            torch.optim.SGD([{"params": list(student.trainables().values()), "lr_ratio": 1.0}], lr=0.0),
            StepInput(planned, {StageData.SFT: Packs([same, same])}, stage, seed),
            guard=guard,
            ranks=OneRank(),
            stops=StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=student.device),
        )
        losses.append([pack.weighted_loss for pack in guard.packs])
    assert losses[0] == losses[1] and len({*losses[0], *losses[2]}) == 4
