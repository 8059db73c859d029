"""Runs an MLP over a long pack in tiles of tokens. Intermediate activations exist for only one tile at a time.

Takes hidden states, a function that processes each token independently, and the module whose weights the function uses.
Returns the function's output. The backward pass computes the gradients of the hidden states and of all trained weights.
Without dropout, the results are those of a single pass, apart from rounding: the weight gradients are summed over the
tiles in the dtype of the weights, so with bfloat16 weights each partial sum is rounded. The method is ALST's tiled MLP
(arXiv 2506.13996, section 3.1). Used by `train.layers.fused`.

Memory: in an 8B Llama, the backward pass of an MLP needs 168 KiB for each token (bfloat16). With tiles, only the
`tile_tokens` tokens of one tile need this memory at a time.

Time: under gradient checkpointing, a plain tiled MLP runs forward three times: in the forward pass, when the layer is
recomputed, and when the tile is recomputed. Here, a separate autograd function (`_KeepInput`) before the tiles saves
the input. A checkpoint stops recomputing as soon as every saved tensor has been rebuilt, so if the MLP is the last part
of the layer, the tiles are not run again. Two forward passes remain, as many as without tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


def tiled(module: nn.Module, forward: Callable[[Tensor], Tensor], x: Tensor, *, tile_tokens: int) -> Tensor:
    """Return `forward(x)`, computed in tiles along the second-to-last dimension.

    Args:
        module: the module whose trained parameters and dropout layers `forward` uses.
        forward: a function that processes each token independently; the last dimension of its output may differ from H.
        x: hidden states, … × T × H, for T tokens of hidden size H.
        tile_tokens: tokens per tile; the last tile may have fewer.
    """
    if not (torch.is_grad_enabled() and (x.requires_grad or any(p.requires_grad for p in module.parameters()))):
        return _forward_in_tiles(forward, x, tile_tokens)
    trained = tuple(p for p in module.parameters() if p.requires_grad)
    plan = _Plan(forward, tile_tokens, _draws_randomness(module), x.device, *_autocast_state(x.device))
    saved: Tensor = _KeepInput.apply(x, plan, *trained)  # type: ignore[no-untyped-call]
    y: Tensor = _RunTiles.apply(saved, plan)  # type: ignore[no-untyped-call]
    return y


@dataclass(frozen=True, slots=True)
class _Plan:
    forward: Callable[[Tensor], Tensor]
    tile_tokens: int
    draws_randomness: bool
    device: torch.device
    autocast_enabled: bool
    autocast_dtype: torch.dtype

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=self.autocast_dtype, enabled=self.autocast_enabled)


class _KeepInput(torch.autograd.Function):
    """Returns x, saves it, and computes the whole backward pass, tile by tile."""

    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        x: Tensor,
        plan: _Plan,
        *trained: Tensor,
    ) -> Tensor:
        ctx.save_for_backward(x, *trained)
        ctx.plan = plan
        ctx.random_state = _random_state(plan.device) if plan.draws_randomness else None
        return x.view_as(x)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        plan: _Plan = ctx.plan
        x, *trained = ctx.saved_tensors
        grad_x = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        sums = [torch.zeros_like(p) for p in trained]
        # With a single autocast region around all tiles, each float32 weight is cast only once.
        with _replayed(ctx.random_state, plan.device), torch.enable_grad(), plan.autocast():
            for tile in _tiles(x, plan.tile_tokens):
                x_tile = x[tile].detach().requires_grad_(grad_x is not None)
                y_tile = plan.forward(x_tile)
                wanted = [*([x_tile] if grad_x is not None else []), *trained]
                grads = list(torch.autograd.grad(y_tile, wanted, grad[tile].to(y_tile.dtype)))
                with torch.no_grad():
                    if grad_x is not None:
                        grad_x[tile] = grads.pop(0)
                    for total, part in zip(sums, grads, strict=True):
                        total += part
        return grad_x, None, *sums


class _RunTiles(torch.autograd.Function):
    """Computes the output, saves nothing, and passes the output's gradient to `_KeepInput` unchanged."""

    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        x: Tensor,
        plan: _Plan,
    ) -> Tensor:
        return _forward_in_tiles(plan.forward, x, plan.tile_tokens)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None


def _forward_in_tiles(forward: Callable[[Tensor], Tensor], x: Tensor, tile_tokens: int) -> Tensor:
    y: Tensor | None = None
    with torch.no_grad():
        for tile in _tiles(x, tile_tokens):
            y_tile = forward(x[tile])
            if y is None:
                y = torch.empty((*x.shape[:-1], y_tile.shape[-1]), dtype=y_tile.dtype, device=x.device)
            y[tile] = y_tile
    assert y is not None, "x has no tokens"
    return y


def _tiles(x: Tensor, tile_tokens: int) -> list[tuple[Any, ...]]:
    return [(..., slice(start, start + tile_tokens), slice(None)) for start in range(0, x.shape[-2], tile_tokens)]


def _draws_randomness(module: nn.Module) -> bool:
    return module.training and any(isinstance(part, nn.Dropout) and part.p > 0.0 for part in module.modules())


def _autocast_state(device: torch.device) -> tuple[bool, torch.dtype]:
    return torch.is_autocast_enabled(device.type), torch.get_autocast_dtype(device.type)


def _random_state(device: torch.device) -> tuple[Tensor, Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


@contextmanager
def _replayed(state: tuple[Tensor, Tensor | None] | None, device: torch.device) -> Iterator[None]:
    """Replay the forward pass's random numbers inside the `with` block, and restore the generators afterwards.

    Do nothing if `state` is None.
    """
    if state is None:
        yield
        return
    on_host, on_device = state
    with torch.random.fork_rng(devices=[device] if on_device is not None else []):
        torch.set_rng_state(on_host)
        if on_device is not None:
            torch.cuda.set_rng_state(on_device, device)
        yield
