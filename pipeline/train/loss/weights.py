"""What a trained token weighs in the loss of an optimizer step.

In: the number of trained tokens and the `loss_weight` of every row of the *whole* step, that is of all packs, of all
accumulations, on all ranks. Lengths alone decide, so every rank computes the same before any forward pass and nothing
is communicated. Out: one number a row. Pure; used by the loop once a step.

The loss of a step is then a plain sum over its tokens, and so is its gradient: packs, accumulations and ranks add up
(ranks by a *sum* of gradients, not a mean), and how rows fall into them changes nothing. With N_i the trained tokens of
row i, ℓ_ij their losses, w_i the row's `loss_weight` and M the rows that train a token:

    token      L = Σ_i w_i Σ_j ℓ_ij / Σ_i N_i
    sequence   L = 1/M Σ_i w_i (1/N_i) Σ_j ℓ_ij        LongAlign, arXiv 2401.18058, equation 2

LongAlign's equation 4 states the second by scaling each sequence of a batch of K packs by K / (N_i M) and taking the
mean over the packs; with the sum over the packs the factor is 1 / (N_i M). A corpus row of continued pre-training is
the case in which every token but a document's first is trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.config.loss import LossWeighting


def row_token_weights(
    num_targets: Sequence[int], loss_weights: Sequence[float], *, weighting: LossWeighting
) -> tuple[float, ...]:
    """The weight of each trained token of each row of a step.

    Args:
        num_targets: trained tokens of each row; a row may have none, and then weighs nothing.
        loss_weights: of each row.
        weighting: what weighs the same.
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
    """Lay row weights out over the trained positions of a pack, in the pack's order of rows.

    In float64: a step's weights add up to 1, and single precision would lose that at a million tokens.
    """
    return np.repeat(np.asarray(token_weights, dtype=np.float64), np.asarray(num_targets, dtype=np.int64))
