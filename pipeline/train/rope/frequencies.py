"""Rotary frequencies before scaling, and the numbers that several methods share. Pure Python, in float64.

Notation: d is the rotary dimension, `half` is d/2, θ_i = base^(−2i/d) the unscaled frequency, λ_i its divisor.
"""

from __future__ import annotations

ZERO_FREQUENCY_DIVISOR = 1e30
"""The divisor of a frequency that a method stops. It is finite because JSON and servers cannot read infinity. Over 10⁶
positions such a frequency turns by less than 1e-24 radians."""


def unscaled_inverse_frequencies(theta: float, rotary_dim: int) -> tuple[float, ...]:
    """Return θ_i = base^(−2i/d), i = 0 … d/2 − 1 (RoFormer, arXiv 2104.09864, section 3.2.2)."""
    return tuple(theta ** (-2.0 * i / rotary_dim) for i in range(rotary_dim // 2))


def larger_base_divisors(half: int, growth: float) -> tuple[float, ...]:
    """Return λ_i = (base'/base)^(2i/d), the divisors that equal a base `growth` times larger."""
    return tuple(float(growth ** (i / half)) for i in range(half))
