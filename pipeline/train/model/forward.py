"""Runs a student (the model in training) over one pack and computes the loss.

Takes a student and a `PackBatch`. Returns hidden states, the weighted sum of losses over the pack's trained tokens, or
scores of the pack's targets. The loop uses it for training and validation. If processes share packs
(`student.parallel.sequence`), each process computes its own slice. A trained position is one whose next token is a
target. Shape suffixes: T tokens of the pack, S tokens of the slice (S = T if packs are not shared), N trained positions
of the pack, M trained positions in the slice, V vocabulary, H hidden size.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pipeline.train.attention.placement import isolated_hidden_states
from pipeline.train.data.batch import PackBatch, collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.distributed.slices import PackSlice, rotary_of_whole_pack, slice_pack
from pipeline.train.loss.cross_entropy import LossSums, chunked_cross_entropy
from pipeline.train.loss.head import output_head
from pipeline.train.loss.weights import position_weights
from pipeline.train.model.student import Student
from pipeline.train.rope.in_force import reset_rotary

_IDLE_TOKENS = 2


def final_hidden_states(student: Student, batch: PackBatch) -> Tensor:
    """Return the hidden states after the final norm, S × H. Each document attends only to itself.

    In training mode, attention follows the recipe's pattern; in evaluation mode, `attention.evaluate_with` decides.
    """
    part = _own_slice(student, batch)
    (hidden_SH,) = student.parallel.run(lambda: (_hidden_states(student, part),))
    return hidden_SH


def pack_loss(
    student: Student, batch: PackBatch, token_weights: Sequence[float], *, z_loss: float, chunk_tokens: int
) -> LossSums:
    """Return weighted sums over a pack's trained tokens. Logits exist for these tokens only, one chunk at a time.

    Args:
        student: the student.
        batch: the pack.
        token_weights: one number for each row of the pack, the weight of each of the row's trained tokens. In training,
            the numbers come from `row_token_weights` of the whole step.
        z_loss: see `chunked_cross_entropy`.
        chunk_tokens: see `chunked_cross_entropy`.

    Returns:
        The loss of this process's slice and the cross-entropy of the whole pack; the losses of positions are those of
            the slice in training, and of the whole pack when grad mode is off. The processes that share a pack sum
        their gradients afterwards.
    """
    part = _own_slice(student, batch)
    weights_N = torch.from_numpy(position_weights(token_weights, batch.num_targets)).to(student.device)

    def compute() -> tuple[Tensor, Tensor, Tensor]:
        sums = chunked_cross_entropy(
            _trained_hidden_states(student, part),
            output_head(student.model),
            part.targets_M,
            weights_N[part.trained_here],
            z_loss=z_loss,
            chunk_tokens=chunk_tokens,
        )
        return sums.loss, sums.cross_entropy, sums.position_losses_N

    loss, cross_entropy, losses_M = student.parallel.run(compute)
    return LossSums(loss, _whole_pack(student, cross_entropy), _whole_positions(student, part, losses_M, weights_N))


def idle_pass(student: Student, row: TokenizedRow) -> Tensor:
    """Return a loss of zero with zero gradients, from a pass over two tokens of `row`, for a process without a pack.

    All processes gather the layers of a sharded model together, so all of them must make the same number of passes.
    """
    short = TokenizedRow(row.row_id, row.ids_T[:_IDLE_TOKENS], np.ones(_IDLE_TOKENS, dtype=np.bool_), 0.0)
    return pack_loss(student, collate([short], device=student.device), [0.0], z_loss=0.0, chunk_tokens=1).loss


@dataclass(frozen=True, slots=True)
class TargetScores:
    """How well a pack's targets are predicted."""

    num_likeliest: int
    """Number of targets to which the model gives the highest probability of all tokens."""
    cross_entropy: float
    """Sum of the cross-entropy over the targets."""


def score_targets(student: Student, batch: PackBatch) -> TargetScores:
    """Score a pack's targets, which must be few, because all their logits are in memory at once."""
    part = _own_slice(student, batch)

    def compute() -> tuple[Tensor]:
        hidden_MH = _trained_hidden_states(student, part)
        with autocast(student):
            logits_MV = output_head(student.model).logits(hidden_MH).float()
        hits = (logits_MV.argmax(dim=1) == part.targets_M).sum()
        cross_entropy = torch.nn.functional.cross_entropy(logits_MV, part.targets_M, reduction="sum")
        return (torch.stack([hits.to(cross_entropy.dtype), cross_entropy]),)

    (scores,) = student.parallel.run(compute)
    hits, cross_entropy = _whole_pack(student, scores).tolist()
    return TargetScores(round(hits), cross_entropy)


def autocast(student: Student) -> torch.autocast:
    """Return a context in which matrix products run in the student's dtype, although trained weights are float32."""
    return torch.autocast(student.device.type, dtype=student.dtype, enabled=student.dtype is torch.bfloat16)


def _trained_hidden_states(student: Student, part: PackSlice) -> Tensor:
    return _hidden_states(student, part)[part.predictors_M].to(student.dtype)


def _hidden_states(student: Student, part: PackSlice) -> Tensor:
    attention, sequence = student.attention, student.parallel.sequence
    pattern = attention.pattern if student.model.training else attention.validation_pattern
    reset_rotary(student.model)
    rotary = nullcontext() if sequence is None else rotary_of_whole_pack(student.model, part.last_position)
    with rotary, autocast(student):
        # Float32 embeddings would make the whole residual stream float32.
        embedded_1SH = student.model.get_input_embeddings()(part.ids_1S).to(student.dtype)
        return isolated_hidden_states(
            student.model,
            embedded_1SH,
            part.positions_1S,
            attention.layout(part.lengths, pattern, sequence),
            attention.isolation,
        )


def _own_slice(student: Student, batch: PackBatch) -> PackSlice:
    sequence = student.parallel.sequence
    number, degree = (0, 1) if sequence is None else (sequence.number, sequence.degree)
    return slice_pack(batch, number=number, degree=degree)


def _whole_pack(student: Student, value: Tensor) -> Tensor:
    sequence = student.parallel.sequence
    return value if sequence is None else sequence.sum(value)


def _whole_positions(student: Student, part: PackSlice, losses_M: Tensor, weights_N: Tensor) -> Tensor:
    if student.parallel.sequence is None or torch.is_grad_enabled():
        return losses_M
    losses_N = torch.zeros_like(weights_N, dtype=losses_M.dtype)
    losses_N[part.trained_here] = losses_M
    return student.parallel.sequence.sum(losses_N)
