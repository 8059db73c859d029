"""Recipe sections of training in stages, and of the passkey probe during training."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import RecipeSection
from pipeline.config.rope import ChosenRope


class StageData(StrEnum):
    """The data that a stage trains on."""

    SFT = "sft"
    """Rows of `sft/`; the loss counts answers."""
    CORPUS = "corpus"
    """Documents of `corpus/`; the loss counts every token (continued pre-training)."""
    MIXED = "mixed"
    """Both; `corpus_share` sets the proportion."""


class ScheduleSpan(StrEnum):
    """What one warm-up and decay of the learning rate covers."""

    RUN = "run"
    STAGE = "stage"
    """Each stage has its own warm-up and decay."""


class StageRecipe(RecipeSection):
    """A stage of training (as in XGen, arXiv 2309.03450). Settings that are not given are those of `finetune`.

    Weights and optimizer state carry over from stage to stage; lengths, positions and RoPE change at the boundary. A
    stage repeats its data as needed and ends when the first of `tokens`, `epochs` and `max_steps` is reached. If it
    sets none of them, `epochs` and `max_steps` of `finetune` apply.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    data: StageData = StageData.SFT
    corpus_share: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    """`mixed`: share of the stage's tokens that comes from documents."""
    max_tokens: PositiveInt | None = None
    rope: ChosenRope | None = None
    """Relative to the base model, as everywhere; never to the previous stage."""
    packs_per_step: PositiveInt | None = None
    tokens: PositiveInt | None = None
    """Train on at least this many tokens, in whole steps."""
    epochs: PositiveInt | None = None
    """Passes over the stage's packs; with `mixed`, over its packs of rows."""
    max_steps: PositiveInt | None = None
    learning_rate: PositiveFloat | None = None
    """Peak of the learning rate during this stage."""

    @model_validator(mode="after")
    def _settings_belong_together(self) -> Self:
        if (self.data is StageData.MIXED) != (self.corpus_share is not None):
            raise ValueError("corpus_share belongs to data mixed, which needs it")
        return self


class ProbeRecipe(RecipeSection):
    """Passkey retrieval during training: a five-digit key is hidden in filler text and asked for at the end.

    Teacher-forced, so one forward pass per sample. A key is found if each of its tokens is the most likely one.
    """

    every_steps: PositiveInt | None = 100
    """Also run at the end of every stage, so that a shorter run has a result too. Null: never."""
    lengths: tuple[PositiveInt, ...] = ()
    """In tokens; lengths above the stage's `max_tokens` are skipped. Default: a quarter of it and all of it."""
    depths: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = Field(default=(0.1, 0.5, 0.9), min_length=1)
    samples: PositiveInt = 1
    """Per length and depth."""
