"""RoPE scalings against references written from the papers, against transformers, and against published numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import float64_references as reference
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_student import small_config
from transformers import LlamaForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from pipeline.config.rope import RopeMethod, RopeRecipe
from pipeline.errors import InputError
from pipeline.train.rope.methods import ZERO_FREQUENCY_DIVISOR, unscaled_inverse_frequencies
from pipeline.train.rope.parameters import (
    NATIVE_METHODS,
    Tables,
    max_position_embeddings,
    named_as,
    scaled_parameters,
    scaling_of,
)
from pipeline.train.rope.scaling import RopeScaling

LONG_FACTORS = (1.0, 1.1, 1.3, 1.7, 2.2, 3.0, 3.6, 4.0)
RECIPES = {
    "linear": RopeRecipe(method=RopeMethod.LINEAR, factor=4.0),
    "ntk": RopeRecipe(method=RopeMethod.NTK, factor=4.0),
    "dynamic": RopeRecipe(method=RopeMethod.DYNAMIC, factor=2.0),
    "yarn": RopeRecipe(method=RopeMethod.YARN, factor=4.0, beta_fast=8.0),
    "yarn given attention": RopeRecipe(method=RopeMethod.YARN, factor=4.0, attention_factor=1.25),
    "llama3": RopeRecipe(method=RopeMethod.LLAMA3, factor=8.0),
    "longrope": RopeRecipe(method=RopeMethod.LONGROPE, factor=4.0, long_factors=LONG_FACTORS),
    "longrope given attention": RopeRecipe(
        method=RopeMethod.LONGROPE, factor=4.0, long_factors=LONG_FACTORS, attention_factor=1.1
    ),
    "giraffe power": RopeRecipe(method=RopeMethod.GIRAFFE_POWER, factor=4.0, power=0.3),
    "giraffe truncated": RopeRecipe(method=RopeMethod.GIRAFFE_TRUNCATED, factor=4.0),
}


def _parameters(recipe: RopeRecipe, *, theta: float, original: int, rotary_dim: int) -> dict[str, object]:
    return scaled_parameters(
        recipe, theta=theta, original_max_tokens=original, rotary_dim=rotary_dim, tables=Tables.SHARED
    )


def _scaling(recipe: RopeRecipe, *, theta: float, original: int, rotary_dim: int) -> RopeScaling:
    positions = max_position_embeddings(recipe, original_max_tokens=original, tables=Tables.SHARED)
    parameters = _parameters(recipe, theta=theta, original=original, rotary_dim=rotary_dim)
    return scaling_of(parameters, max_positions=positions, rotary_dim=rotary_dim, tables=Tables.SHARED)


def _long_list(half: int) -> tuple[float, ...]:
    return tuple(1.0 + 3.0 * i / half for i in range(half))


Reference = Callable[[float, int, float, int], tuple[list[float], float]]
REFERENCES: dict[RopeMethod, Reference] = {
    RopeMethod.LINEAR: lambda b, d, s, L: reference.position_interpolation(b, d, s),
    RopeMethod.NTK: lambda b, d, s, L: reference.ntk_aware(b, d, s),
    RopeMethod.DYNAMIC: lambda b, d, s, L: reference.dynamic_ntk(b, d, s, L, int(L * s)),
    RopeMethod.YARN: lambda b, d, s, L: reference.yarn(b, d, s, L, 32.0, 1.0),
    RopeMethod.LLAMA3: lambda b, d, s, L: reference.llama3(b, d, s, L, 1.0, 4.0),
    RopeMethod.LONGROPE: lambda b, d, s, L: reference.longrope(b, d, s, L, _long_list(d // 2)),
    RopeMethod.GIRAFFE_POWER: lambda b, d, s, L: reference.giraffe_power(b, d, 0.1),
    RopeMethod.GIRAFFE_TRUNCATED: lambda b, d, s, L: reference.giraffe_truncated(b, d, L),
}


def test_every_method_has_a_reference() -> None:
    assert set(REFERENCES) == set(RopeMethod) - {RopeMethod.NONE}


@given(
    method=st.sampled_from(sorted(REFERENCES)),
    factor=st.sampled_from([1.5, 2.0, 4.0, 8.0, 32.0]),
    theta=st.sampled_from([1e4, 1e5, 5e5, 1e6]),
    original=st.integers(512, 131072),
    half=st.integers(4, 64),
)
def test_every_method_equals_its_float64_reference(
    method: RopeMethod, factor: float, theta: float, original: int, half: int
) -> None:
    long = _long_list(half) if method is RopeMethod.LONGROPE else ()
    recipe = RopeRecipe(method=method, factor=factor, long_factors=long)
    scaling = _scaling(recipe, theta=theta, original=original, rotary_dim=2 * half)
    wanted, attention_factor = REFERENCES[method](theta, 2 * half, factor, original)
    ours = scaling.inverse_frequencies_at(scaling.max_tokens)
    assert ours == pytest.approx(wanted, rel=1e-12, abs=1e-28)  # abs: a divisor of 1e30 stands for a frequency of 0
    assert scaling.attention_factor == pytest.approx(attention_factor, rel=1e-12)
    assert (scaling.original_max_tokens, scaling.max_tokens) == (original, int(original * factor))


def test_unscaled_frequencies_are_those_of_roformer() -> None:
    # arXiv 2104.09864: θ_i = 10000^(−2(i−1)/d); d = 8 gives 1, 0.1, 0.01, 0.001.
    assert unscaled_inverse_frequencies(10000.0, 8) == pytest.approx((1.0, 0.1, 0.01, 0.001), rel=1e-12)


def test_ntk_keeps_the_fastest_frequency_and_divides_the_slowest_by_the_factor() -> None:
    scaling = _scaling(RECIPES["ntk"], theta=10000.0, original=2048, rotary_dim=128)
    assert scaling.divisors[0] == 1.0
    assert scaling.divisors[-1] == pytest.approx(4.0, rel=1e-12)


def test_yarn_scaling_of_llama2_matches_the_paper() -> None:
    # arXiv 2309.00071, section 3.2 with Llama 2 (d = 128, base 10000, L = 4096) and s = 16. Dimension i turns
    # L θ_i / 2π times; 32 turns fall at i = 20.9, 1 turn at i = 45.03, rounded outwards to 20 and 46.
    scaling = _scaling(RopeRecipe(method=RopeMethod.YARN, factor=16.0), theta=10000.0, original=4096, rotary_dim=128)
    assert set(scaling.divisors[:21]) == {1.0}
    assert scaling.divisors[46:] == pytest.approx((16.0,) * 18, rel=1e-12)
    # Half way along the ramp the frequency is the mean of θ and θ/16, so the divisor is 2 ÷ (1 + 1/16).
    assert scaling.divisors[33] == pytest.approx(2.0 / (1.0 + 1.0 / 16.0), rel=1e-12)
    # Equation 22: 0.1 ln 16 + 1.
    assert scaling.attention_factor == pytest.approx(1.2772588722239782, rel=1e-12)


def test_llama3_scaling_matches_the_published_checkpoint() -> None:
    # Llama 3.1: base 500000, d = 128, factor 8, bands at 8192/4 and 8192/1. Wavelengths below 2048 stay, above 8192
    # are divided by 8; dimension 32 (wavelength 4443) lies between.
    scaling = _scaling(RECIPES["llama3"], theta=500000.0, original=8192, rotary_dim=128)
    wavelengths = [2 * math.pi / f for f in unscaled_inverse_frequencies(500000.0, 128)]
    assert {d for d, w in zip(scaling.divisors, wavelengths, strict=True) if w < 2048} == {1.0}
    assert {d for d, w in zip(scaling.divisors, wavelengths, strict=True) if w > 8192} == {8.0}
    smooth = (8192 / wavelengths[32] - 1) / 3
    assert wavelengths[32] == pytest.approx(4442.88, abs=0.01)
    assert 1 / scaling.divisors[32] == pytest.approx((1 - smooth) / 8 + smooth, rel=1e-12)


def test_dynamic_scaling_grows_its_base_with_the_sequence() -> None:
    # base' = base · ((2 · 3 − 1))^(d/(d−2)) at three times the original length.
    scaling = _scaling(RECIPES["dynamic"], theta=10000.0, original=2048, rotary_dim=16)
    base = 10000.0 * 5.0 ** (16 / 14)
    expected = [base ** (-2 * i / 16) for i in range(8)]
    assert scaling.inverse_frequencies_at(3 * 2048) == pytest.approx(expected, rel=1e-12)
    assert scaling.divisors_at(2048) == (1.0,) * 8


def test_longrope_scaling_uses_its_lists_and_the_papers_attention_factor() -> None:
    # arXiv 2402.13753: √(1 + ln s / ln L), with s = 4 and L = 4096 = 2^12: √(1 + 2/12).
    scaling = _scaling(RECIPES["longrope"], theta=10000.0, original=4096, rotary_dim=16)
    assert scaling.divisors == LONG_FACTORS
    assert scaling.short_divisors == (1.0,) * 8
    assert scaling.attention_factor == pytest.approx(math.sqrt(7 / 6), rel=1e-12)


def test_giraffe_truncated_stops_what_never_turned_in_training() -> None:
    # base 10000, d = 16, L = 512: turns over L are 81, 25.8, 8.1, 2.6, 0.81, 0.26, 0.08, 0.03; an eighth is 0.125.
    scaling = _scaling(RECIPES["giraffe truncated"], theta=10000.0, original=512, rotary_dim=16)
    constant = 2 * math.pi / 512 / 16
    assert scaling.divisors[:4] == (1.0,) * 4
    assert scaling.inverse_frequencies_at(2048)[4:6] == pytest.approx((constant, constant), rel=1e-12)
    assert scaling.divisors[6:] == (ZERO_FREQUENCY_DIVISOR,) * 2


@pytest.mark.parametrize("name", RECIPES)
def test_every_method_equals_the_initialisation_of_transformers(name: str) -> None:
    recipe, original = RECIPES[name], 512
    parameters = _parameters(recipe, theta=10000.0, original=original, rotary_dim=16)
    positions = max_position_embeddings(recipe, original_max_tokens=original, tables=Tables.SHARED)
    config = small_config(rope_parameters=dict(parameters), max_position_embeddings=positions)
    scaling = scaling_of(parameters, max_positions=positions, rotary_dim=16, tables=Tables.SHARED)
    initialise = ROPE_INIT_FUNCTIONS[str(parameters["rope_type"])]
    for num_tokens in (original, scaling.max_tokens):
        theirs, attention = initialise(config, torch.device("cpu"), seq_len=num_tokens)
        assert theirs.tolist() == pytest.approx(scaling.inverse_frequencies_at(num_tokens), rel=2e-6, abs=1e-28)
        assert attention == pytest.approx(scaling.attention_factor, rel=1e-9)


@pytest.mark.parametrize("name", RECIPES)
def test_every_method_rotates_a_built_model_by_our_angles(name: str) -> None:
    recipe, original = RECIPES[name], 512
    parameters = _parameters(recipe, theta=10000.0, original=original, rotary_dim=16)
    positions = max_position_embeddings(recipe, original_max_tokens=original, tables=Tables.SHARED)
    scaling = scaling_of(parameters, max_positions=positions, rotary_dim=16, tables=Tables.SHARED)
    model = LlamaForCausalLM(small_config(rope_parameters=dict(parameters), max_position_embeddings=positions))
    for last in (original - 1, scaling.max_tokens - 1):
        cos, sin = model.model.rotary_emb(torch.zeros(1), torch.tensor([[1, last]]))
        frequencies = torch.tensor(scaling.inverse_frequencies_at(last + 1), dtype=torch.float64)
        for row, position in enumerate((1, last)):
            angles = (frequencies * position).repeat(2)
            assert torch.allclose(cos[0, row].double(), angles.cos() * scaling.attention_factor, atol=1e-3)
            assert torch.allclose(sin[0, row].double(), angles.sin() * scaling.attention_factor, atol=1e-3)


def test_wrong_theta_is_seen_in_the_frequencies() -> None:
    # The comparison above would mean nothing if it could not tell a lost rope_theta.
    right = _scaling(RECIPES["yarn"], theta=100000.0, original=512, rotary_dim=16)
    wrong = _scaling(RECIPES["yarn"], theta=10000.0, original=512, rotary_dim=16)
    assert wrong.inverse_frequencies_at(512) != pytest.approx(right.inverse_frequencies_at(512), rel=1e-2)


def test_methods_without_a_native_type_are_written_as_one_longrope_list_and_keep_their_name() -> None:
    universal = {recipe.method for recipe in RECIPES.values()} - NATIVE_METHODS
    assert universal == {RopeMethod.NTK, RopeMethod.GIRAFFE_POWER, RopeMethod.GIRAFFE_TRUNCATED}
    for recipe in RECIPES.values():
        if recipe.method not in universal:
            continue
        parameters = _parameters(recipe, theta=10000.0, original=512, rotary_dim=16)
        assert parameters["rope_type"] == "longrope"
        assert parameters["short_factor"] == parameters["long_factor"]
        # vLLM would multiply cos and sin by LongRoPE's formula if these were not said to be 1.
        assert parameters["short_mscale"] == parameters["long_mscale"] == parameters["attention_factor"] == 1.0
        read = scaling_of(parameters, max_positions=2048, rotary_dim=16, tables=Tables.SHARED)
        assert (read.method, named_as(read, recipe.method).method) == (RopeMethod.LONGROPE, recipe.method)


def test_longrope_with_a_wrong_number_of_factors_is_refused() -> None:
    with pytest.raises(InputError, match=r"long_factors has 8 numbers, but the model has 32"):
        _scaling(RECIPES["longrope"], theta=10000.0, original=512, rotary_dim=64)


@pytest.mark.parametrize("rope_type", ["mrope", "giraffe_power", "none"])
def test_unknown_rope_type_is_refused(rope_type: str) -> None:
    with pytest.raises(InputError, match=f"'{rope_type}'"):
        scaling_of({"rope_type": rope_type, "rope_theta": 1e4}, max_positions=512, rotary_dim=16, tables=Tables.SHARED)


@pytest.mark.parametrize("name", RECIPES)
def test_parameters_always_name_theta_and_stay_json(name: str) -> None:
    parameters = _parameters(RECIPES[name], theta=100000.0, original=512, rotary_dim=16)
    assert parameters["rope_theta"] == 100000.0
    assert all(isinstance(value, str | float | int | list | bool) for value in parameters.values())


@given(
    method=st.sampled_from(sorted(set(RopeMethod) - {RopeMethod.NONE, RopeMethod.LONGROPE})),
    factor=st.floats(1.0, 64.0),
    theta=st.floats(1e3, 1e7),
    original=st.integers(512, 131072),
    half=st.integers(4, 64),
)
def test_frequencies_never_rise_above_the_unscaled_ones(
    method: RopeMethod, factor: float, theta: float, original: int, half: int
) -> None:
    scaling = _scaling(RopeRecipe(method=method, factor=factor), theta=theta, original=original, rotary_dim=2 * half)
    assert len(scaling.divisors) == half
    assert min(scaling.divisors) >= 1.0 - 1e-12
    if method is not RopeMethod.GIRAFFE_TRUNCATED:  # its constant lies below the frequencies on both sides
        assert all(a <= b * (1 + 1e-12) for a, b in zip(scaling.divisors, scaling.divisors[1:], strict=False))


def test_regime_separates_rows_that_rotate_differently() -> None:
    yarn = _scaling(RECIPES["yarn"], theta=10000.0, original=512, rotary_dim=16)
    longrope = _scaling(RECIPES["longrope"], theta=10000.0, original=512, rotary_dim=16)
    dynamic = _scaling(RECIPES["dynamic"], theta=10000.0, original=512, rotary_dim=16)
    giraffe = _scaling(RECIPES["giraffe power"], theta=10000.0, original=512, rotary_dim=16)
    assert [yarn.regime(n) for n in (100, 600, 700)] == [0, 0, 0]
    assert [giraffe.regime(n) for n in (100, 600, 700)] == [0, 0, 0]
    assert [longrope.regime(n) for n in (100, 512, 513, 700)] == [0, 0, 1, 1]
    assert [dynamic.regime(n) for n in (100, 512, 513, 700)] == [0, 0, 513, 700]


SHARED, PER_TYPE = Tables.SHARED, Tables.PER_LAYER_TYPE


@pytest.mark.parametrize(
    ("parameters", "max_positions", "tables", "original", "reached"),
    [
        ({"rope_type": "default"}, 4096, SHARED, 4096, 4096),
        # Its readers multiply what stands in the config, which is the original length.
        ({"rope_type": "linear", "factor": 4.0}, 4096, SHARED, 4096, 16384),
        ({"rope_type": "dynamic", "factor": 4.0}, 4096, SHARED, 4096, 16384),
        ({"rope_type": "dynamic", "factor": 4.0, "original_max_position_embeddings": 2048}, 4096, SHARED, 4096, 16384),
        # Gemma 3: the length in the config is the one that is reached.
        ({"rope_type": "linear", "factor": 8.0}, 131072, PER_TYPE, 16384, 131072),
        # Qwen leaves the original length there, or a little more; DeepSeek the one that is reached, or more.
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}, 32768, SHARED, 32768, 131072),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}, 40960, SHARED, 32768, 131072),
        ({"rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 4096}, 163840, SHARED, 4096, 163840),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096}, 20000, SHARED, 4096, 20000),
        ({"rope_type": "yarn", "factor": 4.0}, 4096, SHARED, 4096, 16384),
        # Llama 3.1 and 3.2: 131,072, whatever the factor gives.
        (
            {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192},
            131072,
            SHARED,
            8192,
            131072,
        ),
        (
            {"rope_type": "llama3", "factor": 32.0, "original_max_position_embeddings": 8192},
            131072,
            SHARED,
            8192,
            131072,
        ),
        # Phi-3 names no factor.
        ({"rope_type": "longrope", "original_max_position_embeddings": 4096}, 131072, SHARED, 4096, 131072),
        ({"rope_type": "longrope", "factor": 4.0, "original_max_position_embeddings": 4096}, 4096, SHARED, 4096, 16384),
        (
            {"rope_type": "longrope", "factor": 4.0, "original_max_position_embeddings": 16384},
            16384,
            PER_TYPE,
            4096,
            16384,
        ),
    ],
)
def test_lengths_of_published_configs_are_read_as_their_makers_mean_them(
    parameters: dict[str, object], max_positions: int, tables: Tables, original: int, reached: int
) -> None:
    lists = {
        "long_factor": list(LONG_FACTORS),
        "short_factor": [1.0] * 8,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
    }
    scaling = scaling_of(
        {"rope_theta": 10000.0, **lists, **parameters}, max_positions=max_positions, rotary_dim=16, tables=tables
    )
    assert (scaling.original_max_tokens, scaling.max_tokens) == (original, reached)
    assert scaling.factor == pytest.approx(float(str(parameters.get("factor") or reached / original)))


@pytest.mark.parametrize("name", ["beta_fast", "beta_slow", "truncate", "attention_factor"])
def test_yarn_value_that_a_config_leaves_out_is_the_papers(name: str) -> None:
    values = {"beta_fast": 32.0, "beta_slow": 1.0, "truncate": True, "attention_factor": 0.1 * math.log(4.0) + 1.0}
    other = {"beta_fast": 4.0, "beta_slow": 2.5, "truncate": False, "attention_factor": 1.5}
    common = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 512}

    def read(given: dict[str, object]) -> RopeScaling:
        return scaling_of({**common, **given}, max_positions=2048, rotary_dim=32, tables=SHARED)

    left_out = read({key: value for key, value in values.items() if key != name})
    assert left_out == read(values)
    assert left_out != read({**values, name: other[name]})
