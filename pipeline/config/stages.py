"""Recipe sections of staged training, and of the passkey probe that runs meanwhile."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import RecipeSection
from pipeline.config.rope import ChosenRope


class StageData(StrEnum):
    """What a stage trains on."""

    SFT = "sft"
    """Rows of `sft/`; the loss counts answers."""
    CORPUS = "corpus"
    """Documents of `corpus/`; the loss counts every token (continued pre-training)."""
    MIXED = "mixed"
    """Both; `corpus_share` says how much of each."""


class ScheduleSpan(StrEnum):
    """What one warm-up and one decay of the learning rate span."""

    RUN = "run"
    STAGE = "stage"
    """Each stage warms up and decays by itself."""


class StageRecipe(RecipeSection):
    """A stage of training (as XGen, arXiv 2309.03450). What is not given is as in `finetune` itself.

    Weights and optimizer state carry over from stage to stage; lengths, positions and RoPE change at the boundary. A
    stage ends with whichever of `tokens`, `epochs` and `max_steps` comes first and goes over its data as often as that
    takes; where it gives none of them, `epochs` and `max_steps` of `finetune` hold.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    data: StageData = StageData.SFT
    corpus_share: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    """`mixed`: share of the stage's tokens that come from documents."""
    max_tokens: PositiveInt | None = None
    rope: ChosenRope | None = None
    """Relative to the base model, as everywhere; never on top of the stage before."""
    packs_per_step: PositiveInt | None = None
    tokens: PositiveInt | None = None
    """Train on at least as many, in whole steps."""
    epochs: PositiveInt | None = None
    """Passes over the stage's packs; with `mixed` over its packs of rows."""
    max_steps: PositiveInt | None = None
    learning_rate: PositiveFloat | None = None
    """Peak of the schedule during this stage."""

    @model_validator(mode="after")
    def _settings_belong_together(self) -> Self:
        if (self.data is StageData.MIXED) != (self.corpus_share is not None):
            raise ValueError("corpus_share belongs to data mixed, which needs it")
        return self


class ProbeRecipe(RecipeSection):
    """Passkey retrieval while training: a five-digit key hidden in filler text, asked for at the end.

    Teacher-forced, so one forward pass a sample: found where every token of the key is the likeliest one.
    """

    every_steps: PositiveInt | None = 100
    """Asked at the end of every stage as well, so that a run shorter than this has a result. Null: never."""
    lengths: tuple[PositiveInt, ...] = ()
    """In tokens, those within the stage's `max_tokens`; a quarter of it and all of it where none are given."""
    depths: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = Field(default=(0.1, 0.5, 0.9), min_length=1)
    samples: PositiveInt = 1
    """At each length and depth."""
