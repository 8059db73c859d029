"""What published configs stand for, and the recipe's scaling written into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from small_student import small_config, write_small_model
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig

from pipeline.errors import InputError
from pipeline.train.model.student import load_scaled_model
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.methods import make_method, method_names
from pipeline.train.rope.scaled_config import (
    config_scaling,
    copy_scaling,
    described,
    recipe_scaling,
    scaled_config,
    with_scaling,
)
from pipeline.train.rope.scaling import UNLIMITED_TOKENS, without_rotary

_HEADS = {"hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128}
_LLAMA3 = {
    "rope_type": "llama3",
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
_QWEN3_YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
_PHI3_LISTS = {"type": "longrope", "long_factor": [1.0 + i for i in range(48)], "short_factor": [1.0] * 48}

# The keys and values of the published config.json files, as they were written for transformers 4.
PUBLISHED: dict[str, dict[str, Any]] = {
    "Llama 3.1 8B": {
        "model_type": "llama",
        **_HEADS,
        "max_position_embeddings": 131072,
        "rope_theta": 500000.0,
        "rope_scaling": {**_LLAMA3, "factor": 8.0},
    },
    "Llama 3.2 1B": {
        "model_type": "llama",
        **_HEADS,
        "hidden_size": 2048,
        "head_dim": 64,
        "max_position_embeddings": 131072,
        "rope_theta": 500000.0,
        "rope_scaling": {**_LLAMA3, "factor": 32.0},
    },
    "Qwen3 8B with YaRN as its card says": {
        "model_type": "qwen3",
        **_HEADS,
        "max_position_embeddings": 40960,
        "rope_theta": 1000000,
        "rope_scaling": _QWEN3_YARN,
    },
    "Qwen3 8B with YaRN and the length it reaches": {
        "model_type": "qwen3",
        **_HEADS,
        "max_position_embeddings": 131072,
        "rope_theta": 1000000,
        "rope_scaling": _QWEN3_YARN,
    },
    "Phi-3 mini 128k": {
        "model_type": "phi3",
        "hidden_size": 3072,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "max_position_embeddings": 131072,
        "original_max_position_embeddings": 4096,
        "rope_theta": 10000.0,
        "rope_scaling": _PHI3_LISTS,
    },
    "Vicuna 7B 16k": {
        "model_type": "llama",
        "hidden_size": 4096,
        "num_attention_heads": 32,
        "max_position_embeddings": 4096,
        "rope_scaling": {"type": "linear", "factor": 4.0},
    },
    "InternLM 2.5 layout": {
        "model_type": "llama",
        **_HEADS,
        "max_position_embeddings": 32768,
        "rope_theta": 1000000,
        "rope_scaling": {"type": "dynamic", "factor": 2.0},
    },
    "Gemma 3 4B, its text": {
        "model_type": "gemma3_text",
        "hidden_size": 2560,
        "num_attention_heads": 8,
        "num_hidden_layers": 34,
        "head_dim": 256,
        "max_position_embeddings": 131072,
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
    },
}
REACHES = {
    "Llama 3.1 8B": ("llama3", 8192, 131072),
    "Llama 3.2 1B": ("llama3", 8192, 131072),
    "Qwen3 8B with YaRN as its card says": ("yarn", 32768, 131072),
    "Qwen3 8B with YaRN and the length it reaches": ("yarn", 32768, 131072),
    "Phi-3 mini 128k": ("longrope", 4096, 131072),
    "Vicuna 7B 16k": ("linear", 4096, 16384),
    "InternLM 2.5 layout": ("dynamic", 32768, 65536),
    "Gemma 3 4B, its text": ("linear", 16384, 131072),
}


def published(name: str) -> PreTrainedConfig:
    values = dict(PUBLISHED[name])
    config: PreTrainedConfig = AutoConfig.for_model(values.pop("model_type"), **values)
    return config


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_config_reaches_the_length_it_was_published_for(name: str) -> None:
    scaling = config_scaling(published(name))
    assert (scaling.method, scaling.original_max_tokens, scaling.max_tokens) == REACHES[name]
    trains_as_it_is = with_scaling(published(name), make_method("none"), reference=name)
    assert config_scaling(trains_as_it_is) == scaling
    if scaling.method not in ("linear", "dynamic"):
        assert trains_as_it_is.max_position_embeddings == scaling.max_tokens, "what vLLM serves"


def test_phi3_without_a_factor_takes_it_from_its_lengths() -> None:
    scaling = config_scaling(published("Phi-3 mini 128k"))
    assert scaling.factor == 32.0
    assert scaling.divisors[-1] == 48.0 and set(scaling.short_divisors) == {1.0}


@pytest.mark.parametrize("method", sorted(set(method_names()) - {"none", "longrope"}))
@pytest.mark.parametrize("model_type", ["llama", "gemma3_text"])
def test_written_scaling_reaches_factor_times_the_original(model_type: str, method: str) -> None:
    base = AutoConfig.for_model(model_type, **_HEADS, num_hidden_layers=6, max_position_embeddings=4096)
    rope = make_method(method, factor=4.0)
    scaling = recipe_scaling(with_scaling(base, rope, reference="base"), rope)
    assert (scaling.original_max_tokens, scaling.max_tokens, scaling.factor) == (4096, 16384, 4.0)


def _replacing(method: str, factor: float, **more: Any) -> RopeMethod:
    return make_method(method, factor=factor, replace_existing=True, **more)


@pytest.mark.parametrize(
    ("rope", "reach"),
    [
        (_replacing("llama3", 16.0), 131072),
        (_replacing("llama3", 32.0), 262144),
        (_replacing("yarn", 32.0), 262144),
        (_replacing("ntk", 32.0), 262144),
        (_replacing("yarn", 4.0, original_max_tokens=131072), 524288),
    ],
)
def test_llama31_takes_another_scaling_in_place_of_its_own(rope: RopeMethod, reach: int) -> None:
    base = published("Llama 3.1 8B")
    config = with_scaling(base, rope, reference="base")
    original = rope.original_max_tokens or 8192
    scaling = recipe_scaling(config, rope)
    assert (scaling.method, scaling.factor, scaling.theta) == (rope.method, rope.factor, 500000.0)
    assert (scaling.original_max_tokens, scaling.max_tokens) == (original, reach)
    # Nothing of the old scaling is left: the same as from a base that never had one.
    assert config.rope_parameters == rope.parameters(Rotary(500000.0, 128, original, Tables.SHARED))
    assert config_scaling(base).method == "llama3", "the given config is not changed"


@pytest.mark.parametrize("name", [name for name, (_, _, _) in REACHES.items()])
@pytest.mark.parametrize("method", ["linear", "dynamic", "yarn", "llama3", "ntk"])
def test_every_published_scaling_is_replaced_relative_to_its_original_length(name: str, method: str) -> None:
    rope = _replacing(method, 16.0)
    scaling = recipe_scaling(with_scaling(published(name), rope, reference=name), rope)
    original = REACHES[name][1]
    assert (scaling.method, scaling.original_max_tokens, scaling.max_tokens) == (rope.method, original, 16 * original)


def test_scaled_base_is_refused_without_the_field_and_the_remedy_names_it() -> None:
    with pytest.raises(InputError, match="already has RoPE scaling: llama3 × 8, 131072 tokens") as refused:
        with_scaling(published("Llama 3.1 8B"), make_method("yarn", factor=32.0), reference="base")
    assert "finetune.rope.replace_existing to true" in (refused.value.remedy or "")
    assert "relative to 8192 tokens" in (refused.value.remedy or "")


def test_method_none_with_a_replacement_is_refused() -> None:
    with pytest.raises(ValueError, match="replace_existing needs a different method"):
        _replacing("none", 1.0)


SMALL_LLAMA3 = {
    "rope_parameters": {**_LLAMA3, "rope_theta": 10000.0, "factor": 2.0, "original_max_position_embeddings": 512},
    "max_position_embeddings": 2048,
}


@pytest.mark.parametrize("method", ["linear", "ntk", "dynamic", "yarn", "llama3", "giraffe_truncated"])
def test_built_and_saved_model_rotates_by_the_replacement(tmp_path: Path, method: str) -> None:
    rope = _replacing(method, 8.0)
    model, scaling = load_scaled_model(write_small_model(tmp_path, **SMALL_LLAMA3), rope, dtype=torch.float32)
    never_scaled = recipe_scaling(with_scaling(small_config(), rope, reference="small"), rope)
    assert scaling == never_scaled and scaling.max_tokens == 4096
    model.save_pretrained(tmp_path / "saved")
    saved = AutoModelForCausalLM.from_pretrained(tmp_path / "saved")
    assert recipe_scaling(saved.config, rope) == never_scaled
    assert assert_rope_in_force(saved, never_scaled) < 1e-6


def test_config_of_the_text_is_read_and_written_within_one_of_several_parts() -> None:
    base = AutoConfig.for_model("gemma3", text_config={"max_position_embeddings": 131072})
    linear = {"rope_type": "linear", "rope_theta": 1000000.0, "factor": 8.0}
    base.text_config.rope_parameters["full_attention"] = linear
    assert config_scaling(base) == config_scaling(base.text_config)
    assert config_scaling(base).max_tokens == 131072
    rope = _replacing("yarn", 16.0)
    scaled = with_scaling(base, rope, reference="gemma")
    assert scaled.text_config.rope_parameters["full_attention"]["rope_type"] == "yarn"
    assert scaled.text_config.max_position_embeddings == 16 * 16384
    assert base.text_config.rope_parameters["full_attention"] == linear
    assert getattr(scaled, "rope_parameters", None) is None


@pytest.mark.parametrize(
    ("model_type", "remedy"),
    [("mistral3", "on its own as a MistralForCausalLM"), ("qwen2_5_vl", "a text-only model of the family")],
)
@pytest.mark.parametrize("method", ["none", "yarn"])
def test_model_of_several_parts_that_cannot_be_built_as_a_language_model_is_refused(
    tmp_path: Path, model_type: str, remedy: str, method: str
) -> None:
    AutoConfig.for_model(model_type).save_pretrained(tmp_path)
    with pytest.raises(InputError, match=f"a {model_type} model, made of text and vision parts") as refused:
        scaled_config(str(tmp_path), make_method(method))
    assert remedy in (refused.value.remedy or "")


def test_refusals_of_a_scaling_say_what_the_model_has_and_which_setting_would_do() -> None:
    with pytest.raises(InputError) as scaled:
        with_scaling(published("Vicuna 7B 16k"), make_method("yarn", factor=2.0), reference="base")
    assert scaled.value.message == "'base' already has RoPE scaling: linear × 4, 16384 tokens."
    assert scaled.value.remedy == (
        "Set finetune.rope.method to none to train within that length, or finetune.rope.replace_existing to true to "
        "use the recipe's scaling instead, whose factor is then relative to 4096 tokens."
    )
    mamba = AutoConfig.for_model("mamba")
    with pytest.raises(InputError) as without:
        with_scaling(mamba, make_method("ntk", factor=2.0), reference="base")
    assert without.value.message == (
        "A mamba model has no rotary position embeddings, so method ntk has nothing to scale."
    )
    assert without.value.remedy == "Set finetune.rope.method to none: such a model trains without scaling."
    gemma = AutoConfig.for_model("gemma3_text", num_hidden_layers=6)
    gemma.rope_parameters = {"sliding_attention": gemma.rope_parameters["sliding_attention"]}
    with pytest.raises(InputError) as unknown:
        config_scaling(gemma)
    assert unknown.value.message == (
        "A gemma3_text model has rotary embeddings for sliding_attention, but not for full_attention, the layer type "
        "that is scaled."
    )
    assert unknown.value.remedy == "Use a model of the Llama, Qwen, Mistral or Gemma 3 family."


def test_model_without_rotary_embeddings_reaches_what_its_config_names_or_anything() -> None:
    assert config_scaling(AutoConfig.for_model("mamba")) == without_rotary(UNLIMITED_TOKENS)
    assert config_scaling(AutoConfig.for_model("gpt2", n_positions=1024)) == without_rotary(1024)
    mamba = AutoConfig.for_model("mamba")
    assert with_scaling(mamba, make_method("none"), reference="m").to_dict() == mamba.to_dict()


def test_scaling_of_one_config_is_taken_over_by_another_and_nothing_else() -> None:
    rope = make_method("longrope", factor=4.0, long_factors=(1.5,) * 48)
    base = published("Phi-3 mini 128k")
    other = with_scaling(base, rope.model_copy(update={"replace_existing": True}), reference="phi")
    assert other.original_max_position_embeddings == 4096 and other.max_position_embeddings == 16384
    base.hidden_act, base.original_max_position_embeddings = "kept", 1
    copy_scaling(base, other)
    assert base.rope_parameters == other.rope_parameters
    assert (base.max_position_embeddings, base.original_max_position_embeddings) == (16384, 4096)
    assert base.hidden_act == "kept"


def test_recipes_original_length_counts_in_place_of_the_configs() -> None:
    base = AutoConfig.for_model("llama", **_HEADS, num_hidden_layers=2, max_position_embeddings=4096)
    for method, positions in (("yarn", 6000), ("linear", 2000), ("dynamic", 2000), ("llama3", 6000)):
        rope = make_method(method, factor=3.0, original_max_tokens=2000)
        scaled = with_scaling(base, rope, reference="base")
        scaling = recipe_scaling(scaled, rope)
        assert (scaling.original_max_tokens, scaling.max_tokens) == (2000, 6000), method
        assert scaled.max_position_embeddings == positions, method


def test_scaling_is_described_by_method_factor_and_reach() -> None:
    assert described(config_scaling(published("Llama 3.1 8B"))) == "llama3 × 8, 131072 tokens"
    assert described(config_scaling(published("InternLM 2.5 layout"))) == "dynamic × 2, 65536 tokens"


def test_original_length_beside_the_parameters_is_the_recipes(tmp_path: Path) -> None:
    rope = make_method("longrope", factor=4.0, long_factors=(1.5,) * 48, original_max_tokens=2000,
                      replace_existing=True)  # fmt: skip
    scaled = with_scaling(published("Phi-3 mini 128k"), rope, reference="phi")
    assert (scaled.original_max_position_embeddings, scaled.max_position_embeddings) == (2000, 8000)
