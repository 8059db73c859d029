"""Dynamic NTK: the base grows with the sequence, as transformers computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.scaling import Growth, larger_base_divisors


@dataclass(frozen=True, slots=True)
class LargerBase:
    """λ_i for a base that grows with the length of the sequence."""

    half: int
    factor: float
    original_max_tokens: int

    def divisors_at(self, num_tokens: int) -> tuple[float, ...]:
        """Return λ_i for a sequence of `num_tokens`."""
        return dynamic_divisors(self.half, factor=self.factor, ratio=num_tokens / self.original_max_tokens)


class Dynamic(RopeMethod):
    """Unscaled up to the original length, then a larger base for each length."""

    rope_type: ClassVar[str] = "dynamic"
    vllm_scales: ClassVar[bool] = False

    method: Literal["dynamic"] = "dynamic"

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i for sequences of the longest length the scaling reaches."""
        return dynamic_divisors(rotary.half, factor=self.factor, ratio=self.factor)

    def short_divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i = 1."""
        return (1.0,) * rotary.half

    def growth(self, rotary: Rotary) -> Growth:
        """Return the rule that gives λ_i for each length."""
        return LargerBase(rotary.half, self.factor, rotary.original_max_tokens)

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return type, base and factor."""
        return {"rope_type": self.rope_type, "rope_theta": float(rotary.theta), "factor": float(self.factor)}

    def max_positions(self, rotary: Rotary) -> int:
        """Return the original length, because the formula in transformers reads it from here."""
        return rotary.original_max_tokens

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return lengths based on the config's length, the only one that transformers and vLLM read for this type."""
        return max_positions, int(max_positions * factor)

    @classmethod
    def serving_note(cls, *, original_max_tokens: int, depends_on_length: bool) -> str:
        """Return a note that vLLM does not scale."""
        return "Use transformers: vLLM 0.32 does not scale at all with a config that transformers reads as dynamic NTK."


def dynamic_divisors(half: int, *, factor: float, ratio: float) -> tuple[float, ...]:
    """Return λ_i of base' = base · (f · ratio − (f − 1))^(d/(d−2)), ratio being current ÷ original length."""
    dim = 2 * half
    return larger_base_divisors(half, (factor * ratio - (factor - 1.0)) ** (dim / (dim - 2)))
