"""Recipe sections `finetune.loss` and `finetune.guard`: what training minimises, and how it handles bad steps."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.config.base import RecipeSection


class LossWeighting(StrEnum):
    """What has equal weight within an optimizer step."""

    TOKEN = "token"
    """Every trained token."""
    SEQUENCE = "sequence"
    """Every row, whatever its number of trained tokens (LongAlign, arXiv 2401.18058, section 3.3)."""


class LossRecipe(RecipeSection):
    """Cross-entropy of the trained tokens."""

    weighting: LossWeighting = LossWeighting.TOKEN
    z_loss: float = Field(default=0.0, ge=0.0)
    """Coefficient of log²Z, Z the softmax's normaliser (PaLM, arXiv 2204.02311, section 5; there 1e-4)."""
    chunk_tokens: PositiveInt = 1024
    """Positions whose logits are in memory at the same time."""


class OnSpike(StrEnum):
    """Reaction to a spike of the loss or of the gradient norm."""

    STOP = "stop"
    WARN = "warn"
    """Take the step and log a warning."""
    SKIP = "skip"
    """Discard the step's gradient, also if it is not finite."""


class GuardRecipe(RecipeSection):
    """A spike is a loss or gradient norm far above those of earlier steps, on a logarithmic scale."""

    on_spike: OnSpike = OnSpike.STOP
    window_steps: PositiveInt = 128
    """Number of earlier steps to compare with."""
    min_history_steps: int = Field(default=20, ge=2)
    """Steps of the same stage and kind of data before spikes are detected; earlier stages have other losses. Values
    that are not finite are detected from the first step; they stop the run unless `on_spike` is `skip`."""
    max_robust_z: PositiveFloat = 10.0
    """Distance from the window's median in robust standard deviations; one deviation is at least 10 %."""
    max_skipped_steps: PositiveInt = 3
    """In a row. One more stops the run."""
