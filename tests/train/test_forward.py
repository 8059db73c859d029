"""Packed documents do not see each other, and packing changes neither loss nor gradients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from small_student import small_recipe, write_small_model

from pipeline.train.attention import DOCUMENT_ATTENTION
from pipeline.train.batch import collate
from pipeline.train.forward import answer_loss_sum, final_hidden_states
from pipeline.train.model import Student, build_student
from pipeline.train.rows import TokenizedRow

CPU = torch.device("cpu")
IMPLEMENTATIONS = (DOCUMENT_ATTENTION, "sdpa", "eager")


def _rows(lengths: tuple[int, ...]) -> list[TokenizedRow]:
    random = np.random.default_rng(7)
    return [
        TokenizedRow(
            row_id=f"r{i}",
            ids_T=random.integers(0, 256, n).astype(np.int32),
            is_answer_T=np.arange(n) >= n // 2,
            loss_weight=1.0 + i,
        )
        for i, n in enumerate(lengths)
    ]


@pytest.fixture
def student(tmp_path: Path) -> Student:
    """The small model in float64, with adapters that are not zero."""
    recipe = small_recipe(write_small_model(tmp_path / "model"), gradient_checkpointing=True, lora={"rank": 4})
    built = build_student(recipe.finetune.model, recipe.finetune, seed=1)
    torch.manual_seed(2)
    for name, parameter in built.model.named_parameters():
        parameter.data = parameter.data.double()
        if "lora_B" in name:
            parameter.data = torch.randn_like(parameter) * 0.1
    built.model.train()
    return Student(
        built.model, built.adapted, built.scaling, torch.float64, CPU, built.num_parameters, built.inv_freq_error
    )


def _loss_and_gradients(student: Student, packs: list[list[TokenizedRow]]) -> tuple[float, dict[str, torch.Tensor]]:
    student.model.zero_grad()
    total = 0.0
    for rows in packs:
        batch = collate(rows, device=CPU)
        loss = answer_loss_sum(student, batch, batch.weights_N, chunk_tokens=8)
        loss.backward()
        total += float(loss.detach())
    return total, {name: p.grad.clone() for name, p in student.trainables().items() if p.grad is not None}


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_token_of_one_document_alters_nothing_in_another(student: Student, implementation: str) -> None:
    student.model.set_attn_implementation(implementation)
    first, second, third = _rows((40, 60, 30))
    changed_ids = second.ids_T.copy()
    changed_ids[5] = (changed_ids[5] + 1) % 256
    changed = TokenizedRow(second.row_id, changed_ids, second.is_answer_T, second.loss_weight)
    with torch.no_grad():
        before = final_hidden_states(student, collate([first, second, third], device=CPU))
        after = final_hidden_states(student, collate([first, changed, third], device=CPU))
    moved = (before - after).abs().amax(dim=-1)
    assert float(moved[:45].max()) == 0.0, "nothing before the changed token moves"
    assert float(moved[45:100].min()) > 1e-9, "everything after it in its document does"
    assert float(moved[100:].max()) == 0.0, "nothing in the next document does"


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_packed_loss_and_gradients_equal_unpacked(student: Student, implementation: str) -> None:
    student.model.set_attn_implementation(implementation)
    rows = _rows((40, 60, 30, 2))
    packed, packed_grads = _loss_and_gradients(student, [rows])
    alone, alone_grads = _loss_and_gradients(student, [[row] for row in rows])
    assert packed == pytest.approx(alone, rel=1e-10)
    assert packed_grads.keys() == alone_grads.keys() == student.trainables().keys()
    for name, grad in packed_grads.items():
        assert float(grad.abs().max()) > 0.0, name
        assert torch.allclose(grad, alone_grads[name], rtol=1e-10, atol=1e-10), name


def test_document_attention_equals_the_stock_implementations(student: Student) -> None:
    rows = _rows((40, 60, 30))
    losses = []
    for implementation in IMPLEMENTATIONS:
        student.model.set_attn_implementation(implementation)
        losses.append(_loss_and_gradients(student, [rows])[0])
    # Eager attention computes its softmax in float32, whatever the model's dtype.
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-8)


def test_loss_is_the_weighted_sum_over_answer_tokens_alone(student: Student) -> None:
    rows = _rows((40, 60))
    packed, _ = _loss_and_gradients(student, [rows])
    expected = 0.0
    for row in rows:
        with torch.no_grad():
            logits = student.model(input_ids=torch.tensor(row.ids_T[None].astype(np.int64)), use_cache=False).logits[0]
        log_probabilities = logits.log_softmax(-1)
        answer = [i for i in range(1, row.num_tokens) if row.is_answer_T[i]]
        expected -= row.loss_weight * sum(float(log_probabilities[i - 1, row.ids_T[i]]) for i in answer)
    assert packed == pytest.approx(expected, rel=1e-10)
