"""RoPE scaling as numbers: which divisor each rotary frequency gets, and what scales cos and sin.

In: a scaling from the recipe, or `rope_parameters` of any model config. Out: one frozen `RopeScaling`, computed here in
float64 from the papers' formulas and independent of transformers, so that a built or reloaded model can be checked
against it (`train.model`). Pure Python: no torch, a few microseconds.

Notation: d is the rotary dimension, θ_i = base^(−2i/d) the unscaled frequency, L the original length, s the factor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.config.finetune import RopeMethod, RopeRecipe
from pipeline.errors import InputError

_UNSCALED = "default"
"""What transformers calls the method `none`."""


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """A RoPE scaling in force: inverse frequency i is θ_i ÷ divisor i, cos and sin are × `attention_factor`."""

    method: RopeMethod
    theta: float
    """The base of the unscaled frequencies."""
    factor: float
    original_max_tokens: int
    max_tokens: int
    """Context the scaling reaches."""
    divisors: tuple[float, ...]
    """λ[d/2] for sequences longer than the original length; for dynamic NTK, of sequences of `max_tokens`."""
    short_divisors: tuple[float, ...]
    """λ[d/2] up to the original length; differs from `divisors` for the methods dynamic and longrope only."""
    attention_factor: float

    @property
    def depends_on_length(self) -> bool:
        """Whether the rotation of a token depends on how long its sequence is."""
        return self.divisors != self.short_divisors

    def divisors_at(self, num_tokens: int) -> tuple[float, ...]:
        """λ[d/2] in force for a sequence of `num_tokens`."""
        if num_tokens <= self.original_max_tokens:
            return self.short_divisors
        if self.method is RopeMethod.DYNAMIC:
            return _dynamic_divisors(len(self.divisors), self.theta, self.factor, num_tokens / self.original_max_tokens)
        return self.divisors

    def inverse_frequencies_at(self, num_tokens: int) -> tuple[float, ...]:
        """Angle per position of each rotary pair, in radians, for a sequence of `num_tokens`."""
        unscaled = unscaled_inverse_frequencies(self.theta, 2 * len(self.divisors))
        return tuple(t / d for t, d in zip(unscaled, self.divisors_at(num_tokens), strict=True))

    def regime(self, num_tokens: int) -> int:
        """Sequences of one regime rotate alike and may share a pack.

        transformers picks the frequencies of a forward pass by its longest sequence; a short row packed beside one
        beyond the original length would be trained under frequencies it never meets when the model is used.
        """
        if not self.depends_on_length or num_tokens <= self.original_max_tokens:
            return 0
        return num_tokens if self.method is RopeMethod.DYNAMIC else 1


def unscaled_inverse_frequencies(theta: float, rotary_dim: int) -> tuple[float, ...]:
    """θ_i = base^(−2i/d), i = 0 … d/2 − 1 (RoFormer, arXiv 2104.09864, section 3.2.2)."""
    return tuple(theta ** (-2.0 * i / rotary_dim) for i in range(rotary_dim // 2))


def scaled_parameters(recipe: RopeRecipe, *, theta: float, original_max_tokens: int) -> dict[str, Any]:
    """The `config.rope_parameters` that put a recipe's scaling in force, as transformers and vLLM read them.

    `rope_theta` always stands there: left out, both fall back to 10000 without a word.
    `original_max_position_embeddings` stands there for the methods that read it; transformers warns about it for the
    others, whose `max_position_embeddings` stays the original length.

    Args:
        recipe: the scaling; its method is not `none`.
        theta: base of the model's unscaled frequencies.
        original_max_tokens: context the model was trained on.
    """
    method = recipe.method
    parameters: dict[str, Any] = {"rope_type": method.value, "rope_theta": float(theta), "factor": float(recipe.factor)}
    if method in (RopeMethod.LINEAR, RopeMethod.DYNAMIC):
        return parameters
    parameters["original_max_position_embeddings"] = original_max_tokens
    if method is RopeMethod.LLAMA3:
        return parameters | {
            "low_freq_factor": float(recipe.low_freq_factor),
            "high_freq_factor": float(recipe.high_freq_factor),
        }
    if method is RopeMethod.YARN:
        attention_factor = recipe.attention_factor or _yarn_attention_factor(recipe.factor)
        return parameters | {
            "attention_factor": float(attention_factor),
            "beta_fast": float(recipe.beta_fast),
            "beta_slow": float(recipe.beta_slow),
            "truncate": True,
        }
    parameters |= {
        "short_factor": [float(x) for x in recipe.short_factors or [1.0] * len(recipe.long_factors)],
        "long_factor": [float(x) for x in recipe.long_factors],
        "attention_factor": float(
            recipe.attention_factor or _longrope_attention_factor(recipe.factor, original_max_tokens)
        ),
    }
    if recipe.attention_factor is not None:
        # vLLM 0.32 computes the paper's formula by itself and reads a deviation under these two names only.
        parameters |= {name: float(recipe.attention_factor) for name in ("short_mscale", "long_mscale")}
    return parameters


def max_position_embeddings(recipe: RopeRecipe, *, original_max_tokens: int) -> int:
    """`config.max_position_embeddings` that belongs to `scaled_parameters`.

    The scaled length for yarn, llama3 and longrope. The original length for dynamic, whose formula reads it as such,
    and for linear, because vLLM multiplies it by `factor` itself.
    """
    if recipe.method in (RopeMethod.NONE, RopeMethod.LINEAR, RopeMethod.DYNAMIC):
        return original_max_tokens
    return int(original_max_tokens * recipe.factor)


def scaling_of(parameters: Mapping[str, Any], *, max_positions: int, rotary_dim: int) -> RopeScaling:
    """What `rope_parameters` mean, worked out from the papers.

    Args:
        parameters: one flat `rope_parameters` dictionary with `rope_type` and `rope_theta`.
        max_positions: `config.max_position_embeddings`.
        rotary_dim: d, rotated dimensions of a head.

    Raises:
        InputError: the type is not one we know, or LongRoPE's lists have the wrong length.
    """
    rope_type = str(parameters["rope_type"])
    method = RopeMethod.NONE if rope_type == _UNSCALED else _method(rope_type)
    theta = float(parameters["rope_theta"])
    half = rotary_dim // 2
    factor = 1.0 if method is RopeMethod.NONE else float(parameters.get("factor") or 0.0)
    original = int(parameters.get("original_max_position_embeddings") or max_positions)
    factor = factor or max_positions / original
    max_tokens = int(original * factor)
    short: tuple[float, ...] | None = None
    attention_factor = 1.0
    if method is RopeMethod.NONE:
        divisors: tuple[float, ...] = (1.0,) * half
        max_tokens = max_positions
    elif method is RopeMethod.LINEAR:
        divisors = (factor,) * half
    elif method is RopeMethod.DYNAMIC:
        divisors, short = _dynamic_divisors(half, theta, factor, max_tokens / original), (1.0,) * half
    elif method is RopeMethod.YARN:
        divisors = _yarn_divisors(half, theta, factor, original, parameters)
        attention_factor = float(parameters.get("attention_factor") or _yarn_attention_factor(factor))
    elif method is RopeMethod.LLAMA3:
        divisors = _llama3_divisors(half, theta, factor, original, parameters)
    else:
        divisors = _longrope_divisors(half, parameters["long_factor"], "long_factors")
        short = _longrope_divisors(half, parameters["short_factor"], "short_factors")
        attention_factor = float(parameters.get("attention_factor") or _longrope_attention_factor(factor, original))
    return RopeScaling(
        method=method,
        theta=theta,
        factor=factor,
        original_max_tokens=original,
        max_tokens=max_tokens,
        divisors=divisors,
        short_divisors=divisors if short is None else short,
        attention_factor=attention_factor,
    )


def _method(rope_type: str) -> RopeMethod:
    try:
        return RopeMethod(rope_type)
    except ValueError as error:
        raise InputError(
            f"RoPE type '{rope_type}' is not one this project can check.",
            remedy=f"Use a model whose rope_type is default or one of: {', '.join(m.value for m in RopeMethod)}.",
        ) from error


def _dynamic_divisors(half: int, theta: float, factor: float, ratio: float) -> tuple[float, ...]:
    # base' = base · ((f · len/L) − (f − 1))^(d/(d−2)), so λ_i = (base'/base)^(2i/d).
    dim = 2 * half
    growth = (factor * ratio - (factor - 1.0)) ** (dim / (dim - 2))
    return tuple(float(growth ** (2.0 * i / dim)) for i in range(half))


def _yarn_divisors(
    half: int, theta: float, factor: float, original: int, parameters: Mapping[str, Any]
) -> tuple[float, ...]:
    # arXiv 2309.00071, section 3.2 ("NTK-by-parts"): a dimension that turns more than β_fast times over L keeps its
    # frequency, one that turns less than β_slow times is interpolated, a linear ramp over the dimensions between. The
    # authors' code rounds the ramp's ends outwards; `truncate: false` leaves that out.
    dim = 2 * half

    def dimension_turning(turns: float) -> float:
        return dim * math.log(original / (turns * 2.0 * math.pi)) / (2.0 * math.log(theta))

    low = dimension_turning(float(parameters.get("beta_fast") or 32.0))
    high = dimension_turning(float(parameters.get("beta_slow") or 1.0))
    if parameters.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, dim - 1)
    width = high - low if high != low else 0.001
    divisors = []
    for i in range(half):
        interpolated = min(max((i - low) / width, 0.0), 1.0)
        divisors.append(1.0 / (interpolated / factor + (1.0 - interpolated)))
    return tuple(divisors)


def _yarn_attention_factor(factor: float) -> float:
    # arXiv 2309.00071, equation 22: √(1/t) = 0.1 ln s + 1.
    return 0.1 * math.log(factor) + 1.0 if factor > 1.0 else 1.0


def _llama3_divisors(
    half: int, theta: float, factor: float, original: int, parameters: Mapping[str, Any]
) -> tuple[float, ...]:
    # Llama 3.1's reference code, `apply_scaling`: by wavelength against L/low_freq_factor and L/high_freq_factor.
    low, high = float(parameters["low_freq_factor"]), float(parameters["high_freq_factor"])
    divisors = []
    for frequency in unscaled_inverse_frequencies(theta, 2 * half):
        turns = original * frequency / (2.0 * math.pi)
        smooth = min(max((turns - low) / (high - low), 0.0), 1.0)
        divisors.append(1.0 / ((1.0 - smooth) / factor + smooth))
    return tuple(divisors)


def _longrope_divisors(half: int, factors: Sequence[float], name: str) -> tuple[float, ...]:
    if len(factors) != half:
        raise InputError(
            f"rope.{name} has {len(factors)} numbers, but the model has {half} rotary frequencies.",
            remedy=f"Give one number for each frequency: {half}.",
        )
    return tuple(float(x) for x in factors)


def _longrope_attention_factor(factor: float, original: int) -> float:
    # arXiv 2402.13753, section 3.2 and its code: √(1 + ln s / ln L).
    return math.sqrt(1.0 + math.log(factor) / math.log(original)) if factor > 1.0 else 1.0
