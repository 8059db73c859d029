"""Chunked cross-entropy against the plain one: every kind of output head, every gradient, one chunk of memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from pipeline.train.loss.cross_entropy import chunked_cross_entropy
from pipeline.train.loss.head import OutputHead

NUM_POSITIONS, HIDDEN, VOCABULARY = 37, 24, 101
FORMS = {
    "plain": {},
    "bias": {"with_bias": True},
    "scale": {"scale": 0.25},
    "cap": {"cap": 3.0},
    "z-loss": {"z_loss": 1e-2},
    "all": {"with_bias": True, "scale": 0.6, "cap": 4.0, "z_loss": 1e-3},
}


def _problem(
    dtype: torch.dtype, *, with_bias: bool = False, scale: float = 1.0, cap: float | None = None
) -> tuple[Tensor, OutputHead, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)

    def leaf(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()

    hidden_NH, weight_VH = leaf(NUM_POSITIONS, HIDDEN), leaf(VOCABULARY, HIDDEN)
    head = OutputHead(weight_VH, leaf(VOCABULARY) if with_bias else None, scale, cap)
    targets_N = torch.randint(0, VOCABULARY, (NUM_POSITIONS,), generator=generator)
    return hidden_NH, head, targets_N, torch.rand(NUM_POSITIONS, generator=generator, dtype=torch.float64)


def _plain(hidden_NH: Tensor, head: OutputHead, targets_N: Tensor, weights_N: Tensor, z_loss: float) -> Tensor:
    logits_NV = head.logits(hidden_NH)
    losses_N = torch.nn.functional.cross_entropy(logits_NV, targets_N, reduction="none")
    return ((losses_N + z_loss * logits_NV.logsumexp(-1).square()) * weights_N).sum()


def _leaves(hidden_NH: Tensor, head: OutputHead) -> list[Tensor]:
    return [tensor for tensor in (hidden_NH, head.weight_VH, head.bias_V) if tensor is not None]


@pytest.mark.parametrize("chunk_tokens", [1, 8, NUM_POSITIONS, 1000])
@pytest.mark.parametrize("form", FORMS)
def test_chunked_loss_equals_plain_loss_and_gradients(form: str, chunk_tokens: int) -> None:
    settings = dict(FORMS[form])
    z_loss = settings.pop("z_loss", 0.0)
    hidden_NH, head, targets_N, weights_N = _problem(torch.float64, **settings)
    sums = chunked_cross_entropy(hidden_NH, head, targets_N, weights_N, z_loss=z_loss, chunk_tokens=chunk_tokens)
    plain = _plain(hidden_NH, head, targets_N, weights_N, z_loss)
    grads = torch.autograd.grad(sums.loss / 7, _leaves(hidden_NH, head))
    expected = torch.autograd.grad(plain / 7, _leaves(hidden_NH, head))
    assert sums.loss.item() == pytest.approx(plain.item(), rel=1e-12)
    assert sums.cross_entropy.item() == pytest.approx(
        _plain(hidden_NH, head, targets_N, weights_N, 0.0).item(), rel=1e-12
    )
    assert not sums.cross_entropy.requires_grad
    for grad, wanted in zip(grads, expected, strict=True):
        assert float(wanted.abs().max()) > 1e-3
        assert torch.allclose(grad, wanted, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_equal_central_differences(form: str) -> None:
    settings = dict(FORMS[form])
    z_loss = settings.pop("z_loss", 0.0)
    hidden_NH, head, targets_N, weights_N = _problem(torch.float64, **settings)
    leaves = _leaves(hidden_NH, head)

    def loss(moved: list[Tensor]) -> Tensor:
        changed = replace(head, weight_VH=moved[1], bias_V=moved[2] if len(moved) > 2 else None)
        return chunked_cross_entropy(moved[0], changed, targets_N, weights_N, z_loss=z_loss, chunk_tokens=8).loss

    grads = torch.autograd.grad(loss(leaves), leaves)
    for index, grad in enumerate(grads):
        direction = torch.randn(grad.shape, generator=torch.Generator().manual_seed(index), dtype=torch.float64)
        step = 1e-5
        ahead, behind = (
            [leaf + sign * step * direction if i == index else leaf for i, leaf in enumerate(leaves)]
            for sign in (1.0, -1.0)
        )
        with torch.no_grad():
            slope = float(loss(ahead) - loss(behind)) / (2 * step)
        assert abs(slope) > 1e-3
        assert float((grad * direction).sum()) == pytest.approx(slope, rel=1e-6)


def test_loss_stays_finite_where_logits_are_large() -> None:
    hidden_NH, head, targets_N, weights_N = _problem(torch.float64)
    sums = chunked_cross_entropy(hidden_NH * 1e4, head, targets_N, weights_N, z_loss=0.0, chunk_tokens=8)
    plain = _plain(hidden_NH * 1e4, head, targets_N, weights_N, 0.0)
    assert plain.item() > 1e4
    assert sums.loss.item() == pytest.approx(plain.item(), rel=1e-12)


def test_chunked_loss_in_bfloat16_sums_in_float32() -> None:
    hidden_NH, head, targets_N, weights_N = _problem(torch.bfloat16)
    sums = chunked_cross_entropy(hidden_NH, head, targets_N, weights_N, z_loss=0.0, chunk_tokens=8)
    exact_head = replace(head, weight_VH=head.weight_VH.double())
    wanted = _plain(hidden_NH.double(), exact_head, targets_N, weights_N, 0.0)
    assert sums.loss.dtype is torch.float32
    assert sums.loss.item() == pytest.approx(wanted.item(), rel=1e-2)


def test_frozen_head_gets_no_gradient() -> None:
    hidden_NH, head, targets_N, weights_N = _problem(torch.float64)
    frozen = replace(head, weight_VH=head.weight_VH.detach())
    chunked_cross_entropy(hidden_NH, frozen, targets_N, weights_N, z_loss=0.0, chunk_tokens=8).loss.backward()
    assert head.weight_VH.grad is None
    assert hidden_NH.grad is not None
    assert float(hidden_NH.grad.abs().max()) > 0.01


def test_second_backward_pass_is_refused_rather_than_wrong() -> None:
    hidden_NH, head, targets_N, weights_N = _problem(torch.float64)
    loss = chunked_cross_entropy(hidden_NH, head, targets_N, weights_N, z_loss=0.0, chunk_tokens=8).loss
    loss.backward(gradient=torch.tensor(0.5, dtype=torch.float64), retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def _largest_allocation(profile: torch.profiler.profile) -> int:
    return max(event.cpu_memory_usage for event in profile.events())


def _big_problem() -> tuple[Tensor, OutputHead, Tensor, Tensor]:
    head = OutputHead(torch.randn(8192, 8, requires_grad=True), None, 1.0, None)
    return torch.randn(4096, 8, requires_grad=True), head, torch.zeros(4096, dtype=torch.long), torch.ones(4096)


def test_memory_of_logits_is_one_chunk() -> None:
    # 4,096 positions × 8,192 words in float32 would be 128 MiB a copy; one chunk of 64 is 2 MiB.
    hidden_NH, head, targets_N, weights_N = _big_problem()
    with torch.profiler.profile(profile_memory=True) as profile:
        chunked_cross_entropy(hidden_NH, head, targets_N, weights_N, z_loss=1e-4, chunk_tokens=64).loss.backward()
    assert 2 * 2**20 <= _largest_allocation(profile) < 4 * 2**20


def test_scoring_without_gradients_computes_none() -> None:
    hidden_NH, head, targets_N, weights_N = _big_problem()
    with torch.profiler.profile() as trained:
        loss = chunked_cross_entropy(hidden_NH, head, targets_N, weights_N, z_loss=0.0, chunk_tokens=1024).loss
    with torch.no_grad(), torch.profiler.profile() as scored:
        score = chunked_cross_entropy(hidden_NH, head, targets_N, weights_N, z_loss=0.0, chunk_tokens=1024).loss
    products = [
        sum(event.count for event in profile.key_averages() if event.key == "aten::mm") for profile in (trained, scored)
    ]
    assert score.item() == loss.item()
    assert products == [12, 4], "forward and two gradients, four chunks; forward alone"
