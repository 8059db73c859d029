"""Giraffe's power basis (arXiv 2308.10882, section 3.3)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import PositiveFloat

from pipeline.train.rope.method import RopeMethod, Rotary
from pipeline.train.rope.methods.longrope import longrope_parameters


class GiraffePower(RopeMethod):
    """Fast pairs nearly keep their frequency; slow pairs turn even more slowly."""

    search_seed: ClassVar[int | None] = 3

    method: Literal["giraffe_power"] = "giraffe_power"
    power: PositiveFloat = 0.1
    """The exponent k; 0 would leave every frequency unchanged."""

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return the divisors that turn θ_i into θ_i · (1 − i/(d/2))^k."""
        return tuple((1.0 - i / rotary.half) ** -self.power for i in range(rotary.half))

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return longrope parameters, because transformers lacks the method."""
        return longrope_parameters(self, rotary)
