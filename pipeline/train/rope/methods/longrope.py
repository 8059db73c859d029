"""LongRoPE (arXiv 2402.13753): one given divisor for each frequency. Other methods are written in this form as well.

A server that supports `longrope` can reproduce any constant list of divisors exactly. Methods that transformers lacks
are therefore written as longrope, with the same list for short and long sequences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import PositiveFloat, model_validator

from pipeline.errors import InputError
from pipeline.train.rope.method import RopeMethod, Rotary, Tables, scaled_lengths

_ROPE_TYPE = "longrope"
_ORIGINAL = "original_max_position_embeddings"


class LongRope(RopeMethod):
    """Divisors found by a search (`pipeline rope search`) or given by hand."""

    rope_type: ClassVar[str] = _ROPE_TYPE
    needs_options: ClassVar[bool] = True
    legacy_keys: ClassVar[tuple[str, ...]] = (_ORIGINAL,)

    method: Literal["longrope"] = "longrope"
    attention_factor: PositiveFloat | None = None
    """Factor for cos and sin; the paper's formula if not given."""
    short_factors: tuple[PositiveFloat, ...] = ()
    """Divisors for sequences up to the original length; all ones if not given."""
    long_factors: tuple[PositiveFloat, ...] = ()
    """Divisors for longer sequences."""

    @model_validator(mode="after")
    def _factors_are_given(self) -> Self:
        if not self.long_factors:
            raise ValueError("method longrope needs long_factors, one for each rotary frequency")
        return self

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return the long list.

        Raises:
            InputError: the list does not have one number for each of the model's rotary frequencies.
        """
        return _checked(self.long_factors, rotary.half, "long_factors")

    def short_divisors(self, rotary: Rotary) -> tuple[float, ...]:
        """Return the short list, or all ones.

        Raises:
            InputError: the list does not have one number for each of the model's rotary frequencies.
        """
        return _checked(self.short_factors or (1.0,) * rotary.half, rotary.half, "short_factors")

    def attention_scale(self, rotary: Rotary) -> float:
        """Return the given attention factor, or the paper's if none is given."""
        return self.attention_factor or longrope_attention_factor(self.factor, rotary.original_max_tokens)

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        """Return parameters with both lists."""
        return longrope_parameters(self, rotary)

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, factor: float) -> Self:
        """Return the method with both lists, and with the attention factor if the config has one."""
        return cls.model_validate(
            {
                "factor": factor,
                "long_factors": parameters["long_factor"],
                "short_factors": parameters["short_factor"],
                "attention_factor": parameters.get("attention_factor") or None,
            }
        )

    @classmethod
    def lengths(cls, *, factor: float, original: int, max_positions: int, tables: Tables) -> tuple[int, int]:
        """Return both lengths, which Phi-3's configs state.

        For a model with several tables, `longrope_parameters` writes only the length reached.
        """
        if tables is Tables.PER_LAYER_TYPE and original >= max_positions:
            return scaled_lengths(factor=factor, max_positions=max_positions)
        return super().lengths(factor=factor, original=original, max_positions=max_positions, tables=tables)

    @classmethod
    def serving_note(cls, *, original_max_tokens: int, depends_on_length: bool) -> str:
        """Return a note on how servers choose between the two lists; an empty string if the lists are equal."""
        if not depends_on_length:
            return ""
        return (
            f"transformers switches to the long factors for sequences above {original_max_tokens:,} tokens; vLLM "
            "uses them for every sequence once `max-model-len` is above that. Equal short and long factors avoid the "
            "difference."
        )


def longrope_parameters(method: RopeMethod, rotary: Rotary) -> dict[str, Any]:
    """Return `rope_parameters` that put any method with constant divisors in force, written as longrope.

    Raises:
        InputError: a list has the wrong length, or the two lists differ in a model with one table for each layer type.
    """
    long, short = method.divisors(rotary), method.short_divisors(rotary)
    attention_factor = float(method.attention_scale(rotary))
    original = rotary.original_max_tokens
    if rotary.tables is Tables.PER_LAYER_TYPE:
        if short != long:
            raise InputError(
                "This model has one frequency table for each layer type, and transformers cannot switch between "
                "LongRoPE's lists in such a model.",
                remedy="Give the same numbers as short_factors and long_factors.",
            )
        # transformers 5.19 fails when such a model switches to the long list twice; equal lists need no switch.
        original = method.max_positions(rotary)
    parameters = {
        "rope_type": _ROPE_TYPE,
        "rope_theta": float(rotary.theta),
        "factor": float(method.factor),
        _ORIGINAL: original,
        "short_factor": list(short),
        "long_factor": list(long),
        "attention_factor": attention_factor,
    }
    if attention_factor != longrope_attention_factor(method.factor, original):
        # vLLM 0.32 computes the paper's formula itself; it reads any other value only from these two keys.
        parameters |= {"short_mscale": attention_factor, "long_mscale": attention_factor}
    return parameters


def longrope_attention_factor(factor: float, original: int) -> float:
    """Return √(1 + ln s / ln L) (arXiv 2402.13753, section 3.2 and its code)."""
    return math.sqrt(1.0 + math.log(factor) / math.log(original)) if factor > 1.0 else 1.0


def _checked(factors: Sequence[float], half: int, name: str) -> tuple[float, ...]:
    if len(factors) != half:
        raise InputError(
            f"rope.{name} has {len(factors)} numbers, but the model has {half} rotary frequencies.",
            remedy=f"Give one number for each frequency: {half}.",
        )
    return tuple(float(x) for x in factors)
