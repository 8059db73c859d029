"""Writes the RoPE keys that servers built on transformers 4 read, mainly text-generation-inference (TGI).

Takes the folder of a saved model. Adds `rope_scaling`, `rope_theta` and, for longrope,
`original_max_position_embeddings` to the folder's `config.json`, with the same values as in `rope_parameters` and
beside it.
transformers 5 and vLLM read `rope_parameters` and treat the other keys as the same setting. Older servers know only the
other keys; without them, they silently rotate with a base of 10000. Used by `train.export.model_folder`.

TGI 3 treats these keys as follows (see its `layers/rotary.py`). It applies yarn with the default β and attention
factor, llama3, dynamic, and longrope whose attention factor is the paper's or 1. It ignores `linear`, YaRN's β and
YaRN's attention factor, and scales angles by a longrope attention factor that is neither the paper's nor 1.
transformers has none of these gaps. vLLM has a different one: it ignores `dynamic`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.io import files
from pipeline.train.rope.methods import methods_by_rope_type

_CONFIG = "config.json"
_TEXT_CONFIG = "text_config"


def write_legacy_keys(folder: Path) -> None:
    """Add the older keys to a saved model's config, beside `rope_parameters`.

    A model of several parts has `rope_parameters` in its `text_config`; servers read the older keys there too. Nothing
    is added for a model with one frequency table per layer type, which the older keys cannot express, or for a model
    without rotary embeddings.
    """
    path = str(folder / _CONFIG)
    config = _with_legacy_keys(files.read_json(path))
    if isinstance(text := config.get(_TEXT_CONFIG), Mapping):
        config[_TEXT_CONFIG] = _with_legacy_keys(text)
    files.write_json(path, config)


def _with_legacy_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    return {**config, **legacy_keys(config.get("rope_parameters") or {})}


def legacy_keys(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the older keys for `rope_parameters`; no keys if they have one table per layer type or are empty.

    If nothing is scaled, `rope_theta` is the only key.
    """
    if "rope_type" not in parameters:
        return {}
    method = methods_by_rope_type()[parameters["rope_type"]]
    theta = {"rope_theta": parameters["rope_theta"]}
    if not method.scales:
        return theta
    scaling = {**parameters, "type": method.rope_type}
    return {"rope_scaling": scaling, **theta, **{name: parameters[name] for name in method.legacy_keys}}
