"""Fact-free conversations: every answer is checked against the text by a second reading that shares no code."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.export.fact_free import (
    FactFreeConversation,
    FactFreeKind,
    conversation,
    fact_free_languages,
    fitted_conversation,
)
from pipeline.languages import language_names
from pipeline.records import Message, TaskFamily

KINDS = st.sampled_from(FactFreeKind)
LANGUAGES = st.sampled_from(["en", "ko"])


def entries(made: FactFreeConversation) -> dict[str, str]:
    """The list, parsed from the first message without the code that wrote it."""
    text = made.messages[0].content
    if made.kind is FactFreeKind.KEY_VALUE:
        found = json.loads(text[text.index("{") : text.index("}") + 1])
        assert isinstance(found, dict)
        return {str(key): str(value) for key, value in found.items()}
    pattern = r"^line (.+): the number is (\d+)$" if made.language == "en" else r"^(.+) 줄: 숫자는 (\d+)$"
    pairs = re.findall(pattern, text, re.MULTILINE)
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def asked_name(made: FactFreeConversation, question: str) -> str:
    """The longest entry that a question names, or what it names in quotes."""
    if made.kind is FactFreeKind.KEY_VALUE:
        return re.findall(r"“([0-9a-f]{12})”", question)[0]
    patterns = {"en": r"line (\w+ \w+(?: \d+)?)(?=\?| and give)", "ko": r"‘?([^\s‘’]+ [^\s‘’]+(?: \d+)?)’? 줄"}
    return re.findall(patterns[made.language], question)[0]


@given(KINDS, LANGUAGES, st.integers(8, 400), st.integers(1, 12), st.integers(0, 10**6))
def test_every_answer_is_what_the_list_says(kind, language, num_entries, num_turns, key):
    made = conversation(kind, language=language, num_entries=num_entries, num_turns=num_turns, key=(key,))
    listed = entries(made)
    assert len(listed) == num_entries == made.num_entries
    assert [message.role for message in made.messages] == ["user", "assistant"] * len(made.turns)
    for turn in made.turns:
        name = asked_name(made, turn.question)
        if turn.family is TaskFamily.NOT_ANSWERABLE:
            assert name not in listed
            assert str(num_entries) in turn.answer
            assert not any(value in turn.answer for value in listed.values())
        else:
            assert listed[name] in turn.answer
            assert abs(list(listed).index(name) / num_entries - turn.depth) < 1e-9


@given(KINDS, LANGUAGES, st.integers(32, 200), st.integers(0, 10**6))
def test_questions_are_spread_over_the_list_and_one_has_no_answer(kind, language, num_entries, key):
    made = conversation(kind, language=language, num_entries=num_entries, num_turns=8, key=(key,))
    depths = sorted(turn.depth for turn in made.turns if turn.family is TaskFamily.LOOK_UP)
    assert len(depths) == 7
    # Each question comes from its own eighth, and the one without an answer takes the place of another.
    assert all(b - a < 3 / 8 for a, b in pairwise([0.0, *depths, 1.0]))
    assert len(set(depths)) == 7
    assert sum(turn.family is TaskFamily.NOT_ANSWERABLE for turn in made.turns) == 1
    assert made.turns[0].family is TaskFamily.LOOK_UP


@given(KINDS, LANGUAGES, st.integers(0, 10**6))
@example(FactFreeKind.LINES, "en", 25340)  # drew one number twice
def test_no_turn_gives_the_answer_of_another(kind, language, key):
    made = conversation(kind, language=language, num_entries=100, num_turns=8, key=(key,))
    values = [entries(made).get(asked_name(made, turn.question)) for turn in made.turns]
    for number, value in enumerate(values):
        others = [other for index, other in enumerate(made.turns) if index != number]
        assert value is None or not any(value in f"{other.question} {other.answer}" for other in others)


def words(messages: Sequence[Message]) -> int:
    return sum(len(message.content.split()) for message in messages)


@pytest.mark.parametrize("kind", FactFreeKind)
@pytest.mark.parametrize("max_tokens", [300, 1024, 20_000])
def test_list_fills_the_length_that_it_is_made_for(kind, max_tokens):
    made = fitted_conversation(kind, language="en", num_turns=8, max_tokens=max_tokens, key=(1,), count_tokens=words)
    assert made is not None
    assert 0.9 * max_tokens <= words(made.messages) <= max_tokens


def test_length_without_room_for_a_list_has_none():
    nothing = fitted_conversation(
        FactFreeKind.LINES, language="en", num_turns=8, max_tokens=20, key=(1,), count_tokens=words
    )
    assert nothing is None


def test_same_key_makes_the_same_list_and_another_key_another():
    texts = {
        conversation(FactFreeKind.LINES, language="ko", num_entries=50, num_turns=4, key=key).messages
        for key in ((1, 2), (1, 2), (1, 3))
    }
    assert len(texts) == 2


def test_every_language_has_wordings():
    assert fact_free_languages(language_names()) == list(language_names())


def test_numbers_of_a_very_long_list_differ():
    made = conversation(FactFreeKind.LINES, language="en", num_entries=46_000, num_turns=4, key=(1,))
    assert len(set(entries(made).values())) == 46_000
