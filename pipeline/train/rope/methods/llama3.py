"""Llama 3.1's scaling by wavelength (`apply_scaling` in Meta's published code)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import PositiveFloat, model_validator

from pipeline.export.megatron_arguments import MegatronRope
from pipeline.train.rope.method import RopeMethod, Rotary
from pipeline.train.rope.scaling import RopeScaling, unscaled_inverse_frequencies

_MEGATRON_ORIGINAL_TOKENS = 8192
"""Megatron's code hard-codes the length and ramp of Llama 3.1."""


class Llama3(RopeMethod):
    """Short wavelengths are kept, long ones are multiplied by the factor, with a smooth band between."""

    rope_type: ClassVar[str] = "llama3"

    method: Literal["llama3"] = "llama3"
    low_freq_factor: PositiveFloat = 1.0
    high_freq_factor: PositiveFloat = 4.0
    """The smooth band, in turns over the original length."""

    @model_validator(mode="after")
    def _band_is_not_empty(self) -> Self:
        if self.low_freq_factor >= self.high_freq_factor:
            raise ValueError("low_freq_factor must be below high_freq_factor")
        return self

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i = 1 for wavelengths below L/high, s above L/low, and a smooth transition between."""
        divisors = []
        for frequency in unscaled_inverse_frequencies(rotary.theta, 2 * rotary.half):
            turns = rotary.original_max_tokens * frequency / (2.0 * math.pi)
            smooth = (turns - self.low_freq_factor) / (self.high_freq_factor - self.low_freq_factor)
            smooth = min(max(smooth, 0.0), 1.0)
            divisors.append(1.0 / ((1.0 - smooth) / self.factor + smooth))
        return tuple(divisors)

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return every number, because transformers has no defaults for this type."""
        return {
            "rope_type": self.rope_type,
            "rope_theta": float(rotary.theta),
            "factor": float(self.factor),
            "original_max_position_embeddings": rotary.original_max_tokens,
            "low_freq_factor": float(self.low_freq_factor),
            "high_freq_factor": float(self.high_freq_factor),
        }

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, factor: float) -> Self:
        """Return the method with the smooth band from the config, where both of its values must be present."""
        band = {name: parameters[name] for name in ("low_freq_factor", "high_freq_factor")}
        return cls.model_validate({"factor": factor, **band})

    @classmethod
    def megatron(cls, scaling: RopeScaling) -> MegatronRope | None:
        """Return Megatron's switch and the factor; None unless the original length is that in Megatron's code."""
        if scaling.original_max_tokens != _MEGATRON_ORIGINAL_TOKENS:
            return None
        return MegatronRope(
            scaling.theta,
            {"use-rope-scaling": None, "rope-scaling-factor": scaling.factor},
            ("Megatron uses the ramp of Llama 3.1 (1, 4); a different ramp needs a change in Megatron's code.",),
        )
