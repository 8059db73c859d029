"""Patterns inside whole models: windows of their own, packing, validation, and models that cannot take a pattern."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from small_families import RECIPES, small_model
from torch import Tensor
from transformers import Gemma2Config, Gemma2ForCausalLM, PreTrainedModel, RwkvConfig, RwkvForCausalLM

from pipeline.config.attention import AttentionKernel, AttentionPattern, AttentionRecipe, EvaluateWith
from pipeline.errors import InputError
from pipeline.train.attention.interface import AttentionLayout
from pipeline.train.attention.patterns import FULL, pattern_of
from pipeline.train.attention.placement import (
    Isolation,
    ModelAttention,
    install_attention,
    isolated_hidden_states,
    isolation_of,
    model_attention,
)

WITH_ATTENTION = ("llama", "gemma3", "mistral", "qwen2")
LENGTHS = (40, 1, 25)


def _installed(family: str, recipe: AttentionRecipe) -> tuple[PreTrainedModel, ModelAttention]:
    model = small_model(family).double()
    attention = model_attention(model, recipe, max_tokens=64)
    install_attention(model, attention.isolation)
    return model, attention


def _ids(num_tokens: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(4).integers(0, 256, num_tokens))[None]


def _hidden(model: PreTrainedModel, attention: ModelAttention, ids_1T: Tensor, lengths: Sequence[int]) -> Tensor:
    positions_1T = torch.cat([torch.arange(length) for length in lengths])[None]
    layout = attention.layout(tuple(lengths), attention.pattern, None)
    embedded_1TH = model.get_input_embeddings()(ids_1T)
    return isolated_hidden_states(model, embedded_1TH, positions_1T, layout, attention.isolation)


@pytest.mark.parametrize("family", (*WITH_ATTENTION, "mamba"))
def test_packed_documents_equal_transformers_own_run_of_each(family: str) -> None:
    stock = small_model(family).double()
    model, attention = _installed(family, AttentionRecipe())
    ids_1T = _ids(sum(LENGTHS))
    with torch.no_grad():
        alone = [
            stock.base_model(input_ids=part, use_cache=False)[0][0] for part in torch.split(ids_1T, LENGTHS, dim=1)
        ]
        ours = _hidden(model, attention, ids_1T, LENGTHS)
        together = stock.base_model(input_ids=ids_1T, use_cache=False)[0][0]
    assert torch.allclose(ours, torch.cat(alone), rtol=1e-6, atol=1e-6)
    assert not torch.allclose(ours, together, atol=1e-3), "without separation the documents see each other"


@pytest.mark.parametrize("family", ("gemma3", "mistral", "qwen2"))
def test_layers_with_windows_do_not_see_past_them(family: str) -> None:
    model, attention = _installed(family, AttentionRecipe())
    unlimited = small_model(family).double()
    for module in unlimited.modules():
        if hasattr(module, "sliding_window"):
            module.sliding_window = None
    unlimited.config.sliding_window = None
    install_attention(unlimited, Isolation.LAYOUT)
    ids_1T = _ids(40)
    with torch.no_grad():
        limited, whole = (_hidden(each, attention, ids_1T, (40,)) for each in (model, unlimited))
    moved = (limited - whole).abs().amax(dim=-1)
    assert float(moved[:12].max()) == 0.0
    assert float(moved[12:].max()) > 1e-3


@pytest.mark.parametrize("name", sorted(set(RECIPES) - {"full"}))
@pytest.mark.parametrize("family", WITH_ATTENTION)
def test_pattern_changes_what_a_model_computes(family: str, name: str) -> None:
    ids_1T = _ids(60)
    with torch.no_grad():
        full, sparse = (
            _hidden(*_installed(family, recipe), ids_1T, (60,)) for recipe in (RECIPES["full"], RECIPES[name])
        )
    assert float((full - sparse).abs().max()) > 1e-3


@pytest.mark.parametrize("name", sorted(set(RECIPES) - {"full"}))
def test_pattern_for_a_model_without_attention_is_refused(name: str) -> None:
    with pytest.raises(
        InputError, match=r"A mamba model cannot use attention pattern .*\(linear_attention\)"
    ) as refused:
        model_attention(small_model("mamba"), RECIPES[name], max_tokens=64)
    assert "pattern to full" in refused.value.remedy


def test_models_with_state_or_capped_scores_run_their_documents_one_by_one() -> None:
    shape = {"vocab_size": 64, "hidden_size": 32, "num_hidden_layers": 2}
    rwkv = RwkvForCausalLM(RwkvConfig(**shape, attention_hidden_size=32))
    gemma2 = Gemma2ForCausalLM(
        Gemma2Config(**shape, num_attention_heads=2, num_key_value_heads=1, head_dim=8, intermediate_size=32)
    )
    assert [isolation_of(model) for model in (rwkv, gemma2)] == [Isolation.ONE_BY_ONE] * 2
    install_attention(gemma2, Isolation.ONE_BY_ONE)
    assert gemma2.config._attn_implementation == "eager", "sdpa would leave the cap out"


def test_validation_sees_all_unless_the_recipe_says_otherwise() -> None:
    model = small_model("llama")
    recipe = AttentionRecipe(pattern=AttentionPattern.S2, group_tokens=16)
    attention = model_attention(model, recipe, max_tokens=64)
    assert attention.validation_pattern == model_attention(model, AttentionRecipe(), max_tokens=64).pattern
    same = recipe.model_copy(update={"evaluate_with": EvaluateWith.PATTERN})
    assert model_attention(model, same, max_tokens=64).validation_pattern == attention.pattern


def test_every_model_that_keeps_its_own_attention_says_why() -> None:
    llama = small_model("llama")
    recipe = RECIPES["s2"]

    def refused(model: PreTrainedModel) -> str:
        assert isolation_of(model) is Isolation.ONE_BY_ONE
        with pytest.raises(InputError) as error:
            model_attention(model, recipe, max_tokens=64)
        assert error.value.remedy == "Set finetune.attention.pattern to full."
        start = f"A {model.config.model_type} model cannot use attention pattern s2: "
        assert error.value.message.startswith(start) and error.value.message.endswith(".")
        return error.value.message.removeprefix(start).removesuffix(".")

    assert isolation_of(llama) is Isolation.LAYOUT
    llama.config.use_bidirectional_attention = True
    assert refused(llama) == "it attends to later tokens"
    llama.config.attn_logit_softcapping = 50.0
    assert refused(llama) == "it caps its attention scores"
    llama.config.layer_types = ["full_attention", "chunked_attention"]
    assert refused(llama) == "it has layers of a different kind (chunked_attention)"
    assert refused(RwkvForCausalLM(RwkvConfig(vocab_size=64, hidden_size=32, num_hidden_layers=2))) == (
        "it has layers of a different kind (recurrent)"
    )
    unsupported = small_model("llama")
    type(unsupported)._supports_sdpa, before = False, type(unsupported)._supports_sdpa
    try:
        assert refused(unsupported) == "its attention cannot be replaced in transformers"
    finally:
        type(unsupported)._supports_sdpa = before


def test_attention_of_a_model_has_the_recipes_kernel_and_lengths() -> None:
    recipe = AttentionRecipe(pattern=AttentionPattern.SLIDING_WINDOW, kernel="eager")
    attention = model_attention(small_model("llama"), recipe, max_tokens=400)
    assert attention == ModelAttention(Isolation.LAYOUT, pattern_of(recipe, max_tokens=400), FULL, recipe.kernel)
    assert attention.pattern.rules[0].window == 100
    layout = attention.layout((3, 4), attention.pattern, None)
    assert layout == AttentionLayout((3, 4), attention.pattern, AttentionKernel.EAGER, None)
