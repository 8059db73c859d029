"""Answers with a cache, shared beginnings, pieces and batches are those of the library's own decoding."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import dispatch_model
from hypothesis import given, settings
from hypothesis import strategies as st
from more_families import ORIGINAL_TOKENS, model_of
from transformers import GenerationConfig

from pipeline.train.generation.decoding import GeneratedAnswer
from pipeline.train.generation.greedy import GreedyLimits, TokenizedPrompt, caches_all_tokens, generate_answers
from pipeline.train.generation.prefill import Prefiller, num_common, prefill_order
from pipeline.train.rope.in_force import reset_rotary

CACHED = ("llama", "gemma3", "mistral", "qwen2", "phi3", "olmo2", "cohere", "gemma2", "gpt_neox", "gpt2", "qwen3")
CACHED = (*CACHED, "mixtral", "deepseek_v3")
SCALED = ("dynamic", "longrope")
RECURRENT = ("mamba", "qwen3_next")


def ids_of(size: int, *, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randrange(256) for _ in range(size)]


def prompts_of() -> list[TokenizedPrompt]:
    """Mixed lengths and answer lengths; beginnings shared by some, one prompt twice, one the beginning of another."""
    document, other = ids_of(70, seed=1), ids_of(45, seed=2)
    ids = [
        ids_of(3, seed=3),
        document + ids_of(6, seed=4),
        other + ids_of(9, seed=5),
        document + ids_of(2, seed=6),
        document,
        ids_of(1, seed=7),
        other + ids_of(9, seed=5),
        ids_of(64, seed=8),
        ids_of(58, seed=9),
        document[:60] + ids_of(5, seed=10),
        other[:20],
    ]
    return [
        TokenizedPrompt(np.array(one, dtype=np.uint32), max_answer_tokens=1 + 3 * number % 11)
        for number, one in enumerate(ids)
    ]


PROMPTS = prompts_of()


def generated(model: Any, prompt: TokenizedPrompt, stop_ids: frozenset[int]) -> GeneratedAnswer:
    """What `model.generate` answers to one prompt."""
    reset_rotary(model)
    ids = torch.tensor([prompt.ids.tolist()])
    config = GenerationConfig(
        do_sample=False, max_new_tokens=prompt.max_answer_tokens, eos_token_id=sorted(stop_ids) or None, pad_token_id=0
    )
    model.generation_config.eos_token_id = None
    found = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config)
    answer = found[0, ids.shape[1] :].tolist()
    ends = [at for at, token in enumerate(answer) if token in stop_ids]
    return GeneratedAnswer(tuple(answer[: ends[0]] if ends else answer), is_cut=not ends)


def answers_of(model: Any, prompts: list[TokenizedPrompt], **changes: Any) -> dict[int, GeneratedAnswer]:
    values: dict[str, Any] = {"stop_ids": frozenset(), "max_batch_tokens": 200}
    found = list(generate_answers(model, prompts, limits=GreedyLimits(**(values | changes))))
    answers = dict(found)
    assert len(answers) == len(found) == len(prompts)
    return answers


@pytest.mark.parametrize("max_batch_tokens", [7, 200, 10_000])
@pytest.mark.parametrize("kind", [*CACHED, *SCALED, *RECURRENT])
def test_answers_any_model_and_batch_are_those_of_generate(kind: str, max_batch_tokens: int) -> None:
    model = model_of(kind)
    assert caches_all_tokens(model) is (kind not in RECURRENT)
    answers = answers_of(model, PROMPTS, max_batch_tokens=max_batch_tokens)
    assert answers == {number: generated(model, prompt, frozenset()) for number, prompt in enumerate(PROMPTS)}
    assert all(len(answers[number].ids) == prompt.max_answer_tokens for number, prompt in enumerate(PROMPTS))
    assert len({answer.ids[:1] for answer in answers.values()}) > 3, "the model says the same to everything"


@pytest.mark.parametrize("kind", ["llama", "gemma3", "dynamic", "longrope", "mamba"])
def test_answers_end_before_a_stop_token_and_go_on_in_other_rows(kind: str) -> None:
    model = model_of(kind)
    prompts = [TokenizedPrompt(prompt.ids, 9) for prompt in PROMPTS]
    whole = answers_of(model, prompts)
    stop_ids = frozenset({whole[0].ids[3], whole[4].ids[0], *(whole[number].ids[2] for number in (5, 7, 8))})
    stopped = answers_of(model, prompts, stop_ids=stop_ids, max_batch_tokens=10_000)
    assert stopped == {number: generated(model, prompt, stop_ids) for number, prompt in enumerate(prompts)}
    assert {answer.is_cut for answer in stopped.values()} == {True, False}
    assert stopped[4].ids == ()


@pytest.mark.parametrize("kind", SCALED)
def test_answers_that_grow_past_the_original_length_are_those_of_generate(kind: str) -> None:
    model = model_of(kind)
    sizes = [ORIGINAL_TOKENS + offset for offset in (-12, -5, -1, 0, 1, -5, 7)]
    prompts = [TokenizedPrompt(np.array(ids_of(size, seed=size), dtype=np.uint32), 11) for size in sizes]
    answers = answers_of(model, prompts, max_batch_tokens=10_000)
    assert answers == {number: generated(model, prompt, frozenset()) for number, prompt in enumerate(prompts)}


@pytest.mark.parametrize("kind", SCALED)
@pytest.mark.parametrize("size", [ORIGINAL_TOKENS - 3, ORIGINAL_TOKENS, ORIGINAL_TOKENS + 1, 3 * ORIGINAL_TOKENS])
def test_prefill_in_pieces_has_the_keys_of_one_pass_under_scalings_that_follow_the_length(kind: str, size: int) -> None:
    model = model_of(kind)
    ids = np.array(ids_of(size, seed=size), dtype=np.uint32)
    with torch.inference_mode():
        reset_rotary(model)
        whole = model(input_ids=torch.tensor([ids.tolist()]), use_cache=True).past_key_values
        pieces = Prefiller(model, max_piece_tokens=10)
        pieces.prefill(np.array([*ids[:20], *ids_of(100, seed=5)], dtype=np.uint32))
        found = pieces.prefill(ids)
    for layer, (keys, values) in enumerate(found.layers):
        torch.testing.assert_close(keys, whole.layers[layer].keys, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(values, whole.layers[layer].values, rtol=1e-4, atol=1e-5)


class CountingModel:
    """A model that notes how many tokens it is given."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.num_tokens: list[int] = []

    def __call__(self, **inputs: Any) -> Any:
        self.num_tokens.append(inputs["input_ids"].numel())
        return self._model(**inputs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def test_prefill_computes_a_shared_beginning_once_and_a_long_prompt_in_pieces() -> None:
    model = CountingModel(model_of("llama"))
    document = ids_of(70, seed=1)
    prompts = [np.array(document + ids_of(5, seed=seed), dtype=np.uint32) for seed in (11, 12, 13)]
    prefiller = Prefiller(model, max_piece_tokens=30)
    with torch.inference_mode():
        for prompt in [*prompts, prompts[-1]]:
            prefiller.prefill(prompt)
    shared = [num_common(first, second) for first, second in pairwise(prompts)]
    assert model.num_tokens == [30, 30, 15, 75 - shared[0], 75 - shared[1], 1]
    assert all(70 <= num < 75 for num in shared)


def test_prefill_reuses_no_keys_of_other_frequencies() -> None:
    model = CountingModel(model_of("longrope"))
    long = np.array(ids_of(2 * ORIGINAL_TOKENS, seed=1), dtype=np.uint32)
    prefiller = Prefiller(model, max_piece_tokens=1000)
    with torch.inference_mode():
        for size in (ORIGINAL_TOKENS - 9, ORIGINAL_TOKENS, ORIGINAL_TOKENS + 1, 2 * ORIGINAL_TOKENS):
            prefiller.prefill(long[:size])
    assert model.num_tokens == [ORIGINAL_TOKENS - 9, 9, ORIGINAL_TOKENS + 1, ORIGINAL_TOKENS - 1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=9), max_size=12))
def test_prefill_order_has_each_prompt_once_and_a_prompt_beside_its_extension(prompts: list[list[int]]) -> None:
    order = prefill_order([np.array(ids, dtype=np.uint32) for ids in prompts])
    assert sorted(order) == list(range(len(prompts)))
    for number, ids in enumerate(prompts):
        if prompts.count(ids) > 1:
            at = [order.index(other) for other, same in enumerate(prompts) if same == ids]
            assert max(at) - min(at) == len(at) - 1, f"prompt {number} and its copies are apart"


def test_prefill_order_puts_short_chains_first_and_keeps_a_document_together() -> None:
    long, short = ids_of(50, seed=1), ids_of(20, seed=2)
    ids = [[*long, 1], [7], [*short, 5], [*long, 2, 3], [*short, 4], [9, 9]]
    order = prefill_order([np.array(one, dtype=np.uint32) for one in ids])
    assert order == [1, 5, 4, 2, 0, 3]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2), max_size=8), st.lists(st.integers(0, 2), max_size=8))
def test_num_common_is_the_longest_shared_beginning(first: list[int], second: list[int]) -> None:
    found = num_common(np.array(first, dtype=np.uint32), np.array(second, dtype=np.uint32))
    assert first[:found] == second[:found]
    assert found == min(len(first), len(second)) or first[found] != second[found]


def test_answers_of_a_model_that_accelerate_has_spread_are_those_of_generate(tmp_path: Path) -> None:
    model = model_of("llama")
    wanted = {number: generated(model, prompt, frozenset()) for number, prompt in enumerate(PROMPTS)}
    placed = dict.fromkeys(("model.embed_tokens", "model.layers.0", "model.rotary_emb"), "cpu")
    elsewhere = dict.fromkeys(("model.layers.1", "model.norm", "lm_head"), "disk")
    spread = dispatch_model(model, {**placed, **elsewhere}, main_device="cpu", offload_dir=str(tmp_path))
    assert any(parameter.is_meta for parameter in spread.parameters()), "all of the model is in one place"
    assert caches_all_tokens(spread)
    assert answers_of(spread, PROMPTS) == wanted
