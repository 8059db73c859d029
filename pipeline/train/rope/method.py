"""Defines what a RoPE method has: options, divisors, the form it takes in a config, and how servers treat this form.

Each module in `train.rope.methods` derives one class from `RopeMethod`. An instance holds the options of a recipe or
those read from a model's config; the same formulas apply to both. Pure Python.

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
    """One table for all layers."""
    PER_LAYER_TYPE = "per_layer_type"
    """One table for each type of layer, such as Gemma's full and sliding attention."""


@dataclass(frozen=True, slots=True)
class Rotary:
    """A model's rotary embeddings before any scaling."""

    theta: float
    """The base of the frequencies."""
    rotary_dim: int
    """d, the number of rotated dimensions in a head."""
    original_max_tokens: int
    """The context length that the model was trained on."""
    tables: Tables

    @property
    def half(self) -> int:
        """The number of rotary frequencies, d/2."""
        return self.rotary_dim // 2


class RopeMethod(RopeOptions):
    """A method with its options. The defaults below suit a method with one constant list of divisors."""

    rope_type: ClassVar[str] = ""
    """The method's name in transformers and vLLM; empty if they lack the method, so that configs express it as a
    different one."""
    needs_options: ClassVar[bool] = False
    """Whether the method has options without usable defaults; `pipeline rope show` then needs a recipe with them."""
    search_seed: ClassVar[int | None] = None
    """Position among the methods that the LongRoPE search starts from; None if the search does not use this method."""
    legacy_keys: ClassVar[tuple[str, ...]] = ()
    """Parameters that older servers read as config keys of their own, in addition to `rope_scaling`."""
    vllm_scales: ClassVar[bool] = True
    """Whether vLLM applies the scaling in the written config."""

    @abstractmethod
    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return the d/2 divisors λ_i for sequences of the longest length that the scaling reaches."""

    @abstractmethod
    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return the `config.rope_parameters` that put the method in force, as transformers and vLLM read them.

        The parameters always include `rope_theta`: without it, transformers and vLLM silently fall back to 10000. They
        include `original_max_position_embeddings` only for methods that read it; for others, transformers warns about
        this key.

        Raises:
            InputError: the options do not fit the model.
        """

    def short_divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return the d/2 divisors λ_i for sequences up to the original length."""
        return self.divisors(rotary)

    def growth(self, rotary: Rotary) -> Growth | None:
        """Return how the divisors change with a length above the original one; None if they are constant."""
        return None

    def attention_scale(self, rotary: Rotary) -> float:
        """Return the factor that multiplies cos and sin."""
        return 1.0

    def max_positions(self, rotary: Rotary) -> int:
        """Return the `config.max_position_embeddings` that belongs to `parameters`."""
        return int(rotary.original_max_tokens * self.factor)

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, factor: float) -> Self:
        """Return the method that a config's parameters describe; the inverse of `parameters`.

        Args:
            parameters: the `rope_parameters` of one frequency table, whose type is this method's `rope_type`.
            factor: the factor in the parameters, or the ratio of the config's lengths.
        """
        return cls.model_validate({"factor": factor})

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return the original length and the length that the scaling reaches, as published configs mean them.

        Args:
            factor: the config's factor; 1 if it has none.
            original: `original_max_position_embeddings`; `max_positions` if the config has none.
            max_positions: `max_position_embeddings`.
            tables: how many frequency tables the model has.
        """
        return original, max_positions if max_positions > original else int(original * factor)

    @classmethod
    def served_positions(cls, scaling: RopeScaling, *, named: int) -> int:
        """Return the `max_position_embeddings` to write for a base model whose own scaling is kept.

        Args:
            scaling: the model's scaling.
            named: `max_position_embeddings` in the model's config.
        """
        return named

    @classmethod
    def serving_note(cls, *, original_max_tokens: int, depends_on_length: bool) -> str:
        """Return the model card's note about servers; an empty string if the method has none.

        Args:
            original_max_tokens: the scaling's original length.
            depends_on_length: whether the divisors depend on the sequence's length.
        """
        return ""

    @classmethod
    def megatron(cls, scaling: RopeScaling) -> MegatronRope | None:
        """Return the scaling as Megatron-LM arguments; None if Megatron-LM cannot express it."""
        return None


def scaled_lengths(*, factor: float, max_positions: int) -> tuple[int, int]:
    """Return the original length and the length reached, for a config that states only the length reached."""
    return round(max_positions / factor), max_positions
