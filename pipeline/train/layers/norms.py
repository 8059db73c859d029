"""RMS normalisation in blocks of rows: computes what the models' own modules do, without float32 copies of a pack.

Takes hidden states and a weight. Returns `x · rsqrt(mean(x²) + ε) · w` (arXiv 1910.07467, equation 4) in the dtype of
`x`. Used by `train.layers.fused`. Shape suffixes: N rows (one for each normalised vector), H hidden size, B rows in a
block.

Trained weights are float32, so most stock modules return float32 for a bfloat16 pack, and the result must be cast back.
For the backward pass, they save one or two float32 tensors of the pack's size (one in Llama, two in Gemma 3). This
function computes in float32 as well, but block by block. It saves only `x`, the weight and one number per row.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_CPU_BLOCK_ROWS = 512
"""Rows in a block on a CPU: enough rows that the loop costs little, few enough that a block fits a core's cache."""
_GPU_BLOCK_NUMBERS = 1 << 24
"""Numbers in a block on a GPU: a kernel over 64 MiB takes much longer than its launch. At most four temporaries of this
size exist at a time."""


def rms_norm(x: Tensor, weight_H: Tensor, *, epsilon: float) -> Tensor:
    """Return `x` with its last dimension RMS-normalised; differentiable in `x` and `weight_H`."""
    y: Tensor = _RmsNorm.apply(x, weight_H, epsilon)  # type: ignore[no-untyped-call]  # torch leaves `apply` untyped
    return y


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        x: Tensor,
        weight_H: Tensor,
        epsilon: float,
    ) -> Tensor:
        x_NH = x.reshape(-1, x.shape[-1])
        exact = _exact_dtype(x)
        y_NH = torch.empty_like(x_NH)
        inverse_rms_N1 = torch.empty(x_NH.shape[0], 1, dtype=exact, device=x.device)
        weight = weight_H.to(exact)
        for block in row_blocks(*x_NH.shape, device=x.device):
            x_BH = x_NH[block].to(exact)
            inverse_rms_B1 = torch.linalg.vector_norm(x_BH, dim=-1, keepdim=True).square_().div_(x.shape[-1])
            inverse_rms_N1[block] = inverse_rms_B1.add_(epsilon).rsqrt_()
            y_NH[block] = (x_BH * inverse_rms_B1).mul_(weight)
        ctx.save_for_backward(x, weight_H, inverse_rms_N1)
        return y_NH.view_as(x)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight_H, inverse_rms_N1 = ctx.saved_tensors
        exact = inverse_rms_N1.dtype
        x_NH, grad_NH = x.reshape(-1, x.shape[-1]), grad.reshape(-1, x.shape[-1])
        grad_x_NH = torch.empty_like(x_NH)
        grad_weight_H = torch.zeros_like(weight_H, dtype=exact) if ctx.needs_input_grad[1] else None
        weight = weight_H.to(exact)
        for block in row_blocks(*x_NH.shape, device=x.device):
            inverse_rms_B1 = inverse_rms_N1[block]
            unit_BH = x_NH[block].to(exact, copy=True).mul_(inverse_rms_B1)
            grad_BH = grad_NH[block].to(exact)
            if grad_weight_H is not None:
                grad_weight_H += (grad_BH * unit_BH).sum(dim=0)
            # ∂/∂x of x / rms(x): the gradient's part orthogonal to x passes; the part along x does not.
            grad_unit_BH = grad_BH * weight
            along_B1 = (grad_unit_BH * unit_BH).mean(dim=-1, keepdim=True)
            grad_x_NH[block] = grad_unit_BH.addcmul_(unit_BH, along_B1, value=-1.0).mul_(inverse_rms_B1)
        grad_weight = None if grad_weight_H is None else grad_weight_H.to(weight_H.dtype)
        return grad_x_NH.view_as(x) if ctx.needs_input_grad[0] else None, grad_weight, None


def _exact_dtype(x: Tensor) -> torch.dtype:
    return torch.float64 if x.dtype is torch.float64 else torch.float32


def row_blocks(num_rows: int, width: int, *, device: torch.device) -> list[slice]:
    """Divide rows into blocks; float32 copies exist for one block at a time.

    Args:
        num_rows: total number of rows.
        width: numbers in a row.
        device: on a CPU, a block has a fixed number of rows. On a GPU, blocks are larger and limited by the numbers in
            a block, because each block costs about ten kernel launches.
    """
    rows = _CPU_BLOCK_ROWS if device.type == "cpu" else max(_CPU_BLOCK_ROWS, _GPU_BLOCK_NUMBERS // width)
    return [slice(start, start + rows) for start in range(0, num_rows, rows)]
