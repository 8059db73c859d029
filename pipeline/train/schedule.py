"""The learning rate of each step. Pure: a resumed run needs the step and nothing else."""

from __future__ import annotations

import math

from pipeline.config.optimizer import OptimizerRecipe


def learning_rate_at(step: int, recipe: OptimizerRecipe, *, num_steps: int) -> float:
    """Linear warm-up to the full rate at step `warmup_steps`, then a cosine that ends at the final share.

    Args:
        step: from 1 to `num_steps`.
        recipe: peak rate, warm-up and final share.
        num_steps: of the whole training. With `warmup_steps` at or above it, the rate only rises.
    """
    if step <= recipe.warmup_steps:
        return recipe.learning_rate * step / recipe.warmup_steps
    progress = (step - recipe.warmup_steps) / (num_steps - recipe.warmup_steps)
    share = recipe.final_learning_rate_share
    return recipe.learning_rate * (share + (1.0 - share) * 0.5 * (1.0 + math.cos(math.pi * progress)))
