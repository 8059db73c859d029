"""Rotary position embedding of queries and keys without temporaries: both halves are written directly to the result.

Takes a layer's queries and keys, and the cosines and sines for the pack's positions. Returns the rotated queries and
keys (RoFormer, arXiv 2104.09864, section 3.4.2, in the half-split layout that transformers uses). Used by
`train.layers.fused`. Shape suffixes: B batch, H query heads, G key heads, T tokens, D head dimension.

The stock function concatenates rotated halves and adds products. It needs five tensors of the queries' size in the
forward pass, and a zero-filled tensor for every slice in the backward pass.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def rotate_queries_and_keys(
    query_BHTD: Tensor, key_BGTD: Tensor, cos_BTD: Tensor, sin_BTD: Tensor, unsqueeze_dim: int = 1
) -> tuple[Tensor, Tensor]:
    """Return rotated queries and keys; the parameters are those of `apply_rotary_pos_emb`.

    `cos_BTD` and `sin_BTD` hold the same values twice and get no gradient. If they have fewer dimensions than a head,
    the head's other dimensions stay unchanged (Qwen3.5 rotates a quarter of each head).
    """
    cos, sin = cos_BTD.unsqueeze(unsqueeze_dim), sin_BTD.unsqueeze(unsqueeze_dim)
    return _Rotate.apply(query_BHTD, cos, sin), _Rotate.apply(key_BGTD, cos, sin)  # type: ignore[no-untyped-call]


class _Rotate(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        x: Tensor,
        cos: Tensor,
        sin: Tensor,
    ) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _rotated(x, cos, sin, sign=1.0)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _rotated(grad, cos, sin, sign=-1.0), None, None  # the transpose of a rotation is its inverse


def _rotated(x: Tensor, cos: Tensor, sin: Tensor, *, sign: float) -> Tensor:
    dims = cos.shape[-1]
    half = dims // 2
    low, high, cos, sin = x[..., :half], x[..., half:dims], cos[..., :half], sin[..., :half]
    rotated = torch.empty_like(x)
    torch.mul(low, cos, out=rotated[..., :half]).addcmul_(high, sin, value=-sign)
    torch.mul(high, cos, out=rotated[..., half:dims]).addcmul_(low, sin, value=sign)
    if dims < x.shape[-1]:
        rotated[..., dims:] = x[..., dims:]
    return rotated
