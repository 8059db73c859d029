"""Checkpointing and offload change what is kept, not what is computed."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch
from small_student import small_config
from torch import Tensor
from transformers import LlamaForCausalLM

from pipeline.config.memory import MemoryRecipe
from pipeline.train.memory.checkpointing import save_memory
from pipeline.train.memory.lean import plain_forms

_ON_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
_NUM_TOKENS = 4096
"""Long enough for layer inputs to be worth moving."""


def _gradients(device: torch.device, **memory: Any) -> dict[str, Tensor]:
    torch.manual_seed(2)
    model = LlamaForCausalLM(small_config()).to(device)
    save_memory(model, MemoryRecipe.model_validate(memory), device=device)
    ids_1T = torch.arange(_NUM_TOKENS, device=device)[None] % 259
    for _ in range(2):
        model.zero_grad()
        model.train()(input_ids=ids_1T, use_cache=False).logits.square().mean().backward()
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def _assert_equal(ours: dict[str, Tensor], plain: dict[str, Tensor]) -> None:
    assert ours.keys() == plain.keys() and len(plain) > 10
    for name, gradient in plain.items():
        assert torch.allclose(ours[name], gradient, atol=1e-4 * float(gradient.abs().max())), name


@pytest.mark.parametrize("memory", [{}, {"layer_inputs": "host"}, {"gradient_checkpointing": False}])
def test_every_setting_gives_the_plain_gradients(memory: dict[str, Any]) -> None:
    plain = {"gradient_checkpointing": False, "mlp_tile_tokens": None, "lean_layers": False}
    cpu = torch.device("cpu")
    _assert_equal(_gradients(cpu, **memory), _gradients(cpu, **plain))


def test_offload_on_a_cpu_says_that_nothing_is_moved(caplog: pytest.LogCaptureFixture) -> None:
    model = LlamaForCausalLM(small_config())
    with caplog.at_level(logging.INFO, logger="pipeline"):
        save_memory(model, MemoryRecipe.model_validate({"layer_inputs": "host"}), device=torch.device("cpu"))
    assert "nothing is moved" in caplog.text
    assert model.is_gradient_checkpointing
    plain_forms(model)


@_ON_CUDA
def test_offload_on_cuda_gives_the_plain_gradients_in_less_memory() -> None:
    cuda = torch.device("cuda")
    kept, peaks = {}, {}
    for place in ("device", "host"):
        torch.cuda.reset_peak_memory_stats()
        kept[place] = _gradients(cuda, layer_inputs=place)
        peaks[place] = torch.cuda.max_memory_allocated()
    _assert_equal(kept["host"], kept["device"])
    assert peaks["host"] <= peaks["device"]
