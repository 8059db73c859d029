"""Groups of trained weights: each once, decay where it belongs, LoRA+ on the B matrices."""

from __future__ import annotations

import pytest
import torch
from small_architectures import random_model
from small_student import small_config
from transformers import LlamaForCausalLM, PreTrainedModel

from pipeline.config.tuning import TuningRecipe
from pipeline.train.tuning.optimizer import parameter_groups
from pipeline.train.tuning.trainable import make_trainable


def _names_by_treatment(model: PreTrainedModel) -> dict[tuple[float, float], set[str]]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = parameter_groups(model, weight_decay=0.1, loraplus_lr_ratio=16.0)
    in_groups = [names[id(p)] for group in groups for p in group["params"]]
    assert len(in_groups) == len(set(in_groups)), "each once"
    assert set(in_groups) == {name for name, p in model.named_parameters() if p.requires_grad}
    return {(group["weight_decay"], group["lr_ratio"]): {names[id(p)] for p in group["params"]} for group in groups}


def test_adapters_decay_and_b_matrices_learn_faster() -> None:
    model = LlamaForCausalLM(small_config())
    make_trainable(model, TuningRecipe(), dtype=torch.float32)
    groups = _names_by_treatment(model)
    assert groups.keys() == {(0.1, 16.0), (0.1, 1.0), (0.0, 1.0)}
    assert all("lora_B" in name for name in groups[0.1, 16.0])
    assert all("lora_A" in name for name in groups[0.1, 1.0])
    assert all("norm" in name or "embed" in name for name in groups[0.0, 1.0])
    assert [len(groups[key]) for key in sorted(groups)] == [6, 14, 14]


@pytest.mark.parametrize("family", ["phi", "mamba", "qwen3_moe"])
def test_full_training_decays_matrices_alone(family: str) -> None:
    model = random_model(family)
    make_trainable(model, TuningRecipe(method="full"), dtype=torch.float32)
    groups = _names_by_treatment(model)
    assert groups.keys() == {(0.1, 1.0), (0.0, 1.0)}
    shapes = {name: p.dim() for name, p in model.named_parameters()}
    assert all(shapes[name] >= 2 for name in groups[0.1, 1.0])
    undecayed = ("norm", "embed", "bias", "head", "A_log", ".D", "gate.weight")
    assert all(any(part in name for part in undecayed) for name in groups[0.0, 1.0])


def test_loraplus_moves_b_as_many_times_further() -> None:
    # Plain SGD: the first step of B is the learning rate times its gradient.
    def first_step(ratio: float) -> torch.Tensor:
        torch.manual_seed(4)
        model = LlamaForCausalLM(small_config())
        make_trainable(model, TuningRecipe(rank=2), dtype=torch.float32)
        groups = parameter_groups(model, weight_decay=0.0, loraplus_lr_ratio=ratio)
        for group in groups:
            group["lr"] = 0.01 * group["lr_ratio"]
        optimizer = torch.optim.SGD(groups)
        model(input_ids=torch.arange(24)[None], labels=torch.arange(24)[None]).loss.backward()
        optimizer.step()
        b: torch.Tensor = model.model.layers[0].mlp.up_proj.lora_B["default"].weight
        return b.detach().clone()

    assert float(first_step(1.0).abs().max()) > 0.0
    assert torch.allclose(first_step(16.0), 16.0 * first_step(1.0), rtol=1e-5)


@pytest.mark.parametrize("is_tied", [True, False])
def test_head_and_embeddings_that_train_do_not_decay(is_tied: bool) -> None:
    config = small_config()
    config.tie_word_embeddings = is_tied
    model = LlamaForCausalLM(config)
    make_trainable(model, TuningRecipe(method="full"), dtype=torch.float32)
    groups = _names_by_treatment(model)
    vocabulary = {name for name in groups[0.0, 1.0] if "embed" in name or "lm_head" in name}
    assert vocabulary == {"model.embed_tokens.weight"} | (set() if is_tied else {"lm_head.weight"})
    assert groups[0.1, 1.0] == {name for name, p in model.named_parameters() if "proj" in name and p.dim() == 2}


@pytest.mark.parametrize("tied", [True, False])
def test_every_weight_of_a_model_decays_or_not_as_its_layer_says(tied: bool) -> None:
    model = LlamaForCausalLM(small_config(num_hidden_layers=1, tie_word_embeddings=tied, attention_bias=True))
    make_trainable(model, TuningRecipe(method="full"), dtype=torch.float32)
    layer = "model.layers.0"
    attention = [f"{layer}.self_attn.{name}_proj" for name in "qkvo"]
    matrices = {f"{name}.weight" for name in attention}
    matrices |= {f"{layer}.mlp.{name}_proj.weight" for name in ("gate", "up", "down")}
    others = {"model.embed_tokens.weight", "model.norm.weight", *(f"{name}.bias" for name in attention)}
    others |= {f"{layer}.{name}_layernorm.weight" for name in ("input", "post_attention")}
    others |= set() if tied else {"lm_head.weight"}
    assert _names_by_treatment(model) == {(0.1, 1.0): matrices, (0.0, 1.0): others}


def test_convolutions_and_fused_experts_decay_and_states_do_not() -> None:
    for family, decaying, kept in (
        ("mamba", "mixer.conv1d.weight", ("mixer.conv1d.bias", "mixer.A_log", "mixer.D")),
        ("qwen3_moe", "mlp.experts.gate_up_proj", ("post_attention_layernorm.weight",)),
    ):
        model = random_model(family)
        make_trainable(model, TuningRecipe(method="full"), dtype=torch.float32)
        groups = _names_by_treatment(model)
        assert sum(name.endswith(decaying) for name in groups[0.1, 1.0]) == 2, "in each of two layers"
        for name in kept:
            assert sum(one.endswith(name) for one in groups[0.0, 1.0]) == 2
