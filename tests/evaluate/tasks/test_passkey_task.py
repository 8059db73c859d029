"""Passkey prompts as text: the words of the probe during training, whole sentences, keys at their depths."""

from __future__ import annotations

import pytest
from generated_checks import asked_of, score_of, text_of

from pipeline.evaluate.prompt import PromptForm
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.data.passkey import make_prompts

CYCLE = " The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
START = (
    "There is an important info hidden inside a lot of irrelevant text. Find it and memorize it. "
    "I will quiz you about the important information there."
)


def test_prompt_hides_the_key_between_whole_sentences() -> None:
    prompts = asked_of("passkey", 1024, samples=2).prompts
    assert [prompt.depth for prompt in prompts] == [0.0, 0.0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1.0, 1.0]
    for prompt in prompts:
        (key,) = prompt.gold
        needle = f" The pass key is {key}. Remember it. {key} is the pass key."
        before, after = text_of(prompt).split(needle)
        filler = before.removeprefix(START) + after.removesuffix(" What is the pass key? The pass key is number")
        assert prompt.form is PromptForm.TEXT
        assert (CYCLE * 99).startswith(filler) and filler.endswith(".")
        place = len(before.removeprefix(START)) / len(filler)
        assert place == pytest.approx(prompt.depth, abs=len(CYCLE) / len(filler))


def test_prompt_has_the_words_of_the_probe_during_training() -> None:
    (prompt,) = asked_of("passkey", 1024, samples=1, depths=[1.0]).prompts
    tokenizer = load_tokenizer("embedded:smollm2-135m-instruct")
    (probe,) = make_prompts(tokenizer, length=1024, depth=1.0, samples=1, seed=3)
    asked, probed = (
        text.replace(key, "KEY")
        for text, key in ((text_of(prompt), prompt.gold[0]), (tokenizer.decode(probe.ids), probe.key))
    )
    until_needle = asked.index(" The pass key is")
    assert probed[:until_needle] == asked[:until_needle]
    assert probed.endswith(" What is the pass key? The pass key is number")
    assert " The pass key is KEY. Remember it. KEY is the pass key." in probed
    assert 1024 - prompt.num_tokens - prompt.max_answer_tokens <= 6


def test_keys_are_the_same_at_all_depths_and_lengths() -> None:
    prompts = asked_of("passkey", 512, 1024, samples=3).prompts
    assert len(prompts) == 2 * 5 * 3 and len({prompt.key for prompt in prompts}) == len(prompts)
    assert len({(prompt.item, prompt.gold) for prompt in prompts}) == len({prompt.item for prompt in prompts}) == 3


@pytest.mark.parametrize(
    ("answer", "found"),
    [("{}. The", 1.0), (": **{}**", 1.0), ("{}1", 0.0), ("12345, no, {}", 0.0), ("a magical key", 0.0), ("", 0.0)],
)
def test_only_the_exact_first_number_counts(answer: str, found: float) -> None:
    (prompt,) = asked_of("passkey", 512, samples=1, depths=[0.5]).prompts
    assert score_of("passkey", prompt, answer.format(prompt.gold[0])) == found
