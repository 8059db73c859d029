"""Building a student: scaling in force, what trains, and which models are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_student import ORIGINAL_TOKENS, small_config, small_recipe, small_tokenizer, write_small_model
from transformers import Gemma2Config, Gemma2ForCausalLM, LlamaForCausalLM

from pipeline.config.finetune import RopeMethod, RopeRecipe
from pipeline.errors import InputError, TrainingError
from pipeline.train.model import assert_rope_in_force, build_student, load_scaled_model, reset_rotary
from pipeline.train.rope import scaled_parameters, scaling_of
from pipeline.train.scaled_config import config_scaling

ROPES = {
    "none": RopeRecipe(method=RopeMethod.NONE),
    "linear": RopeRecipe(method=RopeMethod.LINEAR, factor=2.0),
    "dynamic": RopeRecipe(method=RopeMethod.DYNAMIC, factor=2.0),
    "yarn": RopeRecipe(method=RopeMethod.YARN, factor=2.0),
    "llama3": RopeRecipe(method=RopeMethod.LLAMA3, factor=2.0),
    "longrope": RopeRecipe(method=RopeMethod.LONGROPE, factor=2.0, long_factors=(1, 1, 1.2, 1.4, 1.6, 1.8, 2, 2)),
}


@pytest.mark.parametrize("method", ROPES)
def test_loaded_model_has_the_scaling_in_force(tmp_path: Path, method: str) -> None:
    reference = write_small_model(tmp_path)
    model, scaling = load_scaled_model(reference, ROPES[method], dtype=torch.float32, attention="sdpa")
    assert scaling.method.value == method
    assert scaling.max_tokens == (ORIGINAL_TOKENS if method == "none" else 2 * ORIGINAL_TOKENS)
    assert assert_rope_in_force(model, scaling) < 1e-6
    assert model.config.rope_parameters["rope_theta"] == 10000.0


@pytest.mark.parametrize("method", sorted(set(ROPES) - {"none"}))
def test_scaling_that_is_not_in_force_is_an_error_naming_the_method(method: str) -> None:
    unscaled = LlamaForCausalLM(small_config())
    rotary_dim = small_config().head_dim
    parameters = scaled_parameters(ROPES[method], theta=10000.0, original_max_tokens=ORIGINAL_TOKENS)
    wanted = scaling_of(parameters, max_positions=2 * ORIGINAL_TOKENS, rotary_dim=rotary_dim)
    with pytest.raises(TrainingError, match=f"method {method} is not in force"):
        assert_rope_in_force(unscaled, wanted)


def test_changing_the_config_of_a_built_model_is_noticed(tmp_path: Path) -> None:
    # The trap this check exists for: the config says yarn, the model rotates as before.
    model = LlamaForCausalLM.from_pretrained(write_small_model(tmp_path))
    scaled, _ = load_scaled_model(str(tmp_path), ROPES["yarn"], dtype=torch.float32, attention="sdpa")
    model.config.rope_parameters = dict(scaled.config.rope_parameters)
    model.config.max_position_embeddings = scaled.config.max_position_embeddings
    with pytest.raises(TrainingError, match="yarn"):
        assert_rope_in_force(model, config_scaling(model.config))


def test_dynamic_scaling_forgets_the_lengths_it_saw_before(tmp_path: Path) -> None:
    # A resumed run has not seen what the interrupted one saw; both must rotate alike.
    model, _ = load_scaled_model(write_small_model(tmp_path), ROPES["dynamic"], dtype=torch.float32, attention="sdpa")

    def cosines(last_position: int) -> torch.Tensor:
        return model.model.rotary_emb(torch.zeros(1), torch.arange(last_position + 1)[None])[0][0, :100]

    fresh = cosines(600)
    cosines(1000)
    assert not torch.equal(cosines(600), fresh), "transformers keeps the frequencies of the longest sequence"
    reset_rotary(model)
    assert torch.equal(cosines(600), fresh)


def test_adapters_embeddings_and_norms_train_in_float32_and_nothing_else(tmp_path: Path) -> None:
    recipe = small_recipe(write_small_model(tmp_path), dtype="bfloat16").finetune
    student = build_student(recipe.model, recipe, seed=1)
    trained = student.trainables()
    kinds = {"lora_A": 0, "lora_B": 0, "norm": 0, "embed_tokens": 0}
    for name, parameter in trained.items():
        assert parameter.dtype is torch.float32, name
        (kind,) = [kind for kind in kinds if kind in name]
        kinds[kind] += 1
    # Seven linear layers in each of two layers; two norms a layer and the final one; one tied embedding.
    assert kinds == {"lora_A": 14, "lora_B": 14, "norm": 5, "embed_tokens": 1}
    frozen = [p for p in student.model.parameters() if not p.requires_grad]
    assert len(frozen) == 14
    assert {p.dtype for p in frozen} == {torch.bfloat16}
    assert student.model.get_output_embeddings().weight is student.model.get_input_embeddings().weight


def test_untied_head_trains_with_the_embeddings(tmp_path: Path) -> None:
    recipe = small_recipe(write_small_model(tmp_path, tie_word_embeddings=False)).finetune
    names = build_student(recipe.model, recipe, seed=1).trainables()
    assert any("lm_head" in name for name in names)


def test_lora_alone_trains_adapters_alone(tmp_path: Path) -> None:
    lora = {"rank": 2, "train_embeddings": False, "train_norms": False, "target_modules": ["q_proj"]}
    recipe = small_recipe(write_small_model(tmp_path), lora=lora).finetune
    names = list(build_student(recipe.model, recipe, seed=1).trainables())
    assert len(names) == 4
    assert all("q_proj.lora_" in name for name in names)


def test_unknown_target_module_is_refused(tmp_path: Path) -> None:
    recipe = small_recipe(write_small_model(tmp_path), lora={"rank": 2, "target_modules": ["no_such_proj"]}).finetune
    with pytest.raises(InputError, match="no_such_proj"):
        build_student(recipe.model, recipe, seed=1)


def test_model_that_is_scaled_already_is_refused(tmp_path: Path) -> None:
    scaled = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    reference = write_small_model(tmp_path, rope_parameters=scaled)
    with pytest.raises(InputError, match=r"RoPE scaling already: linear × 4, 2048 tokens"):
        load_scaled_model(reference, ROPES["yarn"], dtype=torch.float32, attention="sdpa")


def test_model_that_is_scaled_already_may_train_as_it_is(tmp_path: Path) -> None:
    scaled = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    reference = write_small_model(tmp_path, rope_parameters=scaled)
    _, scaling = load_scaled_model(reference, ROPES["none"], dtype=torch.float32, attention="sdpa")
    assert (scaling.method, scaling.max_tokens) == (RopeMethod.LINEAR, 2048)


def test_model_that_caps_its_logits_is_refused(tmp_path: Path) -> None:
    shape = {
        name: getattr(small_config(), name) for name in ("vocab_size", "hidden_size", "intermediate_size", "head_dim")
    }
    config = Gemma2Config(
        **shape, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, final_logit_softcapping=0.5
    )
    Gemma2ForCausalLM(config).save_pretrained(tmp_path)
    small_tokenizer().save_pretrained(tmp_path)
    recipe = small_recipe(str(tmp_path)).finetune
    with pytest.raises(InputError, match="caps"):
        build_student(recipe.model, recipe, seed=1)


def test_model_folder_without_weights_is_refused(tmp_path: Path) -> None:
    small_config().save_pretrained(tmp_path)
    with pytest.raises(InputError, match="Cannot load the model"):
        load_scaled_model(str(tmp_path), ROPES["yarn"], dtype=torch.float32, attention="sdpa")
