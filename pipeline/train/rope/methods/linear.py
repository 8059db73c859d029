"""Position Interpolation (arXiv 2306.15595): every position is divided by the factor."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pipeline.export.megatron_arguments import MegatronRope
from pipeline.train.rope.method import RopeMethod, Rotary, Tables, scaled_lengths
from pipeline.train.rope.scaling import RopeScaling


class Linear(RopeMethod):
    """Every frequency is divided by the factor."""

    rope_type: ClassVar[str] = "linear"
    search_seed: ClassVar[int | None] = 2

    method: Literal["linear"] = "linear"

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i = s (arXiv 2306.15595, equation 4)."""
        return (self.factor,) * rotary.half

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return type, base and factor."""
        return {"rope_type": self.rope_type, "rope_theta": float(rotary.theta), "factor": float(self.factor)}

    def max_positions(self, rotary: Rotary) -> int:
        """Return the original length for a model with one table, because vLLM multiplies it by `factor` itself.

        For a model with one table for each layer type, return the scaled length, as in Gemma 3's own configs; vLLM
        reads it as such.
        """
        return rotary.original_max_tokens if rotary.tables is Tables.SHARED else super().max_positions(rotary)

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return both lengths.

        A config may state both. Otherwise, a config with one frequency table states the original length, and a config
        with one table for each layer type states the length reached.
        """
        if tables is Tables.PER_LAYER_TYPE and original >= max_positions:
            return scaled_lengths(factor=factor, max_positions=max_positions)
        return super().lengths(factor=factor, original=original, max_positions=max_positions, tables=tables)

    @classmethod
    def serving_note(cls, *, original_max_tokens: int, depends_on_length: bool) -> str:
        """Return a note that TGI does not scale."""
        return "text-generation-inference (TGI) ignores linear scaling; serve with transformers or vLLM."

    @classmethod
    def megatron(cls, scaling: RopeScaling) -> MegatronRope | None:
        """Return the argument with the factor; None if the factor is not a whole number."""
        if scaling.factor != int(scaling.factor):
            return None
        return MegatronRope(scaling.theta, {"rotary-seq-len-interpolation-factor": int(scaling.factor)}, ())
