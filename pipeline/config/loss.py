"""Recipe sections `finetune.loss` and `finetune.guard`: what is minimised, and when a step is not to be trusted."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.config.base import RecipeSection


class LossWeighting(StrEnum):
    """What weighs the same within an optimizer step."""

    TOKEN = "token"
    """Every trained token."""
    SEQUENCE = "sequence"
    """Every row, however many of its tokens are trained (LongAlign, arXiv 2401.18058, section 3.3)."""


class LossRecipe(RecipeSection):
    """Cross-entropy of the trained tokens."""

    weighting: LossWeighting = LossWeighting.TOKEN
    z_loss: float = Field(default=0.0, ge=0.0)
    """Coefficient of log²Z, Z the softmax's normaliser (PaLM, arXiv 2204.02311, section 5; there 1e-4)."""
    chunk_tokens: PositiveInt = 1024
    """Positions whose logits exist at a time."""


class OnSpike(StrEnum):
    """What follows a spike of the loss or of the gradient's norm."""

    STOP = "stop"
    WARN = "warn"
    """Take the step and say so."""
    SKIP = "skip"
    """Throw the step's gradient away; also where it is not a number."""


class GuardRecipe(RecipeSection):
    """A spike is a loss or gradient norm far above those of the steps before it, on a logarithmic scale."""

    on_spike: OnSpike = OnSpike.STOP
    window_steps: PositiveInt = 128
    """Steps before that count."""
    min_history_steps: int = Field(default=20, ge=2)
    """No spike is looked for before as many steps of the same stage and kind of data; earlier stages have other losses.
    What is not a number stops from the first step on."""
    max_robust_z: PositiveFloat = 10.0
    """Distance from the window's median in robust standard deviations, of which one is at least 10 %."""
    max_skipped_steps: PositiveInt = 3
    """In a row; one more stops the run."""
