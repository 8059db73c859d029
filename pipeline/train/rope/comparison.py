"""Compares what RoPE methods do to each rotary frequency of a model.

Takes the model's unscaled `RopeScaling` and recipes. Returns one `MethodColumn` for each recipe; all columns share the
`FrequencyRow`s. Used by `pipeline rope show` and its page. Pure Python. λ is a frequency's divisor, s the factor.
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
    """λ = 1: the frequency does not change. λ < 1, which only LongRoPE's lists can contain, also counts as kept."""
    PARTLY = "partly"
    """1 < λ < s: the frequency is partly interpolated."""
    INTERPOLATED = "interpolated"
    """λ ≥ s: over the target length, the pair turns no further than it did over the original length."""
    STOPPED = "stopped"
    """The pair no longer turns."""


@dataclass(frozen=True, slots=True)
class FrequencyRow:
    """One rotary pair (two dimensions that turn together) of the unscaled model."""

    index: int
    wavelength: float
    """Number of tokens in one full turn."""
    turns: float
    """Number of turns over the original length; if it is below 1, the model never saw a full turn."""


@dataclass(frozen=True, slots=True)
class MethodColumn:
    """One scaling of the same frequencies."""

    label: str
    scaling: RopeScaling
    fates: tuple[Fate, ...]

    def count(self, fate: Fate) -> int:
        """Return how many frequencies have a fate."""
        return self.fates.count(fate)


def frequency_rows(unscaled: RopeScaling) -> list[FrequencyRow]:
    """Return the rotary pairs of a model, fastest first."""
    rows = []
    for index, frequency in enumerate(unscaled_inverse_frequencies(unscaled.theta, 2 * len(unscaled.divisors))):
        wavelength = 2.0 * math.pi / frequency
        rows.append(FrequencyRow(index, wavelength, unscaled.original_max_tokens / wavelength))
    return rows


def compare_methods(unscaled: RopeScaling, recipes: Sequence[tuple[str, RopeOptions]]) -> list[MethodColumn]:
    """Return one column for each recipe. A scaling that depends on the length is shown for the target length.

    Args:
        unscaled: the unscaled model's scaling.
        recipes: pairs of a label and the recipe's RoPE options.

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
