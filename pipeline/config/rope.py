"""Recipe sections of RoPE: how rotary frequencies are scaled, and how LongRoPE factors are searched for."""

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
    """The options that every scaling has; a method adds its own in its file (`train.rope.methods`)."""

    scales: ClassVar[bool] = True
    """Whether the method changes any frequency."""

    method: str
    """Name of the method: its file in `train.rope.methods`."""
    factor: float = Field(default=2.0, ge=1.0)
    """New length ÷ original length."""
    original_max_tokens: PositiveInt | None = None
    """Context the model was trained on; read from its config if not given."""
    replace_existing: bool = False
    """Whether this scaling may replace one that the base model has already (Llama 3.1 and later, an earlier output).
    Both are relative to the original length, so this `factor` does not multiply the base's."""


ChosenRope = Annotated[RopeOptions, OneOf(ROPE_METHODS, key="method")]
"""The options of one method, the one that the key `method` names."""


class PrefixStates(StrEnum):
    """Where the keys and values before the scored tokens come from while the search ranks candidates."""

    REUSED = "reused"
    """Computed once under YaRN, their keys turned to each candidate's angles: 5 to 50 times faster, an estimate."""
    RECOMPUTED = "recomputed"
    """A full forward pass for each candidate, as the paper does; for GPUs."""


class RopeSearchRecipe(RecipeSection):
    """LongRoPE's evolutionary search (arXiv 2402.13753, algorithm 1); the sizes are the paper's."""

    population: PositiveInt = 64
    iterations: PositiveInt = 40
    mutations: PositiveInt = 16
    """New candidates of an iteration that are mutated parents."""
    crossovers: PositiveInt = 16
    """New candidates of an iteration that are crossed parents."""
    parents: PositiveInt = 32
    """Best candidates so far that the next ones come from."""
    mutation_probability: Share = 0.3
    """That a frequency's divisor, or the attention factor, changes in a mutation."""
    max_evaluations: PositiveInt | None = None
    """Candidates whose perplexity may be measured; sizes above shrink together to fit. None: as many as they make."""
    documents: PositiveInt = 3
    """Documents whose perplexity ranks the candidates."""
    held_out_documents: PositiveInt = 2
    """Other documents for the final comparison beside YaRN."""
    scored_tokens: PositiveInt = 512
    """Tokens scored at the end of each document, cut to the target length."""
    prefix_states: PrefixStates = PrefixStates.REUSED
    finalists: PositiveInt = 3
    """Best candidates of the search that full forward passes decide between."""
    start_tokens: tuple[NonNegativeInt, ...] = (0,)
    """Choices for n̂, the first tokens whose positions stay unscaled (section 3.2). No stock server can express n̂ > 0,
    so another choice only measures what it would bring; the recipe fragment is the best candidate with n̂ = 0."""
    device: str = "auto"
    dtype: str = "bfloat16"

    @model_validator(mode="after")
    def _a_servable_candidate_is_possible(self) -> Self:
        if 0 not in self.start_tokens:
            raise ValueError("start_tokens must contain 0, the only choice that a stock config can express")
        return self
