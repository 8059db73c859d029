"""Describes a RoPE scaling as numbers: the divisor of each rotary frequency, and the factor of cos and sin.

A `RopeScaling` is a frozen value that can describe any method. It is computed in float64 from the papers' formulas
(`methods`) and independently of transformers, so that a built or reloaded model can be checked against it (`in_force`).
`train.rope.parameters` makes it from the `rope_parameters` of one frequency table, `train.rope.scaled_config` from a
whole config. The module also computes the unscaled frequencies, and the divisors for a larger base, which two methods
use. Pure Python.

Notation: d is the rotary dimension, θ_i = base^(−2i/d) the unscaled frequency, λ_i its divisor, L the original length,
s the factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

UNLIMITED_TOKENS = 2**31 - 1
"""The context length of a model without positions, such as Mamba."""
UNSCALED = "none"
"""The method name of a model whose frequencies are not scaled."""
ZERO_FREQUENCY_DIVISOR = 1e30
"""The divisor of a frequency that a method stops. It is finite because JSON and servers cannot read infinity. Over 10⁶
positions, such a frequency turns by less than 1e-24 radians."""


class Growth(Protocol):
    """A rule by which the divisors change with the sequence length; a frozen value."""

    def divisors_at(self, num_tokens: int) -> tuple[float, ...]:
        """Return the d/2 divisors λ_i for a sequence longer than the original length."""


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """A RoPE scaling: inverse frequency i is θ_i ÷ divisor i; cos and sin are multiplied by `attention_factor`."""

    method: str
    theta: float
    """The base of the unscaled frequencies."""
    factor: float
    original_max_tokens: int
    max_tokens: int
    """The context length that the scaling reaches."""
    divisors: tuple[float, ...]
    """The d/2 divisors λ_i for sequences longer than the original length; with a `growth`, for sequences of
    `max_tokens`. Empty if the model has no rotary embeddings."""
    short_divisors: tuple[float, ...]
    """The d/2 divisors λ_i for sequences up to the original length; equal to `divisors` for most methods."""
    growth: Growth | None
    """How the divisors change with a length above the original one; None if they are constant."""
    attention_factor: float
    layer_type: str
    """The layer type that uses this scaling, such as `full_attention`; empty if all layers share one table."""
    other_layers: tuple[RopeScaling, ...]
    """Scalings of the other layer types, such as Gemma's sliding-window layers, whose frequencies do not change."""

    @property
    def has_rotary(self) -> bool:
        """Whether the model has rotary embeddings."""
        return bool(self.divisors)

    @property
    def is_scaled(self) -> bool:
        """Whether a method is in force."""
        return self.method != UNSCALED

    @property
    def tables(self) -> tuple[RopeScaling, ...]:
        """The scalings of all layer types, one for each frequency table; this scaling comes first."""
        return (self, *self.other_layers)

    @property
    def depends_on_length(self) -> bool:
        """Whether a token's rotation depends on the length of the sequence."""
        return self.divisors != self.short_divisors

    def divisors_at(self, num_tokens: int) -> tuple[float, ...]:
        """Return the d/2 divisors λ_i for a sequence of `num_tokens`."""
        if num_tokens <= self.original_max_tokens:
            return self.short_divisors
        return self.growth.divisors_at(num_tokens) if self.growth else self.divisors

    def inverse_frequencies_at(self, num_tokens: int) -> tuple[float, ...]:
        """Return the angle per position of each rotary pair, in radians, for a sequence of `num_tokens`."""
        unscaled = unscaled_inverse_frequencies(self.theta, 2 * len(self.divisors))
        return tuple(t / d for t, d in zip(unscaled, self.divisors_at(num_tokens), strict=True))

    def regime(self, num_tokens: int) -> int:
        """Return the group of a sequence of `num_tokens`; sequences of one group rotate alike and may share a pack.

        transformers picks the frequencies of a forward pass by the longest sequence in it. If a short row shared a pack
        with a row beyond the original length, the short row would train with frequencies that it never gets when the
        model is served.
        """
        if not self.depends_on_length or num_tokens <= self.original_max_tokens:
            return 0
        return num_tokens if self.growth else 1


def without_rotary(max_tokens: int) -> RopeScaling:
    """Return the scaling of a model without rotary embeddings: unscaled, within its own context length."""
    return RopeScaling(
        method=UNSCALED,
        theta=0.0,
        factor=1.0,
        original_max_tokens=max_tokens,
        max_tokens=max_tokens,
        divisors=(),
        short_divisors=(),
        growth=None,
        attention_factor=1.0,
        layer_type="",
        other_layers=(),
    )


def unscaled_inverse_frequencies(theta: float, rotary_dim: int) -> tuple[float, ...]:
    """Return θ_i = base^(−2i/d) for i = 0 … d/2 − 1 (RoFormer, arXiv 2104.09864, section 3.2.2)."""
    return tuple(theta ** (-2.0 * i / rotary_dim) for i in range(rotary_dim // 2))


def larger_base_divisors(half: int, growth: float) -> tuple[float, ...]:
    """Return λ_i = growth^(2i/d), the divisors that have the effect of a base `growth` times larger; `half` is d/2."""
    return tuple(float(growth ** (i / half)) for i in range(half))
