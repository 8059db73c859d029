"""What trains: which layers are found in which architecture, in which precision, and what never carries an adapter."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from small_architectures import ARCHITECTURES, random_model
from small_student import small_config, small_recipe, write_small_model
from transformers import LlamaForCausalLM, PreTrainedModel

from pipeline.config.tuning import TuningRecipe
from pipeline.errors import InputError
from pipeline.train.model.student import build_student
from pipeline.train.tuning.trainable import adaptable_layers, is_norm, make_trainable

BFLOAT16 = torch.bfloat16
ATTENTION_AND_MLP = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
LAYERS = {
    "gemma3": ATTENTION_AND_MLP,
    "phi": {"q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"},
    "mamba": {"in_proj"},
    "rwkv": {"key", "value", "receptance", "output"},
    "qwen3_moe": {"q_proj", "k_proj", "v_proj", "o_proj"},
    "qwen3_next": {"in_proj_qkvz", "in_proj_ba", "out_proj"},
}


def _trained(model: PreTrainedModel) -> list[str]:
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def _forward(model: PreTrainedModel) -> torch.Tensor:
    model.train()
    with torch.autocast("cpu", dtype=BFLOAT16):
        embedded = model.get_input_embeddings()(torch.arange(24)[None]).to(BFLOAT16)
        hidden: torch.Tensor = model.base_model(inputs_embeds=embedded, use_cache=False).last_hidden_state
    return hidden


def test_adapters_embeddings_and_norms_train_in_float32_and_nothing_else(tmp_path: Path) -> None:
    recipe = small_recipe(write_small_model(tmp_path), dtype="bfloat16").finetune
    student = build_student(recipe.model, recipe, seed=1)
    trained = student.trainables()
    kinds = ("lora_A", "lora_B", "norm", "embed_tokens")
    counts = Counter(kind for name in trained for kind in kinds if kind in name)
    # Seven linear layers in each of two layers; two norms a layer and the final one; one tied embedding.
    assert counts == {"lora_A": 14, "lora_B": 14, "norm": 5, "embed_tokens": 1}
    assert {parameter.dtype for parameter in trained.values()} == {torch.float32}
    frozen = [p for p in student.model.parameters() if not p.requires_grad]
    assert len(frozen) == 14
    assert {p.dtype for p in frozen} == {BFLOAT16}
    assert student.model.get_output_embeddings().weight is student.model.get_input_embeddings().weight


@pytest.mark.parametrize("trained", ["embed_tokens", "norm"])
def test_embeddings_and_norms_train_each_by_its_own_setting(trained: str) -> None:
    model = random_model("gemma3")
    recipe = TuningRecipe(rank=2, train_embeddings=trained == "embed_tokens", train_norms=trained == "norm")
    make_trainable(model, recipe, dtype=BFLOAT16)
    beside_adapters = [name for name in _trained(model) if "lora_" not in name]
    assert beside_adapters
    assert all(trained in name for name in beside_adapters), beside_adapters


@pytest.mark.parametrize("family", LAYERS)
def test_layers_to_adapt_are_found_by_architecture(family: str) -> None:
    names = adaptable_layers(random_model(family))
    assert {name.rpartition(".")[2] for name in names} == LAYERS[family]
    assert not any(part in name for name in names for part in ("head", "expert", "embed"))


def _reads_images(name: str) -> bool:
    return "vision" in name or "multi_modal" in name


# Ernie's routers hold a bias that balances the experts by counting and never gets a gradient.
@pytest.mark.parametrize("family", sorted(set(ARCHITECTURES) - {"ernie4_5_moe"}))
@pytest.mark.parametrize("method", ["lora", "full"])
def test_everything_that_trains_gets_a_gradient(family: str, method: str) -> None:
    model = random_model(family).to(BFLOAT16)
    make_trainable(model, TuningRecipe(method=method), dtype=BFLOAT16)
    head = model.get_output_embeddings()
    hidden = _forward(model)
    assert hidden.dtype is BFLOAT16, "norms in float32 hand on the activations' dtype"
    torch.nn.functional.linear(hidden.float(), head.weight, head.bias).square().sum().backward()
    names = [name for name, _ in model.named_parameters()]
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    without = [name for name, p in trained.items() if p.grad is None]
    assert len(trained) >= 8
    assert not without, "a layer whose weight is read past its adapter would be here"
    assert {p.dtype for p in trained.values()} == {torch.float32}
    if method == "full":
        assert len(trained) == len(list(model.parameters())) - sum(_reads_images(name) for name in names)
    assert not any(_reads_images(name) for name in trained)


def test_untied_head_trains_with_the_embeddings() -> None:
    model = LlamaForCausalLM(small_config(tie_word_embeddings=False))
    make_trainable(model, TuningRecipe(), dtype=BFLOAT16)
    assert "lm_head.weight" in _trained(model)


def test_lora_alone_trains_adapters_of_the_named_layers_alone() -> None:
    model = LlamaForCausalLM(small_config())
    recipe = TuningRecipe(rank=2, train_embeddings=False, train_norms=False, target_modules=("self_attn.q_proj",))
    make_trainable(model, recipe, dtype=BFLOAT16)
    names = _trained(model)
    assert len(names) == 4
    assert all("q_proj.lora_" in name for name in names)


@pytest.mark.parametrize(
    ("family", "target"),
    [("gemma3", "lm_head"), ("gemma3", "no_such_proj"), ("mamba", "out_proj"), ("mamba", "dt_proj")],
)
def test_layer_that_cannot_carry_an_adapter_is_refused_by_name(family: str, target: str) -> None:
    with pytest.raises(InputError, match=f"names '{target}', but no layer .* model are: "):
        make_trainable(random_model(family), TuningRecipe(target_modules=(target,)), dtype=BFLOAT16)


def test_experts_carry_adapters_where_asked_for_and_merge_exactly() -> None:
    model = random_model("qwen3_moe")
    adapted = make_trainable(model, TuningRecipe(target_experts=True), dtype=torch.float32)
    assert adapted is not None
    assert sum(".experts." in name for name in _trained(model)) == 8, "A and B of two tensors in two layers"
    torch.manual_seed(2)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter += torch.randn_like(parameter) * 0.1
        ids = torch.arange(24)[None]
        before = model(input_ids=ids, use_cache=False).logits
        merged = adapted.merge_and_unload()
        after = merged(input_ids=ids, use_cache=False).logits
    assert torch.allclose(before, after, atol=1e-4)
    assert not any("lora" in name for name, _ in merged.named_parameters())


def test_experts_of_a_dense_model_are_refused() -> None:
    with pytest.raises(InputError, match="has no experts to adapt"):
        make_trainable(random_model("gemma2"), TuningRecipe(target_experts=True), dtype=BFLOAT16)


@pytest.mark.parametrize(
    ("variant", "scaling"), [({}, 8.0 / 4), ({"rslora": True}, 8.0 / 4**0.5), ({"dora": True}, 8.0 / 4)]
)
def test_variants_of_lora_merge_into_the_weights(variant: dict[str, bool], scaling: float) -> None:
    torch.manual_seed(1)
    model = LlamaForCausalLM(small_config()).eval()
    adapted = make_trainable(model, TuningRecipe(rank=4, alpha=8.0, **variant), dtype=torch.float32)
    assert adapted is not None
    layer = model.model.layers[0].self_attn.q_proj
    assert layer.scaling["default"] == pytest.approx(scaling)
    with torch.no_grad():
        layer.lora_B["default"].weight.normal_(std=0.1)
        ids = torch.arange(24)[None]
        before = model(input_ids=ids, use_cache=False).logits
        after = adapted.merge_and_unload()(input_ids=ids, use_cache=False).logits
    assert torch.allclose(before, after, atol=1e-4)


def test_refusals_of_a_tuning_say_what_the_model_has_and_which_setting_would_do() -> None:
    model = LlamaForCausalLM(small_config())
    with pytest.raises(InputError) as unknown:
        make_trainable(model, TuningRecipe(target_modules=("q_proj", "nothing")), dtype=BFLOAT16)
    assert unknown.value.message == (
        "tuning.target_modules names 'nothing', but no layer that can be adapted has this name; the adaptable layers "
        "of this llama model are: down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj."
    )
    assert unknown.value.remedy == (
        "Leave tuning.target_modules empty for every linear layer, or train with tuning.method full."
    )
    with pytest.raises(InputError) as experts:
        make_trainable(model, TuningRecipe(target_experts=True), dtype=BFLOAT16)
    assert experts.value.message == "A llama model has no experts to adapt."
    assert experts.value.remedy == "Set tuning.target_experts to false."
    nothing = LlamaForCausalLM(small_config(num_hidden_layers=1))
    nothing.model.layers = torch.nn.ModuleList()
    with pytest.raises(InputError) as empty:
        make_trainable(nothing, TuningRecipe(), dtype=BFLOAT16)
    assert empty.value.message == "A llama model has no linear layer to adapt."
    assert empty.value.remedy == "Train every weight with tuning.method full."


def test_numbers_of_a_tuning_reach_every_adapter() -> None:
    model = LlamaForCausalLM(small_config())
    recipe = TuningRecipe(rank=3, alpha=6.0, dropout=0.25, target_modules=("mlp.up_proj", "k_proj"))
    make_trainable(model, recipe, dtype=BFLOAT16)
    adapters = {name: module for name, module in model.named_modules() if hasattr(module, "lora_A")}
    assert {name.rpartition(".")[2] for name in adapters} == {"up_proj", "k_proj"} and len(adapters) == 4
    for layer in adapters.values():
        assert layer.lora_A["default"].weight.shape[0] == layer.lora_B["default"].weight.shape[1] == 3
        assert (layer.scaling["default"], layer.lora_dropout["default"].p) == (2.0, 0.25)
        assert not layer.lora_B["default"].weight.any() and layer.lora_A["default"].weight.any()


@pytest.mark.parametrize(("target", "count"), [("up_proj", 2), ("mlp.up_proj", 2), ("0.mlp.up_proj", 1), ("p_proj", 0)])
def test_layers_are_named_by_whole_parts_of_their_path(target: str, count: int) -> None:
    model = LlamaForCausalLM(small_config())
    recipe = TuningRecipe(rank=2, target_modules=(target,), train_norms=False, train_embeddings=False)
    if not count:
        with pytest.raises(InputError, match=f"names '{target}'"):
            make_trainable(model, recipe, dtype=BFLOAT16)
        return
    make_trainable(model, recipe, dtype=BFLOAT16)
    assert len(_trained(model)) == 2 * count


@pytest.mark.parametrize("dtype", [torch.float32, BFLOAT16])
def test_norms_hand_on_the_activations_dtype_where_it_is_another(dtype: torch.dtype) -> None:
    for train_norms in (True, False):
        model = LlamaForCausalLM(small_config()).to(dtype)
        make_trainable(model, TuningRecipe(train_norms=train_norms), dtype=dtype)
        hooks = [len(module._forward_hooks) for module in model.modules() if is_norm(module)]
        assert hooks == [int(train_norms and dtype is BFLOAT16)] * 5
        norm = model.model.norm
        assert norm(torch.ones(1, 2, 32, dtype=dtype)).dtype is dtype
