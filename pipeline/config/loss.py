"""The recipe sections `finetune.loss` and `finetune.guard`: what training minimises, and how it handles bad steps."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.config.base import RecipeSection


class LossWeighting(StrEnum):
    """What has equal weight within an optimizer step."""

    TOKEN = "token"
    """Every trained token."""
    SEQUENCE = "sequence"
    """Every row, regardless of its number of trained tokens (LongAlign, arXiv 2401.18058, section 3.3)."""


class LossRecipe(RecipeSection):
    """Options for the cross-entropy loss of the trained tokens."""

    weighting: LossWeighting = LossWeighting.TOKEN
    z_loss: float = Field(default=0.0, ge=0.0)
    """The coefficient of log²Z, where Z is the softmax normaliser (PaLM, arXiv 2204.02311, section 5, uses 1e-4)."""
    chunk_tokens: PositiveInt = 1024
    """The number of positions whose logits are in memory at the same time."""


class OnSpike(StrEnum):
    """The reaction to a spike of the loss or the gradient norm."""

    STOP = "stop"
    WARN = "warn"
    """Take the step and log a warning."""
    SKIP = "skip"
    """Discard the step's gradient. This includes steps whose loss or gradient is not finite."""


class GuardRecipe(RecipeSection):
    """Detection of spikes. A spike is a loss or gradient norm far above those of earlier steps, on a logarithmic
    scale."""

    on_spike: OnSpike = OnSpike.STOP
    window_steps: PositiveInt = 128
    """The maximum number of earlier steps to compare with: the last ones that were not skipped."""
    min_history_steps: int = Field(default=20, ge=2)
    """The number of steps with the same stage and kinds of data before spikes are detected. Losses of other stages are
    not comparable. Values that are not finite are detected from the first step on; they stop the run unless `on_spike`
    is `skip`."""
    max_robust_z: PositiveFloat = 10.0
    """The maximum distance above the median of the window, in robust standard deviations of the logarithms. A standard
    deviation below 0.1 counts as 0.1, so that normal noise around a flat loss is no spike."""
    max_skipped_steps: PositiveInt = 3
    """The maximum number of consecutive skipped steps; one more stops the run."""
