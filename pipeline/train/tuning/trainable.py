"""Selects what trains: every weight, or adapters on frozen weights, with embeddings and norms if the recipe says so.

Takes a built model and the recipe's `tuning` section. Sets `requires_grad` on the trained weights and adds adapters, in
place; parts of the model that do not read text never train. Returns PEFT's wrapper if there are adapters. Used by
`train.model.student` and `train.memory.shapes`.

Precision: trained weights, their gradients and their optimizer state are float32; matrix products run in the student's
dtype under autocast. An update in fine-tuning is often smaller than 2⁻⁹ of the weight, which is at most half the
distance between neighbouring bfloat16 numbers, so it would be lost in a bfloat16 weight without a float32 master copy.
float32 weights that are cast on use cost 16 bytes per weight, the same as bfloat16 weights with master copies in the
optimizer, and work with every optimizer. The output of a trained norm is cast to the student's dtype; otherwise each
product after the norm would cast its input and keep its own copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from pipeline.config.tuning import TuningMethod, TuningRecipe
from pipeline.errors import InputError
from pipeline.train.layers.text_stack import text_modules

# Selective state-space layers pass these weights to a fused kernel or multiply by them directly, so an adapter around
# one of these layers would be bypassed; PEFT refuses some of them. Only in_proj remains; an adapter always works there.
_READ_BY_STATE_SPACE_KERNELS = ("x_proj", "dt_proj", "out_proj")
_EXPERTS = "experts"
# In a mixture of experts with fused weights, PEFT 0.21 takes layers with these names, anywhere in the model, for parts
# of the fused weights (as in checkpoints of transformers 4). Dense layers with these names therefore stay frozen.
_TAKEN_FOR_EXPERTS = ("gate_proj", "up_proj", "down_proj", "w1", "w2", "w3")


def make_trainable(model: PreTrainedModel, recipe: TuningRecipe, *, dtype: torch.dtype) -> PeftModel | None:
    """Set which weights train, in place; adapters are added to the model's own layers.

    Embeddings and norms train in place, not as PEFT copies (`modules_to_save`), so a tied head stays the same parameter
    and no second embedding matrix is held. An untied head trains if the embeddings train.

    Args:
        model: the model as loaded; layers may be quantised to 4 bits.
        recipe: the `tuning` section.
        dtype: dtype of activations.

    Returns:
        PEFT's wrapper of the model; None with `tuning.method: full`, which adds no adapters.

    Raises:
        InputError: the model has no layer to adapt, no layer that a `target_modules` entry names, or no experts
            although `target_experts` is set.
    """
    adapted = None
    if recipe.method is not TuningMethod.FULL:
        adapted = _add_adapters(model, recipe)
    else:
        model.requires_grad_(False)  # parts that do not read text would get no gradient
    for module in text_modules(model):
        for parameter in module.parameters(recurse=False):
            if recipe.method is TuningMethod.FULL or _trains_beside_adapters(model, module, recipe):
                parameter.data = parameter.data.float()
                parameter.requires_grad_(True)
        if is_norm(module) and dtype is not torch.float32 and any(p.requires_grad for p in module.parameters()):
            module.register_forward_hook(_CastOutput(dtype))
    return adapted


def adaptable_layers(model: PreTrainedModel) -> dict[str, nn.Module]:
    """Return the linear layers of attention, MLP and recurrent blocks, by their name in the model.

    The result never includes the head, embeddings, a layer of a part that does not read text, a router, an expert, a
    layer whose weight a fused kernel reads, or a dense layer that PEFT would take for part of an expert.
    """
    taken_for_experts = _TAKEN_FOR_EXPERTS if _expert_targets(model)[1] else ()
    routers = {id(child) for block in _expert_blocks(model) for child in block.children()}
    in_kernels = {
        id(getattr(module, name))
        for module in model.modules()
        if {"A_log", "D"} <= dict(module.named_parameters(recurse=False)).keys()
        for name in _READ_BY_STATE_SPACE_KERNELS
        if hasattr(module, name)
    }
    of_text = {id(module) for module in text_modules(model)}
    left_out = routers | in_kernels | {id(model.get_output_embeddings())}
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear | Conv1D)
        and id(module) in of_text - left_out
        and _EXPERTS not in name.split(".")
        and name.rpartition(".")[2] not in taken_for_experts
    }


def is_norm(module: nn.Module) -> bool:
    """Return whether a module is a normalisation layer with its own weights, judged by its class name."""
    return "Norm" in type(module).__name__ and any(True for _ in module.parameters(recurse=False))


def _add_adapters(model: PreTrainedModel, recipe: TuningRecipe) -> PeftModel:
    layers, tensors = _expert_targets(model) if recipe.target_experts else ((), ())
    if recipe.target_experts and not (layers or tensors):
        raise InputError(
            f"A {model.config.model_type} model has no experts to adapt.",
            remedy="Set tuning.target_experts to false.",
        )
    layers = (*_select(list(adaptable_layers(model)), recipe.target_modules, model), *layers)
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        use_rslora=recipe.rslora,
        use_dora=recipe.dora,
        target_modules=list(layers),
        target_parameters=list(tensors) or None,
        bias="none",
        task_type="CAUSAL_LM",
    )
    adapted: PeftModel = get_peft_model(model, config)
    carriers = {name for name, module in model.named_modules() if isinstance(module, LoraLayer)}
    wrapped_tensors = {name for name in carriers if _EXPERTS in name.split(".")}
    assert carriers - wrapped_tensors == set(layers) - wrapped_tensors, "PEFT adapted other layers than requested"
    return adapted


def _select(names: Sequence[str], wanted: Sequence[str], model: PreTrainedModel) -> list[str]:
    for target in wanted:
        if not any(_ends_with(name, target) for name in names):
            adaptable = ", ".join(sorted({name.rpartition(".")[2] for name in names}))
            raise InputError(
                f"tuning.target_modules names '{target}', but no layer that can be adapted has this name; "
                f"the adaptable layers of this {model.config.model_type} model are: {adaptable or 'none'}.",
                remedy="Leave tuning.target_modules empty for every linear layer, or train with tuning.method full.",
            )
    if not names:
        raise InputError(
            f"A {model.config.model_type} model has no linear layer to adapt.",
            remedy="Train every weight with tuning.method full.",
        )
    return [name for name in names if not wanted or any(_ends_with(name, target) for target in wanted)]


def _ends_with(name: str, target: str) -> bool:
    return f".{name}".endswith(f".{target}")


def _expert_targets(model: PreTrainedModel) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of linear layers in experts, and of tensors that hold all experts' weights (E × out × in)."""
    layers = [
        name for name, module in model.named_modules() if isinstance(module, nn.Linear) and _EXPERTS in name.split(".")
    ]
    tensors = [
        name for name, parameter in model.named_parameters() if _EXPERTS in name.split(".") and parameter.dim() == 3
    ]
    return tuple(layers), tuple(tensors)


def _expert_blocks(model: PreTrainedModel) -> Iterator[nn.Module]:
    return (module for module in model.modules() if hasattr(module, _EXPERTS))


def _trains_beside_adapters(model: PreTrainedModel, module: nn.Module, recipe: TuningRecipe) -> bool:
    is_embedding = module in (model.get_input_embeddings(), model.get_output_embeddings())
    return (is_embedding and recipe.train_embeddings) or (is_norm(module) and recipe.train_norms)


class _CastOutput:
    """A forward hook that casts a layer's output; it is a class, not a closure, so that the model can be pickled."""

    def __init__(self, dtype: torch.dtype) -> None:
        self._dtype = dtype

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return output.to(self._dtype)
