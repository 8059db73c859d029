"""The recipe sections for RoPE: the scaling of rotary frequencies, and the search for LongRoPE factors."""

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
    """The options that all RoPE methods share. Each method adds more options in its file in `train.rope.methods`."""

    scales: ClassVar[bool] = True
    """Whether the method changes any frequency."""

    method: str
    """The name of the method, which is the name of its file in `train.rope.methods`."""
    factor: float = Field(default=2.0, ge=1.0)
    """The new length ÷ the original length."""
    original_max_tokens: PositiveInt | None = None
    """The context length that the model was trained on; read from the model's config if not given."""
    replace_existing: bool = False
    """Whether this scaling may replace a scaling that the base model already has (Llama 3.1 and later, or an earlier
    output of this project). Both factors are relative to the original length, so they do not multiply."""


ChosenRope = Annotated[RopeOptions, OneOf(ROPE_METHODS, key="method")]
"""The options of the method that the key `method` names."""


class PrefixStates(StrEnum):
    """How the search computes the keys and values before the scored tokens when it ranks candidates."""

    REUSED = "reused"
    """Compute them once with YaRN, then rotate them to each candidate's angles. This is an estimate, and 5 to 50 times
    faster."""
    RECOMPUTED = "recomputed"
    """Run a full forward pass for each candidate, as the paper does. Needs a GPU in practice."""


class RopeSearchRecipe(RecipeSection):
    """Options for LongRoPE's evolutionary search (arXiv 2402.13753, algorithm 1); the defaults are the paper's
    sizes."""

    population: PositiveInt = 64
    iterations: PositiveInt = 40
    mutations: PositiveInt = 16
    """The number of candidates that each iteration makes by mutating parents."""
    crossovers: PositiveInt = 16
    """The number of candidates that each iteration makes by crossing parents."""
    parents: int = Field(default=32, ge=2)
    """The number of best candidates so far that become the parents of the next candidates."""
    mutation_probability: Share = 0.3
    """The probability with which a mutation redraws the attention factor, the start tokens and, in half of the
    mutations, each divisor. The other mutations scale a run of divisors instead."""
    max_evaluations: PositiveInt | None = None
    """The maximum number of candidates whose perplexity is measured. If the sizes above need more, they are reduced;
    the initial candidates are always measured. None means no limit."""
    documents: PositiveInt = 3
    """The number of documents whose perplexity ranks the candidates."""
    held_out_documents: PositiveInt = 2
    """The number of additional documents for the final comparison with YaRN."""
    scored_tokens: PositiveInt = 512
    """The number of tokens that are scored at the end of each document, after it is cut to the target length."""
    prefix_states: PrefixStates = PrefixStates.REUSED
    finalists: PositiveInt = 3
    """The number of best candidates that are compared with full forward passes after the search."""
    start_tokens: tuple[NonNegativeInt, ...] = (0,)
    """The choices for n̂, the number of first tokens whose positions stay unscaled (section 3.2). No stock server
    supports n̂ > 0, so other choices only measure the possible gain. The recipe fragment holds the best candidate with
    n̂ = 0."""
    device: str = "auto"
    dtype: str = "bfloat16"

    @model_validator(mode="after")
    def _a_servable_candidate_is_possible(self) -> Self:
        if 0 not in self.start_tokens:
            raise ValueError("start_tokens must contain 0, the only choice that a stock config supports")
        return self
