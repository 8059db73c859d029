"""Measures a model between steps: its loss on held-out packs, and whether it finds a passkey.

Takes a student that is prepared for its stage. Returns `ValidationMetrics` and `ProbeMetrics`. Both measurements use
full attention unless `attention.evaluate_with` requests the training pattern. Shapes: T tokens.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
import torch

from pipeline.config.stages import StageData
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.data.batch import collate
from pipeline.train.data.documents import document_of
from pipeline.train.data.pack_sources import PackSource
from pipeline.train.data.passkey import PasskeyPrompt, make_prompts, min_prompt_tokens
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.loop.stopping import StopPoints
from pipeline.train.model.forward import idle_pass, pack_loss, score_targets
from pipeline.train.model.student import Student
from pipeline.train.run.metrics import DocumentLoss, ProbeMetrics, ValidationMetrics
from pipeline.train.run.stages import TrainingStage


@torch.no_grad()
def validate(
    student: Student,
    source: PackSource,
    data: StageData,
    *,
    stage: TrainingStage,
    step: int,
    documents: Mapping[str, str],
    ranks: Ranks,
    stops: StopPoints,
) -> ValidationMetrics:
    """Measure the mean cross-entropy per trained token over all packs of a source; row weights are ignored.

    Args:
        student: the student, prepared for the stage.
        source: the packs.
        data: the kind of data in them.
        stage: the stage.
        step: number of steps done.
        documents: the documents of the held-out rows and pieces (`data.documents`).
        ranks: the processes that train together.
        stops: the stop points, checked before each pack.

    Raises:
        StoppedError: a stop was requested before the last pack.
    """
    started = time.perf_counter()
    student.model.eval()
    total, num_trained = 0.0, 0
    losses: list[DocumentLoss] = []
    costs = [sum(length**2 for length in source.lengths_of(pack)) for pack in range(len(source))]
    for pack in stops.until_requested(ranks.share(costs)):
        if pack is None:
            idle_pass(student, source.rows_of(0)[0])
            continue
        rows = source.rows_of(pack)
        batch = collate(rows, device=student.device)
        equal_weights = [1.0] * len(batch.lengths)
        sums = pack_loss(student, batch, equal_weights, z_loss=0.0, chunk_tokens=stage.settings.loss.chunk_tokens)
        total += float(sums.cross_entropy)
        num_trained += batch.num_answer_tokens
        row_losses = torch.split(sums.position_losses_N.double(), list(batch.num_targets))
        losses += [
            DocumentLoss(document_of(row.row_id, documents), float(loss.sum()), loss.numel())
            for row, loss in zip(rows, row_losses, strict=True)
        ]
    stops.meet()
    total, all_trained = ranks.sum([total, num_trained])
    return ValidationMetrics(
        step=step,
        stage=stage.name,
        data=data.value,
        loss=total / all_trained,
        trained_tokens=int(all_trained),
        seconds=round(time.perf_counter() - started, 3),
        documents=_by_document(ranks.gather(losses)),
    )


def _by_document(losses: Sequence[DocumentLoss]) -> tuple[DocumentLoss, ...]:
    sums: dict[str, list[float]] = {}
    tokens: Counter[str] = Counter()
    for loss in losses:
        sums.setdefault(loss.document, []).append(loss.loss)
        tokens[loss.document] += loss.tokens
    return tuple(DocumentLoss(name, math.fsum(sums[name]), tokens[name]) for name in sorted(sums))


@torch.no_grad()
def probe_passkey(
    student: Student, *, stage: TrainingStage, base_model: str, step: int, seed: int, stops: StopPoints
) -> Iterator[ProbeMetrics]:
    """Yield one result for each length and depth in the recipe.

    Lengths that are too short for a prompt, or above the stage's `max_tokens`, are left out. If the recipe names no
    lengths, `max_tokens` and a quarter of it are used.

    Args:
        student: the student, prepared for the stage.
        stage: the stage, whose probe settings are used.
        base_model: reference of the model whose tokenizer is used.
        step: number of steps done.
        seed: the run's seed; it makes the prompts the same at every step.
        stops: the stop points, checked before each prompt.

    Raises:
        StoppedError: a stop was requested before the last prompt.
    """
    recipe, tokenizer = stage.settings.probe, load_tokenizer(base_model)
    max_tokens = stage.settings.max_tokens
    requested = recipe.lengths or (max_tokens // 4, max_tokens)
    lengths = [length for length in requested if min_prompt_tokens(tokenizer) <= length <= max_tokens]
    student.model.eval()
    for length, depth in product(lengths, recipe.depths):
        started = time.perf_counter()
        prompts = make_prompts(tokenizer, length=length, depth=depth, samples=recipe.samples, seed=seed)
        answers = [_score_key(student, _with_answer(prompt, tokenizer)) for prompt in stops.until_requested(prompts)]
        if len(answers) < len(prompts):
            break
        yield ProbeMetrics(
            step=step,
            stage=stage.name,
            length=length,
            depth=depth,
            samples=len(prompts),
            hits=sum(found for found, _ in answers),
            key_loss=sum(loss for _, loss in answers) / len(answers),
            seconds=round(time.perf_counter() - started, 3),
        )
    stops.meet()


def _with_answer(prompt: PasskeyPrompt, tokenizer: object) -> TokenizedRow:
    key = prompt.answer_ids(tokenizer)
    ids_T = np.asarray([*prompt.ids, *key], dtype=np.int32)
    is_answer_T = np.arange(ids_T.size) >= len(prompt.ids)
    return TokenizedRow(f"passkey {prompt.key}", ids_T, is_answer_T, 1.0)


def _score_key(student: Student, row: TokenizedRow) -> tuple[bool, float]:
    """Return whether every token of the key is the most likely one, and the mean cross-entropy of the key's tokens."""
    batch = collate([row], device=student.device)
    scores = score_targets(student, batch)
    return scores.num_likeliest == batch.num_answer_tokens, scores.cross_entropy / batch.num_answer_tokens
