"""RoPE scalings to and from `config.rope_parameters`, the form in which transformers and vLLM read them.

In: a scaling from the recipe, or one flat `rope_parameters` of any config. Out: the other, and the
`max_position_embeddings` that belongs to it. Used by `train.rope.scaled_config`. Pure Python.

A method that transformers has by name is written under that name; the others (static NTK and Giraffe's two) as
`longrope` with one list for short and long sequences, which every server of `longrope` reproduces exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

from pipeline.config.rope import RopeMethod, RopeRecipe
from pipeline.errors import InputError
from pipeline.train.rope.methods import (
    dynamic_divisors,
    giraffe_power_divisors,
    giraffe_truncated_divisors,
    linear_divisors,
    llama3_divisors,
    longrope_attention_factor,
    ntk_divisors,
    yarn_attention_factor,
    yarn_divisors,
)
from pipeline.train.rope.scaling import RopeScaling

_UNSCALED = "default"
"""What transformers calls the method `none`."""

NATIVE_METHODS = frozenset(
    {RopeMethod.LINEAR, RopeMethod.DYNAMIC, RopeMethod.YARN, RopeMethod.LLAMA3, RopeMethod.LONGROPE}
)
"""Methods that transformers and vLLM have under the same name."""


class Tables(Enum):
    """How many frequency tables a model has."""

    SHARED = "shared"
    """One for all layers."""
    PER_LAYER_TYPE = "per_layer_type"
    """One for each type of layer, such as Gemma's full and sliding attention."""


def scaled_parameters(
    recipe: RopeRecipe, *, theta: float, original_max_tokens: int, rotary_dim: int, tables: Tables
) -> dict[str, Any]:
    """The `config.rope_parameters` that put a recipe's scaling in force, as transformers and vLLM read them.

    `rope_theta` always stands there: left out, both fall back to 10000 without a word.
    `original_max_position_embeddings` stands there for the methods that read it; transformers warns about it for the
    others, whose `max_position_embeddings` stays the original length.

    Args:
        recipe: the scaling; its method is not `none`.
        theta: base of the model's unscaled frequencies.
        original_max_tokens: context the model was trained on.
        rotary_dim: d, rotated dimensions of a head.
        tables: whether the result is the table of one layer type among several.

    Raises:
        InputError: LongRoPE's lists have the wrong length, or differ in a model with a table for each layer type.
    """
    method = recipe.method
    common: dict[str, Any] = {"rope_theta": float(theta), "factor": float(recipe.factor)}
    if method in (RopeMethod.LINEAR, RopeMethod.DYNAMIC):
        return {"rope_type": method.value, **common}
    if method is RopeMethod.LLAMA3:
        return {
            "rope_type": method.value,
            **common,
            "original_max_position_embeddings": original_max_tokens,
            "low_freq_factor": float(recipe.low_freq_factor),
            "high_freq_factor": float(recipe.high_freq_factor),
        }
    if method is RopeMethod.YARN:
        return {
            "rope_type": method.value,
            **common,
            "original_max_position_embeddings": original_max_tokens,
            "attention_factor": float(recipe.attention_factor or yarn_attention_factor(recipe.factor)),
            "beta_fast": float(recipe.beta_fast),
            "beta_slow": float(recipe.beta_slow),
            "truncate": True,
        }
    long, short, attention_factor = _longrope_lists(recipe, theta, original_max_tokens, rotary_dim)
    if tables is Tables.PER_LAYER_TYPE:
        if short != long:
            raise InputError(
                "This model has a frequency table for each layer type, and transformers cannot switch LongRoPE's lists "
                "in those.",
                remedy="Give the same numbers as short_factors and long_factors.",
            )
        # transformers 5.19 fails when such a model switches to the long list a second time; equal lists need no switch.
        original_max_tokens = max_position_embeddings(recipe, original_max_tokens=original_max_tokens, tables=tables)
    parameters = {
        "rope_type": RopeMethod.LONGROPE.value,
        **common,
        "original_max_position_embeddings": original_max_tokens,
        "short_factor": list(short),
        "long_factor": list(long),
        "attention_factor": attention_factor,
    }
    if attention_factor != longrope_attention_factor(recipe.factor, original_max_tokens):
        # vLLM 0.32 computes the paper's formula by itself and reads a deviation under these two names only.
        parameters |= {"short_mscale": attention_factor, "long_mscale": attention_factor}
    return parameters


def max_position_embeddings(recipe: RopeRecipe, *, original_max_tokens: int, tables: Tables) -> int:
    """`config.max_position_embeddings` that belongs to `scaled_parameters`.

    The original length for dynamic, whose formula reads it as such, and for linear in a model with one table, because
    vLLM multiplies it by `factor` itself; the scaled length for all others. Gemma 3's own configs, linear with a table
    for each layer type, have the scaled length, and vLLM takes it as that.
    """
    by_reader = recipe.method is RopeMethod.LINEAR and tables is Tables.SHARED
    if by_reader or recipe.method in (RopeMethod.NONE, RopeMethod.DYNAMIC):
        return original_max_tokens
    return int(original_max_tokens * recipe.factor)


def scaling_of(parameters: Mapping[str, Any], *, max_positions: int, rotary_dim: int, tables: Tables) -> RopeScaling:
    """What `rope_parameters` mean, worked out from the papers.

    Args:
        parameters: one flat `rope_parameters` dictionary with `rope_type` and `rope_theta`.
        max_positions: `config.max_position_embeddings`.
        rotary_dim: d, rotated dimensions of a head.
        tables: whether they are the table of one layer type among several.

    Raises:
        InputError: the type is not one we know, or LongRoPE's lists have the wrong length.
    """
    rope_type = str(parameters["rope_type"])
    method = RopeMethod.NONE if rope_type == _UNSCALED else _method(rope_type)
    theta = float(parameters["rope_theta"])
    half = rotary_dim // 2
    given_factor = float(parameters.get("factor") or 0.0)
    original, reached = _lengths(
        method,
        factor=given_factor or 1.0,
        original=int(parameters.get("original_max_position_embeddings") or max_positions),
        max_positions=max_positions,
        tables=tables,
    )
    factor = 1.0 if method is RopeMethod.NONE else given_factor or max_positions / original
    short: tuple[float, ...] | None = None
    attention_factor = 1.0
    if method is RopeMethod.NONE:
        divisors: tuple[float, ...] = (1.0,) * half
    elif method is RopeMethod.LINEAR:
        divisors = linear_divisors(half, factor=factor)
    elif method is RopeMethod.DYNAMIC:
        divisors, short = dynamic_divisors(half, factor=factor, ratio=factor), (1.0,) * half
    elif method is RopeMethod.YARN:
        divisors = yarn_divisors(
            half,
            theta=theta,
            factor=factor,
            original=original,
            beta_fast=float(parameters.get("beta_fast") or 32.0),
            beta_slow=float(parameters.get("beta_slow") or 1.0),
            truncate=bool(parameters.get("truncate", True)),
        )
        attention_factor = float(parameters.get("attention_factor") or yarn_attention_factor(factor))
    elif method is RopeMethod.LLAMA3:
        divisors = llama3_divisors(
            half,
            theta=theta,
            factor=factor,
            original=original,
            low_freq_factor=float(parameters["low_freq_factor"]),
            high_freq_factor=float(parameters["high_freq_factor"]),
        )
    else:
        divisors = _checked(parameters["long_factor"], half, "long_factors")
        short = _checked(parameters["short_factor"], half, "short_factors")
        attention_factor = float(parameters.get("attention_factor") or longrope_attention_factor(factor, original))
    return RopeScaling(
        method=method,
        theta=theta,
        factor=factor,
        original_max_tokens=original,
        max_tokens=reached,
        divisors=divisors,
        short_divisors=divisors if short is None else short,
        attention_factor=attention_factor,
        layer_type="",
        other_layers=(),
    )


def named_as(scaling: RopeScaling, method: RopeMethod) -> RopeScaling:
    """The same numbers under the recipe's name of a method that is written as `longrope`."""
    return scaling if method in NATIVE_METHODS or method is RopeMethod.NONE else replace(scaling, method=method)


def _longrope_lists(
    recipe: RopeRecipe, theta: float, original: int, rotary_dim: int
) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Long list, short list and attention factor of the methods written as `longrope`."""
    half = rotary_dim // 2
    if recipe.method is RopeMethod.LONGROPE:
        long = _checked(recipe.long_factors, half, "long_factors")
        short = _checked(recipe.short_factors or [1.0] * half, half, "short_factors")
        return long, short, float(recipe.attention_factor or longrope_attention_factor(recipe.factor, original))
    if recipe.method is RopeMethod.NTK:
        divisors = ntk_divisors(half, factor=recipe.factor)
    elif recipe.method is RopeMethod.GIRAFFE_POWER:
        divisors = giraffe_power_divisors(half, power=recipe.power)
    else:
        assert recipe.method is RopeMethod.GIRAFFE_TRUNCATED, f"no way to write {recipe.method}"
        divisors = giraffe_truncated_divisors(half, theta=theta, original=original, turns=recipe.truncation_turns)
    return divisors, divisors, 1.0


def _lengths(
    method: RopeMethod, *, factor: float, original: int, max_positions: int, tables: Tables
) -> tuple[int, int]:
    """The original length and the one that is reached, in tokens; `original` is `max_positions` where not given.

    `max_position_embeddings` is the length reached in published configs of Llama 3.1 and 3.2 (131,072, whatever 8,192 ×
    `factor` gives), of Phi-3's longrope and of Gemma 3's linear. Qwen's YaRN configs leave it at or a little above the
    original length, DeepSeek's and gpt-oss's have original × `factor`. Linear with one table and dynamic multiply it.
    """
    if method is RopeMethod.NONE:
        return max_positions, max_positions
    if method is RopeMethod.DYNAMIC:
        return max_positions, int(max_positions * factor)  # transformers and vLLM read no other length for it
    counted = tables is Tables.PER_LAYER_TYPE and method in (RopeMethod.LINEAR, RopeMethod.LONGROPE)
    if counted and original >= max_positions:
        return round(max_positions / factor), max_positions
    product = int(original * factor)
    if method is RopeMethod.YARN:
        return original, max(product, max_positions)
    return original, max_positions if max_positions > original else product


def _method(rope_type: str) -> RopeMethod:
    if rope_type in NATIVE_METHODS:
        return RopeMethod(rope_type)
    raise InputError(
        f"RoPE type '{rope_type}' is not one this project can check.",
        remedy=f"Use a model whose rope_type is default or one of: {', '.join(sorted(NATIVE_METHODS))}.",
    )


def _checked(factors: Sequence[float], half: int, name: str) -> tuple[float, ...]:
    if len(factors) != half:
        raise InputError(
            f"rope.{name} has {len(factors)} numbers, but the model has {half} rotary frequencies.",
            remedy=f"Give one number for each frequency: {half}.",
        )
    return tuple(float(x) for x in factors)
