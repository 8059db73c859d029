"""Trained weights by how the optimizer treats them: with or without weight decay, at which share of the learning rate.

In: a student's model and the recipe. Out: groups as torch optimizers take them, each with a `lr_ratio` that the loop
multiplies the scheduled rate by. Deterministic: the same model gives the same groups in the same order, which is what a
checkpoint's optimizer state is matched by.

Decay pulls weights to zero. Matrices of linear and convolution layers decay, adapters among them; norms, biases,
embeddings, an untied head and what recurrent layers hold (Mamba's A and D) do not. LoRA+ (arXiv 2402.12354): the B
matrices, which start at zero, learn `loraplus_lr_ratio` times as fast.
"""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D


def parameter_groups(
    model: PreTrainedModel, *, weight_decay: float, loraplus_lr_ratio: float
) -> list[dict[str, Any]]:  # Any: what torch's optimizers take
    """Every trained parameter once, a tied one too, in groups without empty ones.

    Args:
        model: after `make_trainable`.
        weight_decay: of the weights that decay.
        loraplus_lr_ratio: learning rate of LoRA's B matrices ÷ that of all else.
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


def _decays(model: PreTrainedModel, module: nn.Module, name: str, parameter: nn.Parameter) -> bool:
    if module is model.get_output_embeddings():
        return False
    holds_matrix = isinstance(module, nn.Linear | nn.Conv1d | Conv1D) and name == "weight"
    # Fused experts hold the matrices of all of them in one parameter.
    return holds_matrix or (parameter.dim() == 3 and type(module).__name__.endswith("Experts"))
