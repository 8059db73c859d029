"""Passkey prompts are as long and as deep as asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_student import small_tokenizer
from tokenizers.processors import TemplateProcessing

from pipeline.errors import InputError
from pipeline.train.data.passkey import ANSWER_TOKENS, make_prompts

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
