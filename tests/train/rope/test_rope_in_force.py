"""Scaling written into configs of many families, and asserted against the models built from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from small_architectures import ARCHITECTURES, random_model, write_random_model
from small_student import ORIGINAL_TOKENS, small_config, write_small_model
from transformers import AutoModelForCausalLM, Gemma3ForCausalLM, LlamaForCausalLM

from pipeline.errors import InputError, TrainingError
from pipeline.train.model.student import load_scaled_model
from pipeline.train.rope.in_force import assert_rope_in_force, reset_rotary
from pipeline.train.rope.legacy_keys import legacy_keys, needs_new_reader, write_legacy_keys
from pipeline.train.rope.method import RopeMethod
from pipeline.train.rope.methods import make_method, method_names
from pipeline.train.rope.scaled_config import base_config, config_scaling, recipe_scaling, scaled_config, with_scaling
from pipeline.train.rope.scaling import UNLIMITED_TOKENS

METHODS = sorted(method_names())
SCALING_METHODS = [method for method in METHODS if method != "none"]
WITHOUT_ROTARY = ("mamba", "rwkv")
WITH_ROTARY = sorted(set(ARCHITECTURES) - set(WITHOUT_ROTARY))


def _recipe(method: str, *, half: int) -> RopeMethod:
    factors = tuple(1.0 + i / half for i in range(half))
    own = {"long_factors": factors, "short_factors": factors} if method == "longrope" else {}
    return make_method(method, factor=2.0, **own)


@pytest.mark.parametrize("method", METHODS)
def test_loaded_model_has_the_scaling_in_force(tmp_path: Path, method: str) -> None:
    model, scaling = load_scaled_model(write_small_model(tmp_path), _recipe(method, half=8), dtype=torch.float32)
    assert scaling.method == method
    assert scaling.max_tokens == (ORIGINAL_TOKENS if method == "none" else 2 * ORIGINAL_TOKENS)
    assert assert_rope_in_force(model, scaling) < 1e-6
    assert model.config.rope_parameters["rope_theta"] == 10000.0


@pytest.mark.parametrize("family", WITH_ROTARY)
@pytest.mark.parametrize("method", SCALING_METHODS)
def test_every_family_with_rotary_embeddings_takes_every_method(tmp_path: Path, family: str, method: str) -> None:
    reference = write_random_model(tmp_path, family)
    half = len(config_scaling(base_config(reference)).divisors)
    assert half > 0
    rope = _recipe(method, half=half)
    config = scaled_config(reference, rope)
    model = AutoModelForCausalLM.from_pretrained(reference, config=config)
    assert assert_rope_in_force(model, recipe_scaling(config, rope)) < 1e-6
    # Twice: transformers 5.19 fails at the second switch to a long list in a model with a table for each layer type.
    ids_1T = torch.arange(ORIGINAL_TOKENS + 40)[None] % 256
    with torch.inference_mode():
        first, second = (model(input_ids=ids_1T, use_cache=False).logits for _ in range(2))
    assert torch.equal(first, second)


def test_phi_rotates_half_of_each_head() -> None:
    # head dimension 16, partial_rotary_factor 0.5: four pairs, and the factor survives scaling.
    config = random_model("phi").config
    assert len(config_scaling(config).divisors) == 4
    scaled = with_scaling(config, _recipe("yarn", half=4), reference="phi")
    assert scaled.rope_parameters["partial_rotary_factor"] == 0.5


@pytest.mark.parametrize("method", SCALING_METHODS)
def test_gemma3_scales_full_attention_and_leaves_sliding_windows_alone(method: str) -> None:
    base = random_model("gemma3").config
    rope = _recipe(method, half=8)
    config = with_scaling(base, rope, reference="gemma3")
    scaling = recipe_scaling(config, rope)
    assert (scaling.layer_type, scaling.method, scaling.theta) == ("full_attention", method, 1_000_000.0)
    (sliding,) = scaling.other_layers
    assert (sliding.layer_type, sliding.method, sliding.theta) == ("sliding_attention", "none", 10_000.0)
    assert config.rope_parameters["sliding_attention"] == base.rope_parameters["sliding_attention"]
    assert base.rope_parameters["full_attention"]["rope_type"] == "default", "the given config is not changed"
    assert (scaling.original_max_tokens, scaling.max_tokens) == (ORIGINAL_TOKENS, 2 * ORIGINAL_TOKENS)


def test_a_sliding_layers_lost_base_is_noticed() -> None:
    model = random_model("gemma3")
    scaling = config_scaling(model.config)
    assert assert_rope_in_force(model, scaling) < 1e-6
    rotary = model.model.rotary_emb
    rotary.sliding_attention_inv_freq = rotary.full_attention_inv_freq.clone()
    with pytest.raises(TrainingError, match="not in force"):
        assert_rope_in_force(model, scaling)


def test_gemma3_refuses_lists_that_differ_by_length() -> None:
    rope = make_method("longrope", factor=2.0, long_factors=(1.5,) * 8)
    with pytest.raises(InputError, match="table for each layer type"):
        with_scaling(random_model("gemma3").config, rope, reference="gemma3")


@pytest.mark.parametrize("family", WITHOUT_ROTARY)
def test_a_model_without_rotary_embeddings_goes_through_unscaled(tmp_path: Path, family: str) -> None:
    model, scaling = load_scaled_model(write_random_model(tmp_path, family), make_method("none"), dtype=torch.float32)
    assert (scaling.has_rotary, scaling.method, scaling.divisors) == (False, "none", ())
    assert scaling.max_tokens == {"mamba": UNLIMITED_TOKENS, "rwkv": 1024}[family]  # RWKV's context_length
    assert assert_rope_in_force(model, scaling) == 0.0
    reset_rotary(model)


@pytest.mark.parametrize("family", WITHOUT_ROTARY)
@pytest.mark.parametrize("method", SCALING_METHODS)
def test_a_model_without_rotary_embeddings_cannot_be_scaled(tmp_path: Path, family: str, method: str) -> None:
    with pytest.raises(InputError, match=rf"{family} model has no rotary position embeddings, so method {method}"):
        scaled_config(write_random_model(tmp_path, family), _recipe(method, half=8))


def test_a_model_that_rotates_against_its_config_is_an_error() -> None:
    with pytest.raises(TrainingError, match="describes none"):
        assert_rope_in_force(LlamaForCausalLM(small_config()), config_scaling(random_model("mamba").config))
    with pytest.raises(TrainingError, match="describes some"):
        assert_rope_in_force(random_model("mamba"), config_scaling(small_config()))


@pytest.mark.parametrize("method", SCALING_METHODS)
def test_scaling_that_is_not_in_force_is_an_error_naming_the_method(method: str) -> None:
    rope = _recipe(method, half=8)
    wanted = recipe_scaling(with_scaling(small_config(), rope, reference="small"), rope)
    with pytest.raises(TrainingError, match=f"method {method} is not in force"):
        assert_rope_in_force(LlamaForCausalLM(small_config()), wanted)


def test_changing_the_config_of_a_built_model_is_noticed(tmp_path: Path) -> None:
    # The trap this check exists for: the config says yarn, the model rotates as before.
    model = LlamaForCausalLM.from_pretrained(write_small_model(tmp_path))
    scaled, _ = load_scaled_model(str(tmp_path), _recipe("yarn", half=8), dtype=torch.float32)
    model.config.rope_parameters = dict(scaled.config.rope_parameters)
    model.config.max_position_embeddings = scaled.config.max_position_embeddings
    with pytest.raises(TrainingError, match="yarn"):
        assert_rope_in_force(model, config_scaling(model.config))


@pytest.mark.parametrize("family", ["llama", "gemma3"])
def test_dynamic_scaling_forgets_the_lengths_it_saw_before(family: str) -> None:
    # A resumed run has not seen what the interrupted one saw; both must rotate alike.
    base = small_config() if family == "llama" else random_model("gemma3").config
    config = with_scaling(base, _recipe("dynamic", half=8), reference=family)
    model = AutoModelForCausalLM.from_config(config)
    layer_type = {"layer_type": "full_attention"} if family == "gemma3" else {}

    def cosines(last_position: int) -> torch.Tensor:
        positions_1T = torch.arange(last_position + 1)[None]
        return model.model.rotary_emb(torch.zeros(1), positions_1T, **layer_type)[0][0, :100]

    fresh = cosines(600)
    cosines(1000)
    assert not torch.equal(cosines(600), fresh), "transformers keeps the frequencies of the longest sequence"
    reset_rotary(model)
    assert torch.equal(cosines(600), fresh)


def test_model_that_is_scaled_already_is_refused(tmp_path: Path) -> None:
    scaled = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    reference = write_small_model(tmp_path, rope_parameters=scaled)
    with pytest.raises(InputError, match=r"already has RoPE scaling: linear × 4, 2048 tokens"):
        scaled_config(reference, _recipe("yarn", half=8))


def test_model_that_is_scaled_already_may_train_as_it_is(tmp_path: Path) -> None:
    scaled = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    reference = write_small_model(tmp_path, rope_parameters=scaled)
    scaling = config_scaling(scaled_config(reference, make_method("none")))
    assert (scaling.method, scaling.max_tokens) == ("linear", 2048)


def test_model_folder_without_weights_is_refused(tmp_path: Path) -> None:
    small_config().save_pretrained(tmp_path)
    with pytest.raises(InputError, match="Cannot load the model"):
        load_scaled_model(str(tmp_path), _recipe("yarn", half=8), dtype=torch.float32)


@pytest.mark.parametrize("method", SCALING_METHODS)
def test_keys_for_older_servers_change_nothing_for_transformers(tmp_path: Path, method: str) -> None:
    rope = _recipe(method, half=8)
    config = with_scaling(small_config(), rope, reference="small")
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    write_legacy_keys(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["rope_theta"] == 10000.0
    assert written["rope_scaling"]["type"] == written["rope_scaling"]["rope_type"]
    assert ("original_max_position_embeddings" in written) == (written["rope_scaling"]["type"] == "longrope")
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert assert_rope_in_force(reloaded, recipe_scaling(config, rope)) < 1e-6


def test_keys_for_older_servers_are_written_into_the_text_part_of_a_model(tmp_path: Path) -> None:
    rope = with_scaling(small_config(), _recipe("yarn", half=8), reference="small").rope_parameters
    parts = {"text_config": {"rope_parameters": rope, "hidden_size": 8}, "vision_config": {"hidden_size": 4}}
    (tmp_path / "config.json").write_text(json.dumps(parts))
    write_legacy_keys(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["text_config"] == {**parts["text_config"], **legacy_keys(rope, model_type="llama")}
    assert written["text_config"]["rope_scaling"]["type"] == "yarn"
    assert {**written, "text_config": parts["text_config"]} == parts, "nothing is added anywhere else"


def test_keys_for_older_servers_are_left_out_of_a_model_without_rotary_embeddings(tmp_path: Path) -> None:
    write_random_model(tmp_path, "mamba")
    before = json.loads((tmp_path / "config.json").read_text())
    write_legacy_keys(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text()) == before


@pytest.mark.parametrize("method", SCALING_METHODS)
def test_gemmas_older_keys_state_both_tables_and_change_nothing_for_transformers(tmp_path: Path, method: str) -> None:
    write_random_model(tmp_path / "base", "gemma3")
    rope = _recipe(method, half=8)
    if method == "longrope":
        rope = rope.model_copy(update={"short_factors": rope.long_factors})
    config = scaled_config(str(tmp_path / "base"), rope)
    Gemma3ForCausalLM(config).save_pretrained(tmp_path)
    write_legacy_keys(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    full, sliding = (written["rope_parameters"][f"{kind}_attention"] for kind in ("full", "sliding"))
    assert written["rope_scaling"] == {**full, "type": full["rope_type"]}
    assert (written["rope_theta"], written["rope_local_base_freq"]) == (full["rope_theta"], sliding["rope_theta"])
    assert full["rope_theta"] != sliding["rope_theta"]
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert assert_rope_in_force(reloaded, recipe_scaling(config, rope)) < 1e-6


PER_LAYER = {
    "full_attention": {"rope_type": "yarn", "rope_theta": 9.0, "factor": 2.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 8.0},
}


@pytest.mark.parametrize(
    ("parameters", "model_type", "needs"),
    [
        ({}, "mamba", False),
        ({"rope_type": "yarn"}, "llama", False),
        (PER_LAYER, "gemma3_text", False),
        (PER_LAYER, "gemma3n_text", False),
        (PER_LAYER, "gemma4_text", True),
        (PER_LAYER, "modernbert-decoder", True),
        ({**PER_LAYER, "linear_attention": PER_LAYER["full_attention"]}, "gemma3_text", True),
        ({**PER_LAYER, "sliding_attention": PER_LAYER["full_attention"]}, "gemma3_text", True),
        ({**PER_LAYER, "full_attention": {"rope_type": "proportional"}}, "gemma3_text", True),
    ],
)
def test_tables_that_transformers_4_cannot_read_are_told(
    parameters: dict[str, object], model_type: str, needs: bool
) -> None:
    assert needs_new_reader(parameters, model_type=model_type) == needs
    if needs:
        assert legacy_keys(parameters, model_type=model_type) == {}


@pytest.mark.parametrize("index", [0, 7])
def test_frequency_that_is_no_number_is_not_in_force(index: int) -> None:
    model = LlamaForCausalLM(small_config())
    scaling = config_scaling(model.config)
    assert assert_rope_in_force(model, scaling) < 1e-6
    model.model.rotary_emb.inv_freq[index] = float("nan")
    with pytest.raises(TrainingError) as refused:
        assert_rope_in_force(model, scaling)
    assert refused.value.message == (
        "RoPE method none is not in force: the model's rotary frequencies or attention factors have a relative error "
        "of nan."
    )
    assert refused.value.remedy == (
        "Use a model whose rotary embeddings read config.rope_parameters, or a different rope.method."
    )


@pytest.mark.parametrize(("error", "is_refused"), [(0.9e-5, False), (1.2e-5, True)])
def test_frequencies_and_attention_factor_may_be_off_by_a_hundred_thousandth(error: float, is_refused: bool) -> None:
    for part in ("inv_freq", "attention_scaling"):
        model = LlamaForCausalLM(small_config())
        scaling = config_scaling(model.config)
        if part == "inv_freq":
            model.model.rotary_emb.inv_freq[3] *= 1.0 + error
        else:
            model.model.rotary_emb.attention_scaling *= 1.0 + error
        if is_refused:
            with pytest.raises(TrainingError, match=r"have a relative error of 1\.2e-05"):
                assert_rope_in_force(model, scaling)
        else:
            assert assert_rope_in_force(model, scaling) == pytest.approx(error, rel=0.1)


def test_model_with_and_config_without_rotary_embeddings_contradict_each_other_both_ways() -> None:
    with_rotary, without = LlamaForCausalLM(small_config()), random_model("mamba")
    for model, scaling, have, want in (
        (with_rotary, config_scaling(without.config), "llama model has", "none"),
        (without, config_scaling(with_rotary.config), "mamba model has no", "some"),
    ):
        with pytest.raises(TrainingError) as refused:
            assert_rope_in_force(model, scaling)
        assert refused.value.message == f"A {have} rotary embeddings, but its config describes {want}."
        assert "or rope.method none." in (refused.value.remedy or "")


LINEAR = {"rope_type": "linear", "rope_theta": 500.0, "factor": 4.0}
LONGROPE = {
    "rope_type": "longrope", "rope_theta": 7.0, "original_max_position_embeddings": 99, "long_factor": [1.0, 2.0],
}  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, {}),
        ({"full_attention": LINEAR}, {}),
        ({"rope_type": "default", "rope_theta": 500.0}, {"rope_theta": 500.0}),
        (
            {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5},
            {"rope_theta": 500.0, "partial_rotary_factor": 0.5},
        ),
        (LINEAR, {"rope_theta": 500.0, "rope_scaling": {**LINEAR, "type": "linear"}}),
        (
            LONGROPE,
            {
                "rope_theta": 7.0,
                "rope_scaling": {**LONGROPE, "type": "longrope"},
                "original_max_position_embeddings": 99,
            },
        ),
    ],
)
def test_older_keys_are_exactly_those_servers_look_for(
    tmp_path: Path, parameters: dict[str, object], expected: dict[str, object]
) -> None:
    assert legacy_keys(parameters, model_type="") == expected
    (tmp_path / "config.json").write_text(json.dumps({"kept": 1, "rope_parameters": parameters}))
    write_legacy_keys(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written == {"kept": 1, "rope_parameters": parameters, **expected}
