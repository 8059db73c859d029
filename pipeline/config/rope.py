"""Recipe sections of RoPE: the scaling of rotary frequencies and the search for LongRoPE factors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from pipeline.config.base import RecipeSection
from pipeline.config.plugins import OneOf

ROPE_METHODS = "RoPE method"
"""The family of plug-ins that scale rotary frequencies."""

Share = Annotated[float, Field(gt=0.0, le=1.0)]


class RopeOptions(RecipeSection):
    """The options of every scaling. Each method adds its own options in its file in `train.rope.methods`."""

    scales: ClassVar[bool] = True
    """Whether the method changes any frequency."""

    method: str
    """Name of the method: its file in `train.rope.methods`."""
    factor: float = Field(default=2.0, ge=1.0)
    """New length ÷ original length."""
    original_max_tokens: PositiveInt | None = None
    """Context length that the model was trained on; read from its config if not given."""
    replace_existing: bool = False
    """Whether this scaling may replace one that the base model already has (Llama 3.1 and later, or an earlier output).
    Both factors are relative to the original length, so they do not multiply."""


ChosenRope = Annotated[RopeOptions, OneOf(ROPE_METHODS, key="method")]
"""The options of the method that the key `method` names."""


class PrefixStates(StrEnum):
    """The source of the keys and values before the scored tokens while the search ranks candidates."""

    REUSED = "reused"
    """Computed once with YaRN, then rotated to each candidate's angles. This is an estimate, 5 to 50 times faster."""
    RECOMPUTED = "recomputed"
    """A full forward pass for each candidate, as the paper does; for GPUs."""


class RopeSearchRecipe(RecipeSection):
    """LongRoPE's evolutionary search (arXiv 2402.13753, algorithm 1), with the paper's sizes."""

    population: PositiveInt = 64
    iterations: PositiveInt = 40
    mutations: PositiveInt = 16
    """Candidates that each iteration makes by mutating parents."""
    crossovers: PositiveInt = 16
    """Candidates that each iteration makes by crossing parents."""
    parents: PositiveInt = 32
    """Number of best candidates so far that become parents of the next ones."""
    mutation_probability: Share = 0.3
    """Probability that a mutation changes the divisor of a frequency, or the attention factor."""
    max_evaluations: PositiveInt | None = None
    """Most candidates whose perplexity is measured; the sizes above shrink together to fit. None sets no limit."""
    documents: PositiveInt = 3
    """Number of documents whose perplexity ranks the candidates."""
    held_out_documents: PositiveInt = 2
    """Number of other documents for the final comparison with YaRN."""
    scored_tokens: PositiveInt = 512
    """Tokens scored at the end of each document, which is cut to the target length."""
    prefix_states: PrefixStates = PrefixStates.REUSED
    finalists: PositiveInt = 3
    """Number of best candidates that full forward passes compare after the search."""
    start_tokens: tuple[NonNegativeInt, ...] = (0,)
    """Choices for n̂, the number of first tokens whose positions stay unscaled (section 3.2). No stock server supports
    n̂ > 0, so other choices only measure the possible gain. The recipe fragment is the best candidate with n̂ = 0."""
    device: str = "auto"
    dtype: str = "bfloat16"

    @model_validator(mode="after")
    def _a_servable_candidate_is_possible(self) -> Self:
        if 0 not in self.start_tokens:
            raise ValueError("start_tokens must contain 0, the only choice that a stock config supports")
        return self
