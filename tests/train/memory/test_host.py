"""Host memory of a machine whose processes train together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from model_shapes import LLAMA_8B

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.memory.host import HostMemory, pinned_layer_inputs, predict_host_memory
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


def test_host_holds_each_moment_at_a_time_and_the_largest_counts() -> None:
    assert [HostMemory(a, b, c).peak_bytes for a, b, c in ((3, 2, 1), (1, 3, 2), (2, 1, 3))] == [3, 3, 3]


@pytest.mark.parametrize(
    ("dtype", "slices", "device", "layer_inputs", "expected"),
    [
        ("bfloat16", 1, "cuda", "host", 32 * 100_001 * 4096 * 2),
        ("float32", 1, "cuda", "host", 32 * 100_001 * 4096 * 4),
        ("bfloat16", 2, "cuda", "host", 32 * 50_001 * 4096 * 2),  # rounded up
        ("bfloat16", 1, "cuda:1", "host", 32 * 100_001 * 4096 * 2),
        ("bfloat16", 1, "cpu", "host", 0),
        ("bfloat16", 1, "cuda", "device", 0),
    ],
)
def test_layer_inputs_pinned_by_a_process_are_its_slice_of_every_layer(
    dtype: str, slices: int, device: str, layer_inputs: str, expected: int
) -> None:
    values = {"max_tokens": 100_001, "dtype": dtype, "memory": {"layer_inputs": layer_inputs}}
    recipe = FinetuneRecipe.model_validate(values)
    assert pinned_layer_inputs(LLAMA_8B, recipe, device=device, slices=slices) == expected


def test_host_memory_in_float32_is_twice_that_in_bfloat16_for_what_does_not_train() -> None:
    half, whole = (_host(saved=dtype, dtype=dtype) for dtype in ("bfloat16", "float32"))
    assert half == HostMemory(FROZEN + TRAINED, 0, FROZEN + TRAINED)
    assert whole == HostMemory(2 * FROZEN + TRAINED, 0, 2 * FROZEN + TRAINED)
