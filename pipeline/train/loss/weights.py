"""Computes the weight that each trained token has in the loss of an optimizer step.

Takes the number of trained tokens and the `loss_weight` of every row of the *whole* step: all packs, all accumulations,
all ranks. These are known before any forward pass, so every rank computes the same weights without communication.
`row_token_weights` returns one number per row; the training loop calls it once per step. `position_weights` repeats the
numbers for every trained position of one pack. Pure.

The loss of a step is therefore a plain sum over its tokens, and the gradient is a plain sum as well. Packs,
accumulations and ranks add up (ranks *sum* their gradients instead of averaging them), so it does not matter how the
rows are divided among them. N_i is the number of trained tokens of row i, ℓ_ij the loss of trained token j of row i,
w_i the row's `loss_weight`, and M the number of rows with trained tokens:

    token      L = Σ_i w_i Σ_j ℓ_ij / Σ_i N_i
    sequence   L = 1/M Σ_i w_i (1/N_i) Σ_j ℓ_ij        LongAlign, arXiv 2401.18058, equation 2

LongAlign's equation 4 states `sequence` differently: it scales each sequence in a batch of K packs by K / (N_i M) and
takes the mean over the packs. With a sum over the packs, the factor is 1 / (N_i M). In a corpus row (continued
pre-training), every token except the first is trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.config.loss import LossWeighting


def row_token_weights(
    num_targets: Sequence[int], loss_weights: Sequence[float], *, weighting: LossWeighting
) -> tuple[float, ...]:
    """Return, for each row of a step, the weight of each of its trained tokens.

    Args:
        num_targets: number of trained tokens of each row; a row without trained tokens gets weight 0.
        loss_weights: loss weight of each row.
        weighting: whether all tokens or all rows count the same.

    Raises:
        ValueError: the arguments have different lengths, or no row has a trained token.
    """
    if len(num_targets) != len(loss_weights):
        raise ValueError(f"got {len(num_targets)} token counts but {len(loss_weights)} loss weights")
    if not any(num_targets):
        raise ValueError("the step has no trained tokens")
    if weighting is LossWeighting.TOKEN:
        total = sum(num_targets)
        return tuple(weight / total if n else 0.0 for n, weight in zip(num_targets, loss_weights, strict=True))
    num_rows = sum(n > 0 for n in num_targets)
    return tuple(weight / (num_rows * n) if n else 0.0 for n, weight in zip(num_targets, loss_weights, strict=True))


def position_weights(token_weights: Sequence[float], num_targets: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return the weight of each trained position of a pack, in row order.

    The weights are float64: if every `loss_weight` is 1, a step's weights add up to 1, and with a million tokens
    float32 would be too coarse for this sum.

    Args:
        token_weights: one number for each row of the pack, the weight of each of the row's trained tokens.
        num_targets: number of trained tokens of each row.
    """
    return np.repeat(np.asarray(token_weights, dtype=np.float64), np.asarray(num_targets, dtype=np.int64))
