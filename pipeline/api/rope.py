"""`pipeline.scale_rope`: a model's config with a longer context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.api.arguments import require_name, require_type
from pipeline.api.sections import section_of
from pipeline.config.plugins import plugins_of
from pipeline.config.rope import ROPE_METHODS, RopeOptions


def scale_rope(
    config: Mapping[str, Any], *, method: str | None = None, factor: float | None = None, **settings: Any
) -> dict[str, Any]:  # Any: JSON values of a config, values of a recipe
    """Return a model's config with scaled rotary embeddings and the longer context, as `finetune` writes it.

    The keys are those that transformers 5 and vLLM read, and beside them the older keys of transformers 4.

    Args:
        config: the content of a `config.json`; it needs `model_type` and the context length. It is not changed.
        method: `linear`, `ntk`, `dynamic`, `yarn`, `llama3`, `longrope`, `giraffe_power` or `giraffe_truncated`; by
            default the recipe's.
        factor: the new context length ÷ the original one; by default the recipe's.
        settings: further keys of `finetune.rope` in a recipe, such as `beta_fast` or `original_max_tokens`.

    Raises:
        InputError: the method or the model type is unknown, the config does not state its context length, the model
            has no rotary embeddings or is already scaled, or the settings do not fit the model.
        RecipeError: a setting is unknown or not allowed.

    Example:
        >>> import pipeline
        >>> config = {
        ...     "model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2,
        ...     "max_position_embeddings": 8192, "rope_theta": 10000.0,
        ... }
        >>> scaled = pipeline.scale_rope(config, method="yarn", factor=4)
        >>> scaled["max_position_embeddings"], scaled["rope_parameters"]["factor"]
        (32768, 4.0)
        >>> config["max_position_embeddings"]
        8192
    """
    require_type(
        config,
        Mapping,
        argument="scale_rope: config",
        remedy="Give the content of a config.json: json.loads(Path(folder, 'config.json').read_text()).",
    )
    methods = plugins_of(ROPE_METHODS)
    method = methods.default if method is None else method
    require_name(method, methods.options, argument="scale_rope: method")
    given = settings if factor is None else {**settings, "factor": factor}
    rope = section_of(methods.options[method], given, function=scale_rope)
    assert isinstance(rope, RopeOptions), f"{method} is a {type(rope).__name__}"
    from pipeline.train.rope.legacy_keys import with_legacy_keys
    from pipeline.train.rope.scaled_config import config_name, scaled_values

    return with_legacy_keys(scaled_values(config, rope, reference=config_name(config)))
