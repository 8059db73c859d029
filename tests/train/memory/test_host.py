"""Host memory of a machine whose processes train together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from model_shapes import LLAMA_8B

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.memory.host import HostMemory, predict_host_memory
from pipeline.train.memory.predict import ModelShape
from pipeline.train.memory.process import Division

GIB = 2**30
FROZEN, TRAINED = LLAMA_8B.frozen * 2, LLAMA_8B.trained * 4


def _host(
    *, processes: int = 1, slices: int = 1, saved: str = "bfloat16", shape: ModelShape = LLAMA_8B, **recipe: Any
) -> HostMemory:
    return predict_host_memory(
        shape,
        FinetuneRecipe.model_validate({"max_tokens": 100_000, **recipe}),
        saved_dtype=saved,
        device=recipe.get("device", "cuda"),
        division=Division(processes, shards=1, slices=slices),
        local_processes=processes,
    )


def test_weights_as_saved_are_shared_and_converted_ones_are_each_processs_own() -> None:
    assert _host(processes=4).loading_bytes == FROZEN + 4 * TRAINED
    assert _host(processes=4, saved="float32").loading_bytes == 4 * (FROZEN + TRAINED)
    in_four_bits = replace(LLAMA_8B, frozen=0, quantized=LLAMA_8B.frozen)
    assert _host(processes=4, saved="float32", shape=in_four_bits).loading_bytes == FROZEN + 4 * TRAINED


def test_export_holds_the_model_once_whatever_the_number_of_processes() -> None:
    assert _host(processes=4).export_bytes == _host().export_bytes == FROZEN + TRAINED


def test_layer_inputs_on_the_host_are_pinned_by_each_process() -> None:
    on_host = {"memory": {"layer_inputs": "host"}}
    assert _host().layer_inputs_bytes == _host(**on_host, device="cpu").layer_inputs_bytes == 0
    whole = 32 * 100_000 * 4096 * 2
    assert _host(**on_host).layer_inputs_bytes == whole
    assert _host(**on_host, processes=4, slices=4).layer_inputs_bytes == whole
    assert _host(**on_host, processes=4).peak_bytes == 4 * whole
