"""Dynamic NTK: the base grows with the sequence length, as transformers computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.scaling import Growth, larger_base_divisors


@dataclass(frozen=True, slots=True)
class LargerBase:
    """Divisors λ_i for a base that grows with the sequence length."""

    half: int
    factor: float
    original_max_tokens: int

    def divisors_at(self, num_tokens: int) -> tuple[float, ...]:
        """Return λ_i for a sequence of `num_tokens`."""
        return dynamic_divisors(self.half, factor=self.factor, ratio=num_tokens / self.original_max_tokens)


class Dynamic(RopeMethod):
    """Unscaled up to the original length; above it, the base grows with the length."""

    rope_type: ClassVar[str] = "dynamic"
    vllm_scales: ClassVar[bool] = False

    method: Literal["dynamic"] = "dynamic"

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i for sequences of the longest length that the scaling reaches."""
        return dynamic_divisors(rotary.half, factor=self.factor, ratio=self.factor)

    def short_divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i = 1."""
        return (1.0,) * rotary.half

    def growth(self, rotary: Rotary) -> Growth:
        """Return the rule that computes λ_i for each length."""
        return LargerBase(rotary.half, self.factor, rotary.original_max_tokens)

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return type, base and factor."""
        return {"rope_type": self.rope_type, "rope_theta": float(rotary.theta), "factor": float(self.factor)}

    def max_positions(self, rotary: Rotary) -> int:
        """Return the original length, because transformers reads it from this setting for its formula."""
        return rotary.original_max_tokens

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return lengths based on `max_positions`, the only length that transformers and vLLM read for this type."""
        return max_positions, int(max_positions * factor)

    @classmethod
    def serving_note(cls, *, original_max_tokens: int, depends_on_length: bool) -> str:
        """Return a note that vLLM does not scale."""
        return "Serve with transformers: vLLM 0.32 does not scale at all if the config asks for dynamic NTK."


def dynamic_divisors(half: int, *, factor: float, ratio: float) -> tuple[float, ...]:
    """Return λ_i for base' = base · (s · ratio − (s − 1))^(d/(d−2)), where s is the factor and ratio is length ÷ L."""
    dim = 2 * half
    return larger_base_divisors(half, (factor * ratio - (factor - 1.0)) ** (dim / (dim - 2)))
