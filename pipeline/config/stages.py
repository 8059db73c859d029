"""The recipe sections for training in stages and for the passkey probe during training."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import RecipeSection
from pipeline.config.rope import ChosenRope
from pipeline.languages import Language


class StageData(StrEnum):
    """The data that a stage trains on."""

    SFT = "sft"
    """Rows of `sft/`; the loss counts the answers."""
    CORPUS = "corpus"
    """Documents of `corpus/`; the loss counts every token (continued pre-training)."""
    MIXED = "mixed"
    """Rows and documents; `corpus_share` sets the proportion."""


class ScheduleSpan(StrEnum):
    """What a single warm-up and decay of the learning rate covers."""

    RUN = "run"
    STAGE = "stage"
    """Each stage has its own warm-up and decay."""


class StageRecipe(RecipeSection):
    """A training stage (as in XGen, arXiv 2309.03450).

    `max_tokens`, `rope`, `languages`, `packs_per_step` and `learning_rate` are those of `finetune` if the stage does
    not set them. Weights and optimizer state carry over from stage to stage; lengths, positions and RoPE change at the
    boundary. A stage repeats its data as needed and ends as soon as it reaches `tokens`, `epochs` or `max_steps`. If
    the stage sets none of these three, `epochs` and `max_steps` of `finetune` apply.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    data: StageData = StageData.SFT
    corpus_share: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    """`mixed`: the share of the stage's tokens that come from documents."""
    max_tokens: PositiveInt | None = None
    rope: ChosenRope | None = None
    """The RoPE scaling, relative to the base model and not to the previous stage."""
    languages: tuple[Language, ...] | None = None
    """The languages of the stage's rows and documents; an empty list for all."""
    packs_per_step: PositiveInt | None = None
    tokens: PositiveInt | None = None
    """The number of tokens to train on, rounded up to whole steps."""
    epochs: PositiveInt | None = None
    """The number of passes over the stage's packs; with `mixed`, over its packs of rows."""
    max_steps: PositiveInt | None = None
    learning_rate: PositiveFloat | None = None
    """The peak learning rate during this stage."""

    @model_validator(mode="after")
    def _settings_belong_together(self) -> Self:
        if (self.data is StageData.MIXED) != (self.corpus_share is not None):
            raise ValueError("data mixed needs corpus_share, and only data mixed can have it")
        return self


class ProbeRecipe(RecipeSection):
    """Passkey retrieval during training: the model must retrieve a five-digit key hidden in filler text.

    The answer is teacher-forced, so that each sample takes one forward pass. A key counts as retrieved if each of its
    tokens is the most likely one.
    """

    every_steps: PositiveInt | None = 100
    """The number of steps between probes. A probe also runs at the end of every stage, so that a short run has a result
    too. Null disables the probe."""
    lengths: tuple[PositiveInt, ...] = ()
    """The prompt lengths in tokens. Lengths above the stage's `max_tokens`, or too short for a prompt, are skipped. By
    default a quarter of `max_tokens` and all of it."""
    depths: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = Field(default=(0.1, 0.5, 0.9), min_length=1)
    samples: PositiveInt = 1
    """The number of keys for each combination of length and depth."""
