"""The student's forward pass: documents apart, packing without effect, patterns in training and not in validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_families import RECIPES, write_family
from small_student import small_recipe, write_small_model

from pipeline.train.attention.placement import model_attention
from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.model.forward import final_hidden_states, idle_pass, pack_loss, score_targets
from pipeline.train.model.student import Student, build_student

CPU = torch.device("cpu")
PATTERNS = ("full", "s2", "sliding window", "dilated", "strided", "local and global")
FAMILY_PATTERNS = [*(("llama", name) for name in PATTERNS), *(("gemma3", name) for name in PATTERNS), ("mamba", "full")]
MakeStudent = Callable[[str, str], Student]


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
def make_student(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeStudent:
    """A small student of a family in float64, training, with adapters that are not zero."""

    def make(family: str, pattern: str) -> Student:
        if family == "llama":
            reference, rope = write_small_model(tmp_path / family), {"method": "yarn", "factor": 2.0}
        else:
            reference, rope = write_family(family, tmp_path / family), {"method": "none"}
        attention = RECIPES[pattern].model_dump(mode="json")
        recipe = small_recipe(reference, rope=rope, attention=attention, tuning={"rank": 4}).finetune
        built = build_student(reference, recipe, seed=1)
        torch.manual_seed(2)
        for name, parameter in built.model.named_parameters():
            parameter.data = parameter.data.double()
            if "lora_B" in name:
                parameter.data = torch.randn_like(parameter) * 0.1
        # Gemma's norms add up their weights' gradients in float32, whatever the model's dtype.
        monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
        built.model.train()
        return replace(built, dtype=torch.float64)

    return make


def _loss_and_gradients(
    student: Student, packs: Sequence[Sequence[TokenizedRow]]
) -> tuple[float, Mapping[str, torch.Tensor]]:
    student.model.zero_grad()
    total = 0.0
    for rows in packs:
        batch = collate(rows, device=CPU)
        loss = pack_loss(student, batch, [row.loss_weight for row in rows], z_loss=0.0, chunk_tokens=8).loss
        loss.backward()
        total += float(loss.detach())
    return total, {name: p.grad.clone() for name, p in student.trainables().items() if p.grad is not None}


@pytest.mark.parametrize(("family", "pattern"), FAMILY_PATTERNS)
def test_token_of_one_document_alters_nothing_in_another(make_student: MakeStudent, family: str, pattern: str) -> None:
    student = make_student(family, pattern)
    first, second, third = _rows((40, 60, 30))
    changed_ids = second.ids_T.copy()
    changed_ids[5] = (changed_ids[5] + 1) % 256
    changed = replace(second, ids_T=changed_ids)
    with torch.no_grad():
        before = final_hidden_states(student, collate([first, second, third], device=CPU))
        after = final_hidden_states(student, collate([first, changed, third], device=CPU))
    moved = (before - after).abs().amax(dim=-1)
    assert float(moved[:45].max()) == 0.0, "nothing before the changed token moves"
    assert float(moved[45:47].min()) > 1e-9, "it and what sees it do"
    assert float(moved[100:].max()) == 0.0, "nothing in the next document does"


@pytest.mark.parametrize(("family", "pattern"), FAMILY_PATTERNS)
def test_packed_loss_and_gradients_equal_unpacked(make_student: MakeStudent, family: str, pattern: str) -> None:
    student = make_student(family, pattern)
    rows = _rows((40, 60, 30, 2))
    packed, packed_grads = _loss_and_gradients(student, [rows])
    alone, alone_grads = _loss_and_gradients(student, [[row] for row in rows])
    assert packed == pytest.approx(alone, rel=1e-10)
    assert packed_grads.keys() == alone_grads.keys() == student.trainables().keys()
    for name, grad in packed_grads.items():
        assert float(grad.abs().max()) > 0.0, name
        assert torch.allclose(grad, alone_grads[name], rtol=1e-10, atol=1e-10), name


@pytest.mark.parametrize(("family", "pattern"), FAMILY_PATTERNS)
def test_training_lowers_the_loss(make_student: MakeStudent, family: str, pattern: str) -> None:
    student = make_student(family, pattern)
    optimizer = torch.optim.Adam(student.trainables().values(), lr=0.01)
    losses = []
    for _ in range(4):
        loss, _ = _loss_and_gradients(student, [_rows((40, 30))])
        optimizer.step()
        losses.append(loss)
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_full_pattern_equals_transformers_own_packing(make_student: MakeStudent, implementation: str) -> None:
    student = make_student("llama", "full")
    rows = _rows((40, 60, 30))
    ours, _ = _loss_and_gradients(student, [rows])
    student.model.set_attn_implementation(implementation)
    theirs, _ = _loss_and_gradients(student, [rows])
    # transformers' eager attention computes its softmax in float32, whatever the model's dtype.
    assert ours == pytest.approx(theirs, rel=1e-8)


def test_pattern_is_for_training_and_validation_sees_all(make_student: MakeStudent) -> None:
    student = make_student("llama", "s2")
    full = replace(student, attention=model_attention(student.model, RECIPES["full"], max_tokens=640))
    batch = collate(_rows((60,)), device=CPU)
    with torch.no_grad():
        sparse_training, full_training = (final_hidden_states(each, batch) for each in (student, full))
        student.model.eval()
        sparse_validation, full_validation = (final_hidden_states(each, batch) for each in (student, full))
    assert float((sparse_training - full_training).abs().max()) > 1e-3
    assert torch.equal(sparse_validation, full_validation)


def test_loss_is_the_weighted_sum_over_answer_tokens_alone(make_student: MakeStudent) -> None:
    student = make_student("llama", "full")
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


def test_pass_of_a_process_without_a_pack_gives_every_weight_a_gradient_of_zero(make_student: MakeStudent) -> None:
    student = make_student("llama", "full")
    student.model.zero_grad()
    (row,) = _rows((30,))
    loss = idle_pass(student, row)
    loss.backward()
    assert float(loss.detach()) == 0.0
    gradients = {name: p.grad for name, p in student.trainables().items()}
    assert all(gradient is not None and not gradient.any() for gradient in gradients.values()), "but there is one"


def test_targets_are_scored_as_their_logits_say(make_student: MakeStudent) -> None:
    student = make_student("llama", "full")
    student.model.eval()
    rows = _rows((24, 40))
    found = score_targets(student, collate(rows, device=CPU))
    hits, total = 0, 0.0
    with torch.no_grad():
        for row in rows:
            hidden_TH = final_hidden_states(student, collate([row], device=CPU))
            logits_TV = student.model.get_output_embeddings()(hidden_TH)[:-1]
            targets_T = torch.from_numpy(row.ids_T[1:].astype(np.int64))
            counted_T = torch.from_numpy(row.is_answer_T[1:])
            losses_T = torch.nn.functional.cross_entropy(logits_TV, targets_T, reduction="none")
            hits += int((logits_TV.argmax(dim=1) == targets_T)[counted_T].sum())
            total += float(losses_T[counted_T].sum())
    assert found.num_likeliest == hits
    assert found.cross_entropy == pytest.approx(total, rel=1e-6)


def test_lengths_seen_before_do_not_change_a_short_pack(tmp_path: Path) -> None:
    # Dynamic NTK keeps the frequencies of its longest sequence so far, unless it is reset.
    model = write_small_model(tmp_path)
    recipe = small_recipe(model, rope={"method": "dynamic", "factor": 2.0}, max_tokens=1000).finetune
    student = build_student(model, recipe, seed=1)
    student.model.eval()
    short, long = _rows((100, 900))

    def hidden(row: TokenizedRow) -> torch.Tensor:
        with torch.no_grad():
            return final_hidden_states(student, collate([row], device=CPU))

    before = hidden(short)
    hidden(long)
    assert torch.equal(hidden(short), before)
