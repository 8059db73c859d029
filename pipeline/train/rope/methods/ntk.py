"""NTK-aware scaling with a larger base, the same for every length (arXiv 2309.00071, definition 1)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pipeline.export.megatron_arguments import MegatronRope
from pipeline.train.rope.method import RopeMethod, Rotary
from pipeline.train.rope.methods.longrope import longrope_parameters
from pipeline.train.rope.scaling import RopeScaling, larger_base_divisors


class Ntk(RopeMethod):
    """The base becomes base · s^(d/(d−2)): the fastest pair keeps its frequency, the slowest is divided by s."""

    search_seed: ClassVar[int | None] = 1

    method: Literal["ntk"] = "ntk"

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ_i for the larger base."""
        return larger_base_divisors(rotary.half, _growth(self.factor, 2 * rotary.half))

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return longrope parameters, because transformers lacks static NTK."""
        return longrope_parameters(self, rotary)

    @classmethod
    def megatron(cls, scaling: RopeScaling) -> MegatronRope:
        """Return the larger base."""
        return MegatronRope(scaling.theta * _growth(scaling.factor, 2 * len(scaling.divisors)), {}, ())


def _growth(factor: float, dim: int) -> float:
    return float(factor ** (dim / (dim - 2)))
