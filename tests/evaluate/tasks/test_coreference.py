"""Identical requests, looked up independently in the conversation of the prompt."""

from __future__ import annotations

import random
import re

import pytest
from generated_checks import METER, asked_of, score_of

from pipeline.evaluate.tasks import coreference


def test_gold_is_the_text_with_the_asked_number() -> None:
    prompts = asked_of("coreference", 2048, 4096, samples=4, requests=[2, 4, 8]).prompts
    assert len(prompts) == 2 * 3 * 4
    for prompt in prompts:
        *said, last = prompt.messages
        asked = re.fullmatch(
            r"Prepend (\w{10}) to the (\d)(?:st|nd|rd|th) \(1 indexed\) ([a-z ]+) about the ([a-z ]+)\. "
            r"Do not include any other text in your response\.",
            last.content,
        )
        assert asked
        prefix, number, form, topic = asked.groups()
        request = f"Write a {form} about the {topic}."
        texts = [reply.content for own, reply in zip(said[::2], said[1::2], strict=True) if own.content == request]
        assert [message.role for message in prompt.messages] == [*["user", "assistant"] * (len(said) // 2), "user"]
        assert prompt.kind == f"{len(texts)} requests" and len(set(texts)) == len(texts)
        assert prompt.gold == (prefix + texts[int(number) - 1],)


def test_other_requests_ask_for_the_same_form_and_for_the_same_topic() -> None:
    (prompt,) = asked_of("coreference", 4096, samples=1, requests=[2]).prompts
    requests = [re.fullmatch(r"Write a (.+) about the (.+)\.", m.content) for m in prompt.messages if m.role == "user"]
    found = [match.groups() for match in requests if match]
    asked = re.search(r"\(1 indexed\) ([a-z ]+) about the ([a-z ]+)\.", prompt.messages[-1].content)
    assert asked
    form, topic = asked.groups()
    assert found.count((form, topic)) == 2
    assert sum(one == form and other != topic for one, other in found) >= 3
    assert sum(one != form and other == topic for one, other in found) >= 3


def test_answer_without_its_beginning_scores_nothing_and_another_requests_answer_less() -> None:
    for prompt in asked_of("coreference", 2048, samples=5, requests=[4]).prompts:
        (gold,), prefix = prompt.gold, prompt.notes["prefix"]
        others = {m.content for m in prompt.messages if m.role == "assistant"} - {gold.removeprefix(prefix)}
        assert score_of("coreference", prompt, gold.removeprefix(prefix)) == 0.0
        assert score_of("coreference", prompt, prefix + prefix + gold) < 1.0
        assert all(score_of("coreference", prompt, prefix + other) < 0.75 for other in others)
        assert METER.count(gold) <= prompt.max_answer_tokens


def test_one_request_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        asked_of("coreference", 2048, requests=[1])


def test_requests_are_numbered_as_one_says_them() -> None:
    numbers = (1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22, 23, 101, 111, 113)
    spoken = " ".join(coreference._ordinal(number) for number in numbers)
    assert spoken == "1st 2nd 3rd 4th 10th 11th 12th 13th 20th 21st 22nd 23rd 101st 111th 113th"


def test_articles_before_vowels_are_those_that_one_says() -> None:
    texts = [text for prompt in asked_of("coreference", 4096, samples=6).prompts for text in prompt.gold]
    said = " ".join(message.content for p in asked_of("coreference", 4096).prompts for message in p.messages)
    assert not re.search(r"\ba [aeio]", said) and re.search(r"\ban [aeiou]", said) and texts
    assert not re.search(r"\ban (?:uniform|unique|usual|useful)", said)


def test_every_line_of_a_text_reads_alone() -> None:
    for form in ("poem", "short story", "news report", "letter", "riddle"):
        for number in range(40):
            lines = coreference._text(form, "brave kettle", random.Random(number)).splitlines()
            assert len(lines) == 4
            assert all(line[0].isupper() and line[-1] in ".?!" for line in lines), lines
