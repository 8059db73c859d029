"""Builds a run's optimizer: AdamW from torch, or AdamW with 8-bit or paged moments from bitsandbytes.

Takes a model whose trained weights require gradients, and the recipe. Returns an optimizer. Each parameter group has an
`lr_ratio`, by which the loop multiplies the scheduled learning rate. The same model always gives the same groups in the
same order, because a checkpoint's optimizer state is matched by that order. bitsandbytes belongs to the extra `qlora`
and is imported only if the recipe asks for it.

Weight decay pulls weights towards zero. It applies to the matrices of linear and convolution layers and of experts,
including adapters. It does not apply to norms, biases, embeddings, an untied head or the states of recurrent layers
(Mamba's A and D). With LoRA+ (arXiv 2402.12354), the B matrices, which start at zero, learn `loraplus_lr_ratio` times
as fast.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.optimizer import OptimizerKind
from pipeline.errors import InputError, MissingExtraError


def build_optimizer(model: PreTrainedModel, recipe: FinetuneRecipe, *, device: torch.device) -> torch.optim.Optimizer:
    """Return an optimizer over the trained weights.

    Args:
        model: the model after `make_trainable`, on its device.
        recipe: the source of the `optimizer` settings and the LoRA+ ratio.
        device: the device that the model trains on.

    Raises:
        InputError: `optimizer.kind` needs CUDA, but the model trains on a different device.
        MissingExtraError: `optimizer.kind` needs bitsandbytes, which is not installed.
    """
    settings = recipe.optimizer
    groups = parameter_groups(
        model, weight_decay=settings.weight_decay, loraplus_lr_ratio=recipe.tuning.loraplus_lr_ratio
    )
    betas = (settings.beta1, settings.beta2)
    if settings.kind is OptimizerKind.ADAMW:
        # The fused kernel reads weights and moments once and makes no temporary copies of them.
        return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=betas, fused=True)
    if device.type != "cuda":
        raise InputError(
            f"optimizer.kind {settings.kind.value} needs CUDA, but the model trains on {device.type}.",
            remedy="Set optimizer.kind to adamw.",
        )
    optimizer: torch.optim.Optimizer = _bitsandbytes_class(settings.kind)(
        groups, lr=settings.learning_rate, betas=betas
    )
    return optimizer


def parameter_groups(
    model: PreTrainedModel, *, weight_decay: float, loraplus_lr_ratio: float
) -> list[dict[str, Any]]:  # Any: what torch's optimizers take
    """Return the trained parameters in groups, without empty groups. A tied parameter appears once.

    Args:
        model: the model after `make_trainable`.
        weight_decay: weight decay of the parameters to which it applies.
        loraplus_lr_ratio: learning rate of LoRA's B matrices ÷ learning rate of all other weights.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    seen: set[int] = set()
    for module_name, module in model.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            if not parameter.requires_grad or id(parameter) in seen:
                continue
            seen.add(id(parameter))
            is_b_matrix = "lora_B" in module_name.split(".")
            groups.setdefault((_decays(model, module, name, parameter), is_b_matrix), []).append(parameter)
    return [
        {
            "params": parameters,
            "weight_decay": weight_decay if decays else 0.0,
            "lr_ratio": loraplus_lr_ratio if is_b_matrix else 1.0,
        }
        for (decays, is_b_matrix), parameters in sorted(groups.items(), key=lambda item: item[0], reverse=True)
    ]


def _bitsandbytes_class(kind: OptimizerKind) -> Any:  # Any: bitsandbytes is untyped
    if find_spec("bitsandbytes") is None:
        raise MissingExtraError(
            f"optimizer.kind {kind.value} needs bitsandbytes, which is not installed.", extra="qlora"
        )
    from bitsandbytes import optim

    return {
        OptimizerKind.ADAMW_8BIT: optim.AdamW8bit,
        OptimizerKind.PAGED_ADAMW: optim.PagedAdamW,
        OptimizerKind.PAGED_ADAMW_8BIT: optim.PagedAdamW8bit,
    }[kind]


def _decays(model: PreTrainedModel, module: nn.Module, name: str, parameter: nn.Parameter) -> bool:
    if module is model.get_output_embeddings():
        return False
    holds_matrix = isinstance(module, nn.Linear | nn.Conv1d | Conv1D) and name == "weight"
    # Fused experts hold the matrices of all experts in one parameter.
    return holds_matrix or (parameter.dim() == 3 and type(module).__name__.endswith("Experts"))
