"""Cross-entropy of chosen positions without the logits of all of them.

In: final hidden states at the positions whose next token is trained, and the output head. Out: one weighted sum.
Used by the training loop. Shape suffixes: N positions, H hidden size, V vocabulary, C chunk of positions.

Memory: logits of one chunk (C × V × 4 bytes) and the head's gradient (V × H), instead of N × V × 4 bytes twice. The
gradients are exact and computed while a chunk's logits are there, so the head is multiplied once forward and twice
backward, as in the plain form.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def chunked_cross_entropy(
    hidden_NH: Tensor, head_VH: Tensor, targets_N: Tensor, weights_N: Tensor, *, chunk_tokens: int
) -> Tensor:
    """Σ_n weight_n · −log softmax(hidden_n · headᵀ)[target_n], differentiable in `hidden_NH` and `head_VH`.

    Matrix products run in the dtype of `hidden_NH`; logits, sums and the head's gradient in float32, or in float64
    where the inputs are.

    Args:
        hidden_NH: hidden states after the final norm.
        head_VH: weight of the output head.
        targets_N: token ids.
        weights_N: weight of each position in the sum; not differentiated.
        chunk_tokens: positions whose logits exist at a time.
    """
    loss: Tensor = _ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]  # torch leaves `apply` untyped
        hidden_NH, head_VH, targets_N, weights_N, chunk_tokens
    )
    return loss


class _ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        hidden_NH: Tensor,
        head_VH: Tensor,
        targets_N: Tensor,
        weights_N: Tensor,
        chunk_tokens: int,
    ) -> Tensor:
        wants_hidden, wants_head = ctx.needs_input_grad[:2]
        sum_dtype = torch.float64 if hidden_NH.dtype is torch.float64 else torch.float32
        grad_hidden_NH = torch.empty_like(hidden_NH) if wants_hidden else None
        grad_head_VH = torch.zeros_like(head_VH, dtype=sum_dtype) if wants_head else None
        total = torch.zeros((), dtype=sum_dtype, device=hidden_NH.device)
        with torch.autocast(hidden_NH.device.type, enabled=False):
            head_cast_VH = head_VH.to(hidden_NH.dtype)
            for start in range(0, hidden_NH.shape[0], chunk_tokens):
                part = slice(start, start + chunk_tokens)
                hidden_CH, targets_C1 = hidden_NH[part], targets_N[part, None]
                weights_C1 = weights_N[part, None].to(sum_dtype)
                logits_CV = (hidden_CH @ head_cast_VH.T).to(sum_dtype)
                normaliser_C1 = torch.logsumexp(logits_CV, dim=-1, keepdim=True)
                total += ((normaliser_C1 - logits_CV.gather(1, targets_C1)) * weights_C1).sum()
                if not (wants_hidden or wants_head):
                    continue
                # d loss / d logits = (softmax − one-hot) · weight, written over the logits.
                grad_CV = logits_CV.sub_(normaliser_C1).exp_()
                grad_CV.scatter_add_(1, targets_C1, torch.full_like(normaliser_C1, -1.0))
                grad_cast_CV = grad_CV.mul_(weights_C1).to(hidden_NH.dtype)
                if grad_hidden_NH is not None:
                    grad_hidden_NH[part] = grad_cast_CV @ head_cast_VH
                if grad_head_VH is not None:
                    grad_head_VH += (grad_cast_CV.T @ hidden_CH).to(sum_dtype)
        ctx.save_for_backward(grad_hidden_NH, grad_head_VH)
        ctx.head_dtype = head_VH.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        grad_hidden_NH, grad_head_VH = ctx.saved_tensors
        (grad,) = grads
        return (
            None if grad_hidden_NH is None else grad_hidden_NH * grad.to(grad_hidden_NH.dtype),
            None if grad_head_VH is None else (grad_head_VH * grad).to(ctx.head_dtype),
            None,
            None,
            None,
        )
