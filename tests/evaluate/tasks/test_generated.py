"""What holds for all generated tasks: exact lengths, the same questions at all lengths, scores of known answers."""

from __future__ import annotations

import pytest
from generated_checks import GENERATED, METER, asked_of, score_of, task_of, text_of

from pipeline.evaluate.haystacks.generated import TOO_SHORT
from pipeline.evaluate.prompt import Prompt

LENGTHS = (2048, 4096)
LONGEST_UNIT_TOKENS = {
    "coreference": 150,
    "graph_walks": 25,
    "niah_multikey": 90,
    "niah_single": 25,
    "niah_multiquery": 25,
    "niah_multivalue": 25,
    "vt": 25,
}
"""A unit of filler that is longer than 1% of 2,048 tokens: a line of noise, a needle, or two turns."""


def ids(prompts: tuple[Prompt, ...], length: int) -> list[str]:
    return [prompt.item for prompt in prompts if prompt.length == length]


@pytest.mark.parametrize("name", GENERATED)
def test_prompts_fill_their_lengths_exactly_counted(name: str) -> None:
    prompts = asked_of(name, *LENGTHS, samples=2).prompts
    assert {prompt.length for prompt in prompts} == set(LENGTHS)
    for prompt in prompts:
        counted = METER.count_prompt(prompt.messages, form=prompt.form, answer_start=prompt.answer_start)
        unused = prompt.length - prompt.num_tokens - prompt.max_answer_tokens
        assert prompt.num_tokens == counted
        assert 0 <= unused <= max(0.01 * prompt.length, LONGEST_UNIT_TOKENS.get(name, 0))


@pytest.mark.parametrize("name", GENERATED)
def test_questions_are_the_same_at_all_lengths_and_differ_by_seed(name: str) -> None:
    prompts = asked_of(name, *LENGTHS, samples=2).prompts
    short, long = ids(prompts, LENGTHS[0]), ids(prompts, LENGTHS[1])
    assert short == long and len(set(short)) >= 2
    gold = {prompt.item: prompt.gold for prompt in prompts}
    assert all(gold[prompt.item] == prompt.gold for prompt in prompts)
    assert asked_of(name, LENGTHS[0], samples=2).prompts == tuple(p for p in prompts if p.length == LENGTHS[0])
    others = asked_of(name, LENGTHS[0], samples=2, seed=4).prompts
    assert set(gold.values()).isdisjoint(prompt.gold for prompt in others)
    assert asked_of(name, LENGTHS[0], samples=1).prompts[0] == prompts[0]


@pytest.mark.parametrize("name", GENERATED)
def test_proof_stands_in_the_prompt_and_holds_the_gold(name: str) -> None:
    prompts = asked_of(name, *LENGTHS, samples=3).prompts
    for prompt in prompts:
        assert prompt.proof and all(passage in text_of(prompt) for passage in prompt.proof)
        prefix = prompt.notes.get("prefix", "")
        assert all(gold.removeprefix(prefix) in "\n".join(prompt.proof) for gold in prompt.gold)


@pytest.mark.parametrize("name", GENERATED)
def test_right_answer_scores_one_and_an_empty_or_another_questions_one_less(name: str) -> None:
    prompts = asked_of(name, *LENGTHS, samples=3).prompts
    for prompt, other in zip(prompts, (*prompts[1:], prompts[0]), strict=True):
        assert score_of(name, prompt, ", ".join(prompt.gold)) == 1.0
        assert score_of(name, prompt, f" {', '.join(prompt.gold)}\n") == 1.0
        assert score_of(name, prompt, "") == 0.0
        if prompt.item != other.item:
            assert score_of(name, prompt, ", ".join(other.gold)) < 0.5


@pytest.mark.parametrize("name", GENERATED)
def test_length_too_short_for_the_question_is_a_counted_skip(name: str) -> None:
    asked = asked_of(name, 64, samples=2)
    assert asked.prompts == () and asked.skipped[TOO_SHORT] >= 2


@pytest.mark.parametrize("name", GENERATED)
def test_right_answer_fits_into_its_tokens(name: str) -> None:
    # Variable tracking has RULER's 30 tokens, which five names may exceed with a tokenizer of small pieces.
    for prompt in asked_of(name, 2048, samples=3).prompts:
        assert METER.count(", ".join(prompt.gold)) <= prompt.max_answer_tokens


def test_effective_length_is_measured_on_the_tasks_of_ruler() -> None:
    counted = {name for name in GENERATED if task_of(name).counts_for_effective_length}
    assert counted == {"cwe", "fwe", "niah_multikey", "niah_multiquery", "niah_multivalue", "niah_single", "vt"}
    assert not any(task_of(name).needs_build for name in GENERATED)
