"""The optimizer of a run: AdamW by torch, or with 8-bit or paged moments by bitsandbytes.

In: a model whose trained weights are marked, and the recipe. Out: an optimizer whose groups carry `lr_ratio`.
bitsandbytes is imported only where it is asked for; it belongs to the extra `qlora`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import torch
from transformers import PreTrainedModel

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.optimizer import OptimizerKind
from pipeline.errors import InputError, MissingExtraError
from pipeline.train.parameter_groups import parameter_groups


def build_optimizer(model: PreTrainedModel, recipe: FinetuneRecipe, *, device: torch.device) -> torch.optim.Optimizer:
    """An optimizer over what trains.

    Args:
        model: after `make_trainable`, on its device.
        recipe: its `optimizer` and LoRA+ ratio.
        device: where the model trains.

    Raises:
        InputError: the kind needs CUDA and the model trains on another device.
        MissingExtraError: the kind needs bitsandbytes, which is not installed.
    """
    settings = recipe.optimizer
    groups = parameter_groups(
        model, weight_decay=settings.weight_decay, loraplus_lr_ratio=recipe.tuning.loraplus_lr_ratio
    )
    betas = (settings.beta1, settings.beta2)
    if settings.kind is OptimizerKind.ADAMW:
        # The fused kernel makes one pass over weights and moments and no temporary copies of them.
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
