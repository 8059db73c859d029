"""Resolves the stages of a run: makes, for each stage, a `finetune` section as if the stage were the only one.

Takes the recipe's section and a model reference. Returns `TrainingStage`s in order, each with its RoPE scaling. A
recipe without `stages` has one stage named `main`, which trains on the rows. Used by all code that needs a stage's
lengths, data or RoPE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from transformers import PreTrainedConfig

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.stages import StageData, StageRecipe
from pipeline.errors import InputError
from pipeline.train.rope.scaled_config import causal_config, recipe_scaling, with_scaling
from pipeline.train.rope.scaling import UNLIMITED_TOKENS, RopeScaling, without_rotary

_ONLY_STAGE = "main"


@dataclass(frozen=True, slots=True)
class TrainingStage:
    """One stage with every setting resolved."""

    number: int
    """Position in the recipe, from 0."""
    name: str
    data: StageData
    corpus_share: float
    """Share of the stage's tokens that comes from documents; 0 without documents, 1 without rows."""
    num_tokens: int | None
    """Minimum number of tokens to train on, unless a different limit is reached first. At least one of `num_tokens`,
    `num_epochs` and `num_steps` is set."""
    num_epochs: int | None
    num_steps: int | None
    settings: FinetuneRecipe
    """The recipe's section with this stage's `max_tokens`, RoPE, languages, packs per step and learning rate; its
    `stages` are empty."""
    scaling: RopeScaling
    """RoPE scaling of the stage. For a model without rotary embeddings, it is unscaled, and its `max_tokens` is the
    limit in the model's config, or the stage's `max_tokens` if the config has no limit."""
    config: PreTrainedConfig = field(repr=False, compare=False)
    """The base model's config with the stage's scaling; never changed."""


def resolve_stages(settings: FinetuneRecipe, *, base_model: str) -> tuple[TrainingStage, ...]:
    """Return the stages of a recipe. Reads the model's config, once, but no weights.

    Raises:
        InputError: the model does not exist or cannot be scaled as a stage requires, or a stage's `max_tokens` is above
            its scaled context length.
    """
    return stages_of(settings, base=causal_config(base_model), base_model=base_model)


def stages_of(settings: FinetuneRecipe, *, base: PreTrainedConfig, base_model: str) -> tuple[TrainingStage, ...]:
    """Return the stages of a recipe for a model's config; see `resolve_stages`. `base_model` is its name."""
    recipes = settings.stages or (StageRecipe(name=_ONLY_STAGE),)
    return tuple(_resolve(number, recipe, settings, base, base_model) for number, recipe in enumerate(recipes))


def longest_stage(stages: Sequence[TrainingStage]) -> TrainingStage:
    """Return the stage with the longest packs, which decides how much memory a run needs."""
    return max(stages, key=lambda stage: stage.settings.max_tokens)


def _resolve(
    number: int, recipe: StageRecipe, settings: FinetuneRecipe, base: PreTrainedConfig, base_model: str
) -> TrainingStage:
    stage_settings = _settings_of(recipe, settings)
    config = with_scaling(base, stage_settings.rope, reference=base_model)
    scaling = recipe_scaling(config, stage_settings.rope)
    if stage_settings.max_tokens > scaling.max_tokens:
        section = f"finetune.stages[{number}] ({recipe.name})" if settings.stages else "finetune"
        needed_factor = stage_settings.max_tokens / scaling.original_max_tokens
        scales = stage_settings.rope.scales
        is_scaled = not scales and scaling.is_scaled
        replacing = " and rope.replace_existing, since the base model is already scaled" if is_scaled else ""
        product = f" ({scaling.original_max_tokens} × {scaling.factor:g})" if scales else ""
        raise InputError(
            f"{section}.max_tokens is {stage_settings.max_tokens}, but RoPE method {stage_settings.rope.method} on "
            f"'{base_model}' reaches {scaling.max_tokens}{product}.",
            remedy=f"Lower {section}.max_tokens, or scale with a rope.factor of {needed_factor:g} or more{replacing}.",
        )
    if scaling.max_tokens == UNLIMITED_TOKENS:
        scaling = without_rotary(stage_settings.max_tokens)
    sets_duration = any(limit is not None for limit in (recipe.tokens, recipe.epochs, recipe.max_steps))
    duration = (
        recipe if sets_duration else StageRecipe(name=recipe.name, epochs=settings.epochs, max_steps=settings.max_steps)
    )
    shares = {StageData.SFT: 0.0, StageData.CORPUS: 1.0, StageData.MIXED: recipe.corpus_share or 0.0}
    return TrainingStage(
        number=number,
        name=recipe.name,
        data=recipe.data,
        corpus_share=shares[recipe.data],
        num_tokens=duration.tokens,
        num_epochs=duration.epochs,
        num_steps=duration.max_steps,
        settings=stage_settings,
        scaling=scaling,
        config=config,
    )


def _settings_of(recipe: StageRecipe, settings: FinetuneRecipe) -> FinetuneRecipe:
    given = {
        name: value
        for name in ("max_tokens", "rope", "languages", "packs_per_step")
        if (value := getattr(recipe, name)) is not None
    }
    if recipe.learning_rate is not None:
        given["optimizer"] = settings.optimizer.model_copy(update={"learning_rate": recipe.learning_rate})
    return settings.model_copy(update={**given, "stages": ()})
