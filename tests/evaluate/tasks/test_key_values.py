from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.tasks.key_values import TASK, KeyValuesOptions, key_value_prompt, random_pairs
from pipeline.identity import seeded_random

METER = Meter("embedded:smollm2-135m-instruct")
GOLDEN = """Extract the value corresponding to the specified key in the JSON object below.

JSON data:
{"2a8d601d-1d69-4e64-9f90-8ad825a74195": "bb3ba2a5-7de8-434b-a86e-a88bb9fa7289",
 "a54e2eed-e625-4570-9f74-3624e77d6684": "d1ff29be-4e2a-4208-a182-0cea716be3d4",
 "9f4a92b9-5f69-4725-ba1e-403f08dea695": "703a7ce5-f17f-4e6d-b895-5836ba5ec71c"}

Key: "a54e2eed-e625-4570-9f74-3624e77d6684"
Corresponding value:"""
"""The beginning of figure 6 of the paper, with the key in the second line."""
GOLDEN_PAIRS = [
    ("2a8d601d-1d69-4e64-9f90-8ad825a74195", "bb3ba2a5-7de8-434b-a86e-a88bb9fa7289"),
    ("a54e2eed-e625-4570-9f74-3624e77d6684", "d1ff29be-4e2a-4208-a182-0cea716be3d4"),
    ("9f4a92b9-5f69-4725-ba1e-403f08dea695", "703a7ce5-f17f-4e6d-b895-5836ba5ec71c"),
]


@cache
def asked(*lengths: int) -> Asked:
    return TASK.ask(
        Asking(
            options=KeyValuesOptions(max_items=3),
            lengths=lengths,
            meter=METER,
            material=None,
            seed=7,
        )
    )


def pairs_of(prompt: Prompt) -> list[tuple[str, str]]:
    text = prompt.messages[0].content
    return list(json.loads(text[text.index("{") : text.index("}") + 1]).items())


def test_prompt_is_the_published_one() -> None:
    assert key_value_prompt(GOLDEN_PAIRS, GOLDEN_PAIRS[1][0]) == GOLDEN


@pytest.mark.parametrize("count", [75, 140, 300])
def test_prompt_with_a_published_number_of_pairs_is_one_object_with_a_pair_a_line(count: int) -> None:
    pairs = random_pairs(count, seeded_random("test"))
    text = key_value_prompt(pairs, pairs[3][0])
    head, _, rest = text.partition("\n\nJSON data:\n")
    records, _, tail = rest.partition("\n\n")
    assert head == "Extract the value corresponding to the specified key in the JSON object below."
    assert tail == f'Key: "{pairs[3][0]}"\nCorresponding value:'
    assert list(json.loads(records).items()) == pairs and len(records.split("\n")) == count
    assert len(dict(pairs)) == len({value for _, value in pairs}) == count


@given(st.integers(1, 50), st.integers(1, 50))
def test_first_pairs_do_not_depend_on_the_count(few: int, many: int) -> None:
    few, many = sorted((few, many))
    assert random_pairs(many, seeded_random("x"))[:few] == random_pairs(few, seeded_random("x"))


def test_prompts_fill_the_length_up_to_one_pair() -> None:
    found = asked(1024, 2048)
    assert len(found.prompts) == 2 * 3 * 5 and not found.skipped
    for prompt in found.prompts:
        assert prompt.num_tokens == METER.count_prompt(prompt.messages)
        assert prompt.num_tokens + prompt.max_answer_tokens <= prompt.length
        longest = max(METER.count(f',\n "{key}": "{value}"') for key, value in pairs_of(prompt))
        assert prompt.num_tokens + prompt.max_answer_tokens > prompt.length - longest - 8


def test_wanted_pair_moves_among_the_same_others() -> None:
    prompts = [prompt for prompt in asked(2048).prompts if prompt.item == asked(2048).prompts[0].item]
    assert [prompt.depth for prompt in prompts] == [0.0, 0.25, 0.5, 0.75, 1.0]
    places = []
    for prompt in prompts:
        pairs = pairs_of(prompt)
        (key,) = [key for key, value in pairs if value == prompt.gold[0]]
        places.append([name for name, _ in pairs].index(key) / (len(pairs) - 1))
        assert f'Key: "{key}"' in prompt.messages[0].content and prompt.proof[0] in prompt.messages[0].content
        assert {pair for pair in pairs if pair[0] != key} == {p for p in pairs_of(prompts[0]) if p[0] != key}
    assert places == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0], abs=0.03)
    assert len({prompt.key for prompt in prompts}) == 5


def test_same_items_are_asked_for_at_every_length() -> None:
    by_length = {
        length: {
            (prompt.item, prompt.gold, prompt.depth) for prompt in asked(1024, 2048).prompts if prompt.length == length
        }
        for length in (1024, 2048)
    }
    assert by_length[1024] == by_length[2048] and len({item for item, _, _ in by_length[1024]}) == 3


def test_short_length_is_skipped_and_counted() -> None:
    found = asked(128)
    assert not found.prompts and found.skipped == {"length_too_short": 3}


def test_oracle_scores_all_a_wrong_value_and_no_answer_nothing() -> None:
    for prompt in asked(1024).prompts:
        (gold,) = prompt.gold
        other = next(value for _, value in pairs_of(prompt) if value != gold)
        assert TASK.score(prompt, f'The value is "{gold.upper()}".') == {"accuracy": 1.0}
        assert TASK.score(prompt, other) == TASK.score(prompt, "") == {"accuracy": 0.0}


def test_another_seed_asks_for_other_pairs() -> None:
    one = TASK.ask(Asking(KeyValuesOptions(max_items=1), (1024,), METER, None, seed=1)).prompts[0]
    two = TASK.ask(Asking(KeyValuesOptions(max_items=1), (1024,), METER, None, seed=2)).prompts[0]
    assert one.gold != two.gold
    assert TASK.ask(Asking(KeyValuesOptions(max_items=1), (1024,), METER, None, seed=1)).prompts[0] == one
