"""A RoPE method added as one file to a copy of the package reaches recipes, configs, models and every list."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from package_copy import copy_package, run_with_copy

METHOD = '''
"""Half of the frequencies, the slow ones, are divided by a number of the recipe's."""

from typing import Any, Literal

from pydantic import PositiveFloat

from pipeline.export.megatron_arguments import MegatronRope
from pipeline.train.rope.method import RopeMethod, Rotary
from pipeline.train.rope.methods.longrope import longrope_parameters


class SlowHalf(RopeMethod):
    """A toy."""

    search_seed = 9

    method: Literal["slow_half"] = "slow_half"
    divisor: PositiveFloat = 2.0

    def divisors(self, rotary: Rotary) -> tuple[float, ...]:
        return tuple(self.divisor if i >= rotary.half // 2 else 1.0 for i in range(rotary.half))

    def parameters(self, rotary: Rotary) -> dict[str, Any]:
        return longrope_parameters(self, rotary)

    @classmethod
    def megatron(cls, scaling) -> MegatronRope:
        return MegatronRope(scaling.theta, {"slow-half": None}, ())
'''

SCRIPT = """
import json
from pathlib import Path

from transformers import LlamaConfig, LlamaForCausalLM

from pipeline.config.schemas import generate_schemas
from pipeline.errors import RecipeError
from pipeline.export.megatron_arguments import rope_arguments
from pipeline.config.load import load_recipe
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.methods import method_class, method_names
from pipeline.rope_search.candidate import SearchSpace, seeds
from pipeline.train.rope.scaled_config import config_scaling, recipe_scaling, with_scaling

def refused(*overrides):
    try:
        load_recipe("recipe.yaml", overrides=overrides)
    except RecipeError as error:
        return f"{error.message} {error.remedy}"

rope = load_recipe("recipe.yaml", overrides=[]).finetune.rope
base = LlamaConfig(
    vocab_size=32, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
    max_position_embeddings=128, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
)
config = with_scaling(base, rope, reference="base")
model = LlamaForCausalLM(config)
model.save_pretrained("saved")
saved = LlamaForCausalLM.from_pretrained("saved")
scaling = recipe_scaling(saved.config, rope)
print(json.dumps({
    "names": method_names(),
    "rope": rope.model_dump(),
    "unknown": refused("finetune.rope.beta_fast=2"),
    "impossible": refused("finetune.rope.divisor=-1"),
    "rope_type": config.rope_parameters["rope_type"],
    "read_without_its_name": config_scaling(saved.config).method,
    "read": [scaling.method, scaling.factor, scaling.original_max_tokens, scaling.max_tokens, scaling.divisors],
    "error": assert_rope_in_force(saved, scaling),
    "schema": "SlowHalf" in json.loads(generate_schemas()["recipe.schema.json"])["$defs"],
    "seeds": [one.origin for one in seeds(SearchSpace(4.0, 128, 8, (0,)), theta=10000.0)],
    "megatron": dict(rope_arguments(method_class(scaling.method).megatron(scaling), method=scaling.method,
        theta=scaling.theta, factor=scaling.factor, reached_tokens=scaling.max_tokens).arguments),
}))
"""

RECIPE = """
name: toy
inputs: [{path: documents}]
finetune: {rope: {method: slow_half, factor: 4.0, divisor: 3.0}}
"""


def run_with(tmp_path: Path, module: str) -> subprocess.CompletedProcess[str]:
    copy_package(tmp_path, "bundled")
    (tmp_path / "pipeline" / "train" / "rope" / "methods" / "slow_half.py").write_text(module, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return run_with_copy(tmp_path, "-W", "ignore", "-c", SCRIPT)


def test_one_file_adds_a_method_to_recipes_configs_models_and_every_list(tmp_path: Path) -> None:
    done = run_with(tmp_path, METHOD)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert "slow_half" in found["names"] and "yarn" in found["names"]
    assert (found["rope"]["method"], found["rope"]["factor"], found["rope"]["divisor"]) == ("slow_half", 4.0, 3.0)
    assert "unknown key 'finetune.rope.beta_fast'" in found["unknown"]
    assert "finetune.rope.divisor: Input should be greater than 0" in found["impossible"]
    assert (found["rope_type"], found["read_without_its_name"]) == ("longrope", "longrope")
    assert found["read"] == ["slow_half", 4.0, 128, 512, [1.0] * 4 + [3.0] * 4]
    assert found["error"] < 1e-6
    assert found["schema"]
    assert found["seeds"][0] == "yarn" and found["seeds"][-2:] == [
        "slow_half",
        "slow_half, LongRoPE's attention factor",
    ]
    assert "slow-half" in found["megatron"]


@pytest.mark.parametrize(
    ("written", "instead", "named"),
    [
        ('Literal["slow_half"] = "slow_half"', 'Literal["other"] = "other"', "must define one RopeMethod"),
        ("class SlowHalf(RopeMethod):", "class SlowHalf:", "must define one RopeMethod"),
        ("def divisors(", "def divisor_list(", "divisors"),
    ],
)
def test_file_that_is_no_whole_method_fails_with_what_is_missing(
    tmp_path: Path, written: str, instead: str, named: str
) -> None:
    assert written in METHOD
    done = run_with(tmp_path, METHOD.replace(written, instead))
    assert done.returncode != 0
    assert named in done.stderr.splitlines()[-1]
