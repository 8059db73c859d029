"""Passkey prompts, token by token."""

from __future__ import annotations

import re

import pytest
from small_student import small_tokenizer

from pipeline.errors import InputError
from pipeline.identity import seeded_random
from pipeline.train.data.passkey import ANSWER_TOKENS, make_prompts, min_prompt_tokens

TOKENIZER = small_tokenizer()  # a token a byte
START = (
    "There is an important info hidden inside a lot of irrelevant text. Find it and memorize it. "
    "I will quiz you about the important information there."
)
NEEDLE = " The pass key is {key}. Remember it. {key} is the pass key."
END = " What is the pass key? The pass key is number"
CYCLE = " The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
FIXED = len(START) + len(NEEDLE.format(key="12345")) + len(END) + 12


def _text(length: int, depth: float, *, sample: int = 0, seed: int = 1) -> tuple[str, str, float]:
    prompt = make_prompts(TOKENIZER, length=length, depth=depth, samples=sample + 1, seed=seed)[sample]
    assert len(prompt.ids) + ANSWER_TOKENS == length
    return TOKENIZER.decode(prompt.ids), prompt.key, prompt.depth


def test_least_length_is_a_prompt_without_filler_and_its_answer() -> None:
    assert min_prompt_tokens(TOKENIZER) == FIXED
    text, key, depth = _text(FIXED, 0.7)
    assert (text, depth) == (START + NEEDLE.format(key=key) + END, 0.0)
    with pytest.raises(InputError) as refused:
        make_prompts(TOKENIZER, length=FIXED - 1, depth=0.7, samples=1, seed=1)
    assert (
        refused.value.message
        == f"A passkey prompt needs at least {FIXED} tokens, but its length is set to {FIXED - 1}."
    )
    assert refused.value.remedy == "Raise the recipe's passkey lengths."


@pytest.mark.parametrize("depth", [0.0, 0.13, 0.5, 0.9, 1.0])
def test_key_stands_at_the_sentence_end_nearest_to_its_depth_of_the_filler(depth: float) -> None:
    room = 200
    filler = (CYCLE * 3)[:room]
    ends = [0, *(match.end() for match in re.finditer(r"\.", CYCLE * 3) if match.end() <= room)]
    at = min(ends, key=lambda end: abs(end - depth * room))
    text, key, found = _text(FIXED + room, depth)
    assert text == START + filler[:at] + NEEDLE.format(key=key) + filler[at:] + END
    assert found == pytest.approx(at / room)


def test_filler_of_exactly_one_round_may_hold_the_key_behind_it() -> None:
    text, key, depth = _text(FIXED + len(CYCLE), 1.0)
    assert text == START + CYCLE + NEEDLE.format(key=key) + END and depth == 1.0


def test_keys_have_five_digits_and_differ_by_sample_seed_length_and_depth() -> None:
    keys = [
        _text(FIXED + 50, 0.5)[1],
        _text(FIXED + 50, 0.5, sample=1)[1],
        _text(FIXED + 50, 0.5, seed=2)[1],
        _text(FIXED + 51, 0.5)[1],
        _text(FIXED + 50, 0.6)[1],
    ]
    assert len(set(keys)) == 5 and all(re.fullmatch(r"[1-9]\d{4}", key) for key in keys)
    assert _text(FIXED + 50, 0.5)[1] == keys[0]


def test_token_a_tokenizer_begins_with_counts_and_stands_first() -> None:
    class Beginning:
        """Begins every text with token 257, as many tokenizers do."""

        def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
            ids = TOKENIZER(text, add_special_tokens=False)["input_ids"]
            return {"input_ids": [257, *ids] if add_special_tokens else ids}

    tokenizer = Beginning()
    assert min_prompt_tokens(tokenizer) == FIXED + 1
    (prompt,) = make_prompts(tokenizer, length=FIXED + 30, depth=0.5, samples=1, seed=1)
    assert prompt.ids[0] == 257 and 257 not in prompt.ids[1:] and len(prompt.ids) + 12 == FIXED + 30
    assert TOKENIZER.decode(prompt.answer_ids(tokenizer)) == f" {prompt.key}"


def test_keys_are_drawn_from_all_numbers_of_five_digits() -> None:
    prompts = make_prompts(TOKENIZER, length=FIXED + 9, depth=0.25, samples=4, seed=6)
    draws = [seeded_random("passkey", 6, FIXED + 9, "0.25", sample).randint(10_000, 99_999) for sample in range(4)]
    assert [prompt.key for prompt in prompts] == [str(draw) for draw in draws]
