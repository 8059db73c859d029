"""The training loop: steps over packs, validation, checkpoints, and a stop that loses nothing.

In: a student, a dataset, a run. Out: a trained student; metrics in `logs/` and to an observer; checkpoints. A run that
resumes from a checkpoint continues bit for bit like one that was never stopped (CPU, same number of threads).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import TrainingError
from pipeline.train.batch import PackBatch, collate
from pipeline.train.checkpoint import CheckpointState, checkpoints, load_checkpoint, save_checkpoint
from pipeline.train.dataset import Dataset, PackedRows
from pipeline.train.forward import answer_loss_sum
from pipeline.train.interrupt import StopRequest
from pipeline.train.metrics import StepMetrics, TrainingObserver, TrainingPlan, ValidationMetrics
from pipeline.train.metrics_log import MetricsLog, peak_memory_gib
from pipeline.train.model import Student
from pipeline.train.rows import TokenizedRow
from pipeline.train.run import TrainingRun
from pipeline.train.schedule import learning_rate_at


def fit(student: Student, dataset: Dataset, run: TrainingRun, *, observer: TrainingObserver, stop: StopRequest) -> None:
    """Run all steps that the newest checkpoint has not done yet.

    Args:
        student: trained in place.
        dataset: packs to train on and to score, and the steps over them.
        run: settings, and the folder of checkpoints and logs.
        observer: told about every step.
        stop: once set, the run saves and ends after the step under way.

    Raises:
        TrainingError: a loss or gradient is not a number (names the rows), or the checkpoint is of another run.
        KeyboardInterrupt: `stop` was set; the run can be resumed.
    """
    recipe, steps, train, validation = run.settings, dataset.steps, dataset.train, dataset.validation
    trainables = student.trainables()
    optimizer = _optimizer(trainables, recipe)
    done = 0
    if found := checkpoints(run.checkpoints):
        state = load_checkpoint(found[-1], trainables=trainables, optimizer=optimizer)
        if state.fingerprint != run.identity.fingerprint:
            raise TrainingError(f"The checkpoint {found[-1]} is of another run.", remedy="Start over with --fresh.")
        done = state.step
    observer.on_plan(
        TrainingPlan(
            num_steps=len(steps),
            first_step=done + 1,
            num_packs=len(train.packs),
            num_validation_packs=len(validation.packs),
        )
    )
    with MetricsLog(run.logs, resumed_step=done) as log:

        def validate(step: int) -> None:
            if validation.packs:
                metrics = _validate(student, validation, step=step, recipe=recipe)
                log.write(metrics)
                observer.on_validation(metrics)

        if done == 0 or _validates_after(done, len(steps), recipe):
            validate(done)
        for step in range(done + 1, len(steps) + 1):
            metrics = _train_step(
                student, [train.rows_of(pack) for pack in steps[step - 1]], optimizer, step, len(steps), recipe
            )
            log.write(metrics)
            observer.on_step(metrics)
            if step % recipe.save_every_steps == 0 or step == len(steps) or stop.is_set:
                reached = CheckpointState(step=step, fingerprint=run.identity.fingerprint)
                save_checkpoint(
                    run.checkpoints, reached, trainables=trainables, optimizer=optimizer, keep=recipe.keep_checkpoints
                )
                observer.on_checkpoint(step)
            if stop.is_set:
                raise KeyboardInterrupt
            if _validates_after(step, len(steps), recipe):
                validate(step)


def _train_step(
    student: Student,
    packs: Sequence[Sequence[TokenizedRow]],
    optimizer: torch.optim.Optimizer,
    step: int,
    num_steps: int,
    recipe: FinetuneRecipe,
) -> StepMetrics:
    started = time.perf_counter()
    student.model.train()
    learning_rate = learning_rate_at(step, recipe.optimizer, num_steps=num_steps)
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    # Normalised over the whole step, so that how rows fall into packs changes nothing (LongAlign, arXiv 2401.18058).
    num_answer_tokens = sum(int(row.is_answer_T[1:].sum()) for rows in packs for row in rows)
    loss = 0.0
    for rows in packs:
        batch = collate(rows, device=student.device)
        pack_loss = _pack_loss(student, batch, num_answer_tokens, recipe)
        _require_finite(float(pack_loss.detach()), "loss", step, rows)
        torch.autograd.backward(pack_loss)
        loss += float(pack_loss.detach())
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    grad_norm = float(nn.utils.clip_grad_norm_(parameters, recipe.optimizer.max_grad_norm))
    _require_finite(grad_norm, "gradient norm", step, [row for rows in packs for row in rows])
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    num_tokens = sum(row.num_tokens for rows in packs for row in rows)
    seconds = time.perf_counter() - started
    return StepMetrics(
        step=step,
        loss=loss,
        learning_rate=learning_rate,
        grad_norm=grad_norm,
        tokens=num_tokens,
        answer_tokens=num_answer_tokens,
        seconds=round(seconds, 3),
        tokens_per_second=round(num_tokens / seconds, 1),
        peak_memory_gib=round(peak_memory_gib(student.device), 3),
    )


def _pack_loss(student: Student, batch: PackBatch, num_answer_tokens: int, recipe: FinetuneRecipe) -> torch.Tensor:
    loss = answer_loss_sum(student, batch, batch.weights_N, chunk_tokens=recipe.loss_chunk_tokens)
    return loss / num_answer_tokens


@torch.no_grad()
def _validate(student: Student, validation: PackedRows, *, step: int, recipe: FinetuneRecipe) -> ValidationMetrics:
    started = time.perf_counter()
    student.model.eval()
    total, num_answer_tokens = 0.0, 0
    for pack in range(len(validation.packs)):
        batch = collate(validation.rows_of(pack), device=student.device)
        equal_weights_N = torch.ones_like(batch.weights_N)
        total += float(answer_loss_sum(student, batch, equal_weights_N, chunk_tokens=recipe.loss_chunk_tokens))
        num_answer_tokens += batch.num_answer_tokens
    return ValidationMetrics(
        step=step,
        loss=total / num_answer_tokens,
        answer_tokens=num_answer_tokens,
        seconds=round(time.perf_counter() - started, 3),
    )


def _validates_after(step: int, num_steps: int, recipe: FinetuneRecipe) -> bool:
    return step % recipe.validate_every_steps == 0 or step == num_steps


def _optimizer(trainables: Mapping[str, nn.Parameter], recipe: FinetuneRecipe) -> torch.optim.AdamW:
    # Decay pulls LoRA's matrices to zero, the base model's own norms and embeddings to nowhere they should be.
    decayed = [p for name, p in trainables.items() if "lora_" in name]
    kept = [p for name, p in trainables.items() if "lora_" not in name]
    settings = recipe.optimizer
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": kept, "weight_decay": 0.0}],
        lr=settings.learning_rate,
        betas=(settings.beta1, settings.beta2),
    )


def _require_finite(value: float, name: str, step: int, rows: Sequence[TokenizedRow]) -> None:
    if not math.isfinite(value):
        ids = ", ".join(row.row_id for row in rows[:8])
        raise TrainingError(
            f"The {name} of step {step} is {value}; its pack holds the rows {ids}.",
            remedy="Lower optimizer.learning_rate or set dtype to float32, and look at those rows.",
        )
