"""Builds the student, the model in training: a base model with scaled RoPE and the recipe's weights set to train.

Takes a model reference and the `finetune` section of a recipe. Returns a `Student` for the loop and the export.
`enter_stage` switches the live model to the next stage: new rotary frequencies and pack lengths, the same weights.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from peft import PeftModel
from torch import nn
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedConfig, PreTrainedModel

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.rope import RopeOptions
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.train.attention.placement import ModelAttention, install_attention, model_attention
from pipeline.train.distributed.parallel import WHOLE, ModelParallel
from pipeline.train.layers.checkpointing import save_memory
from pipeline.train.layers.kept import KeptActivations, fixed_activations
from pipeline.train.layers.text_stack import decoder_layers
from pipeline.train.loss.head import check_output_head
from pipeline.train.machine.device import resolve_device
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.rescaled import rescale
from pipeline.train.rope.scaled_config import MODEL_REMEDY, recipe_scaling, scaled_config
from pipeline.train.rope.scaling import RopeScaling
from pipeline.train.run.stages import TrainingStage
from pipeline.train.tuning.quantization import quantization_config
from pipeline.train.tuning.trainable import make_trainable

Place = Callable[[PreTrainedModel, torch.device], ModelParallel]
"""Puts a built model on the device where it trains, and returns which part of the model this process holds."""


@dataclass(frozen=True, slots=True)
class Student:
    """A model in training."""

    model: PreTrainedModel
    """The model; its layers carry the adapters."""
    adapted: PeftModel | None
    """PEFT's wrapper of `model`; None without adapters."""
    attention: ModelAttention
    scaling: RopeScaling
    dtype: torch.dtype
    """The dtype of frozen weights and activations; trained weights are float32."""
    device: torch.device
    num_parameters: int
    """Number of parameters in the base model."""
    inv_freq_error: float
    """Largest relative error of the model's rotary frequencies and attention factors, compared with `train.rope`."""
    parallel: ModelParallel
    """Which part of the weights and packs this process has."""
    activations: KeptActivations
    """The activations that a step keeps until its backward pass."""

    def trainables(self) -> dict[str, nn.Parameter]:
        """Return the trained parameters by name, in the model's order; a tied parameter appears once."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}


def build_student(reference: str, recipe: FinetuneRecipe, *, seed: int, kept: KeptActivations | None = None) -> Student:
    """Load a base model with scaled RoPE, set the recipe's weights to train, and hold the whole model in this process.

    Raises:
        PipelineError: see `build_placed_student`.
    """
    return build_placed_student(reference, recipe, seed=seed, place=_place_whole, kept=kept)


def build_placed_student(
    reference: str, recipe: FinetuneRecipe, *, seed: int, place: Place, kept: KeptActivations | None = None
) -> Student:
    """Do the same as `build_student`, but let `place` (in training, `Ranks.place`) put the model on its device.

    Args:
        reference: reference of the base model.
        recipe: the `finetune` section.
        seed: seed of the adapters' first weights.
        place: puts the model on its device.
        kept: the activations that a step keeps; None means what the recipe says, and nothing if it says `auto`.

    Raises:
        InputError: the model cannot be loaded; the loss does not support its logits; or the recipe's device, scaling,
            attention pattern, tuning or division among processes does not work for it.
        MissingExtraError: the recipe asks for 4-bit weights and bitsandbytes is not installed.
        TrainingError: the built model's rotary frequencies differ from the recipe's.
    """
    device = torch.device(resolve_device(recipe.device, setting="finetune.device"))
    dtype = getattr(torch, recipe.dtype)
    config = scaled_config(reference, recipe.rope)
    quantization = quantization_config(recipe.tuning, config, dtype=dtype, device=device)
    model, scaling = _load(reference, config, recipe.rope, dtype=dtype, quantization=quantization)
    return _student_of(model, scaling, recipe, device=device, seed=seed, place=place, kept=kept)


def build_random_student(
    config: PreTrainedConfig, recipe: FinetuneRecipe, *, seed: int, kept: KeptActivations | None = None
) -> Student:
    """Do the same as `build_student`, but with random weights that are not quantised; no weights are read.

    Args:
        config: the config of a model that reads text only, with its scaling.
        recipe: the `finetune` section; its RoPE is the one in the config.
        seed: determines the weights.
        kept: as for `build_placed_student`.

    Raises:
        InputError: the recipe's device, attention pattern or tuning does not work for the model.
    """
    device = torch.device(resolve_device(recipe.device, setting="finetune.device"))
    torch.manual_seed(seed)
    with device:
        # A copy, because transformers writes the dtype into the config it is given.
        model: PreTrainedModel = AutoModelForCausalLM.from_config(deepcopy(config), dtype=getattr(torch, recipe.dtype))
    scaling = recipe_scaling(config, recipe.rope)
    return _student_of(model, scaling, recipe, device=device, seed=seed, place=_place_whole, kept=kept)


def _student_of(
    model: PreTrainedModel,
    scaling: RopeScaling,
    recipe: FinetuneRecipe,
    *,
    device: torch.device,
    seed: int,
    place: Place,
    kept: KeptActivations | None,
) -> Student:
    dtype = getattr(torch, recipe.dtype)
    attention = model_attention(model, recipe.attention, max_tokens=recipe.max_tokens)
    install_attention(model, attention.isolation)
    check_output_head(model)
    num_parameters = model.num_parameters()
    torch.manual_seed(seed)
    adapted = make_trainable(model, recipe.tuning, dtype=dtype)
    if kept is None:
        kept = fixed_activations(recipe.memory, num_layers=len(decoder_layers(model)))
    save_memory(model, recipe.memory, device=device, kept=kept)
    parallel = place(model, device)
    return Student(
        model=model,
        adapted=adapted,
        attention=attention,
        scaling=scaling,
        dtype=dtype,
        device=device,
        num_parameters=num_parameters,
        inv_freq_error=assert_rope_in_force(model, scaling),
        parallel=parallel,
        activations=kept,
    )


def load_scaled_model(reference: str, rope: RopeOptions, *, dtype: torch.dtype) -> tuple[PreTrainedModel, RopeScaling]:
    """Load a base model with scaled RoPE.

    The scaling is written into the config before the model is built, because transformers reads it only then. The
    model's frequencies are compared with those of `train.rope`, which are computed independently.

    Raises:
        InputError: the model cannot be loaded, or the scaling does not work for it; see `scaled_config`.
        TrainingError: the built model's rotary frequencies differ from the recipe's.
    """
    return _load(reference, scaled_config(reference, rope), rope, dtype=dtype, quantization=None)


def _load(
    reference: str,
    config: PreTrainedConfig,
    rope: RopeOptions,
    *,
    dtype: torch.dtype,
    quantization: BitsAndBytesConfig | None,
) -> tuple[PreTrainedModel, RopeScaling]:
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            resolve_weights(reference),
            config=config,
            dtype=dtype,
            quantization_config=quantization,
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError) as error:
        raise cannot_load("model", reference, error, remedy=MODEL_REMEDY) from error
    scaling = recipe_scaling(config, rope)
    assert_rope_in_force(model, scaling)
    return model, scaling


def enter_stage(student: Student, stage: TrainingStage) -> Student:
    """Switch a student to a stage: apply the stage's RoPE scaling and attention pattern; takes milliseconds.

    The weights stay the same, and so does the optimizer state, which belongs to the weights.

    Args:
        student: the student; its model is changed in place.
        stage: the stage that begins; the scaling of every stage is relative to the base model's length.

    Returns:
        The student with the stage's attention and scaling, and the same model.

    Raises:
        InputError: the stage's attention pattern does not work for the model.
        TrainingError: the model's rotary frequencies differ from the stage's.
    """
    if stage.scaling.has_rotary:
        rescale(student.model, stage.config)
    return replace(
        student,
        attention=model_attention(student.model, stage.settings.attention, max_tokens=stage.settings.max_tokens),
        scaling=stage.scaling,
        inv_freq_error=assert_rope_in_force(student.model, stage.scaling),
    )


def _place_whole(model: PreTrainedModel, device: torch.device) -> ModelParallel:
    model.to(device)
    return WHOLE
