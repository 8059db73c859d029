"""Giraffe's truncated basis (arXiv 2308.10882, section 3.3)."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import PositiveFloat

from pipeline.train.rope.method import RopeMethod, Rotary
from pipeline.train.rope.methods.longrope import longrope_parameters
from pipeline.train.rope.scaling import ZERO_FREQUENCY_DIVISOR, unscaled_inverse_frequencies

_FLOOR, _CONSTANT = 8.0, 16.0
"""Both values are from the authors' published code."""


class GiraffeTruncated(RopeMethod):
    """Fast pairs keep their frequency, slow pairs stop, and those between share one small frequency."""

    search_seed: ClassVar[int | None] = 4

    method: Literal["giraffe_truncated"] = "giraffe_truncated"
    truncation_turns: PositiveFloat = 1.0
    """A frequency that turns at least this often over the original length is kept."""

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return the divisors that keep θ_i if θ_i ≥ c, change it to c/16 if c/8 ≤ θ_i < c, and stop it otherwise.

        The cutoff c is the frequency, in radians per token, that turns `truncation_turns` times over L.
        """
        cutoff = 2.0 * math.pi * self.truncation_turns / rotary.original_max_tokens
        divisors = []
        for frequency in unscaled_inverse_frequencies(rotary.theta, 2 * rotary.half):
            if frequency >= cutoff:
                divisors.append(1.0)
            elif frequency >= cutoff / _FLOOR:
                divisors.append(frequency * _CONSTANT / cutoff)
            else:
                divisors.append(ZERO_FREQUENCY_DIVISOR)
        return tuple(divisors)

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return longrope parameters, because transformers lacks the method."""
        return longrope_parameters(self, rotary)
