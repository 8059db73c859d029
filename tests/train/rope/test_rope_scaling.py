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

from pipeline.errors import InputError
from pipeline.train.rope.method import RopeMethod, Rotary, Tables
from pipeline.train.rope.methods import make_method, method_names
from pipeline.train.rope.methods.longrope import longrope_attention_factor
from pipeline.train.rope.methods.yarn import yarn_attention_factor
from pipeline.train.rope.parameters import named_as, scaling_of
from pipeline.train.rope.scaling import (
    ZERO_FREQUENCY_DIVISOR,
    RopeScaling,
    unscaled_inverse_frequencies,
    without_rotary,
)

LONG_FACTORS = (1.0, 1.1, 1.3, 1.7, 2.2, 3.0, 3.6, 4.0)
RECIPES = {
    "linear": make_method("linear", factor=4.0),
    "ntk": make_method("ntk", factor=4.0),
    "dynamic": make_method("dynamic", factor=2.0),
    "yarn": make_method("yarn", factor=4.0, beta_fast=8.0),
    "yarn given attention": make_method("yarn", factor=4.0, attention_factor=1.25),
    "llama3": make_method("llama3", factor=8.0),
    "longrope": make_method("longrope", factor=4.0, long_factors=LONG_FACTORS),
    "longrope given attention": make_method("longrope", factor=4.0, long_factors=LONG_FACTORS, attention_factor=1.1),
    "giraffe power": make_method("giraffe_power", factor=4.0, power=0.3),
    "giraffe truncated": make_method("giraffe_truncated", factor=4.0),
}


def _parameters(recipe: RopeMethod, *, theta: float, original: int, rotary_dim: int) -> dict[str, object]:
    return recipe.parameters(Rotary(theta, rotary_dim, original, Tables.SHARED))


def _max_positions(recipe: RopeMethod, *, original: int, tables: Tables = Tables.SHARED) -> int:
    return recipe.max_positions(Rotary(10000.0, 2, original, tables))


def _scaling(recipe: RopeMethod, *, theta: float, original: int, rotary_dim: int) -> RopeScaling:
    positions = _max_positions(recipe, original=original)
    parameters = _parameters(recipe, theta=theta, original=original, rotary_dim=rotary_dim)
    return scaling_of(parameters, max_positions=positions, rotary_dim=rotary_dim, tables=Tables.SHARED)


def _long_list(half: int) -> tuple[float, ...]:
    return tuple(1.0 + 3.0 * i / half for i in range(half))


Reference = Callable[[float, int, float, int], tuple[list[float], float]]
REFERENCES: dict[RopeMethod, Reference] = {
    "linear": lambda b, d, s, L: reference.position_interpolation(b, d, s),
    "ntk": lambda b, d, s, L: reference.ntk_aware(b, d, s),
    "dynamic": lambda b, d, s, L: reference.dynamic_ntk(b, d, s, L, int(L * s)),
    "yarn": lambda b, d, s, L: reference.yarn(b, d, s, L, 32.0, 1.0),
    "llama3": lambda b, d, s, L: reference.llama3(b, d, s, L, 1.0, 4.0),
    "longrope": lambda b, d, s, L: reference.longrope(b, d, s, L, _long_list(d // 2)),
    "giraffe_power": lambda b, d, s, L: reference.giraffe_power(b, d, 0.1),
    "giraffe_truncated": lambda b, d, s, L: reference.giraffe_truncated(b, d, L),
}


def test_every_method_has_a_reference() -> None:
    assert set(REFERENCES) == set(method_names()) - {"none"}


@given(
    method=st.sampled_from(sorted(REFERENCES)),
    factor=st.sampled_from([1.5, 2.0, 4.0, 8.0, 32.0]),
    theta=st.sampled_from([1e4, 1e5, 5e5, 1e6]),
    original=st.integers(512, 131072),
    half=st.integers(4, 64),
)
def test_every_method_equals_its_float64_reference(
    method: str, factor: float, theta: float, original: int, half: int
) -> None:
    own = {"long_factors": _long_list(half)} if method == "longrope" else {}
    recipe = make_method(method, factor=factor, **own)
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
    scaling = _scaling(make_method("yarn", factor=16.0), theta=10000.0, original=4096, rotary_dim=128)
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
    positions = _max_positions(recipe, original=original)
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
    positions = _max_positions(recipe, original=original)
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
    universal = {recipe.method for recipe in RECIPES.values() if not recipe.rope_type}
    assert universal == {"ntk", "giraffe_power", "giraffe_truncated"}
    for recipe in RECIPES.values():
        if recipe.method not in universal:
            continue
        parameters = _parameters(recipe, theta=10000.0, original=512, rotary_dim=16)
        assert parameters["rope_type"] == "longrope"
        assert parameters["short_factor"] == parameters["long_factor"]
        # vLLM would multiply cos and sin by LongRoPE's formula if these were not said to be 1.
        assert parameters["short_mscale"] == parameters["long_mscale"] == parameters["attention_factor"] == 1.0
        read = scaling_of(parameters, max_positions=2048, rotary_dim=16, tables=Tables.SHARED)
        assert (read.method, named_as(read, recipe).method) == ("longrope", recipe.method)


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
    method=st.sampled_from(sorted(set(method_names()) - {"none", "longrope"})),
    factor=st.floats(1.0, 64.0),
    theta=st.floats(1e3, 1e7),
    original=st.integers(512, 131072),
    half=st.integers(4, 64),
)
def test_frequencies_never_rise_above_the_unscaled_ones(
    method: str, factor: float, theta: float, original: int, half: int
) -> None:
    scaling = _scaling(make_method(method, factor=factor), theta=theta, original=original, rotary_dim=2 * half)
    assert len(scaling.divisors) == half
    assert min(scaling.divisors) >= 1.0 - 1e-12
    if method != "giraffe_truncated":  # its constant lies below the frequencies on both sides
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


def _read(rope_type: str, *, max_positions: int, tables: Tables = Tables.SHARED, **values: object) -> RopeScaling:
    lists = {"short_factor": [1.0] * 8, "long_factor": list(LONG_FACTORS)} if rope_type == "longrope" else {}
    band = {"low_freq_factor": 1.0, "high_freq_factor": 4.0} if rope_type == "llama3" else {}
    parameters = {"rope_type": rope_type, "rope_theta": 1e4, **lists, **band, **values}
    return scaling_of(parameters, max_positions=max_positions, rotary_dim=16, tables=tables)


@pytest.mark.parametrize(
    ("rope_type", "original", "factor", "max_positions", "tables", "expected"),
    [
        # Original length given or not, factor given or not: the original length, the one reached, the factor.
        ("default", None, None, 4096, "shared", (4096, 4096, 1.0)),
        ("linear", None, 4.0, 4096, "shared", (4096, 16384, 4.0)),
        ("linear", None, 4.0, 4096, "per_layer_type", (1024, 4096, 4.0)),
        ("dynamic", None, 2.0, 4096, "shared", (4096, 8192, 2.0)),
        ("dynamic", 1024, 2.0, 4096, "shared", (4096, 8192, 2.0)),
        ("yarn", 4096, 4.0, 4096, "shared", (4096, 16384, 4.0)),
        ("yarn", 4096, 4.0, 5000, "shared", (4096, 16384, 4.0)),
        ("yarn", 4096, 4.0, 16384, "shared", (4096, 16384, 4.0)),
        ("yarn", 4096, 4.0, 16385, "shared", (4096, 16385, 4.0)),
        ("yarn", 4096, 4.0, 32768, "shared", (4096, 32768, 4.0)),
        ("yarn", 4096, None, 12288, "shared", (4096, 12288, 3.0)),
        ("yarn", None, 4.0, 4096, "shared", (4096, 16384, 4.0)),
        ("llama3", 8192, 8.0, 131072, "shared", (8192, 131072, 8.0)),
        ("llama3", 8192, 8.0, 8192, "shared", (8192, 65536, 8.0)),
        ("llama3", 8192, 8.0, 8193, "shared", (8192, 8193, 8.0)),
        ("longrope", 4096, None, 131072, "shared", (4096, 131072, 32.0)),
        ("longrope", 4096, 4.0, 4096, "shared", (4096, 16384, 4.0)),
        ("longrope", 16384, 4.0, 16384, "per_layer_type", (4096, 16384, 4.0)),
        ("longrope", 4096, 4.0, 20000, "per_layer_type", (4096, 20000, 4.0)),
        ("linear", 4096, 4.0, 20000, "per_layer_type", (4096, 20000, 4.0)),
    ],
)
def test_lengths_of_a_config_are_read_as_its_family_means_them(
    rope_type: str,
    original: int | None,
    factor: float | None,
    max_positions: int,
    tables: str,
    expected: tuple[int, int, float],
) -> None:
    given = {"original_max_position_embeddings": original, "factor": factor}
    read = _read(rope_type, max_positions=max_positions, tables=Tables(tables),
                 **{name: value for name, value in given.items() if value is not None})  # fmt: skip
    assert (read.original_max_tokens, read.max_tokens, read.factor) == expected


def test_yarn_of_a_config_without_its_own_numbers_has_the_papers() -> None:
    given = {"factor": 4.0, "original_max_position_embeddings": 4096, "max_positions": 4096}
    full = {"beta_fast": 32.0, "beta_slow": 1.0, "attention_factor": 0.1 * math.log(4.0) + 1.0}
    assert _read("yarn", **given) == _read("yarn", **given, **full, truncate=True)
    for name, value in (("beta_fast", 16.0), ("beta_slow", 2.0), ("attention_factor", 1.5)):
        plain = _read("yarn", **given, truncate=False)
        assert _read("yarn", **given, **(full | {name: value}), truncate=False) != plain, name
    assert plain == _read("yarn", **given, **full, truncate=False) != _read("yarn", **given)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (RECIPES["linear"], {"rope_type": "linear", "rope_theta": 500.0, "factor": 4.0}),
        (RECIPES["dynamic"], {"rope_type": "dynamic", "rope_theta": 500.0, "factor": 2.0}),
        (
            make_method("llama3", factor=8.0, low_freq_factor=2.0, high_freq_factor=6.0),
            {"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "original_max_position_embeddings": 256,
             "low_freq_factor": 2.0, "high_freq_factor": 6.0},
        ),
        (
            make_method("yarn", factor=4.0, beta_fast=8.0, beta_slow=2.0),
            {"rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 256,
             "attention_factor": 0.1 * math.log(4.0) + 1.0, "beta_fast": 8.0, "beta_slow": 2.0, "truncate": True},
        ),
        (
            make_method("longrope", factor=4.0, long_factors=(3.0, 4.0), short_factors=(1.5, 2.5)),
            {"rope_type": "longrope", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 256,
             "short_factor": [1.5, 2.5], "long_factor": [3.0, 4.0], "attention_factor": math.sqrt(1.25)},
        ),
        (
            make_method("longrope", factor=4.0, long_factors=(3.0, 4.0), attention_factor=1.5),
            {"rope_type": "longrope", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 256,
             "short_factor": [1.0, 1.0], "long_factor": [3.0, 4.0], "attention_factor": 1.5, "short_mscale": 1.5,
             "long_mscale": 1.5},
        ),
        (
            make_method("giraffe_power", factor=4.0, power=2.0),
            {"rope_type": "longrope", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 256,
             "short_factor": [1.0, 4.0], "long_factor": [1.0, 4.0], "attention_factor": 1.0, "short_mscale": 1.0,
             "long_mscale": 1.0},
        ),
    ],
)  # fmt: skip
def test_parameters_written_for_a_recipe_are_exactly_these(recipe: RopeMethod, expected: dict[str, object]) -> None:
    assert _parameters(recipe, theta=500.0, original=256, rotary_dim=4) == expected


@pytest.mark.parametrize(
    ("method", "shared", "per_layer_type"),
    [
        ("linear", 1000, 2500),
        ("dynamic", 1000, 1000),
        ("yarn", 2500, 2500),
        ("llama3", 2500, 2500),
        ("longrope", 2500, 2500),
        ("ntk", 2500, 2500),
        ("giraffe_truncated", 2500, 2500),
    ],
)
def test_length_named_beside_the_parameters_is_what_servers_multiply_or_take(
    method: str, shared: int, per_layer_type: int
) -> None:
    recipe = make_method(method, factor=2.5, **({"long_factors": (1.0,)} if method == "longrope" else {}))
    found = [_max_positions(recipe, original=1000, tables=tables) for tables in Tables]
    assert found == [shared, per_layer_type]
    unscaled = make_method("none", factor=2.5)
    assert _max_positions(unscaled, original=1000) == 1000


def test_settings_of_a_method_reach_its_divisors() -> None:
    def divisors(method: str, **settings: float) -> tuple[float, ...]:
        recipe = make_method(method, factor=4.0, **settings)
        return _scaling(recipe, theta=10000.0, original=512, rotary_dim=16).divisors

    assert divisors("giraffe_power", power=0.5) == pytest.approx([(1 - i / 8) ** -0.5 for i in range(8)])
    turns = [512 * 10000.0 ** (-i / 8) / (2 * math.pi) for i in range(8)]
    expected = [1.0 if t >= 4 else t * 16 / 4 if t >= 4 / 8 else ZERO_FREQUENCY_DIVISOR for t in turns]
    assert divisors("giraffe_truncated", truncation_turns=4.0) == pytest.approx(expected)
    smooth = [min(max((t - 2) / (6 - 2), 0.0), 1.0) for t in turns]
    assert divisors("llama3", low_freq_factor=2.0, high_freq_factor=6.0) == pytest.approx(
        [1 / ((1 - s) / 4 + s) for s in smooth]
    )
    # A quarter and four turns fall at these dimensions, rounded outwards and kept within the list.
    ramp = [16 * math.log(512 / (t * 2 * math.pi)) / (2 * math.log(10000.0)) for t in (4.0, 0.25)]
    low, high = max(math.floor(ramp[0]), 0), min(math.ceil(ramp[1]), 15)
    shares = [min(max((i - low) / (high - low), 0.0), 1.0) for i in range(8)]
    assert divisors("yarn", beta_fast=4.0, beta_slow=0.25) == pytest.approx(
        [1 / (share / 4 + 1 - share) for share in shares]
    )


def test_lists_for_a_table_of_each_layer_type_have_to_be_equal_and_start_at_the_length_reached() -> None:
    def written(short: tuple[float, ...]) -> dict[str, object]:
        recipe = make_method("longrope", factor=4.0, long_factors=(2.0, 3.0), short_factors=short)
        return recipe.parameters(Rotary(500.0, 4, 256, Tables.PER_LAYER_TYPE))

    assert written((2.0, 3.0))["original_max_position_embeddings"] == 1024
    with pytest.raises(InputError) as refused:
        written((1.0, 1.0))
    assert "transformers cannot switch between LongRoPE's lists in such a model." in refused.value.message
    assert refused.value.remedy == "Give the same numbers as short_factors and long_factors."


@pytest.mark.parametrize(("name", "half"), [("long_factors", 2), ("short_factors", 2)])
def test_list_of_another_length_is_named_with_the_number_it_needs(name: str, half: int) -> None:
    lists = {"long_factors": (1.0,) * half, "short_factors": (1.0,) * half} | {name: (1.0,) * 3}
    recipe = make_method("longrope", factor=4.0, **lists)
    with pytest.raises(InputError) as refused:
        _parameters(recipe, theta=500.0, original=256, rotary_dim=2 * half)
    assert refused.value.message == f"rope.{name} has 3 numbers, but the model has 2 rotary frequencies."
    assert refused.value.remedy == "Give one number for each frequency: 2."


def test_unknown_type_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError) as refused:
        _read("mrope", max_positions=512)
    assert refused.value.message == "RoPE type 'mrope' is not supported."
    assert refused.value.remedy == (
        "Use a model whose rope_type is default or one of: dynamic, linear, llama3, longrope, yarn."
    )


@pytest.mark.parametrize("name", ["dynamic", "longrope", "yarn"])
def test_divisors_change_just_beyond_the_original_length(name: str) -> None:
    scaling = _scaling(RECIPES[name], theta=10000.0, original=512, rotary_dim=16)
    assert scaling.divisors_at(1) == scaling.divisors_at(512) == scaling.short_divisors
    assert scaling.depends_on_length is (name != "yarn")
    assert (scaling.divisors_at(513) == scaling.short_divisors) is (name == "yarn")
    # s · ratio − (s − 1) at three quarters beyond the original length.
    growth = (2.0 * 1.75 - 1.0) ** (16 / 14)
    dynamic = tuple(pytest.approx(growth ** (i / 8)) for i in range(8))
    assert scaling.divisors_at(896) == (dynamic if name == "dynamic" else scaling.divisors)
    unscaled = unscaled_inverse_frequencies(10000.0, 16)
    assert scaling.inverse_frequencies_at(896) == pytest.approx(
        [f / d for f, d in zip(unscaled, scaling.divisors_at(896), strict=True)]
    )


@pytest.mark.parametrize("factor", [1.0, 1.0001, 2.0, 16.0])
def test_attention_factors_are_one_without_stretch_and_the_papers_with_it(factor: float) -> None:
    assert yarn_attention_factor(factor) == pytest.approx(1.0 + 0.1 * math.log(factor))
    assert longrope_attention_factor(factor, 4096) == pytest.approx(math.sqrt(1.0 + math.log(factor, 4096)))
    assert yarn_attention_factor(0.5) == longrope_attention_factor(0.5, 4096) == 1.0


def test_scaling_without_rotary_embeddings_is_empty_within_its_context() -> None:
    assert without_rotary(77) == RopeScaling("none", 0.0, 1.0, 77, 77, (), (), None, 1.0, "", ())
    assert not without_rotary(77).has_rotary and without_rotary(77).tables == (without_rotary(77),)


def test_ramp_of_yarn_may_end_beyond_the_last_frequency() -> None:
    # One turn over 10⁵ tokens falls at dimension 16 · ln(10⁵ ÷ 2π) ÷ (2 ln 10⁴) = 8.4, beyond the eight there are.
    recipe = make_method("yarn", factor=4.0)
    scaling = _scaling(recipe, theta=10000.0, original=10**5, rotary_dim=16)
    low = math.floor(16 * math.log(10**5 / (32 * 2 * math.pi)) / (2 * math.log(10000.0)))
    shares = [min(max((i - low) / (9 - low), 0.0), 1.0) for i in range(8)]
    assert 0.0 < shares[-1] < 1.0
    assert scaling.divisors == pytest.approx([1 / (share / 4 + 1 - share) for share in shares])


@pytest.mark.parametrize(
    ("rope_type", "key"),
    [("llama3", "low_freq_factor"), ("longrope", "long_factor")],
)
def test_config_that_lacks_a_parameter_of_its_method_is_refused(rope_type: str, key: str) -> None:
    parameters = {"rope_type": rope_type, "rope_theta": 1e4, "factor": 8.0}
    with pytest.raises(InputError, match=rf"lacks '{key}' for RoPE type '{rope_type}'"):
        scaling_of(parameters, max_positions=512, rotary_dim=16, tables=Tables.SHARED)
