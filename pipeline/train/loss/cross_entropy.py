"""Computes the cross-entropy at chosen positions without holding the logits of all of them at once.

Takes the final hidden states at the positions whose next token is trained, the output head, the targets and their
weights. Returns weighted sums. Used by `train.model.forward` and `rope_search.perplexity`. Shape suffixes: N positions,
H hidden size, V vocabulary, C chunk of positions.

Memory: the logits of one chunk (C × V) in float32 and in the dtype of the hidden states, and once more in float32 if
logits are capped; the head's weight (V × H), cast to the hidden states' dtype if necessary; and the gradient of the
hidden states (N × H). If the head trains, also the gradient of its weight (V × H, float32) and the part of one chunk
that is added to this gradient (V × H). Without chunks, the logits and their gradient would take N × V × 4 bytes each.

Time: gradients are computed in the forward pass, while a chunk's logits exist. The number of matrix products with the
head is the same as without chunks: one for the logits and two for the gradients. When grad mode is off, only the sums
are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pipeline.train.loss.head import OutputHead


@dataclass(frozen=True, slots=True)
class LossSums:
    """Weighted sums over the positions."""

    loss: Tensor
    """Cross-entropy plus z-loss; differentiable."""
    cross_entropy: Tensor
    """Cross-entropy alone; not differentiable."""
    position_losses_N: Tensor
    """Cross-entropy at each position, without its weight; not differentiable."""


def chunked_cross_entropy(
    hidden_NH: Tensor,
    head: OutputHead,
    targets_N: Tensor,
    weights_N: Tensor,
    *,
    z_loss: float,
    chunk_tokens: int,
) -> LossSums:
    """Return Σ_n weight_n · (log Z_n − logit_n[target_n] + z_loss · log² Z_n), Z_n = Σ_v exp(logit_n[v]).

    The formula gives the `loss` of the result; `cross_entropy` is the sum without `z_loss`. The loss is differentiable
    once, with respect to `hidden_NH` and the head's weight and bias. Matrix products run in the dtype of `hidden_NH`.
    Logits, sums and the head's gradient are float32, or float64 if the hidden states are.

    Args:
        hidden_NH: hidden states after the final norm.
        head: the output head, which turns hidden states into logits.
        targets_N: token ids to predict.
        weights_N: weight of each position in the sums; gets no gradient.
        z_loss: coefficient of log² Z (PaLM, arXiv 2204.02311, section 5).
        chunk_tokens: number of positions whose logits exist at a time.
    """
    tensors: tuple[Tensor | None, ...] = (hidden_NH, head.weight_VH, head.bias_V)
    if not torch.is_grad_enabled():
        # For an autograd function, inputs require gradients even when grad mode is off.
        tensors = tuple(None if tensor is None else tensor.detach() for tensor in tensors)
    loss, cross_entropy, position_losses_N = _ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]  # torch leaves `apply` untyped
        *tensors, targets_N, weights_N, _Settings(head.scale, head.cap, z_loss, chunk_tokens)
    )
    return LossSums(loss, cross_entropy, position_losses_N)


@dataclass(frozen=True, slots=True)
class _Settings:
    scale: float
    cap: float | None
    z_loss: float
    chunk_tokens: int


class _ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        hidden_NH: Tensor,
        weight_VH: Tensor,
        bias_V: Tensor | None,
        targets_N: Tensor,
        weights_N: Tensor,
        settings: _Settings,
    ) -> tuple[Tensor, Tensor, Tensor]:
        wants = ctx.needs_input_grad[:3]
        sum_dtype = torch.float64 if hidden_NH.dtype is torch.float64 else torch.float32
        grad_hidden_NH = torch.empty_like(hidden_NH) if wants[0] else None
        grad_weight_VH = torch.zeros_like(weight_VH, dtype=sum_dtype) if wants[1] else None
        grad_bias_V = torch.zeros_like(bias_V, dtype=sum_dtype) if bias_V is not None and wants[2] else None
        cross_entropy = torch.zeros((), dtype=sum_dtype, device=hidden_NH.device)
        z_losses = torch.zeros_like(cross_entropy)
        position_losses_N = torch.empty(hidden_NH.shape[0], dtype=sum_dtype, device=hidden_NH.device)
        with torch.autocast(hidden_NH.device.type, enabled=False):
            weight_cast_VH = weight_VH.to(hidden_NH.dtype)
            for start in range(0, hidden_NH.shape[0], settings.chunk_tokens):
                part = slice(start, start + settings.chunk_tokens)
                hidden_CH, targets_C1 = hidden_NH[part], targets_N[part, None]
                weights_C1 = weights_N[part, None].to(sum_dtype)
                logits_CV = (hidden_CH @ weight_cast_VH.T).to(sum_dtype)
                if bias_V is not None:
                    logits_CV += bias_V
                if settings.scale != 1.0:
                    logits_CV *= settings.scale
                slope_CV = None
                if settings.cap is not None:
                    ratio_CV = logits_CV.div_(settings.cap).tanh_()
                    slope_CV = ratio_CV.square().neg_().add_(1.0) if any(wants) else None
                    logits_CV = ratio_CV.mul_(settings.cap)
                wanted_C1 = logits_CV.gather(1, targets_C1)
                # From here, the logits are overwritten in place: first by exp(logit − max), then by their gradient.
                largest_C1 = logits_CV.amax(dim=1, keepdim=True)
                exp_CV = logits_CV.sub_(largest_C1).exp_()
                sum_C1 = exp_CV.sum(dim=1, keepdim=True)
                log_z_C1 = sum_C1.log() + largest_C1
                losses_C1 = log_z_C1 - wanted_C1
                position_losses_N[part] = losses_C1[:, 0]
                cross_entropy += (losses_C1 * weights_C1).sum()
                z_losses += (log_z_C1.square() * weights_C1).sum()
                if not any(wants):
                    continue
                # ∂(log Z − logit[t] + ζ log² Z) = softmax · (1 + 2 ζ log Z) − one-hot, then back through cap and scale.
                grad_CV = exp_CV.mul_(weights_C1 * (1.0 + 2.0 * settings.z_loss * log_z_C1) / sum_C1)
                grad_CV.scatter_add_(1, targets_C1, -weights_C1)
                if slope_CV is not None:
                    grad_CV *= slope_CV
                if settings.scale != 1.0:
                    grad_CV *= settings.scale
                if grad_bias_V is not None:
                    grad_bias_V += grad_CV.sum(dim=0)
                grad_cast_CV = grad_CV.to(hidden_NH.dtype)
                if grad_hidden_NH is not None:
                    torch.mm(grad_cast_CV, weight_cast_VH, out=grad_hidden_NH[part])
                if grad_weight_VH is not None:
                    grad_weight_VH += grad_cast_CV.T @ hidden_CH
        ctx.save_for_backward(grad_hidden_NH, grad_weight_VH, grad_bias_V)
        ctx.dtypes = weight_VH.dtype, sum_dtype if bias_V is None else bias_V.dtype
        ctx.mark_non_differentiable(cross_entropy, position_losses_N)
        return cross_entropy + settings.z_loss * z_losses, cross_entropy, position_losses_N

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        # In place, because a second V × H may not fit. Autograd detects the change and refuses a second backward pass.
        grad_hidden_NH, grad_weight_VH, grad_bias_V = ctx.saved_tensors
        weight_dtype, bias_dtype = ctx.dtypes
        return (
            None if grad_hidden_NH is None else grad_hidden_NH.mul_(grad),
            None if grad_weight_VH is None else grad_weight_VH.mul_(grad).to(weight_dtype),
            None if grad_bias_V is None else grad_bias_V.mul_(grad).to(bias_dtype),
            None,
            None,
            None,
        )
