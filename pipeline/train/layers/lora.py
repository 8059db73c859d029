"""A frozen linear layer with a LoRA adapter as one autograd function: computes what PEFT does, with fewer copies.

Takes activations and the weights of one adapted layer. Returns `x Wᵀ + b + s · (x Aᵀ) Bᵀ` (LoRA, arXiv 2106.09685,
section 4.1). Used by `train.layers.fused`. Shape suffixes: N tokens, I inputs, O outputs, R rank.

PEFT first casts the activations to the adapter's float32, from which autocast casts them back, and needs two more
tensors of the output's size to scale and add. Without autocast, it runs the adapter in float32 and saves the float32
copy for the backward pass. This function adds the adapter's product to the layer's result in place. For the backward
pass, it saves the weights, the activations (N × I) and their product with A (N × R).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def lora_linear(
    x: Tensor, weight_OI: Tensor, bias_O: Tensor | None, down_RI: Tensor, up_OR: Tensor, *, scaling: float
) -> Tensor:
    """Return the output of a frozen linear layer with a low-rank adapter; differentiable in `x`, `down_RI` and `up_OR`.

    Matrix products run in autocast's dtype if autocast is on and `x` is not float64, else in the dtype of `x`. Other
    tensors are cast to that dtype.

    Args:
        x: activations; their last dimension is I.
        weight_OI: frozen weight, W.
        bias_O: frozen bias, b.
        down_RI: adapter weight A.
        up_OR: adapter weight B.
        scaling: s; alpha ÷ rank, or alpha ÷ √rank with rsLoRA.
    """
    y: Tensor = _LoraLinear.apply(  # type: ignore[no-untyped-call]  # torch leaves `apply` untyped
        x, weight_OI, bias_O, down_RI, up_OR, scaling
    )
    return y


def _product_dtype(x: Tensor) -> torch.dtype:
    """Return the dtype of matrix products with `x`: autocast's if autocast is on and `x` is not float64, else `x`'s."""
    device = x.device.type
    if torch.is_autocast_enabled(device) and x.dtype is not torch.float64:
        return torch.get_autocast_dtype(device)
    return x.dtype


class _LoraLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        x: Tensor,
        weight_OI: Tensor,
        bias_O: Tensor | None,
        down_RI: Tensor,
        up_OR: Tensor,
        scaling: float,
    ) -> Tensor:
        dtype = _product_dtype(x)
        with torch.autocast(x.device.type, enabled=False):
            x_NI = x.reshape(-1, x.shape[-1]).to(dtype)
            reduced_NR = x_NI @ down_RI.to(dtype).T
            bias = None if bias_O is None else bias_O.to(dtype)
            y_NO = torch.nn.functional.linear(x_NI, weight_OI.to(dtype), bias)
            y_NO.addmm_(reduced_NR, up_OR.to(dtype).T, alpha=scaling)
        ctx.save_for_backward(x_NI, reduced_NR, weight_OI, down_RI, up_OR)
        ctx.scaling, ctx.x_shape, ctx.x_dtype = scaling, x.shape, x.dtype
        return y_NO.view(*x.shape[:-1], weight_OI.shape[0])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x_NI, reduced_NR, weight_OI, down_RI, up_OR = ctx.saved_tensors
        dtype = x_NI.dtype
        grad_x = grad_down_RI = grad_up_OR = None
        with torch.autocast(grad.device.type, enabled=False):
            grad_NO = grad.reshape(-1, grad.shape[-1]).to(dtype)
            grad_reduced_NR = (grad_NO @ up_OR.to(dtype)).mul_(ctx.scaling)
            if ctx.needs_input_grad[0]:
                grad_NI = grad_NO @ weight_OI.to(dtype)
                grad_NI.addmm_(grad_reduced_NR, down_RI.to(dtype))
                grad_x = grad_NI.to(ctx.x_dtype).view(ctx.x_shape)
            if ctx.needs_input_grad[3]:
                grad_down_RI = (grad_reduced_NR.T @ x_NI).to(down_RI.dtype)
            if ctx.needs_input_grad[4]:
                grad_up_OR = (grad_NO.T @ reduced_NR).mul_(ctx.scaling).to(up_OR.dtype)
        return grad_x, None, None, grad_down_RI, grad_up_OR, None
