"""A step's loss and gradient, in float64, however its rows fall into packs; and against the library's own loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_student import small_recipe, write_small_model

from pipeline.config.loss import LossWeighting
from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.loss.weights import row_token_weights
from pipeline.train.model.forward import pack_loss
from pipeline.train.model.student import Student, build_student

LENGTHS = (40, 61, 30, 2, 17)
PACKINGS = {"one": [[0, 1, 2, 3, 4]], "two": [[3, 1], [4, 0, 2]], "alone": [[4], [3], [2], [1], [0]]}
Z_LOSS = 1e-3


def _student(folder: Path, tuning: dict[str, object]) -> Student:
    recipe = small_recipe(write_small_model(folder), tuning=tuning).finetune
    student = build_student(recipe.model, recipe, seed=1)
    torch.manual_seed(2)
    for name, parameter in student.model.named_parameters():
        parameter.data = parameter.data.double()
        if "lora_B" in name:
            parameter.data = torch.randn_like(parameter) * 0.1
    student.model.train()
    return replace(student, dtype=torch.float64)


def _rows(*, documents: bool) -> list[TokenizedRow]:
    """Rows with an answer at the end; or documents, of which every token is trained."""
    random = np.random.default_rng(7)
    ids = [random.integers(0, 256, n).astype(np.int32) for n in LENGTHS]
    return [
        TokenizedRow(
            f"r{i}", ids_T, np.arange(ids_T.size) >= (0 if documents else ids_T.size // 2), 1.0 + 0.5 * (i % 2)
        )
        for i, ids_T in enumerate(ids)
    ]


def _step(
    student: Student, rows: Sequence[TokenizedRow], packing: Sequence[Sequence[int]], weighting: LossWeighting
) -> tuple[float, dict[str, torch.Tensor]]:
    student.model.zero_grad()
    counts = [int(row.is_answer_T[1:].sum()) for row in rows]
    weights = row_token_weights(counts, [row.loss_weight for row in rows], weighting=weighting)
    total = 0.0
    for pack in packing:
        batch = collate([rows[i] for i in pack], device=student.device)
        sums = pack_loss(student, batch, [weights[i] for i in pack], z_loss=Z_LOSS, chunk_tokens=8)
        sums.loss.backward()
        total += sums.loss.item()
    return total, {name: p.grad.clone() for name, p in student.trainables().items() if p.grad is not None}


def _plain(
    student: Student, rows: Sequence[TokenizedRow], weighting: LossWeighting
) -> tuple[float, dict[str, torch.Tensor]]:
    """The formulas by transformers' logits and torch's cross-entropy, row by row."""
    student.model.zero_grad()
    counts = [int(row.is_answer_T[1:].sum()) for row in rows]
    total = torch.zeros((), dtype=torch.float64)
    for row, count in zip(rows, counts, strict=True):
        ids_T = torch.from_numpy(row.ids_T.astype(np.int64))
        logits_TV = student.model(input_ids=ids_T[None], use_cache=False).logits[0, :-1]
        wanted_T = torch.from_numpy(row.is_answer_T[1:])
        losses_T = torch.nn.functional.cross_entropy(logits_TV, ids_T[1:], reduction="none")
        losses_T = losses_T + Z_LOSS * logits_TV.logsumexp(-1).square()
        share = 1 / sum(counts) if weighting is LossWeighting.TOKEN else 1 / (len(rows) * count)
        total = total + row.loss_weight * share * losses_T[wanted_T].sum()
    total.backward()
    return total.item(), {name: p.grad.clone() for name, p in student.trainables().items() if p.grad is not None}


@pytest.mark.parametrize("weighting", LossWeighting)
@pytest.mark.parametrize("documents", [False, True], ids=["answers", "documents"])
@pytest.mark.parametrize("tuning", [{"rank": 4}, {"method": "full"}], ids=["lora", "full"])
def test_step_is_the_formula_however_rows_are_packed(
    tmp_path: Path, tuning: dict[str, object], documents: bool, weighting: LossWeighting
) -> None:
    student = _student(tmp_path, tuning)
    rows = _rows(documents=documents)
    wanted, wanted_grads = _plain(student, rows, weighting)
    assert wanted > 1.0
    for packing in PACKINGS.values():
        loss, grads = _step(student, rows, packing, weighting)
        assert loss == pytest.approx(wanted, rel=1e-10)
        assert grads.keys() == wanted_grads.keys() == student.trainables().keys()
        for name, grad in grads.items():
            assert float(grad.abs().max()) > 0.0, name
            assert torch.allclose(grad, wanted_grads[name], rtol=1e-10, atol=1e-10), name


def test_every_next_token_within_a_document_is_trained_and_none_across() -> None:
    rows = _rows(documents=True)
    batch = collate(rows, device=torch.device("cpu"))
    assert batch.num_targets == tuple(n - 1 for n in LENGTHS)
    ends = set(np.cumsum(LENGTHS) - 1)
    predictors = batch.predictors_N.tolist()
    assert predictors == [t for t in range(sum(LENGTHS)) if t not in ends]
    assert torch.equal(batch.targets_N, batch.ids_1T[0, batch.predictors_N + 1])
