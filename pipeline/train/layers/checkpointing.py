"""Gradient checkpointing of a model's layers, their inputs kept on the device or moved to the host.

In: a model and the recipe's `memory`. Out: the same model, checkpointing and with lean forms. Used when a student is
built.

Offload moves one layer input (T × H) a layer to pinned memory on a stream of its own while the layer computes, and
fetches the input of the layer before while a layer's backward pass runs; on the device there are two at a time
instead of one a layer. transformers' own `offload=True` copies on the computing stream, so each copy is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from pipeline.config.memory import LayerInputs, MemoryRecipe
from pipeline.train.layers.lean import use_lean_forms
from pipeline.train.machine.memory import return_freed_tensors

_logger = logging.getLogger(__name__)


def save_memory(model: PreTrainedModel, recipe: MemoryRecipe, *, device: torch.device) -> None:
    """Make a model with adapters train as the recipe's `memory` says.

    Args:
        model: what trains is decided, no forward pass has run.
        recipe: what to keep, compute again, or move.
        device: where the model will train.
    """
    if device.type == "cpu":
        return_freed_tensors()
    use_lean_forms(model, lean_layers=recipe.lean_layers, mlp_tile_tokens=recipe.mlp_tile_tokens)
    if not recipe.gradient_checkpointing:
        return
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if recipe.layer_inputs is LayerInputs.HOST and device.type == "cpu":
        _logger.info("memory.layer_inputs is host; on a CPU layer inputs are there already, so nothing is moved")
    elif recipe.layer_inputs is LayerInputs.HOST:
        _offload_layer_inputs(model, device)


def _offload_layer_inputs(model: PreTrainedModel, device: torch.device) -> None:
    shelf = HostShelf(device)

    def offloaded(function: Any, *args: Any) -> Any:  # Any: torch's checkpoint is untyped
        with saved_tensors_hooks(shelf.put, shelf.take):
            return checkpoint(function, *args, use_reentrant=False)

    for module in model.modules():
        if hasattr(module, "_gradient_checkpointing_func"):
            module._gradient_checkpointing_func = offloaded


class HostShelf:
    """Tensors of a CUDA device that wait in pinned host memory; last in, first out, as in a backward pass.

    Tensors are allocated and freed on the computing stream alone, so their memory is reused in its order:

    - put: the copy waits for what is computed so far. The tensor is dropped two puts later, after the computing stream
      was told to wait for its copy; a processor that runs ahead therefore keeps two, not all that are not yet copied.
    - take: the computing stream waits for all copies under way, among them the one that fetched this tensor. Only then
      is the tensor below allocated and its fetch started, which waits for the memory's earlier use and runs beside
      what is computed next. The last two put are still on the device and come back as they are.
    """

    def __init__(self, device: torch.device) -> None:
        # Tensors name the number of their device, a recipe need not.
        number = torch.cuda.current_device() if device.index is None else device.index
        self._device = torch.device(device.type, number)
        self._copying = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._shelved: list[_Shelved] = []

    def put(self, tensor: Tensor) -> _Shelved | Tensor:
        """Start the copy to the host; small tensors and those of other devices stay where they are."""
        if tensor.device != self._device or tensor.numel() < _MIN_ELEMENTS or not tensor.is_floating_point():
            return tensor
        tensor = tensor.contiguous()
        computing = torch.cuda.current_stream(self._device)
        self._copying.wait_stream(computing)
        with torch.cuda.stream(self._copying):
            on_host = [torch.empty_like(piece, device="cpu", pin_memory=True) for piece in pieces_of(tensor)]
            _copy_pieces(on_host, pieces_of(tensor))
        self._shelved.append(_Shelved(tensor.shape, on_host, self._copying.record_event(), tensor))
        for left in self._shelved[:-_KEPT_ON_DEVICE]:
            if left.on_device is not None:
                computing.wait_event(left.copied)
                left.on_device = None
        return self._shelved[-1]

    def take(self, item: _Shelved | Tensor) -> Tensor:
        """The tensor on its device again; the copy of the one before it is started as well."""
        if isinstance(item, Tensor):
            return item
        computing = torch.cuda.current_stream(self._device)
        if item in self._shelved:  # what came after it was taken, or belongs to a forward pass without a backward pass
            del self._shelved[self._shelved.index(item) :]
        tensor = self._fetch(item, computing)
        computing.wait_stream(self._copying)
        item.on_device = None
        if self._shelved:
            self._shelved[-1].on_device = self._fetch(self._shelved[-1], computing)
        return tensor

    def _fetch(self, item: _Shelved, computing: torch.cuda.Stream) -> Tensor:
        if item.on_device is not None:
            return item.on_device
        tensor = torch.empty(item.shape, dtype=item.on_host[0].dtype, device=self._device)
        self._copying.wait_stream(computing)
        with torch.cuda.stream(self._copying):
            _copy_pieces(pieces_of(tensor), item.on_host)
        return tensor


@dataclass(slots=True, eq=False)
class _Shelved:
    """One tensor on the host."""

    shape: torch.Size
    on_host: Sequence[Tensor]
    copied: torch.cuda.Event
    """When `on_host` is complete."""
    on_device: Tensor | None
    """While it is there, still or again."""


def pieces_of(tensor: Tensor) -> Sequence[Tensor]:
    """A contiguous tensor as flat pieces of a power of two of bytes, all but the last.

    torch rounds pinned blocks up to powers of two, so 4.6 GiB in one block take 8; in pieces nothing is lost but in the
    last. Its setting against the rounding, `pinned_max_round_threshold_mb`, hands out cached blocks that are too small
    (torch 2.13, `get_free_block` in CachingHostAllocator.h; mended in pytorch pull request 192722).
    """
    return torch.split(tensor.view(-1), _PIECE_BYTES // tensor.element_size())


def _copy_pieces(to: Sequence[Tensor], origin: Sequence[Tensor]) -> None:
    for copy, piece in zip(to, origin, strict=True):
        copy.copy_(piece, non_blocking=True)


_KEPT_ON_DEVICE = 2
"""Layer inputs: of the layer that computes and of the one before, whose copy has had a layer's time."""
_MIN_ELEMENTS = 1 << 16
_PIECE_BYTES = 1 << 25
