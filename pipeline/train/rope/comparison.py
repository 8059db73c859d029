"""What each method does to each frequency of a model, side by side.

In: a model's unscaled scaling, and recipes. Out: one `MethodColumn` per recipe, over shared `FrequencyRow`s. Used by
`pipeline rope show` and its page. Pure Python.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.rope import RopeOptions
from pipeline.train.rope.method import Rotary, Tables
from pipeline.train.rope.methods import rope_method
from pipeline.train.rope.parameters import written_scaling
from pipeline.train.rope.scaling import ZERO_FREQUENCY_DIVISOR, RopeScaling, unscaled_inverse_frequencies

_TOLERANCE = 1e-3
"""Relative tolerance: a divisor this close to 1 or s counts as equal to it."""


class Fate(StrEnum):
    """What a method does to a frequency."""

    KEPT = "kept"
    """λ = 1: neighbouring tokens look as before."""
    PARTLY = "partly"
    """1 < λ < s."""
    INTERPOLATED = "interpolated"
    """λ ≥ s: at the target length it turns no further than it did in training."""
    STOPPED = "stopped"
    """It no longer turns."""


@dataclass(frozen=True, slots=True)
class FrequencyRow:
    """One rotary pair of the unscaled model."""

    index: int
    wavelength: float
    """Tokens in one full turn."""
    turns: float
    """Turns over the original length; below 1, the model never saw a full turn."""


@dataclass(frozen=True, slots=True)
class MethodColumn:
    """One scaling of the same frequencies."""

    label: str
    scaling: RopeScaling
    fates: tuple[Fate, ...]

    def count(self, fate: Fate) -> int:
        """Return how many frequencies have that fate."""
        return self.fates.count(fate)


def frequency_rows(unscaled: RopeScaling) -> list[FrequencyRow]:
    """Return the rotary pairs of a model, fastest first."""
    rows = []
    for index, frequency in enumerate(unscaled_inverse_frequencies(unscaled.theta, 2 * len(unscaled.divisors))):
        wavelength = 2.0 * math.pi / frequency
        rows.append(FrequencyRow(index, wavelength, unscaled.original_max_tokens / wavelength))
    return rows


def compare_methods(unscaled: RopeScaling, recipes: Sequence[tuple[str, RopeOptions]]) -> list[MethodColumn]:
    """Return the recipes' scalings of a model. Scalings that depend on the length are taken at the target length.

    Args:
        unscaled: the model's scaling.
        recipes: labels and scalings.

    Raises:
        InputError: LongRoPE's lists do not fit the model.
    """
    columns = []
    for label, recipe in recipes:
        rotary = Rotary(
            theta=unscaled.theta,
            rotary_dim=2 * len(unscaled.divisors),
            original_max_tokens=recipe.original_max_tokens or unscaled.original_max_tokens,
            tables=Tables.SHARED,
        )
        scaling = written_scaling(rope_method(recipe), rotary)
        columns.append(MethodColumn(label, scaling, tuple(_fate(d, scaling.factor) for d in scaling.divisors)))
    return columns


def _fate(divisor: float, factor: float) -> Fate:
    if divisor >= ZERO_FREQUENCY_DIVISOR:
        return Fate.STOPPED
    if divisor <= 1.0 + _TOLERANCE:
        return Fate.KEPT
    return Fate.INTERPOLATED if divisor >= factor * (1.0 - _TOLERANCE) else Fate.PARTLY
