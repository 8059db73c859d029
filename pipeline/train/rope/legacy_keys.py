"""Writes the RoPE keys that transformers 4 and servers built on it read, beside those of transformers 5.

Takes the folder of a saved model. Adds keys to the folder's `config.json`, with the same values as in
`rope_parameters`: `rope_scaling`, `rope_theta`, `partial_rotary_factor` if part of each head rotates, and for longrope
`original_max_position_embeddings`. Models whose full and sliding layers have tables of their own (Gemma 3) get the
keys of the full layers' table, and `rope_local_base_freq` for the sliding layers.
transformers 5 and vLLM read `rope_parameters` and treat the other keys as the same setting. Older programs know only
the other keys; without them, they rotate unscaled or with a base of 10000, and do not say so. `make compat` proves that
transformers 4.57 applies the scaling. Used by `train.export.model_folder`.

text-generation-inference (TGI) 3 treats these keys as follows (see its `layers/rotary.py`). It applies yarn with the
default β and attention factor, llama3, dynamic, and longrope whose attention factor is the paper's or 1. It ignores
`linear`, YaRN's β and YaRN's attention factor, and scales angles by a longrope attention factor that is neither the
paper's nor 1. transformers has none of these gaps. vLLM has a different one: it ignores `dynamic`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.io import files
from pipeline.train.rope.methods import methods_by_rope_type

_CONFIG = "config.json"
_TEXT_CONFIG = "text_config"
_FULL, _SLIDING = "full_attention", "sliding_attention"
_SPLIT_TABLES = frozenset({"gemma3_text", "gemma3n_text"})
"""Model types whose class in transformers 4 applies `rope_scaling` to its full layers only, and reads the base of its
sliding layers from `rope_local_base_freq`."""
_PARTIAL = "partial_rotary_factor"


def write_legacy_keys(folder: Path) -> None:
    """Add the older keys to a saved model's config, beside `rope_parameters`.

    A model of several parts has `rope_parameters` in its `text_config`; older programs read the older keys there too.
    Nothing is added for a model whose tables the older keys cannot express, or for one without rotary embeddings.
    """
    path = str(folder / _CONFIG)
    files.write_json(path, with_legacy_keys(files.read_json(path)))


def with_legacy_keys(config: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON values
    """Return the content of a `config.json` with the older keys beside `rope_parameters`; see `write_legacy_keys`."""
    written = _with_legacy_keys(config)
    if isinstance(text := written.get(_TEXT_CONFIG), Mapping):
        written[_TEXT_CONFIG] = _with_legacy_keys(text)
    return written


def legacy_keys(parameters: Mapping[str, Any], *, model_type: str) -> dict[str, Any]:
    """Return the older keys for `rope_parameters`; no keys if these cannot express them, or if there is nothing to say.

    If nothing is scaled, `rope_theta` is the only key of a model with one table.

    Args:
        parameters: a config's `rope_parameters`, empty for a model without rotary embeddings.
        model_type: the config's `model_type`, which decides how transformers 4 reads the keys.
    """
    if "rope_type" in parameters:
        return _keys_of_table(parameters)
    if not parameters or needs_new_reader(parameters, model_type=model_type):
        return {}
    return {**_keys_of_table(parameters[_FULL]), "rope_local_base_freq": parameters[_SLIDING]["rope_theta"]}


def needs_new_reader(parameters: Mapping[str, Any], *, model_type: str) -> bool:
    """Return whether only transformers 5 and programs built on it can read these `rope_parameters`.

    Such a model has a table for each layer type, and transformers 4 lacks its class or reads other keys for it.
    """
    if not parameters or "rope_type" in parameters:
        return False
    types = {layer_type: table["rope_type"] for layer_type, table in parameters.items()}
    known = methods_by_rope_type()
    if model_type not in _SPLIT_TABLES or types.keys() != {_FULL, _SLIDING}:
        return True
    return types[_FULL] not in known or types[_SLIDING] not in known or known[types[_SLIDING]].scales


def _with_legacy_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    parameters, model_type = config.get("rope_parameters") or {}, str(config.get("model_type", ""))
    return {**config, **legacy_keys(parameters, model_type=model_type)}


def _keys_of_table(table: Mapping[str, Any]) -> dict[str, Any]:
    method = methods_by_rope_type()[table["rope_type"]]
    keys = {"rope_theta": table["rope_theta"]} | ({_PARTIAL: table[_PARTIAL]} if _PARTIAL in table else {})
    if not method.scales:
        return keys
    scaling = {**table, "type": method.rope_type}
    return {"rope_scaling": scaling, **keys, **{name: table[name] for name in method.legacy_keys}}
