"""The weight of a trained token in the loss of an optimizer step.

Takes the number of trained tokens and the `loss_weight` of every row of the *whole* step: all packs, all accumulations,
all ranks. These are known before any forward pass, so every rank computes the same weights without communication.
Returns one number per row. Pure. The loop uses it once per step.

The loss of a step is therefore a plain sum over its tokens, and so is its gradient. Packs, accumulations and ranks add
up (ranks by a *sum* of gradients, not a mean), and the division of rows among them changes nothing. With N_i the
trained tokens of row i, ℓ_ij their losses, w_i the row's `loss_weight` and M the number of rows with trained tokens:

    token      L = Σ_i w_i Σ_j ℓ_ij / Σ_i N_i
    sequence   L = 1/M Σ_i w_i (1/N_i) Σ_j ℓ_ij        LongAlign, arXiv 2401.18058, equation 2

LongAlign's equation 4 states the second one differently: it scales each sequence in a batch of K packs by K / (N_i M)
and takes the mean over the packs. With a sum over the packs, the factor is 1 / (N_i M). In a corpus row of continued
pre-training, every token except the piece's first is trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.config.loss import LossWeighting


def row_token_weights(
    num_targets: Sequence[int], loss_weights: Sequence[float], *, weighting: LossWeighting
) -> tuple[float, ...]:
    """Return the weight of a trained token for each row of a step.

    Args:
        num_targets: trained tokens of each row; a row without any gets weight 0.
        loss_weights: loss weight of each row.
        weighting: whether all tokens or all rows count the same.
    """
    if len(num_targets) != len(loss_weights):
        raise ValueError(f"{len(num_targets)} rows with {len(loss_weights)} loss weights")
    if not any(num_targets):
        raise ValueError("a step without a trained token has no loss")
    if weighting is LossWeighting.TOKEN:
        total = sum(num_targets)
        return tuple(weight / total if n else 0.0 for n, weight in zip(num_targets, loss_weights, strict=True))
    num_rows = sum(n > 0 for n in num_targets)
    return tuple(weight / (num_rows * n) if n else 0.0 for n, weight in zip(num_targets, loss_weights, strict=True))


def position_weights(token_weights: Sequence[float], num_targets: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return the weight of each trained position of a pack, in the pack's order of rows.

    The weights are float64: a step's weights add up to 1, and float32 would lose that at a million tokens.
    """
    return np.repeat(np.asarray(token_weights, dtype=np.float64), np.asarray(num_targets, dtype=np.int64))
