"""`pipeline.plan_memory`: what memory a training needs, and what to change if it does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.api.sections import section_of
from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import needing_extra

if TYPE_CHECKING:
    from pipeline.train.memory.plan import TrainingMemoryPlan


def plan_memory(
    model: str | Mapping[str, Any] = "",  # Any: JSON values of a config, values of a recipe
    *,
    memory_gib: float | None = None,
    processes: int = 1,
    **settings: Any,
) -> TrainingMemoryPlan:
    """Predict the memory of a training from the model's config alone; no weights are read. Needs the extra `train`.

    Takes some seconds, most of them to import torch.

    Args:
        model: a folder, a hub name, or the content of a `config.json`; by default the recipe's model.
        memory_gib: the memory of one GPU to plan for, or of the host with `device="cpu"`; by default this machine's.
        processes: the number of processes that divide the training, all on one machine.
        settings: keys of `finetune` in a recipe, such as `max_tokens` or `rope`.

    Returns:
        The plan: `fits`, `longest_tokens`, `prediction.peak_bytes`, `remedies`, and all of it as `as_json()`.

    Raises:
        InputError: the model does not exist, or the settings do not work for it.
        MissingExtraError: the extra `train` is not installed.
        RecipeError: a setting is unknown or not allowed.

    Example:
        >>> import pipeline
        >>> config = {
        ...     "model_type": "llama", "hidden_size": 1024, "intermediate_size": 2048, "num_hidden_layers": 8,
        ...     "num_attention_heads": 16, "vocab_size": 32000, "max_position_embeddings": 8192,
        ... }
        >>> plan = pipeline.plan_memory(
        ...     config, memory_gib=24, max_tokens=16384, rope={"method": "yarn", "factor": 4}, device="cuda"
        ... )
        >>> plan.fits, plan.prediction.num_tokens, plan.longest_tokens > 16384
        (True, 16384, True)
    """
    recipe = section_of(FinetuneRecipe, settings, function=plan_memory)
    with needing_extra("train", what="Planning"):
        from pipeline.train.memory.plan import plan_for_config, plan_training
    if isinstance(model, Mapping):
        from pipeline.train.rope.scaled_config import config_name, config_of

        name = config_name(model)
        base = config_of(model, reference=name)
        return plan_for_config(
            recipe, base, model=name, memory_gib=memory_gib, processes=processes, local_processes=processes
        )
    return plan_training(
        recipe,
        model=model or recipe.model,
        memory_gib=memory_gib,
        processes=processes,
        local_processes=processes,
    )
