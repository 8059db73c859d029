"""Turns on gradient checkpointing, activation offloading and fused layers, as the recipe's `memory` section says.

Takes a model and that section. Changes the model in place. Used when a student (the model to train) is built.

The activation offloader copies each layer's input (T tokens × H hidden size) to pinned host memory on a separate CUDA
stream while the layer computes. During a layer's backward pass, it fetches the input of the preceding layer. The device
therefore holds two layer inputs at a time instead of one per layer. transformers' own `offload=True` copies on the
computing stream, so the computation waits for every copy.
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
from pipeline.train.layers.kept import KeptActivations
from pipeline.train.layers.text_stack import decoder_layers
from pipeline.train.machine.memory import return_freed_tensors, reuse_freed_tensors

_logger = logging.getLogger(__name__)


def save_memory(model: PreTrainedModel, recipe: MemoryRecipe, *, device: torch.device, kept: KeptActivations) -> None:
    """Apply the recipe's `memory` settings to a model.

    If the model trains on a CPU, also tell the allocator what to do with freed tensors: return them to the system, or
    keep them for the next ones if `auto` found so much memory that it keeps activations.

    Args:
        model: the model after `make_trainable` and before training starts.
        recipe: the `memory` section.
        device: the device that the model will train on.
        kept: the activations that are kept until the backward pass.
    """
    layers = decoder_layers(model)
    if device.type == "cpu" and recipe.gradient_checkpointing == "auto" and kept.num_layers:
        reuse_freed_tensors()
    elif device.type == "cpu":
        return_freed_tensors()
    kept_mlps = {module for layer in layers[len(layers) - kept.num_mlps :] for module in layer.modules()}
    use_fused_layers(
        model, fused_layers=recipe.fused_layers, mlp_tile_tokens=recipe.mlp_tile_tokens, kept_mlps=kept_mlps
    )
    if recipe.gradient_checkpointing is False or 0 < len(layers) == kept.num_layers:
        return
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    kept_layers: list[Any] = layers[len(layers) - kept.num_layers :]  # Any: the attribute is transformers' own
    for layer in kept_layers:
        layer.gradient_checkpointing = False
    if recipe.layer_inputs is LayerInputs.HOST and device.type == "cpu":
        _logger.info("memory.layer_inputs is host: on a CPU, layer inputs are always there, so nothing is moved")
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
    """Keeps tensors of a CUDA device in pinned host memory until the backward pass needs them.

    Tensors are unpacked in the reverse order of packing, as in a backward pass. Device memory is allocated and freed
    only on the computing stream, so the allocator may reuse a freed block for any work queued later on that stream. The
    two streams wait for each other as follows:

    - pack: The copy to the host waits for the computation queued so far. Two `pack` calls later, the computing stream
      is made to wait for the copy, and the tensor on the device is dropped. Therefore the device holds only two
      tensors, even if the host queues work far ahead of the GPU.
    - unpack: The computing stream waits for all copies under way, including the fetch of the requested tensor. Then the
      next tensor to unpack is allocated and its fetch starts. That fetch waits for earlier uses of the memory and
      overlaps with the following computation. The last two tensors packed are still on the device, so they are returned
      without a copy.
    """

    def __init__(self, device: torch.device) -> None:
        # A tensor's device always has an index; the recipe's device may lack one.
        index = torch.cuda.current_device() if device.index is None else device.index
        self._device = torch.device(device.type, index)
        self._copying = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._offloaded: list[_Offloaded] = []

    def pack(self, tensor: Tensor) -> _Offloaded | Tensor:
        """Start copying a tensor to the host, and return a handle for `unpack`.

        A tensor that is small, not floating point or not on the GPU is returned unchanged.
        """
        if tensor.device != self._device or tensor.numel() < _MIN_ELEMENTS or not tensor.is_floating_point():
            return tensor
        tensor = tensor.contiguous()
        computing = torch.cuda.current_stream(self._device)
        self._copying.wait_stream(computing)
        with torch.cuda.stream(self._copying):
            on_host = [torch.empty_like(piece, device="cpu", pin_memory=True) for piece in pieces_of(tensor)]
            _copy_pieces(on_host, pieces_of(tensor))
        self._offloaded.append(_Offloaded(tensor.shape, on_host, self._copying.record_event(), tensor))
        for earlier in self._offloaded[:-_KEPT_ON_DEVICE]:
            if earlier.on_device is not None:
                computing.wait_event(earlier.copied)
                earlier.on_device = None
        return self._offloaded[-1]

    def unpack(self, item: _Offloaded | Tensor) -> Tensor:
        """Return a packed tensor on the device, and start fetching the tensor that was packed before it."""
        if isinstance(item, Tensor):
            return item
        computing = torch.cuda.current_stream(self._device)
        if item in self._offloaded:  # tensors packed later were already unpacked, or had no backward pass
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
    """A tensor copied to the host."""

    shape: torch.Size
    on_host: Sequence[Tensor]
    copied: torch.cuda.Event
    """The event after which `on_host` is complete."""
    on_device: Tensor | None
    """The tensor on the device; None while only the host holds it."""


def pieces_of(tensor: Tensor) -> Sequence[Tensor]:
    """Split a contiguous tensor into flat pieces of 32 MiB; the last piece may be smaller.

    torch rounds a block of pinned memory up to a power of two, so a block of 4.6 GiB takes 8 GiB. With pieces, only the
    last piece wastes memory. The torch setting that avoids the rounding, `pinned_max_round_threshold_mb`, cannot be
    used: with it, torch may return a cached block that is too small (torch 2.13, `get_free_block` in
    CachingHostAllocator.h; fixed in pytorch pull request 192722).
    """
    return torch.split(tensor.view(-1), _PIECE_BYTES // tensor.element_size())


def _copy_pieces(to: Sequence[Tensor], origin: Sequence[Tensor]) -> None:
    for copy, piece in zip(to, origin, strict=True):
        copy.copy_(piece, non_blocking=True)


_KEPT_ON_DEVICE = 2
"""Number of layer inputs kept on the device: the current layer's, and the preceding layer's, whose copy can finish
while the current layer computes."""
_MIN_ELEMENTS = 1 << 16
_PIECE_BYTES = 1 << 25
