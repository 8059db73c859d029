"""Replaces a model's layers with fused layers, and restores them: LoRA, RMS norm, rotary embedding, tiled MLP.

Takes a transformers model. Replaces the `forward` of module instances; modules and weights stay the same. Used when a
student (the model in training) is built and by the export, where `remove_fused_layers` restores the stock layers before
the adapters are merged. `train.memory.shapes` uses `is_gated_mlp`.

A layer is replaced only if its fused layer is known to compute the same: one plain LoRA adapter (not DoRA, for example)
on a frozen linear layer, gated MLPs of known kinds, and norms and rotary functions that return the same numbers for a
random input, up to a tolerance. All other modules stay unchanged, including those whose `forward` other code has
replaced.
"""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import torch
from peft.tuners.lora import Linear as LoraLayer
from torch import Tensor, nn

from pipeline.train.layers.lora import lora_linear
from pipeline.train.layers.norms import rms_norm
from pipeline.train.layers.rotary import rotate_queries_and_keys
from pipeline.train.layers.tiles import TileActivations, tiled

_GATED_MLPS = ({"gate_proj", "up_proj", "down_proj"}, {"gate_up_proj", "down_proj"})
"""Names of an MLP's children: the first set in Llama, Qwen, Mistral and Gemma, the second in Phi-3. These MLPs process
each token independently."""

_ROTARY_FUNCTION = "apply_rotary_pos_emb"
_KIND_ATTRIBUTE = "_fused_layer"
_PROBE_TOLERANCE = 1e-5
_ROTATED = 8


def use_fused_layers(
    model: nn.Module, *, fused_layers: bool, mlp_tile_tokens: int | None, kept_mlps: Collection[nn.Module] = ()
) -> Counter[str]:
    """Replace every layer for which a fused layer exists.

    Args:
        model: the model, with its adapters if it has any, before training starts.
        fused_layers: whether to replace LoRA layers, norms and rotary embeddings.
        mlp_tile_tokens: number of tokens that an MLP processes at a time; None means all tokens.
        kept_mlps: the MLPs in tiles that keep their activations until the backward pass; the others are recomputed.

    Returns:
        The number of changed modules of each kind: `lora`, `norm`, `rotary`, `mlp`.
    """
    changed: Counter[str] = Counter()
    for module in model.modules():
        if "forward" in vars(module):
            continue  # other code has already replaced it
        replacement = _fused_forward(module) if fused_layers else None
        if replacement is None and mlp_tile_tokens is not None and is_gated_mlp(module):
            activations = TileActivations.KEPT if module in kept_mlps else TileActivations.RECOMPUTED
            replacement = "mlp", _mlp_forward(module, mlp_tile_tokens, activations)
        if replacement is not None:
            kind, forward = replacement
            module.forward = forward
            setattr(module, _KIND_ATTRIBUTE, kind)
            changed[kind] += 1
    return changed


def remove_fused_layers(model: nn.Module) -> None:
    """Restore every layer that `use_fused_layers` replaced."""
    for module in model.modules():
        if hasattr(module, _KIND_ATTRIBUTE):
            delattr(module, _KIND_ATTRIBUTE)
            del module.forward


def is_gated_mlp(module: nn.Module) -> bool:
    """Return whether a module is a gated MLP of a known kind and not a mixture of experts."""
    children = {name for name, child in module.named_children() if next(child.parameters(), None) is not None}
    return children in _GATED_MLPS


def _fused_forward(module: nn.Module) -> tuple[str, Callable[..., Any]] | None:
    if isinstance(module, LoraLayer):
        return ("lora", _lora_forward(module)) if _is_plain_lora(module) else None
    if type(module).__name__.endswith("RMSNorm"):
        return ("norm", _norm_forward(module)) if _is_plain_norm(module) else None
    if _has_plain_rotary(module):
        return "rotary", _rotary_forward(module)
    return None


def _mlp_forward(module: nn.Module, tile_tokens: int, activations: TileActivations) -> Callable[..., Any]:
    stock = module.forward

    def forward(x: Tensor) -> Tensor:
        return tiled(module, stock, x, tile_tokens=tile_tokens, activations=activations)

    return forward


def _is_plain_lora(layer: Any) -> bool:  # Any: peft is untyped
    return (
        type(layer.base_layer) is nn.Linear
        and len(layer.lora_A) == 1
        and not layer.lora_variant
        and not any(getattr(adapter, "bias", None) is not None for adapter in layer.lora_B.values())
        and not any(p.requires_grad for p in layer.base_layer.parameters())
    )


def _lora_forward(layer: Any) -> Callable[..., Any]:
    stock = layer.forward
    (name,) = layer.lora_A

    def forward(x: Tensor, *args: Any, **options: Any) -> Tensor:
        drops = layer.training and getattr(layer.lora_dropout[name], "p", 0.0) > 0.0
        if args or options or drops or layer.merged or layer.disable_adapters:
            y: Tensor = stock(x, *args, **options)
            return y
        base, down, up = layer.base_layer, layer.lora_A[name].weight, layer.lora_B[name].weight
        return lora_linear(x, base.weight, base.bias, down, up, scaling=layer.scaling[name])

    return forward


def _is_plain_norm(module: Any) -> bool:
    if not isinstance(getattr(module, "weight", None), nn.Parameter) or _epsilon(module) is None:
        return False
    weight = module.weight
    generator = torch.Generator().manual_seed(0)
    probe = torch.randn(3, weight.shape[-1], generator=generator).to(weight.device)
    with torch.no_grad():
        return torch.allclose(module(probe).float(), rms_norm(probe, weight, epsilon=_epsilon(module)), rtol=1e-2)


def _norm_forward(module: Any) -> Callable[..., Any]:
    return lambda x: rms_norm(x, module.weight, epsilon=_epsilon(module))


def _epsilon(module: Any) -> Any:
    return getattr(module, "variance_epsilon", getattr(module, "eps", None))


def _has_plain_rotary(module: nn.Module) -> bool:
    stock = getattr(type(module).forward, "__globals__", {}).get(_ROTARY_FUNCTION)
    names = getattr(getattr(type(module).forward, "__code__", None), "co_names", ())
    if stock is None or _ROTARY_FUNCTION not in names:
        return False
    return all(_rotates_alike(stock, head_dim=head_dim) for head_dim in (_ROTATED, _ROTATED + 4))


def _rotates_alike(stock: Callable[..., Any], *, head_dim: int) -> bool:
    """Return whether a rotary function gives our numbers for heads of which it rotates the first 8 dimensions.

    A function that cannot rotate part of a head is never asked to.
    """
    generator = torch.Generator().manual_seed(0)
    query, key = (torch.randn(1, heads, 3, head_dim, generator=generator) for heads in (2, 1))
    angles = torch.randn(1, 3, _ROTATED // 2, generator=generator)
    cos, sin = (torch.cat([part, part], dim=-1) for part in (angles.cos(), angles.sin()))
    try:
        theirs = stock(query, key, cos, sin)
    except (TypeError, ValueError, RuntimeError):  # a different signature or layout: leave the layer unchanged
        return head_dim > _ROTATED
    ours = rotate_queries_and_keys(query, key, cos, sin)
    return all(
        a.shape == b.shape and torch.allclose(a, b, atol=_PROBE_TOLERANCE) for a, b in zip(theirs, ours, strict=True)
    )


def _rotary_forward(module: nn.Module) -> Callable[..., Any]:
    # The stock forward finds the rotary function among the globals of its module. Copy this forward with globals that
    # name our function instead, so that other models are not affected.
    stock = type(module).forward
    names = {**stock.__globals__, _ROTARY_FUNCTION: rotate_queries_and_keys}
    copy = types.FunctionType(stock.__code__, names, stock.__name__, stock.__defaults__, stock.__closure__)
    copy.__kwdefaults__ = stock.__kwdefaults__
    return types.MethodType(copy, module)
