"""Passkey prompts are as long and as deep as asked for; answers are greedy."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_student import small_config, small_tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import LlamaForCausalLM

from pipeline.errors import InputError
from pipeline.evaluate.models import load_model
from pipeline.evaluate.passkey import answer_prompts, is_retrieved
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.data.passkey import ANSWER_TOKENS, PasskeyPrompt, make_prompts

EMBEDDED = "embedded:smollm2-135m-instruct"
LONGEST_SENTENCE = len(" There and back again.")
TOKENIZER = small_tokenizer()


@given(length=st.integers(600, 6000), depth=st.floats(0, 1), seed=st.integers(0, 99))
def test_prompt_any_length_and_depth_is_exact_and_at_its_depth(length: int, depth: float, seed: int) -> None:
    prompts = make_prompts(TOKENIZER, length=length, depth=depth, samples=2, seed=seed)
    assert len(prompts) == 2 and prompts[0].key != prompts[1].key
    for prompt in prompts:
        assert len(prompt.ids) + ANSWER_TOKENS == length
        text = TOKENIZER.decode(prompt.ids)
        needle = f" The pass key is {prompt.key}. Remember it. {prompt.key} is the pass key."
        assert text.count(needle) == 1 and text.count(prompt.key) == 2
        before, _, rest = text.partition(needle)
        filler_before = len(before) - before.index("important information there.") - len("important information there.")
        filler = filler_before + rest.index(" What is the pass key?")
        assert filler_before == pytest.approx(depth * filler, abs=LONGEST_SENTENCE)
        assert prompt.depth == pytest.approx(filler_before / filler if filler else 0.0)
        assert before.endswith(".") and text.endswith("The pass key is number")


def test_prompt_tokenizer_with_a_leading_token_starts_with_it_and_is_as_long() -> None:
    tokenizer = small_tokenizer()
    start = tokenizer.convert_tokens_to_ids("<|im_start|>")
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", start)]
    )
    (prompt,) = make_prompts(tokenizer, length=800, depth=0.5, samples=1, seed=1)
    assert prompt.ids.count(start) == 1 and prompt.ids[0] == start
    assert len(prompt.ids) + ANSWER_TOKENS == 800


def test_prompt_too_short_a_length_raises_and_names_the_least() -> None:
    with pytest.raises(InputError, match=r"needs at least \d+ tokens, but its length is set to 64"):
        make_prompts(TOKENIZER, length=64, depth=0.5, samples=1, seed=1)


@pytest.mark.parametrize(
    ("answer", "retrieved"),
    [
        (" 35073. The", True),
        (": **35073**", True),
        (" 35074", False),
        (" 3507", False),
        (" 350731", False),
        (" 12345, no, 35073", False),
        (" a magical key", False),
    ],
)
def test_is_retrieved_only_the_exact_first_number_counts(answer: str, retrieved: bool) -> None:
    assert is_retrieved(answer, "35073") is retrieved


def test_answers_cached_and_batched_decoding_equals_plain_greedy() -> None:
    torch.manual_seed(5)
    model = LlamaForCausalLM(small_config(max_position_embeddings=1024)).eval()
    prompts = make_prompts(TOKENIZER, length=600, depth=0.5, samples=3, seed=1)
    batched = answer_prompts(model, TOKENIZER, prompts, max_batch_tokens=1200)
    alone = answer_prompts(model, TOKENIZER, prompts, max_batch_tokens=1)
    assert batched == alone == [_greedy_without_cache(model, prompt) for prompt in prompts]
    assert any(answer.strip() for answer in alone)


def _greedy_without_cache(model: Any, prompt: PasskeyPrompt) -> str:
    ids = list(prompt.ids)
    with torch.no_grad():
        for _ in range(ANSWER_TOKENS):
            ids.append(int(model(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
    return TOKENIZER.decode(ids[len(prompt.ids) :], skip_special_tokens=True)


@pytest.mark.parametrize(
    ("max_batch_tokens", "sizes"),
    [(1, [1] * 5), (1199, [1] * 5), (1200, [2, 2, 1]), (2399, [3, 2]), (2400, [4, 1]), (3000, [5]), (10**6, [5])],
)
def test_answers_no_forward_pass_has_more_prompt_tokens_than_the_recipe_says(
    max_batch_tokens: int, sizes: list[int]
) -> None:
    torch.manual_seed(5)
    model = LlamaForCausalLM(small_config(max_position_embeddings=1024, num_hidden_layers=1)).eval()
    prompts = [PasskeyPrompt(tuple((7 * at + own) % 200 for at in range(600)), str(own), 0.5) for own in range(5)]
    seen: list[tuple[int, ...]] = []
    model.register_forward_pre_hook(
        lambda _, arguments, named: seen.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    assert len(answer_prompts(model, TOKENIZER, prompts, max_batch_tokens=max_batch_tokens)) == 5
    assert [shape for shape in seen if shape[1] > 1] == [(size, 600) for size in sizes]
    assert all(size * 600 <= max_batch_tokens for size in sizes if size > 1)


@pytest.mark.model
def test_embedded_model_inside_its_context_finds_the_key() -> None:
    tokenizer, model = load_tokenizer(EMBEDDED), load_model(EMBEDDED, dtype="bfloat16", device="cpu")
    prompts = make_prompts(tokenizer, length=1024, depth=0.5, samples=2, seed=17)
    answers = answer_prompts(model, tokenizer, prompts, max_batch_tokens=4096)
    assert [is_retrieved(answer, prompt.key) for answer, prompt in zip(answers, prompts, strict=True)] == [True, True]
