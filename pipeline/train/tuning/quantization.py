"""QLoRA (arXiv 2305.14314): loads frozen linear layers in 4-bit NormalFloat; dequantises them to merge the adapters.

`quantization_config` takes the recipe's `tuning` section and returns what `from_pretrained` needs to quantise while
loading. After training, `merge_into_dequantized` returns the model with plain weights: dequantised, plus the adapters'
products. The merged model computes what was trained, whereas merging into 4-bit weights would round the adapters away.

Needs a GPU and bitsandbytes (extra `qlora`). On a CPU, bitsandbytes repacks a layer's weights when the layer first runs
in evaluation mode, and after that no gradient passes through the layer (observed with version 0.50).
"""

from __future__ import annotations

from importlib.util import find_spec

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn
from transformers import BitsAndBytesConfig, PreTrainedConfig, PreTrainedModel

from pipeline.config.tuning import TuningMethod, TuningRecipe
from pipeline.errors import InputError, MissingExtraError
from pipeline.train.layers.text_stack import has_other_parts

_HOST = torch.device("cpu")


def quantization_config(
    recipe: TuningRecipe, config: PreTrainedConfig, *, dtype: torch.dtype, device: torch.device
) -> BitsAndBytesConfig | None:
    """Return the quantisation config to load the model with; None if nothing is quantised.

    The head and the embeddings are never quantised, because transformers skips them by itself.

    Raises:
        InputError: the device is a CPU, or the model has parts that do not read text.
        MissingExtraError: bitsandbytes is not installed.
    """
    if recipe.method is not TuningMethod.QLORA:
        return None
    if device.type == "cpu":
        raise InputError(
            "tuning.method qlora cannot train on a CPU, where no gradient passes through 4-bit weights.",
            remedy="Set finetune.device to cuda, or tuning.method to lora.",
        )
    if has_other_parts(config):
        raise InputError(
            f"tuning.method qlora would also quantise the parts of a {config.model_type} model that do not read text.",
            remedy="Set tuning.method to lora, or use a text-only model of the same family.",
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
    """Remove the adapters, dequantise the model, and add each adapter to its layer's weight, in place.

    Each 4-bit weight is dequantised on its own device, merged there in float32, and then moved to the host. A GPU that
    trained in 4 bits therefore needs no room for the full model, whereas transformers' own `dequantize` leaves the full
    model on the GPU.

    Returns:
        The model, on the host.
    """
    from bitsandbytes.nn import Linear4bit  # part of the extra qlora
    from transformers.integrations.bitsandbytes import dequantize_bnb_weight

    (adapter,) = adapted.active_adapters
    layers = {
        name: module for name, module in adapted.get_base_model().named_modules() if isinstance(module, LoraLayer)
    }
    model: PreTrainedModel = adapted.unload()
    names = [name for name, module in model.named_modules() if isinstance(module, Linear4bit) or name in layers]
    for name in names:
        module = model.get_submodule(name)
        weight = dequantize_bnb_weight(module.weight)  # unchanged unless it is quantised to 4 bits
        if layer := layers.pop(name, None):
            weight = weight.float() + layer.get_delta_weight(adapter).float()
        if isinstance(module, Linear4bit):
            model.set_submodule(name, _plain_linear(module, weight.to(_HOST, model.config.dtype)))
        else:
            module.weight.copy_(weight)
    model.hf_quantizer.remove_quantization_config(model)
    return model.to(_HOST)


def _plain_linear(quantized: nn.Module, weight: Tensor) -> nn.Linear:
    bias = quantized.bias
    plain = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
    plain.weight = nn.Parameter(weight)
    if isinstance(bias, nn.Parameter):
        plain.bias = bias
    return plain
