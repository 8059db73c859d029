"""Gradient checkpointing of a model's layers, their inputs kept on the device or moved to the host.

In: a model and the recipe's `memory`. Out: the same model, checkpointing and with lean forms. Used when a student is
built.

Offload moves one layer input (T × H) a layer to pinned memory on a stream of its own while the next layer computes,
and fetches the input of the layer before while a layer's backward pass runs; on the device there are two at a time
instead of one a layer. transformers' own `offload=True` copies on the computing stream, so each copy is waited for.
"""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from pipeline.config.memory import LayerInputs, MemoryRecipe
from pipeline.train.memory.host_allocator import return_freed_tensors
from pipeline.train.memory.lean import use_lean_forms

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
    """Tensors of a CUDA device that wait in pinned host memory; last in, first out, as in a backward pass."""

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
        computing = torch.cuda.current_stream(self._device)
        self._copying.wait_stream(computing)
        with torch.cuda.stream(self._copying):
            host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
            host.copy_(tensor, non_blocking=True)
        tensor.record_stream(self._copying)
        shelved = _Shelved(host)
        self._shelved.append(shelved)
        return shelved

    def take(self, item: _Shelved | Tensor) -> Tensor:
        """The tensor on its device again; the copy of the one before it is started as well."""
        if isinstance(item, Tensor):
            return item
        device_copy = self._fetch(item)
        torch.cuda.current_stream(self._device).wait_stream(self._copying)
        device_copy.record_stream(torch.cuda.current_stream(self._device))
        while self._shelved and self._shelved.pop() is not item:
            pass  # what came after it was taken, or belongs to a forward pass that had no backward pass
        if self._shelved:
            self._fetch(self._shelved[-1])
        item.on_device = None
        return device_copy

    def _fetch(self, item: _Shelved) -> Tensor:
        if item.on_device is None:
            with torch.cuda.stream(self._copying):
                item.on_device = item.on_host.to(self._device, non_blocking=True)
        return item.on_device


class _Shelved:
    """One tensor on the host, and on the device while it is being fetched."""

    def __init__(self, on_host: Tensor) -> None:
        self.on_host = on_host
        self.on_device: Tensor | None = None


_MIN_ELEMENTS = 1 << 16
