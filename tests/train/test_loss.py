"""Chunked cross-entropy against the plain one."""

from __future__ import annotations

import pytest
import torch

from pipeline.train.loss import chunked_cross_entropy


def _problem(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    hidden_NH = torch.randn(37, 24, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
    head_VH = torch.randn(101, 24, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
    targets_N = torch.randint(0, 101, (37,), generator=generator)
    weights_N = torch.rand(37, generator=generator, dtype=torch.float64).to(dtype)
    return hidden_NH, head_VH, targets_N, weights_N


def _plain(
    hidden_NH: torch.Tensor, head_VH: torch.Tensor, targets_N: torch.Tensor, weights_N: torch.Tensor
) -> torch.Tensor:
    losses_N = torch.nn.functional.cross_entropy(hidden_NH @ head_VH.T, targets_N, reduction="none")
    return (losses_N * weights_N).sum()


@pytest.mark.parametrize("chunk_tokens", [1, 8, 37, 1000])
def test_chunked_loss_equals_plain_loss_and_gradients(chunk_tokens: int) -> None:
    hidden_NH, head_VH, targets_N, weights_N = _problem(torch.float64)
    chunked = chunked_cross_entropy(hidden_NH, head_VH, targets_N, weights_N, chunk_tokens=chunk_tokens) / 7
    plain = _plain(hidden_NH, head_VH, targets_N, weights_N) / 7
    grads = torch.autograd.grad(chunked, (hidden_NH, head_VH))
    expected = torch.autograd.grad(plain, (hidden_NH, head_VH))
    assert chunked.item() == pytest.approx(plain.item(), rel=1e-13)
    for grad, wanted in zip(grads, expected, strict=True):
        assert float(wanted.abs().max()) > 0.01
        assert torch.allclose(grad, wanted, rtol=1e-12, atol=1e-14)


def test_chunked_loss_passes_numerical_differentiation() -> None:
    hidden_NH, head_VH, targets_N, weights_N = _problem(torch.float64)
    small = hidden_NH[:5].detach().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda h, w: chunked_cross_entropy(h, w, targets_N[:5], weights_N[:5], chunk_tokens=2), (small, head_VH)
    )


def test_chunked_loss_in_bfloat16_sums_in_float32() -> None:
    hidden_NH, head_VH, targets_N, weights_N = _problem(torch.bfloat16)
    chunked = chunked_cross_entropy(hidden_NH, head_VH, targets_N, weights_N, chunk_tokens=8)
    wanted = _plain(hidden_NH.double(), head_VH.double(), targets_N, weights_N.double())
    assert chunked.dtype is torch.float32
    assert chunked.item() == pytest.approx(wanted.item(), rel=1e-2)


def test_frozen_head_gets_no_gradient() -> None:
    hidden_NH, head_VH, targets_N, weights_N = _problem(torch.float64)
    loss = chunked_cross_entropy(hidden_NH, head_VH.detach(), targets_N, weights_N, chunk_tokens=8)
    loss.backward()
    assert head_VH.grad is None
    assert hidden_NH.grad is not None
    assert float(hidden_NH.grad.abs().max()) > 0.01


def test_memory_of_logits_is_one_chunk() -> None:
    # 4,096 positions × 8,192 words in float32 would be 128 MiB a copy; one chunk of 64 is 2 MiB.
    hidden_NH = torch.randn(4096, 8, requires_grad=True)
    head_VH = torch.randn(8192, 8, requires_grad=True)
    targets_N, weights_N = torch.zeros(4096, dtype=torch.long), torch.ones(4096)
    with torch.profiler.profile(profile_memory=True) as profile:
        chunked_cross_entropy(hidden_NH, head_VH, targets_N, weights_N, chunk_tokens=64).backward()
    largest = max(event.cpu_memory_usage for event in profile.events())
    assert 0 < largest < 16 * 2**20
