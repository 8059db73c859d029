"""The formulas of the papers: divisors λ[d/2] and attention factors, in float64.

Each function gives the numbers by which the unscaled frequencies θ_i = base^(−2i/d) are divided. Used by
`rope.parameters`. Pure Python, a few microseconds.

Notation: d is the rotary dimension, `half` is d/2, L the original length, s the factor.
"""

from __future__ import annotations

import math

ZERO_FREQUENCY_DIVISOR = 1e30
"""Stands for an infinite divisor where a method stops a frequency: JSON and every server read a finite number, and
10⁶ positions turn it by less than 1e-24 radians."""

_TRUNCATION_FLOOR, _TRUNCATION_CONSTANT = 8.0, 16.0


def unscaled_inverse_frequencies(theta: float, rotary_dim: int) -> tuple[float, ...]:
    """θ_i = base^(−2i/d), i = 0 … d/2 − 1 (RoFormer, arXiv 2104.09864, section 3.2.2)."""
    return tuple(theta ** (-2.0 * i / rotary_dim) for i in range(rotary_dim // 2))


def linear_divisors(half: int, *, factor: float) -> tuple[float, ...]:
    """λ_i = s (Position Interpolation, arXiv 2306.15595, equation 4)."""
    return (factor,) * half


def ntk_divisors(half: int, *, factor: float) -> tuple[float, ...]:
    """λ_i of base' = base · s^(d/(d−2)): the fastest pair keeps its frequency, the slowest is divided by s.

    Source: "NTK-aware" scaling, arXiv 2309.00071, definition 1.
    """
    dim = 2 * half
    return _divisors_of_larger_base(half, factor ** (dim / (dim - 2)))


def dynamic_divisors(half: int, *, factor: float, ratio: float) -> tuple[float, ...]:
    """λ_i of base' = base · (f · ratio − (f − 1))^(d/(d−2)), ratio being current ÷ original length (dynamic NTK)."""
    dim = 2 * half
    return _divisors_of_larger_base(half, (factor * ratio - (factor - 1.0)) ** (dim / (dim - 2)))


def yarn_divisors(
    half: int, *, theta: float, factor: float, original: int, beta_fast: float, beta_slow: float, truncate: bool
) -> tuple[float, ...]:
    """Interpolate what turns rarely over L, keep what turns often, a linear ramp between ("NTK-by-parts").

    Source: arXiv 2309.00071, section 3.2. The ramp runs over dimensions, and `truncate` rounds its ends outwards, both
    as the authors' code does it.
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
    """√(1/t) = 0.1 ln s + 1 (arXiv 2309.00071, equation 22)."""
    return 0.1 * math.log(factor) + 1.0 if factor > 1.0 else 1.0


def llama3_divisors(
    half: int, *, theta: float, factor: float, original: int, low_freq_factor: float, high_freq_factor: float
) -> tuple[float, ...]:
    """By wavelength: short ones keep, long ones ÷ s, smooth between L/high and L/low (Llama 3.1's `apply_scaling`)."""
    divisors = []
    for frequency in unscaled_inverse_frequencies(theta, 2 * half):
        turns = original * frequency / (2.0 * math.pi)
        smooth = min(max((turns - low_freq_factor) / (high_freq_factor - low_freq_factor), 0.0), 1.0)
        divisors.append(1.0 / ((1.0 - smooth) / factor + smooth))
    return tuple(divisors)


def longrope_attention_factor(factor: float, original: int) -> float:
    """√(1 + ln s / ln L) (arXiv 2402.13753, section 3.2 and its code)."""
    return math.sqrt(1.0 + math.log(factor) / math.log(original)) if factor > 1.0 else 1.0


def giraffe_power_divisors(half: int, *, power: float) -> tuple[float, ...]:
    """θ_i · (1 − i/(d/2))^k: fast pairs nearly keep, slow ones slow further (arXiv 2308.10882, section 3.3)."""
    return tuple((1.0 - i / half) ** -power for i in range(half))


def giraffe_truncated_divisors(half: int, *, theta: float, original: int, turns: float) -> tuple[float, ...]:
    """Keep θ_i ≥ c; a constant c/16 for c/8 ≤ θ_i < c; zero below. c is `turns` turns over L, in radians a token.

    Source: arXiv 2308.10882, section 3.3; the two constants are those of the authors' published code.
    """
    cutoff = 2.0 * math.pi * turns / original
    divisors = []
    for frequency in unscaled_inverse_frequencies(theta, 2 * half):
        if frequency >= cutoff:
            divisors.append(1.0)
        elif frequency >= cutoff / _TRUNCATION_FLOOR:
            divisors.append(frequency * _TRUNCATION_CONSTANT / cutoff)
        else:
            divisors.append(ZERO_FREQUENCY_DIVISOR)
    return tuple(divisors)


def _divisors_of_larger_base(half: int, growth: float) -> tuple[float, ...]:
    # λ_i = (base'/base)^(2i/d)
    return tuple(float(growth ** (i / half)) for i in range(half))
