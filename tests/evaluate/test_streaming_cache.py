"""The cache with sinks and a window against a plain computation, token by token with keys before rotation."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_transformers import plain_losses, plain_stream
from small_student import small_config
from transformers import (
    AutoModelForCausalLM,
    CohereConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaForCausalLM,
    MistralConfig,
    PreTrainedConfig,
    Qwen3Config,
    SmolLM3Config,
)

from pipeline.errors import InputError, RunError
from pipeline.evaluate.likelihoods.streaming_cache import CachePolicy, turnable_keys
from pipeline.evaluate.likelihoods.streaming_losses import cache_bytes_of, stream_losses
from pipeline.io.models import EMBEDDED_MODEL, resolve_model

YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 128}
SIZES = {
    "vocab_size": 259,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
    "pad_token_id": 0,
}


def small_model(**changes: Any) -> LlamaForCausalLM:
    torch.manual_seed(5)
    return LlamaForCausalLM(small_config(**changes)).eval()


MODEL = small_model()


def stream(num_tokens: int, seed: int = 0) -> list[int]:
    return torch.randint(0, 256, (num_tokens,), generator=torch.Generator().manual_seed(seed)).tolist()


@pytest.mark.parametrize("chunk_tokens", [1, 7, 16, 100])
@pytest.mark.parametrize(("num_keys", "num_sinks"), [(24, 4), (24, 0), (9, 8), (1, 0)])
def test_stream_any_chunk_equals_the_plain_computation(num_keys: int, num_sinks: int, chunk_tokens: int) -> None:
    ids = stream(90)
    found = stream_losses(MODEL, ids, policy=CachePolicy(num_keys, num_sinks), chunk_tokens=chunk_tokens)
    plain = plain_stream(MODEL, ids, num_keys=num_keys, num_sinks=num_sinks)
    assert list(found.nll) == pytest.approx(plain, abs=2e-4)


@settings(max_examples=12)
@given(
    num_tokens=st.integers(2, 40),
    num_keys=st.integers(1, 20),
    sinks=st.floats(0, 0.99),
    chunk_tokens=st.integers(1, 45),
    seed=st.integers(0, 99),
)
def test_stream_of_any_shape_equals_the_plain_computation(
    num_tokens: int, num_keys: int, sinks: float, chunk_tokens: int, seed: int
) -> None:
    ids, num_sinks = stream(num_tokens, seed), int(sinks * num_keys)
    found = stream_losses(MODEL, ids, policy=CachePolicy(num_keys, num_sinks), chunk_tokens=chunk_tokens)
    plain = plain_stream(MODEL, ids, num_keys=num_keys, num_sinks=num_sinks)
    assert list(found.nll) == pytest.approx(plain, abs=2e-4)
    assert found.cache_bytes == cache_bytes_of(MODEL, min(num_tokens, num_keys))


def test_stream_of_a_scaled_model_equals_the_plain_computation() -> None:
    model, ids = small_model(rope_parameters=YARN), stream(80)
    found = stream_losses(model, ids, policy=CachePolicy(20, 4), chunk_tokens=8)
    assert list(found.nll) == pytest.approx(plain_stream(model, ids, num_keys=20, num_sinks=4), abs=2e-4)


def test_stream_without_eviction_equals_full_attention() -> None:
    ids = stream(100)
    plain = plain_losses(MODEL, ids)
    for policy in (None, CachePolicy(100, 4), CachePolicy(5000, 0)):
        found = stream_losses(MODEL, ids, policy=policy, chunk_tokens=16)
        assert list(found.nll) == pytest.approx(plain, abs=2e-4)
        assert found.cache_bytes == cache_bytes_of(MODEL, 100)


def test_stream_with_a_window_alone_equals_a_mask_over_the_whole_stream() -> None:
    ids = stream(100)
    found = stream_losses(MODEL, ids, policy=CachePolicy(24, 0), chunk_tokens=16)
    assert list(found.nll) == pytest.approx(plain_losses(MODEL, ids, window=24), abs=2e-4)


def test_stream_keeps_its_memory_and_its_positions() -> None:
    """A stream ten times as long as the model's positions needs the cache of the window and no later positions."""
    seen: list[int] = []
    hook = MODEL.model.rotary_emb.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(int(kwargs["position_ids"].max())), with_kwargs=True
    )
    found = stream_losses(MODEL, stream(5120), policy=CachePolicy(256, 4), chunk_tokens=128)
    hook.remove()
    assert found.cache_bytes == cache_bytes_of(MODEL, 256) == 2 * 2 * 16 * 4 * 256
    assert max(seen) == 255 + 127


def test_stream_in_half_precision_stays_near_the_plain_computation() -> None:
    """Keys are turned from what the model cached each time, so a long stream does not add up rounding errors."""
    half, ids = small_model().to(torch.bfloat16), stream(600)
    found = stream_losses(half, ids, policy=CachePolicy(64, 4), chunk_tokens=8)
    plain = stream_losses(MODEL, ids, policy=CachePolicy(64, 4), chunk_tokens=8)
    errors = torch.tensor(found.nll) - torch.tensor(plain.nll)
    early, late = errors[:100].abs().mean(), errors[-100:].abs().mean()
    assert late < 2 * early + 0.05
    assert found.cache_bytes * 2 == plain.cache_bytes


@pytest.mark.model
def test_deep_model_in_half_precision_may_stream() -> None:
    """Thirty layers add up rounding errors; they are not taken for another rotation."""
    deep = AutoModelForCausalLM.from_pretrained(resolve_model(EMBEDDED_MODEL), dtype=torch.bfloat16).eval()
    with turnable_keys(deep, num_tokens=64):
        pass


def test_broken_weights_raise_with_remedy() -> None:
    broken = small_model()
    torch.nn.init.constant_(broken.lm_head.weight, float("inf"))
    broken.model.embed_tokens.weight = torch.nn.Parameter(torch.randn(259, 32))
    with pytest.raises(RunError, match="not finite in a stream of 40 tokens"):
        stream_losses(broken, stream(40), policy=CachePolicy(8, 2), chunk_tokens=4)


def built(config: PreTrainedConfig) -> Any:
    torch.manual_seed(5)
    return AutoModelForCausalLM.from_config(config).eval()


@pytest.mark.parametrize(
    "config",
    [
        Qwen3Config(**SIZES, num_key_value_heads=1, head_dim=16),
        GPTNeoXConfig(**SIZES, rotary_pct=0.25),
        MistralConfig(**SIZES, num_key_value_heads=1, sliding_window=None),
    ],
    ids=lambda config: config.model_type,
)
def test_stream_of_other_families_does_not_depend_on_the_chunk(config: PreTrainedConfig) -> None:
    model, ids = built(config), stream(80)
    one, many = (
        stream_losses(model, ids, policy=CachePolicy(20, 4), chunk_tokens=chunk_tokens) for chunk_tokens in (1, 16)
    )
    assert list(many.nll) == pytest.approx(one.nll, abs=2e-4)
    whole = stream_losses(model, ids, policy=None, chunk_tokens=16)
    assert list(whole.nll)[:19] == pytest.approx(one.nll[:19], abs=2e-4)
    assert list(whole.nll)[40:] != pytest.approx(one.nll[40:], abs=1e-2)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            GPT2Config(vocab_size=259, n_embd=32, n_layer=2, n_head=2, n_positions=512),
            "one table of rotary frequencies",
        ),
        (MistralConfig(**SIZES, num_key_value_heads=1, sliding_window=64), "do not attend to all tokens"),
        (CohereConfig(**SIZES, num_key_value_heads=1), "does not rotate all its keys in the usual way"),
        (
            SmolLM3Config(**SIZES, num_key_value_heads=1, no_rope_layers=[1, 0], use_sliding_window=False),
            "does not rotate all its keys in the usual way",
        ),
    ],
    ids=lambda value: getattr(value, "model_type", ""),
)
def test_model_whose_keys_cannot_be_moved_is_refused(config: PreTrainedConfig, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        stream_losses(built(config), stream(40), policy=CachePolicy(16, 4), chunk_tokens=8)
    assert raised.value.remedy == "Leave out the task streaming for this model."


LONG = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "factor": 4.0,
    "original_max_position_embeddings": 32,
    "short_factor": [1.0] * 8,
    "long_factor": [1.0 + 0.5 * at for at in range(8)],
}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}


@pytest.mark.parametrize(("num_keys", "divisors"), [(48, LONG["long_factor"]), (24, LONG["short_factor"])])
def test_stream_of_a_model_whose_frequencies_follow_the_length_has_those_of_its_cache(
    num_keys: int, divisors: list[float]
) -> None:
    model, ids = small_model(rope_parameters=LONG, max_position_embeddings=128), stream(100)
    constant = small_model()
    rotary = constant.model.rotary_emb
    rotary.inv_freq = rotary.inv_freq / torch.tensor(divisors)
    rotary.attention_scaling = model.model.rotary_emb.attention_scaling
    found = stream_losses(model, ids, policy=CachePolicy(num_keys, 4), chunk_tokens=8)
    plain = plain_stream(constant, ids, num_keys=num_keys, num_sinks=4)
    assert list(found.nll) == pytest.approx(plain, abs=2e-4)


@pytest.mark.parametrize("rope", [LONG, DYNAMIC], ids=lambda rope: rope["rope_type"])
def test_full_stream_of_such_a_model_equals_one_pass_and_leaves_it_as_it_was(rope: dict[str, Any]) -> None:
    model, ids = small_model(rope_parameters=rope, max_position_embeddings=128), stream(300)
    before, kind = model.model.rotary_emb.inv_freq.clone(), model.model.rotary_emb.rope_type
    found = stream_losses(model, ids, policy=None, chunk_tokens=16)
    assert torch.equal(model.model.rotary_emb.inv_freq, before) and model.model.rotary_emb.rope_type == kind
    assert list(found.nll) == pytest.approx(plain_losses(model, ids), abs=2e-4)
