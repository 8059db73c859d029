from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from plain_scores import altered_number

from pipeline.evaluate.documents.document_cuts import NoCut
from pipeline.evaluate.documents.look_ups import look_ups
from pipeline.evaluate.documents.stated_numbers import stated_numbers
from pipeline.evaluate.material import Material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.tasks.altqa import NEW, NEW_WORDS, OLD, OLD_WORDS, ORIGINAL, TASK, AltqaOptions
from pipeline.scoring.answers import answer_numbers


@pytest.fixture(scope="session")
def asked(leases: Material, meter: Meter) -> Asked:
    return TASK.ask(Asking(AltqaOptions(max_items=6), (1024, 2048), meter, leases, seed=3))


def test_prompt_has_the_new_number_and_never_the_old_one(asked: Asked) -> None:
    cells = Counter((prompt.length, prompt.depth) for prompt in asked.prompts)
    assert len(cells) == 6 and all(5 <= num_prompts <= 6 for num_prompts in cells.values())
    assert {prompt.language for prompt in asked.prompts} == {"en", "ko"}
    for prompt in asked.prompts:
        numbers = answer_numbers(prompt.messages[0].content)
        assert prompt.notes[OLD] not in numbers and prompt.notes[NEW] in numbers
        assert answer_numbers(prompt.gold[0]) == [prompt.notes[NEW]]
        assert prompt.gold[0] in prompt.proof[0] and prompt.proof[0] in prompt.messages[0].content
        assert len(prompt.notes[OLD]) == len(prompt.notes[NEW])


def test_original_answer_is_that_of_the_document(asked: Asked, leases: Material) -> None:
    answers = {look_up.item: look_up.answer for look_up in (*look_ups(leases, 3), *stated_numbers(leases, 3))}
    for prompt in asked.prompts:
        assert prompt.notes[ORIGINAL] == answers[prompt.item]
        assert answer_numbers(prompt.notes[ORIGINAL]) == [prompt.notes[OLD]]


def test_new_number_is_the_same_at_all_lengths_and_places(asked: Asked) -> None:
    items = {prompt.item for prompt in asked.prompts}
    assert len(items) >= 6
    for item in items:
        assert len({prompt.gold for prompt in asked.prompts if prompt.item == item}) == 1
    assert [prompt.depth for prompt in asked.prompts[:3]] == [0.0, 0.5, 1.0]


def test_reader_is_right_a_rememberer_leaks_and_a_guesser_does_neither(asked: Asked) -> None:
    for prompt in asked.prompts:
        assert TASK.score(prompt, prompt.gold[0]) == {"found": 1.0, "leaked": 0.0, "exact": 1.0}
        assert TASK.score(prompt, f"It is {prompt.gold[0]}.")["found"] == 1.0
        assert TASK.score(prompt, prompt.notes[ORIGINAL]) == {"found": 0.0, "leaked": 1.0, "exact": 0.0}
        both = f"{prompt.notes[ORIGINAL]}, now {prompt.gold[0]}"
        assert TASK.score(prompt, both) == {"found": 1.0, "leaked": 0.0, "exact": 0.0}
        for wrong in ("", "zebras", prompt.notes[NEW] + "7"):
            assert TASK.score(prompt, wrong) == {"found": 0.0, "leaked": 0.0, "exact": 0.0}
        assert set(TASK.score(prompt, "x")) == set(TASK.all_measures())


def test_number_in_words_is_an_answer_where_the_document_has_it_in_words(asked: Asked) -> None:
    notes = {NEW: "80", OLD: "30", ORIGINAL: "30 days", NEW_WORDS: "eighty", OLD_WORDS: "thirty"}
    prompt = replace(asked.prompts[0], gold=("80",), notes=notes)
    assert TASK.score(prompt, "Within eighty days.") == {"found": 1.0, "leaked": 0.0, "exact": 0.0}
    assert TASK.score(prompt, "thirty") == {"found": 0.0, "leaked": 1.0, "exact": 0.0}
    for answer in ("eighty", "thirty (30)", "80", "eight", ""):
        assert TASK.score(prompt, answer) == altered_number(prompt, answer)


def test_prompts_fill_their_length_but_for_a_word(asked: Asked, meter: Meter) -> None:
    for prompt in asked.prompts:
        assert prompt.num_tokens == meter.count_prompt(prompt.messages)
        assert 0.985 * prompt.length <= prompt.num_tokens + prompt.max_answer_tokens <= prompt.length


def test_questions_whose_number_cannot_be_replaced_are_counted(asked: Asked, leases: Material) -> None:
    assert asked.skipped["answer_too_long"] > 10
    reasons = set(asked.skipped) - {"answer_too_long"}
    assert reasons >= {"answer_without_one_plain_number"}
    assert all(amount > 0 for amount in asked.skipped.values())
    of_questions = [amount for reason, amount in asked.skipped.items() if reason not in set(NoCut)]
    assert sum(of_questions) < len(look_ups(leases, 3))
