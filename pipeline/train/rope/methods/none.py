"""No scaling: the model's frequencies do not change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from pipeline.export.megatron_arguments import MegatronRope
from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.scaling import RopeScaling


class Unscaled(RopeMethod):
    """The model's own frequencies; a scaling that the base model already has is kept."""

    scales: ClassVar[bool] = False
    rope_type: ClassVar[str] = "default"

    method: Literal["none"] = "none"

    @model_validator(mode="after")
    def _nothing_is_replaced(self) -> Self:
        if self.replace_existing:
            raise ValueError("method none keeps the base model's scaling; replace_existing needs a different method")
        return self

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i = 1."""
        return (1.0,) * rotary.half

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return type and base."""
        return {"rope_type": self.rope_type, "rope_theta": float(rotary.theta)}

    def max_positions(self, rotary: Rotary) -> int:
        """Return the original length, whatever the factor is."""
        return rotary.original_max_tokens

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, factor: float) -> Self:
        """Return the method with factor 1, because a config without scaling has no factor."""
        return cls(factor=1.0)

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return the config's length as both lengths."""
        return max_positions, max_positions

    @classmethod
    def megatron(cls, scaling: RopeScaling) -> MegatronRope:
        """Return the base alone."""
        return MegatronRope(scaling.theta, {}, ())
