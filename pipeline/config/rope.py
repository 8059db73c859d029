"""Recipe sections of RoPE: how rotary frequencies are scaled, and how LongRoPE factors are searched for."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from pipeline.config.base import RecipeSection

Share = Annotated[float, Field(gt=0.0, le=1.0)]


class RopeMethod(StrEnum):
    """How rotary position embeddings are scaled to a longer context."""

    NONE = "none"
    LINEAR = "linear"
    """Position Interpolation (arXiv 2306.15595)."""
    NTK = "ntk"
    """A larger base, the same for every length."""
    DYNAMIC = "dynamic"
    """A base that grows with the sequence (dynamic NTK)."""
    YARN = "yarn"
    """arXiv 2309.00071."""
    LLAMA3 = "llama3"
    LONGROPE = "longrope"
    """Given factors (arXiv 2402.13753)."""
    GIRAFFE_POWER = "giraffe_power"
    """Power basis (arXiv 2308.10882)."""
    GIRAFFE_TRUNCATED = "giraffe_truncated"
    """Truncated basis (arXiv 2308.10882)."""


class RopeRecipe(RecipeSection):
    """The scaling; `factor` is new length ÷ original length."""

    method: RopeMethod = RopeMethod.YARN
    factor: float = Field(default=2.0, ge=1.0)
    original_max_tokens: PositiveInt | None = None
    """Context the model was trained on; read from its config where not given."""
    replace_existing: bool = False
    """Whether this scaling may take the place of one that the base model has already (Llama 3.1 and later, an earlier
    output). Both are relative to the original length, so this one's `factor` is not on top of the base's."""
    beta_fast: PositiveFloat = 32.0
    beta_slow: PositiveFloat = 1.0
    """YaRN's ramp, in turns over the original length."""
    attention_factor: PositiveFloat | None = None
    """Scale of cos and sin, for yarn and longrope; the method's own formula where not given."""
    low_freq_factor: PositiveFloat = 1.0
    high_freq_factor: PositiveFloat = 4.0
    """Llama 3's smooth band."""
    short_factors: tuple[PositiveFloat, ...] = ()
    long_factors: tuple[PositiveFloat, ...] = ()
    """LongRoPE's divisors, one for each frequency; `short_factors` defaults to all ones."""
    power: PositiveFloat = 0.1
    """k of Giraffe's power basis; 0 would leave every frequency as it is."""
    truncation_turns: PositiveFloat = 1.0
    """Giraffe's truncated basis keeps a frequency that turns at least this often over the original length."""

    @model_validator(mode="after")
    def _values_belong_to_the_method(self) -> Self:
        if self.method is RopeMethod.NONE and self.replace_existing:
            raise ValueError("method none leaves the base model's scaling as it is; replace_existing needs another one")
        if self.method is RopeMethod.LONGROPE and not self.long_factors:
            raise ValueError("method longrope needs long_factors, one for each rotary frequency")
        if self.method is not RopeMethod.LONGROPE and (self.long_factors or self.short_factors):
            raise ValueError(f"short_factors and long_factors belong to method longrope, not {self.method.value}")
        if self.attention_factor is not None and self.method not in (RopeMethod.YARN, RopeMethod.LONGROPE):
            raise ValueError(f"attention_factor belongs to the methods yarn and longrope, not {self.method.value}")
        if self.low_freq_factor >= self.high_freq_factor:
            raise ValueError("low_freq_factor must be below high_freq_factor")
        return self


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
