"""Reads RoPE scalings from `config.rope_parameters`, the form that transformers and vLLM use.

Takes the `rope_parameters` of one frequency table (a config may have one for each layer type). Returns the
`RopeScaling` that it describes. Each method reads its own parameters (`methods`); this module finds the method. Used by
`scaled_config`, `comparison` and `rope_search.candidate`. Pure Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.methods import methods_by_rope_type
from pipeline.train.rope.scaling import RopeScaling


def scaling_of(parameters: Mapping[str, Any], *, max_positions: int, rotary_dim: int, tables: Tables) -> RopeScaling:
    """Return the scaling that `rope_parameters` describe, computed with the papers' formulas.

    Args:
        parameters: the `rope_parameters` of one frequency table, with `rope_type` and `rope_theta`.
        max_positions: `config.max_position_embeddings`.
        rotary_dim: d, the number of rotated dimensions in a head.
        tables: whether all layers share one table, or this is the table of one layer type.

    Raises:
        InputError: the type is unknown, one of its values is missing or invalid, or LongRoPE's lists have the wrong
            length.
    """
    kind = _method_of_type(str(parameters["rope_type"]))
    given_factor = float(parameters.get("factor") or 0.0)
    original, reached = kind.lengths(
        factor=given_factor or 1.0,
        original=int(parameters.get("original_max_position_embeddings") or max_positions),
        max_positions=max_positions,
        tables=tables,
    )
    method = _read(kind, parameters, factor=given_factor or max_positions / original)
    rotary = Rotary(float(parameters["rope_theta"]), rotary_dim, original, tables)
    return RopeScaling(
        method=method.method,
        theta=rotary.theta,
        factor=method.factor,
        original_max_tokens=original,
        max_tokens=reached,
        divisors=method.divisors(rotary),
        short_divisors=method.short_divisors(rotary),
        growth=method.growth(rotary),
        attention_factor=method.attention_scale(rotary),
        layer_type="",
        other_layers=(),
    )


def written_scaling(method: RopeMethod, rotary: Rotary) -> RopeScaling:
    """Return a method's scaling as read back from the parameters that the method writes, under the method's own name.

    Raises:
        InputError: the method's options do not fit the model.
    """
    read = scaling_of(
        method.parameters(rotary),
        max_positions=method.max_positions(rotary),
        rotary_dim=rotary.rotary_dim,
        tables=rotary.tables,
    )
    return named_as(read, method)


def named_as(scaling: RopeScaling, method: RopeMethod) -> RopeScaling:
    """Return the scaling under the method's own name, even if configs express the method as a different one."""
    return scaling if method.rope_type else replace(scaling, method=method.method)


def _read(kind: type[RopeMethod], parameters: Mapping[str, Any], *, factor: float) -> RopeMethod:
    try:
        return kind.read(parameters, factor=factor)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "rope_parameters"
        raise InputError(
            f"The model's config has invalid values for RoPE type '{kind.rope_type}': {where}: {first['msg']}.",
            remedy="Correct rope_parameters in the model's config.json.",
        ) from error
    except KeyError as error:
        raise InputError(
            f"The model's config lacks {error} for RoPE type '{kind.rope_type}'.",
            remedy="Correct rope_parameters in the model's config.json.",
        ) from error


def _method_of_type(rope_type: str) -> type[RopeMethod]:
    known = methods_by_rope_type()
    if rope_type in known:
        return known[rope_type]
    scaling_types = sorted(name for name, method in known.items() if method.scales)
    (unscaled_type,) = (name for name, method in known.items() if not method.scales)
    raise InputError(
        f"RoPE type '{rope_type}' is not supported.",
        remedy=f"Use a model whose rope_type is {unscaled_type} or one of: {', '.join(scaling_types)}.",
    )
