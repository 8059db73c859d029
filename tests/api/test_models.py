"""Configs and memory plans from plain values: the same as from a model's folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import AutoConfig

import pipeline
from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError, RecipeError
from pipeline.train.memory.plan import plan_training
from pipeline.train.rope.legacy_keys import write_legacy_keys
from pipeline.train.rope.methods import method_class, method_names
from pipeline.train.rope.scaled_config import config_scaling, scaled_config

CONFIG = {
    "model_type": "llama",
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "vocab_size": 512,
    "max_position_embeddings": 4096,
    "rope_theta": 20000.0,
    "dtype": "bfloat16",
}
_METHODS = [name for name in method_names() if method_class(name).scales and not method_class(name).needs_options]


def written(folder: Path) -> Path:
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    return folder


@pytest.mark.parametrize("method", _METHODS)
def test_scaled_values_are_those_that_a_training_exports(tmp_path: Path, method: str) -> None:
    rope = FinetuneRecipe.model_validate({"rope": {"method": method, "factor": 4.0}}).rope
    exported = tmp_path / "exported"
    scaled_config(str(written(tmp_path)), rope).save_pretrained(exported)
    write_legacy_keys(exported)
    wanted = json.loads((exported / "config.json").read_text(encoding="utf-8"))
    before = json.dumps(CONFIG)
    scaled = pipeline.scale_rope(CONFIG, method=method, factor=4.0)
    assert json.dumps(CONFIG) == before
    keys = ("rope_parameters", "max_position_embeddings", "rope_scaling", "rope_theta")
    assert {key: scaled[key] for key in keys} == {key: wanted[key] for key in keys}
    assert config_scaling(AutoConfig.for_model(**scaled)) == config_scaling(AutoConfig.from_pretrained(exported))


def test_config_that_reads_images_is_scaled_in_its_text_part() -> None:
    text = {**CONFIG, "model_type": "gemma3_text", "num_key_value_heads": 2, "head_dim": 32}
    scaled = pipeline.scale_rope({"model_type": "gemma3", "text_config": text}, factor=2.0)
    assert scaled["text_config"]["max_position_embeddings"] == 8192
    assert scaled.keys() == {"model_type", "text_config"}


def test_config_that_cannot_be_scaled_says_why() -> None:
    with pytest.raises(InputError, match="no model_type"):
        pipeline.scale_rope({})
    with pytest.raises(InputError, match="config"):
        pipeline.scale_rope({"model_type": "no-such-model"})
    once = pipeline.scale_rope(CONFIG)
    with pytest.raises(InputError, match="already has RoPE scaling"):
        pipeline.scale_rope(once)
    assert pipeline.scale_rope(once, replace_existing=True) == once
    with pytest.raises(InputError, match=r"scale_rope: method is 'yran'\. Did you mean 'yarn'\?$"):
        pipeline.scale_rope(CONFIG, method="yran")
    with pytest.raises(RecipeError, match=r"scale_rope: unknown key 'beta_fst'\. Did you mean 'beta_fast'\?$"):
        pipeline.scale_rope(CONFIG, beta_fst=30)
    with pytest.raises(RecipeError, match=r"Valid keys there: method, factor, .*beta_fast") as raised:
        pipeline.scale_rope(CONFIG, zzz=1)
    assert "packs_per_step" not in str(raised.value)
    with pytest.raises(InputError, match=r"config is of type str\. Give the content of a config\.json"):
        pipeline.scale_rope("llama")  # type: ignore[arg-type]


def test_scaling_by_default_is_the_recipes() -> None:
    rope = FinetuneRecipe().rope
    assert pipeline.scale_rope(CONFIG) == pipeline.scale_rope(CONFIG, method=rope.method, factor=rope.factor)
    assert pipeline.scale_rope(CONFIG)["max_position_embeddings"] == 4096 * rope.factor


def test_config_without_a_length_is_not_scaled_from_a_guess() -> None:
    config = {key: value for key, value in CONFIG.items() if key != "max_position_embeddings"}
    for bare in (config, {"model_type": "llama"}, {"model_type": "gemma3", "text_config": {}}):
        with pytest.raises(InputError, match=r"has no max_position_embeddings.* or the length as original_max_tokens"):
            pipeline.scale_rope(bare)
    assert pipeline.scale_rope(config, original_max_tokens=4096) == pipeline.scale_rope(
        CONFIG, original_max_tokens=4096
    )


def test_memory_plan_of_a_config_is_that_of_its_folder(tmp_path: Path) -> None:
    settings = {"max_tokens": 8192, "device": "cpu", "rope": {"method": "yarn", "factor": 4}}
    plan = pipeline.plan_memory(CONFIG, memory_gib=8, **settings)
    of_folder = plan_training(
        FinetuneRecipe.model_validate(settings),
        model=str(written(tmp_path)),
        memory_gib=8,
        processes=1,
        local_processes=1,
    )
    ours, theirs = plan.as_json(), of_folder.as_json()
    assert ours.pop("model") == "llama"
    assert theirs.pop("model") == str(tmp_path)
    assert ours == theirs
    assert ours["peak_bytes"] > 0
    assert pipeline.plan_memory(str(tmp_path), memory_gib=8, **settings).as_json() == {**theirs, "model": str(tmp_path)}


def test_memory_plan_of_a_config_without_a_number_type_works() -> None:
    config = {key: value for key, value in CONFIG.items() if key != "dtype"}
    assert pipeline.plan_memory(config, memory_gib=8, max_tokens=2048, device="cpu").host.peak_bytes > 0
