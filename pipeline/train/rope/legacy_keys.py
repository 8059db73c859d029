"""The keys under which servers built on transformers 4 look for RoPE: text-generation-inference (TGI) above all.

In: the folder of a saved model. Out: its `config.json` with `rope_scaling`, `rope_theta` and, for longrope,
`original_max_position_embeddings` beside `rope_parameters`, with the same values. transformers 5 and vLLM read
`rope_parameters` and take the others for the same thing; older servers know only these and otherwise rotate by a base
of 10000 without a word. Used by `train.export.model_folder`.

What TGI 3 does with them (its `layers/rotary.py`): yarn with the default β and attention factor, llama3, dynamic, and
longrope whose attention factor is the paper's or 1 are in force; it leaves `linear` out, reads neither YaRN's β nor its
attention factor, and scales angles by another longrope attention factor. transformers has none of these
gaps, vLLM another one: it leaves `dynamic` out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.io import files
from pipeline.train.rope.methods import methods_by_rope_type

_CONFIG = "config.json"


def write_legacy_keys(folder: Path) -> None:
    """Add the keys to a saved model's config; nothing where it has no table that all layers share.

    A table for each layer type has no older form, and a model without rotary embeddings needs none.
    """
    path = str(folder / _CONFIG)
    config = files.read_json(path)
    files.write_json(path, config | legacy_keys(config.get("rope_parameters") or {}))


def legacy_keys(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The older keys for one flat `rope_parameters`; `rope_theta` alone where nothing is scaled."""
    if "rope_type" not in parameters:
        return {}
    method = methods_by_rope_type()[parameters["rope_type"]]
    theta = {"rope_theta": parameters["rope_theta"]}
    if not method.scales:
        return theta
    scaling = {**parameters, "type": method.rope_type}
    return {"rope_scaling": scaling, **theta, **{name: parameters[name] for name in method.legacy_keys}}
