"""The student: a base model built with the recipe's RoPE scaling, with LoRA and trainable embeddings and norms.

In: a model reference and the `finetune` section of a recipe. Out: a `Student` for the loop and the export. The scaling
is written into the config *before* the model is built, since transformers reads it only then, and the built frequencies
are compared with `train.rope`, computed independently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel

from pipeline.config.finetune import FinetuneRecipe, LoraRecipe, RopeRecipe
from pipeline.errors import InputError, TrainingError
from pipeline.io.models import resolve_model
from pipeline.train.attention import attention_for, register_document_attention
from pipeline.train.device import resolve_device
from pipeline.train.rope import RopeScaling
from pipeline.train.scaled_config import MODEL_REMEDY, config_scaling, scaled_config

# Ours in float64 against transformers' in float32: below 1e-6 over all methods; a wrong base or ramp is off by > 1e-2.
MAX_INV_FREQ_RELATIVE_ERROR = 1e-5


@dataclass(frozen=True, slots=True)
class Student:
    """A model being trained. `adapted` wraps `model`, whose layers carry the adapters."""

    model: PreTrainedModel
    adapted: PeftModel
    scaling: RopeScaling
    dtype: torch.dtype
    """Of frozen weights and activations; trained weights are float32."""
    device: torch.device
    num_parameters: int
    """Of the base model."""
    inv_freq_error: float
    """Largest relative error of the built rotary frequencies against ours."""

    def trainables(self) -> dict[str, nn.Parameter]:
        """Trained parameters by name, in the model's order; a tied parameter once."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}


def build_student(reference: str, recipe: FinetuneRecipe, *, seed: int) -> Student:
    """Load a base model with scaled RoPE and make its LoRA layers, embeddings and norms trainable.

    Raises:
        InputError: the model cannot be loaded, or is of a kind that cannot be scaled or trained here.
        TrainingError: the built model's rotary frequencies are not those of the recipe.
    """
    device = torch.device(resolve_device(recipe.device, setting="finetune.device"))
    dtype = getattr(torch, recipe.dtype)
    model, scaling = load_scaled_model(reference, recipe.rope, dtype=dtype, attention=recipe.attention)
    check_output_head(model)
    num_parameters = sum(p.numel() for p in model.parameters())
    torch.manual_seed(seed)
    adapted = make_trainable(model, recipe.lora)
    if recipe.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.to(device)
    return Student(
        model=model,
        adapted=adapted,
        scaling=scaling,
        dtype=dtype,
        device=device,
        num_parameters=num_parameters,
        inv_freq_error=assert_rope_in_force(model, scaling),
    )


def load_scaled_model(
    reference: str, rope: RopeRecipe, *, dtype: torch.dtype, attention: str
) -> tuple[PreTrainedModel, RopeScaling]:
    """Load a base model with a scaling in force from its first forward pass on.

    Raises:
        InputError, TrainingError: as `build_student`.
    """
    config = scaled_config(reference, rope)
    register_document_attention()
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            resolve_model(reference), config=config, dtype=dtype, attn_implementation=attention_for(config, attention)
        )
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot load the model '{reference}': {error}.", remedy=MODEL_REMEDY) from error
    scaling = config_scaling(config)
    assert_rope_in_force(model, scaling)
    return model, scaling


def assert_rope_in_force(model: PreTrainedModel, scaling: RopeScaling) -> float:
    """Compare the built model's rotary frequencies with ours, within and beyond the original length.

    Returns:
        The largest relative error of an inverse frequency or of the attention factor.

    Raises:
        TrainingError: they differ by more than `MAX_INV_FREQ_RELATIVE_ERROR`.
    """
    rotary = _rotary_module(model)
    worst = abs(float(rotary.attention_scaling) / scaling.attention_factor - 1.0)
    for num_tokens in (scaling.original_max_tokens, scaling.max_tokens):
        reset_rotary(model)
        device = rotary.inv_freq.device
        rotary(torch.zeros(1, device=device), torch.tensor([[num_tokens - 1]], device=device))
        built = rotary.inv_freq.double().cpu()
        ours = torch.tensor(scaling.inverse_frequencies_at(num_tokens), dtype=torch.float64)
        worst = max(worst, float((built / ours - 1.0).abs().max()) if built.shape == ours.shape else float("inf"))
    reset_rotary(model)
    if worst > MAX_INV_FREQ_RELATIVE_ERROR:
        raise TrainingError(
            f"RoPE method {scaling.method.value} is not in force: the model's frequencies are off by {worst:.2g}.",
            remedy="Use a model whose rotary embeddings read config.rope_parameters, or another rope.method.",
        )
    return worst


def reset_rotary(model: PreTrainedModel) -> None:
    """Forget the lengths seen before: dynamic NTK otherwise keeps the frequencies of its longest sequence so far."""
    rotary = _rotary_module(model)
    if "dynamic" in str(getattr(rotary, "rope_type", "")):
        rotary.inv_freq = rotary.original_inv_freq.clone()
        rotary.max_seq_len_cached = rotary.original_max_seq_len


@torch.no_grad()
def check_output_head(model: PreTrainedModel) -> None:
    """Check that logits are the final hidden states times the head, which the chunked loss relies on.

    Raises:
        InputError: the model scales, caps or biases its logits.
    """
    ids_1T = torch.arange(8, device=model.device)[None] % model.config.vocab_size
    hidden_1TH: Tensor = model.base_model(input_ids=ids_1T, use_cache=False).last_hidden_state
    logits_1TV = model(input_ids=ids_1T, use_cache=False).logits
    plain_1TV = hidden_1TH @ model.get_output_embeddings().weight.T
    if not torch.allclose(logits_1TV.float(), plain_1TV.float(), rtol=1e-2, atol=1e-2):
        raise InputError(
            f"A {model.config.model_type} model scales, caps or biases its logits, which the chunked loss does not do.",
            remedy="Use a model of the Llama, Qwen2, Qwen3 or Mistral family.",
        )


def make_trainable(model: PreTrainedModel, recipe: LoraRecipe) -> PeftModel:
    """Freeze the model, add LoRA, and unfreeze embeddings and norms as the recipe says (LongLoRA, arXiv 2309.12307).

    Embeddings and norms train in place, in float32, rather than as PEFT copies (`modules_to_save`): a tied head stays
    the same parameter and no second embedding matrix is held. An untied head trains with the embeddings.

    Raises:
        InputError: no layer of the model has one of the `target_modules`.
    """
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(recipe.target_modules) or "all-linear",
        bias="none",
        task_type="CAUSAL_LM",
    )
    try:
        adapted: PeftModel = get_peft_model(model, config)
    except ValueError as error:
        raise InputError(
            f"LoRA cannot be added: {error}.", remedy="Leave lora.target_modules empty for every linear layer."
        ) from error
    for module in model.modules():
        is_embedding = module in (model.get_input_embeddings(), model.get_output_embeddings())
        is_norm = type(module).__name__.endswith("Norm")
        if (is_embedding and recipe.train_embeddings) or (is_norm and recipe.train_norms):
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.float()
                parameter.requires_grad_(True)
    return adapted


def _rotary_module(model: PreTrainedModel) -> Any:  # Any: each model family has its own class
    found = [
        module for module in model.modules() if hasattr(module, "inv_freq") and hasattr(module, "attention_scaling")
    ]
    if len(found) != 1:
        raise InputError(
            f"A {model.config.model_type} model has {len(found)} rotary embeddings, and one is needed.",
            remedy="Use a model of the Llama, Qwen2, Qwen3 or Mistral family.",
        )
    return found[0]
