"""Gradient checkpointing of a model's layers; their inputs stay on the device or move to the host.

Takes a model and the recipe's `memory`. Changes the model to use checkpointing and fused layers. Used when a student is
built.

The activation offloader copies each layer's input (T × H) to pinned memory on its own stream while the layer computes.
During a layer's backward pass it fetches the input of the layer before. The device holds two inputs at a time instead
of one per layer. transformers' own `offload=True` copies on the computing stream, so the computation waits for every
copy.
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
from pipeline.train.layers.fused import use_fused_layers
from pipeline.train.machine.memory import return_freed_tensors

_logger = logging.getLogger(__name__)


def save_memory(model: PreTrainedModel, recipe: MemoryRecipe, *, device: torch.device) -> None:
    """Apply the recipe's `memory` settings to a model with adapters.

    Args:
        model: the model, with its trained weights already chosen, before its first forward pass.
        recipe: what to keep, recompute or move.
        device: where the model will train.
    """
    if device.type == "cpu":
        return_freed_tensors()
    use_fused_layers(model, fused_layers=recipe.fused_layers, mlp_tile_tokens=recipe.mlp_tile_tokens)
    if not recipe.gradient_checkpointing:
        return
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if recipe.layer_inputs is LayerInputs.HOST and device.type == "cpu":
        _logger.info("memory.layer_inputs is host, but on a CPU the inputs are already there, so nothing is moved")
    elif recipe.layer_inputs is LayerInputs.HOST:
        _offload_layer_inputs(model, device)


def _offload_layer_inputs(model: PreTrainedModel, device: torch.device) -> None:
    offloader = ActivationOffloader(device)

    def offloaded(function: Any, *args: Any) -> Any:  # Any: torch's checkpoint is untyped
        with saved_tensors_hooks(offloader.pack, offloader.unpack):
            return checkpoint(function, *args, use_reentrant=False)

    for module in model.modules():
        if hasattr(module, "_gradient_checkpointing_func"):
            module._gradient_checkpointing_func = offloaded


class ActivationOffloader:
    """The activation offloader: keeps tensors of a CUDA device in pinned host memory.

    Tensors are taken in the reverse order of the puts, as in a backward pass. They are allocated and freed only on the
    computing stream, so their memory is reused in that stream's order:

    - pack: The copy waits for the computation so far. The tensor is dropped two calls later, after the computing stream
      is told to wait for its copy. So a host that queues work ahead keeps two tensors, not every tensor whose copy is
      unfinished.
    - unpack: The computing stream waits for all copies under way, including the fetch of this tensor. After that, the
      next tensor to unpack is allocated and its fetch starts; the fetch waits for earlier uses of that memory and
      overlaps with the next computation. The last two tensors packed are still on the device and are returned as they
      are.
    """

    def __init__(self, device: torch.device) -> None:
        # A tensor's device has a number; the recipe's device may have none.
        number = torch.cuda.current_device() if device.index is None else device.index
        self._device = torch.device(device.type, number)
        self._copying = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._offloaded: list[_Offloaded] = []

    def pack(self, tensor: Tensor) -> _Offloaded | Tensor:
        """Start the copy to the host; tensors that are small, not floating point or on another device stay there."""
        if tensor.device != self._device or tensor.numel() < _MIN_ELEMENTS or not tensor.is_floating_point():
            return tensor
        tensor = tensor.contiguous()
        computing = torch.cuda.current_stream(self._device)
        self._copying.wait_stream(computing)
        with torch.cuda.stream(self._copying):
            on_host = [torch.empty_like(piece, device="cpu", pin_memory=True) for piece in pieces_of(tensor)]
            _copy_pieces(on_host, pieces_of(tensor))
        self._offloaded.append(_Offloaded(tensor.shape, on_host, self._copying.record_event(), tensor))
        for left in self._offloaded[:-_KEPT_ON_DEVICE]:
            if left.on_device is not None:
                computing.wait_event(left.copied)
                left.on_device = None
        return self._offloaded[-1]

    def unpack(self, item: _Offloaded | Tensor) -> Tensor:
        """Return the tensor on its device, and start to fetch the tensor packed before it."""
        if isinstance(item, Tensor):
            return item
        computing = torch.cuda.current_stream(self._device)
        if item in self._offloaded:  # later tensors are already taken, or had no backward pass
            del self._offloaded[self._offloaded.index(item) :]
        tensor = self._fetch(item, computing)
        computing.wait_stream(self._copying)
        item.on_device = None
        if self._offloaded:
            self._offloaded[-1].on_device = self._fetch(self._offloaded[-1], computing)
        return tensor

    def _fetch(self, item: _Offloaded, computing: torch.cuda.Stream) -> Tensor:
        if item.on_device is not None:
            return item.on_device
        tensor = torch.empty(item.shape, dtype=item.on_host[0].dtype, device=self._device)
        self._copying.wait_stream(computing)
        with torch.cuda.stream(self._copying):
            _copy_pieces(pieces_of(tensor), item.on_host)
        return tensor


@dataclass(slots=True, eq=False)
class _Offloaded:
    """One tensor on the host."""

    shape: torch.Size
    on_host: Sequence[Tensor]
    copied: torch.cuda.Event
    """Event after which `on_host` is complete."""
    on_device: Tensor | None
    """The tensor while it is on the device: before it is dropped, or after it is fetched."""


def pieces_of(tensor: Tensor) -> Sequence[Tensor]:
    """Return a contiguous tensor as flat pieces; each piece except the last has a power of two of bytes.

    torch rounds pinned blocks up to powers of two, so 4.6 GiB in one block take 8 GiB; with pieces only the last one
    wastes memory. The setting that avoids the rounding, `pinned_max_round_threshold_mb`, returns cached blocks that are
    too small (torch 2.13, `get_free_block` in CachingHostAllocator.h; fixed in pytorch pull request 192722).
    """
    return torch.split(tensor.view(-1), _PIECE_BYTES // tensor.element_size())


def _copy_pieces(to: Sequence[Tensor], origin: Sequence[Tensor]) -> None:
    for copy, piece in zip(to, origin, strict=True):
        copy.copy_(piece, non_blocking=True)


_KEPT_ON_DEVICE = 2
"""Layer inputs on the device: that of the computing layer, and that of the layer before, whose copy had one layer's
time to finish."""
_MIN_ELEMENTS = 1 << 16
_PIECE_BYTES = 1 << 25
