"""Runs an MLP over a long pack in tiles of tokens. Activations exist for only one tile at a time, unless all are kept.

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

If memory is plentiful, `TileActivations.KEPT` keeps the activations of all tiles, and one forward pass is enough. The
tiles and the order of all sums stay the same, so the results are equal to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge


class TileActivations(StrEnum):
    """What happens to the activations of a tile between the forward and the backward pass."""

    RECOMPUTED = "recomputed"
    KEPT = "kept"


def tiled(
    module: nn.Module,
    forward: Callable[[Tensor], Tensor],
    x: Tensor,
    *,
    tile_tokens: int,
    activations: TileActivations = TileActivations.RECOMPUTED,
) -> Tensor:
    """Return `forward(x)`, computed in tiles along the second-to-last dimension.

    Args:
        module: the module whose trained parameters and dropout layers `forward` uses.
        forward: a function that processes each token independently; the last dimension of its output may differ from H.
        x: hidden states, … × T × H, for T tokens of hidden size H.
        tile_tokens: tokens per tile; the last tile may have fewer.
        activations: whether the backward pass recomputes the tiles.
    """
    if not (torch.is_grad_enabled() and (x.requires_grad or any(p.requires_grad for p in module.parameters()))):
        return _forward_in_tiles(forward, x, tile_tokens)
    trained = tuple(p for p in module.parameters() if p.requires_grad)
    plan = _Plan(forward, tile_tokens, _draws_randomness(module), x.device, *_autocast_state(x.device))
    if activations is TileActivations.KEPT:
        kept: Tensor = _KeepTiles.apply(x, plan, *trained)  # type: ignore[no-untyped-call]
        return kept
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
        gradients = _Gradients(x, trained, wants_x=ctx.needs_input_grad[0])
        # With a single autocast region around all tiles, each float32 weight is cast only once.
        with _replayed(ctx.random_state, plan.device), torch.enable_grad(), plan.autocast():
            for tile in _tiles(x, plan.tile_tokens):
                x_tile, y_tile = _run_tile(plan, x, tile, wants_x=ctx.needs_input_grad[0])
                gradients.add(tile, x_tile, get_gradient_edge(y_tile), grad[tile].to(y_tile.dtype))
        return gradients.x, None, *gradients.sums


class _KeepTiles(torch.autograd.Function):
    """Computes the output tile by tile, and keeps every tile's graph for the backward pass."""

    @staticmethod
    def forward(
        ctx: Any,  # Any: torch's context object has no public type
        x: Tensor,
        plan: _Plan,
        *trained: Tensor,
    ) -> Tensor:
        ctx.save_for_backward(x, *trained)
        ctx.kept = []
        y: Tensor | None = None
        for tile in _tiles(x, plan.tile_tokens):
            with torch.enable_grad():
                x_tile, y_tile = _run_tile(plan, x, tile, wants_x=ctx.needs_input_grad[0])
            y = _empty_output(x, y_tile) if y is None else y
            y[tile] = y_tile.detach()
            # The edge reaches the graph and, unlike the tensor, does not hold the output a second time.
            ctx.kept.append((tile, x_tile, get_gradient_edge(y_tile)))
        assert y is not None, "x has no tokens"
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, *trained = ctx.saved_tensors
        gradients = _Gradients(x, trained, wants_x=ctx.needs_input_grad[0])
        kept, ctx.kept = ctx.kept[::-1], []
        assert kept, "the activations were freed by an earlier backward pass"
        while kept:  # in the order of the tiles; each one's activations are freed after it
            tile, x_tile, edge = kept.pop()
            gradients.add(tile, x_tile, edge, grad[tile])
        return gradients.x, None, *gradients.sums


class _Gradients:
    """The gradients of an MLP, collected tile by tile."""

    def __init__(self, x: Tensor, trained: Sequence[Tensor], *, wants_x: bool) -> None:
        self.x = torch.empty_like(x) if wants_x else None
        """The gradient of the input; None if it needs none."""
        self.sums = [torch.zeros_like(p) for p in trained]
        """For each trained weight, the sum of its gradients over the tiles so far."""
        self._trained = trained

    def add(self, tile: tuple[Any, ...], x_tile: Tensor, output: GradientEdge, grad_output: Tensor) -> None:
        """Run a tile's backward pass, which frees its activations."""
        wanted = [*([x_tile] if self.x is not None else []), *self._trained]
        grads = list(torch.autograd.grad(output, wanted, grad_output))
        with torch.no_grad():
            if self.x is not None:
                self.x[tile] = grads.pop(0)
            for total, part in zip(self.sums, grads, strict=True):
                total += part


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
            y = _empty_output(x, y_tile) if y is None else y
            y[tile] = y_tile
    assert y is not None, "x has no tokens"
    return y


def _run_tile(plan: _Plan, x: Tensor, tile: tuple[Any, ...], *, wants_x: bool) -> tuple[Tensor, Tensor]:
    """Return a tile's input and output, joined by a graph of their own."""
    x_tile = x[tile].detach().requires_grad_(wants_x)
    return x_tile, plan.forward(x_tile)


def _empty_output(x: Tensor, y_tile: Tensor) -> Tensor:
    return torch.empty((*x.shape[:-1], y_tile.shape[-1]), dtype=y_tile.dtype, device=x.device)


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
