"""What a RoPE method is: its options, its divisors, how a config says it, and what servers make of that.

Each file in `train.rope.methods` derives one class from `RopeMethod`. An instance holds the options of a recipe, or
those read from a model's config; both ways the same formulas give the numbers. Pure Python.

Notation: d is the rotary dimension, λ_i the divisor of frequency i, L the original length, s the factor.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Self

from pipeline.config.rope import RopeOptions
from pipeline.export.megatron_arguments import MegatronRope
from pipeline.train.rope.scaling import Growth, RopeScaling


class Tables(Enum):
    """How many frequency tables a model has."""

    SHARED = "shared"
    """One for all layers."""
    PER_LAYER_TYPE = "per_layer_type"
    """One for each type of layer, such as Gemma's full and sliding attention."""


@dataclass(frozen=True, slots=True)
class Rotary:
    """The rotary embeddings of a model before any scaling."""

    theta: float
    """Base of the frequencies."""
    rotary_dim: int
    """d, rotated dimensions of a head."""
    original_max_tokens: int
    """Context the model was trained on."""
    tables: Tables

    @property
    def half(self) -> int:
        """Rotary frequencies, d/2."""
        return self.rotary_dim // 2


class RopeMethod(RopeOptions):
    """A method with its options. The defaults below suit a method with one constant list of divisors."""

    rope_type: ClassVar[str] = ""
    """Its name in transformers and vLLM; empty if they lack it and it is written as another."""
    needs_options: ClassVar[bool] = False
    """Whether its own options have no usable defaults; `pipeline rope show` then needs a recipe that gives them."""
    search_seed: ClassVar[int | None] = None
    """Place among the seeds of the LongRoPE search; None for a method that seeds no search."""
    legacy_keys: ClassVar[tuple[str, ...]] = ()
    """Parameters that older servers read beside `rope_scaling`."""
    vllm_scales: ClassVar[bool] = True
    """Whether vLLM scales by the written config."""

    @abstractmethod
    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ[d/2] of sequences as long as the scaling reaches."""

    @abstractmethod
    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return the `config.rope_parameters` that put the method in force, as transformers and vLLM read them.

        `rope_theta` is always among them: without it, both fall back to 10000 and say nothing.
        `original_max_position_embeddings` is there for methods that read it; transformers warns about it for others.

        Raises:
            InputError: the options do not fit the model.
        """

    def short_divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return λ[d/2] of sequences up to the original length."""
        return self.divisors(rotary)

    def growth(self, rotary: Rotary) -> Growth | None:
        """Return how the divisors follow the length beyond the original one; None if they do not."""
        return None

    def attention_scale(self, rotary: Rotary) -> float:
        """Return what cos and sin are multiplied by."""
        return 1.0

    def max_positions(self, rotary: Rotary) -> int:
        """Return the `config.max_position_embeddings` that belongs to `parameters`."""
        return int(rotary.original_max_tokens * self.factor)

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, factor: float) -> Self:
        """Return the method that a config's parameters describe; the inverse of `parameters`.

        Args:
            parameters: a flat `rope_parameters` whose type is this method's `rope_type`.
            factor: what they give, or what the config's lengths give.
        """
        return cls.model_validate({"factor": factor})

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return the original length and the one that is reached, as the makers of published configs mean them.

        Args:
            factor: of the config; 1 if it gives none.
            original: `original_max_position_embeddings`; `max_positions` if the config gives none.
            max_positions: `max_position_embeddings`.
            tables: of the model.
        """
        return original, max_positions if max_positions > original else int(original * factor)

    @classmethod
    def served_positions(cls, scaling: RopeScaling, *, named: int) -> int:
        """Return the `max_position_embeddings` of a scaled base model that is served as it is.

        Args:
            scaling: of the model.
            named: what its config has.
        """
        return named

    @classmethod
    def serving_note(cls, *, original_max_tokens: int, depends_on_length: bool) -> str:
        """Return what a model card says about servers; empty if all of them scale alike.

        Args:
            original_max_tokens: of the scaling.
            depends_on_length: whether its divisors do.
        """
        return ""

    @classmethod
    def megatron(cls, scaling: RopeScaling) -> MegatronRope | None:
        """Return the scaling in Megatron-LM's arguments; None if it has none."""
        return None


def scaled_lengths(*, factor: float, max_positions: int) -> tuple[int, int]:
    """Return the original length and the one reached, for a config whose length is the one reached."""
    return round(max_positions / factor), max_positions
