"""QLoRA (arXiv 2305.14314): frozen linear layers in 4-bit NormalFloat, and back when adapters are merged.

In: the recipe's `tuning`. Out: what `from_pretrained` needs to quantise while loading; after training, the model with
plain weights: dequantised, plus the adapter. That is the function that was trained; merging into 4 bits would round
the adapter away. Needs bitsandbytes, the extra `qlora`, and a GPU: on a CPU bitsandbytes repacks a layer's weights when
it is first evaluated, and from then on no gradient passes through it (0.50, seen by running it).
"""

from __future__ import annotations

from importlib.util import find_spec

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor
from transformers import BitsAndBytesConfig, PreTrainedModel

from pipeline.config.tuning import TuningMethod, TuningRecipe
from pipeline.errors import InputError, MissingExtraError


def quantization_config(recipe: TuningRecipe, *, dtype: torch.dtype, device: torch.device) -> BitsAndBytesConfig | None:
    """What to load the model with; None where nothing is quantised.

    The head and the embeddings stay as they are (transformers leaves them out by itself).

    Raises:
        InputError: the device is a CPU.
        MissingExtraError: bitsandbytes is not installed.
    """
    if recipe.method is not TuningMethod.QLORA:
        return None
    if device.type == "cpu":
        raise InputError(
            "tuning.method qlora cannot train on a CPU, where 4-bit weights pass no gradient.",
            remedy="Set finetune.device to cuda, or tuning.method to lora.",
        )
    if find_spec("bitsandbytes") is None:
        raise MissingExtraError("tuning.method qlora needs bitsandbytes, which is not installed.", extra="qlora")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


@torch.no_grad()
def merge_into_dequantized(adapted: PeftModel) -> PreTrainedModel:
    """Take the adapters off, dequantise the model, and add to each weight what its adapter was. In place.

    Holds one weight in float32 at a time.
    """
    (adapter,) = adapted.active_adapters
    layers = {
        name: module for name, module in adapted.get_base_model().named_modules() if isinstance(module, LoraLayer)
    }
    model: PreTrainedModel = adapted.unload()
    model.dequantize()
    for name, layer in layers.items():
        weight = model.get_submodule(name).weight
        assert isinstance(weight, Tensor)
        weight.copy_(weight.float() + layer.get_delta_weight(adapter).float())
    return model
