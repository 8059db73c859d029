"""No scaling: the model keeps the frequencies that it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from pipeline.export.megatron_arguments import MegatronRope
from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.scaling import RopeScaling


class Unscaled(RopeMethod):
    """The model's own frequencies, and its own scaling if it has one."""

    scales: ClassVar[bool] = False
    rope_type: ClassVar[str] = "default"

    method: Literal["none"] = "none"

    @model_validator(mode="after")
    def _nothing_is_replaced(self) -> Self:
        if self.replace_existing:
            raise ValueError("method none leaves the base model's scaling as it is; replace_existing needs another one")
        return self

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """λ_i = 1."""
        return (1.0,) * rotary.half

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """The base alone."""
        return {"rope_type": self.rope_type, "rope_theta": float(rotary.theta)}

    def max_positions(self, rotary: Rotary) -> int:
        """The original length, whatever the factor is."""
        return rotary.original_max_tokens

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, factor: float) -> Self:
        """A config without scaling has no factor."""
        return cls(factor=1.0)

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """The config's length is both."""
        return max_positions, max_positions

    @classmethod
    def megatron(cls, scaling: RopeScaling) -> MegatronRope:
        """The base alone."""
        return MegatronRope(scaling.theta, {}, ())
