"""LongAlign's formula holds however rows fall into packs, accumulations and ranks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.loss import LossWeighting
from pipeline.train.loss.cross_entropy import chunked_cross_entropy
from pipeline.train.loss.head import OutputHead
from pipeline.train.loss.weights import position_weights, row_token_weights

RANKS_AND_ACCUMULATIONS = [(1, 1), (1, 4), (2, 1), (2, 3), (4, 1), (4, 4)]


@st.composite
def _steps(draw: st.DrawFn) -> tuple[list[list[float]], list[float], list[list[int]]]:
    """Losses of each token of each row, row weights, and packs of rows, each row in one."""
    losses = draw(st.lists(st.lists(st.floats(0.0, 20.0), max_size=9), min_size=1, max_size=12).filter(any))
    row_weights = [draw(st.floats(0.0, 3.0)) for _ in losses]
    order = draw(st.permutations(range(len(losses))))
    cuts = sorted(draw(st.sets(st.integers(1, len(losses)), max_size=5)) - {len(losses)})
    packs = [list(order[start:end]) for start, end in zip([0, *cuts], [*cuts, len(losses)], strict=True)]
    return losses, row_weights, packs


def _sum_over_packs(
    losses: Sequence[Sequence[float]], row_weights: Sequence[float], packs: Sequence[Sequence[int]], by: LossWeighting
) -> float:
    rows = [row for pack in packs for row in pack]
    weights = dict(
        zip(
            rows,
            row_token_weights([len(losses[i]) for i in rows], [row_weights[i] for i in rows], weighting=by),
            strict=True,
        )
    )
    total = 0.0
    for pack in packs:
        laid_out = position_weights([weights[i] for i in pack], [len(losses[i]) for i in pack])
        total += float(laid_out @ np.asarray([loss for i in pack for loss in losses[i]], dtype=np.float64))
    return total


@given(_steps())
def test_sequence_weights_give_longaligns_formula_however_rows_are_packed(
    step: tuple[list[list[float]], list[float], list[list[int]]],
) -> None:
    losses, row_weights, packs = step
    trained = [(w, row) for w, row in zip(row_weights, losses, strict=True) if row]
    wanted = sum(w * sum(row) / len(row) for w, row in trained) / len(trained)
    assert _sum_over_packs(losses, row_weights, packs, LossWeighting.SEQUENCE) == pytest.approx(wanted, abs=1e-10)
    # As the paper states it: scale row i of K packs by K / (N_i M), and take the mean over the packs.
    scale = len(packs) / len(trained)
    scaled = [sum(row_weights[i] * scale / len(losses[i]) * sum(losses[i]) for i in p if losses[i]) for p in packs]
    assert sum(scaled) / len(packs) == pytest.approx(wanted, abs=1e-10)


@given(_steps())
def test_token_weights_give_the_mean_over_the_steps_tokens(
    step: tuple[list[list[float]], list[float], list[list[int]]],
) -> None:
    losses, row_weights, packs = step
    wanted = sum(w * sum(row) for w, row in zip(row_weights, losses, strict=True)) / sum(map(len, losses))
    assert _sum_over_packs(losses, row_weights, packs, LossWeighting.TOKEN) == pytest.approx(wanted, abs=1e-10)


def test_the_two_weightings_differ_where_rows_differ_in_length() -> None:
    assert row_token_weights([1, 3], [1.0, 1.0], weighting=LossWeighting.TOKEN) == (0.25, 0.25)
    assert row_token_weights([1, 3], [1.0, 2.0], weighting=LossWeighting.SEQUENCE) == pytest.approx((1 / 2, 2 / 6))
    assert row_token_weights([0, 4], [1.0, 1.0], weighting=LossWeighting.SEQUENCE) == (0.0, 0.25)


def test_weights_that_fit_no_step_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 token counts but 1 loss weights"):
        row_token_weights([1, 2], [1.0], weighting=LossWeighting.TOKEN)
    with pytest.raises(ValueError, match="no trained tokens"):
        row_token_weights([0, 0], [1.0, 1.0], weighting=LossWeighting.SEQUENCE)


def _row(index: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(index)
    num_targets = 1 + 5 * index % 13
    hidden_NH = torch.randn(num_targets, 6, generator=generator, dtype=torch.float64)
    return hidden_NH, torch.randint(0, 17, (num_targets,), generator=generator)


@pytest.mark.parametrize(("num_ranks", "num_accumulations"), RANKS_AND_ACCUMULATIONS)
def test_gradients_summed_over_ranks_and_accumulations_are_those_of_the_formula(
    num_ranks: int, num_accumulations: int
) -> None:
    # Each rank sees its own packs only; all know the lengths of the whole step.
    rows = [_row(index) for index in range(16)]
    row_weights = [1.0 + 0.25 * (index % 3) for index in range(16)]
    weight_VH = torch.randn(17, 6, generator=torch.Generator().manual_seed(99), dtype=torch.float64).requires_grad_()

    mean_losses = [torch.nn.functional.cross_entropy(hidden @ weight_VH.T, targets) for hidden, targets in rows]
    formula = torch.stack([w * loss for w, loss in zip(row_weights, mean_losses, strict=True)]).mean()
    (wanted,) = torch.autograd.grad(formula, weight_VH)

    token_weights = row_token_weights(
        [targets.numel() for _, targets in rows], row_weights, weighting=LossWeighting.SEQUENCE
    )
    num_packs = num_ranks * num_accumulations
    packs = [list(range(start, 16, num_packs)) for start in range(num_packs)]
    head = OutputHead(weight_VH, None, 1.0, None)
    total, summed = 0.0, torch.zeros_like(weight_VH)
    for pack in packs:
        weights_N = torch.from_numpy(
            position_weights([token_weights[i] for i in pack], [rows[i][1].numel() for i in pack])
        )
        loss = chunked_cross_entropy(
            torch.cat([rows[i][0] for i in pack]),
            head,
            torch.cat([rows[i][1] for i in pack]),
            weights_N,
            z_loss=0.0,
            chunk_tokens=4,
        ).loss
        summed += torch.autograd.grad(loss, weight_VH)[0]
        total += loss.item()
    assert total == pytest.approx(formula.item(), rel=1e-12)
    assert float(wanted.abs().max()) > 0.01
    assert torch.allclose(summed, wanted, rtol=1e-10, atol=1e-12)
