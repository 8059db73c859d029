"""YaRN (arXiv 2309.00071): slow frequencies are interpolated, fast ones kept, with a linear ramp between."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import PositiveFloat

from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.scaling import RopeScaling


class Yarn(RopeMethod):
    """Interpolates slow frequencies, keeps fast ones, and multiplies cos and sin by an attention factor."""

    rope_type: ClassVar[str] = "yarn"
    search_seed: ClassVar[int | None] = 0

    method: Literal["yarn"] = "yarn"
    beta_fast: PositiveFloat = 32.0
    beta_slow: PositiveFloat = 1.0
    """The ramp, in turns over the original length."""
    truncate: bool = True
    """Whether the ramp's ends are rounded outwards to whole dimensions, as in the authors' code."""
    attention_factor: PositiveFloat | None = None
    """Factor for cos and sin; the paper's formula if not given."""

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i, which depends on how often a frequency turns over L."""
        return yarn_divisors(
            rotary.half,
            theta=rotary.theta,
            factor=self.factor,
            original=rotary.original_max_tokens,
            beta_fast=self.beta_fast,
            beta_slow=self.beta_slow,
            truncate=self.truncate,
        )

    def attention_scale(self, rotary: Rotary) -> float:
        """Return the given attention factor, or the paper's if none is given."""
        return self.attention_factor or yarn_attention_factor(self.factor)

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return every parameter, so that servers do not fall back to their own defaults."""
        return {
            "rope_type": self.rope_type,
            "rope_theta": float(rotary.theta),
            "factor": float(self.factor),
            "original_max_position_embeddings": rotary.original_max_tokens,
            "attention_factor": float(self.attention_scale(rotary)),
            "beta_fast": float(self.beta_fast),
            "beta_slow": float(self.beta_slow),
            "truncate": self.truncate,
        }

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, factor: float) -> Self:
        """Return the method; a β or attention factor that is missing, null or zero gets the paper's value."""
        names = ("beta_fast", "beta_slow", "attention_factor")
        given = {name: parameters[name] for name in names if parameters.get(name)}
        return cls.model_validate({"factor": factor, "truncate": bool(parameters.get("truncate", True)), **given})

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return the original length, and the longer of original × factor and `max_positions`.

        As `max_position_embeddings`, Qwen's configs state the original length or a little more, and DeepSeek's and
        gpt-oss's state original × `factor`.
        """
        return original, max(int(original * factor), max_positions)

    @classmethod
    def served_positions(cls, scaling: RopeScaling, *, named: int) -> int:
        """Return the length reached: Qwen's configs may state less, and vLLM serves no more than the config states."""
        return scaling.max_tokens


def yarn_divisors(
    half: int, *, theta: float, factor: float, original: int, beta_fast: float, beta_slow: float, truncate: bool
) -> tuple[float, ...]:
    """Return λ_i: s for pairs that turn rarely over L, 1 for pairs that turn often, a ramp between ("NTK-by-parts").

    Source: arXiv 2309.00071, section 3.2. As in the authors' code, the ramp runs over dimensions, and `truncate` rounds
    the ramp's ends outwards.
    """
    dim = 2 * half

    def dimension_turning(turns: float) -> float:
        return dim * math.log(original / (turns * 2.0 * math.pi)) / (2.0 * math.log(theta))

    low, high = dimension_turning(beta_fast), dimension_turning(beta_slow)
    if truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, dim - 1)
    width = high - low if high != low else 0.001
    divisors = []
    for i in range(half):
        interpolated = min(max((i - low) / width, 0.0), 1.0)
        divisors.append(1.0 / (interpolated / factor + (1.0 - interpolated)))
    return tuple(divisors)


def yarn_attention_factor(factor: float) -> float:
    """Return √(1/t) = 0.1 ln s + 1 (arXiv 2309.00071, equation 22)."""
    return 0.1 * math.log(factor) + 1.0 if factor > 1.0 else 1.0
