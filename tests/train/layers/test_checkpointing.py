"""Checkpointing and offload change what is kept, not what is computed."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_student import small_config
from torch import Tensor, nn
from transformers import LlamaForCausalLM

from pipeline.config.memory import MemoryRecipe
from pipeline.train.layers.checkpointing import pieces_of, save_memory
from pipeline.train.layers.fused import is_gated_mlp, remove_fused_layers
from pipeline.train.layers.kept import NOTHING_KEPT, KeptActivations, fixed_activations
from pipeline.train.layers.text_stack import decoder_layers
from pipeline.train.machine.memory_meter import start_meter

_ON_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
_NUM_TOKENS = 4096
"""Long enough for layer inputs to be worth moving."""


def _gradients(device: torch.device, *, num_layers: int = 2, **memory: Any) -> dict[str, Tensor]:
    """Of a second step, on the CPU."""
    torch.manual_seed(2)
    model = LlamaForCausalLM(small_config(num_hidden_layers=num_layers)).to(device)
    recipe = MemoryRecipe.model_validate(memory)
    save_memory(model, recipe, device=device, kept=fixed_activations(recipe, num_layers=num_layers))
    ids_1T = torch.arange(_NUM_TOKENS, device=device)[None] % 259
    for _ in range(2):
        model.zero_grad()
        model.train()(input_ids=ids_1T, use_cache=False).logits.square().mean().backward()
    return {name: p.grad.cpu() for name, p in model.named_parameters() if p.grad is not None}


def _assert_equal(ours: dict[str, Tensor], plain: dict[str, Tensor]) -> None:
    assert ours.keys() == plain.keys() and len(plain) > 10
    for name, gradient in plain.items():
        assert torch.allclose(ours[name], gradient, atol=1e-4 * float(gradient.abs().max())), name


@pytest.mark.parametrize("memory", [{}, {"layer_inputs": "host"}, {"gradient_checkpointing": False}])
def test_every_setting_gives_the_plain_gradients(memory: dict[str, Any]) -> None:
    plain = {"gradient_checkpointing": False, "mlp_tile_tokens": None, "fused_layers": False}
    cpu = torch.device("cpu")
    _assert_equal(_gradients(cpu, **memory), _gradients(cpu, **plain))


def _computed(kept: KeptActivations) -> tuple[dict[str, Tensor], int, int]:
    """Gradients of one step with dropout in the MLPs, and how many tokens went through MLPs and attention."""
    torch.manual_seed(2)
    model = LlamaForCausalLM(small_config(num_hidden_layers=3))
    cpu, tokens = torch.device("cpu"), {"mlp": 0, "attention": 0}

    def count(kind: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            tokens[kind] += output.shape[-2]

        return hook

    for layer in decoder_layers(model):
        mlp = layer.mlp
        assert is_gated_mlp(mlp)
        mlp.act_fn = nn.Sequential(mlp.act_fn, nn.Dropout(0.25))
        mlp.act_fn.register_forward_hook(count("mlp"))
        layer.self_attn.o_proj.register_forward_hook(count("attention"))
    save_memory(model, MemoryRecipe(mlp_tile_tokens=48), device=cpu, kept=kept)
    ids_1T = torch.arange(200)[None] * 7 % 259
    torch.manual_seed(3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model.train()(input_ids=ids_1T, use_cache=False).logits.float().square().mean()
    loss.backward()
    found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    return found | {"loss": loss.detach()}, tokens["mlp"] // 200, tokens["attention"] // 200


@pytest.mark.parametrize(
    ("num_layers", "num_mlps", "mlp_passes", "attention_passes"),
    [(1, 0, 6, 5), (3, 0, 6, 3), (2, 1, 5, 4), (3, 2, 4, 3), (3, 3, 3, 3)],
)
def test_kept_activations_give_the_gradients_of_recomputed_ones_to_the_bit(
    num_layers: int, num_mlps: int, mlp_passes: int, attention_passes: int
) -> None:
    """Tiles of 48 tokens, and one of 8; dropout in the MLPs; matrix products in bfloat16."""
    recomputed, *passes = _computed(NOTHING_KEPT)
    assert passes == [6, 6] and len(recomputed) > 25
    kept, *passes = _computed(KeptActivations(num_layers, num_mlps))
    assert passes == [mlp_passes, attention_passes], "it computes less"
    assert kept.keys() == recomputed.keys()
    for name, gradient in recomputed.items():
        assert torch.equal(kept[name], gradient), name


def test_offload_on_a_cpu_says_that_nothing_is_moved(caplog: pytest.LogCaptureFixture) -> None:
    model = LlamaForCausalLM(small_config())
    with caplog.at_level(logging.INFO, logger="pipeline"):
        recipe = MemoryRecipe.model_validate({"layer_inputs": "host"})
        save_memory(model, recipe, device=torch.device("cpu"), kept=NOTHING_KEPT)
    assert "nothing is moved" in caplog.text
    assert model.is_gradient_checkpointing
    remove_fused_layers(model)


@pytest.mark.parametrize("num_bytes", [1 << 17, 3 << 24, (1 << 26) + 8])
def test_pieces_for_the_host_are_the_tensor_and_lose_less_than_one_piece_to_rounding(num_bytes: int) -> None:
    tensor = torch.arange(num_bytes // 2, dtype=torch.int16).view(2, -1)
    pieces = pieces_of(tensor)
    assert torch.equal(torch.cat(list(pieces)), tensor.flatten())
    pinned = [1 << (piece.nbytes - 1).bit_length() for piece in pieces]
    assert pinned[:-1] == [piece.nbytes for piece in pieces[:-1]]
    assert sum(pinned) - num_bytes < 1 << 24


@_ON_CUDA
def test_offload_on_cuda_gives_the_plain_gradients_in_less_memory() -> None:
    cuda = torch.device("cuda")
    _gradients(cuda)  # cuBLAS allocates its workspaces at first use
    kept, peaks = {}, {}
    for place in ("device", "host"):
        gc.collect()
        meter = start_meter(cuda)
        kept[place] = _gradients(cuda, num_layers=8, layer_inputs=place)
        peaks[place] = meter.peak_bytes()
    _assert_equal(kept["host"], kept["device"])
    layer_input = _NUM_TOKENS * small_config().hidden_size * 4
    assert peaks["host"] <= peaks["device"] - 4 * layer_input, "6 of 8 are not there"
