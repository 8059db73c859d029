from __future__ import annotations

from collections import Counter

import pytest
from own_documents import HELD_OUT

from pipeline.evaluate.documents.asked_place import asked_start
from pipeline.evaluate.documents.look_ups import look_ups
from pipeline.evaluate.documents.stated_numbers import stated_numbers
from pipeline.evaluate.material import Material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.tasks.ffqa import TASK, FfqaOptions
from pipeline.evaluate.wordings import wordings_of


@pytest.fixture(scope="session")
def asked(leases: Material, meter: Meter) -> Asked:
    return TASK.ask(Asking(FfqaOptions(max_items=6), (1024, 2048), meter, leases, seed=3))


def document_of(prompt: Prompt) -> str:
    before, behind = wordings_of("ffqa", prompt.language)["prompt"].split("{document}")
    text = prompt.messages[0].content.removeprefix(before)
    return text[: text.rindex(behind.split("{question}")[0])]


def test_prompt_is_the_published_one_with_the_question_after_the_document() -> None:
    assert wordings_of("ffqa", "en")["prompt"].format(document="D", question="Q") == (
        "Answer the question based on the information provided in the document given below. The answer should be a "
        "single word or a number or a short phrase of few words\n\nDocument:\nD\n\nQuestion:\nQ\n\nAnswer:"
    )


def test_question_is_asked_at_three_places_of_each_length(asked: Asked) -> None:
    cells = Counter((prompt.length, prompt.depth) for prompt in asked.prompts)
    assert cells == {(length, depth): 6 for length in (1024, 2048) for depth in (0.0, 0.5, 1.0)}
    items = {(prompt.item, prompt.length) for prompt in asked.prompts}
    groups = [[one for one in asked.prompts if (one.item, one.length) == pair] for pair in sorted(items)]
    assert all(len({(prompt.gold, prompt.proof, prompt.cluster) for prompt in group}) == 1 for group in groups)
    assert all([prompt.depth for prompt in group] == [0.0, 0.5, 1.0] for group in groups if len(group) == 3)
    assert sum(len(group) == 3 for group in groups) > 0.7 * len(groups)
    by_length = [{item for item, of_length in items if of_length == length} for length in (1024, 2048)]
    assert by_length[0] & by_length[1]
    assert {prompt.language for prompt in asked.prompts} == {"en", "ko"}


def test_prompts_fill_their_length_but_for_a_word(asked: Asked, meter: Meter) -> None:
    for prompt in asked.prompts:
        assert prompt.num_tokens == meter.count_prompt(prompt.messages)
        assert 0.985 * prompt.length <= prompt.num_tokens + prompt.max_answer_tokens <= prompt.length


def test_answer_is_at_the_start_in_the_middle_and_at_the_end(asked: Asked, meter: Meter) -> None:
    for prompt in asked.prompts:
        document = document_of(prompt)
        assert document.count(prompt.proof[0]) == 1 and prompt.gold[0] in prompt.proof[0]
        start = document.index(prompt.proof[0])
        behind = meter.count(document[start + len(prompt.proof[0]) :]) / meter.count(document)
        share = meter.count(document[:start]) / meter.count(document)
        if prompt.depth == 1.0:
            assert behind <= 0.1
        else:
            low, high = {0.0: (0.0, 0.25), 0.5: (0.3, 0.6)}[prompt.depth or 0.0]
            assert low <= share <= high


def test_heading_that_a_question_may_name_stays_with_its_answer(asked: Asked, leases: Material) -> None:
    documents = {look_up.item: look_up for look_up in (*look_ups(leases, 3), *stated_numbers(leases, 3))}
    num_headings = 0
    for prompt in asked.prompts:
        look_up = documents[prompt.item]
        section = [one for one in look_up.document.sections if one.start <= look_up.start][-1]
        near = look_up.document.text[section.start : look_up.end]
        if len(near) < 0.1 * len(document_of(prompt)):
            num_headings += 1
            assert section.title in document_of(prompt)
    assert num_headings > 6


def test_places_without_enough_text_are_counted(asked: Asked) -> None:
    assert asked.skipped["too_little_text_on_one_side"]
    assert any("too little text on one side of the answer" in note for note in asked.notes)


def test_provision_that_the_question_names_is_in_the_window(asked: Asked, leases: Material) -> None:
    by_item = {look_up.item: look_up for look_up in (*look_ups(leases, 3), *stated_numbers(leases, 3))}
    num_named = 0
    for prompt in asked.prompts:
        look_up = by_item[prompt.item]
        start = asked_start(look_up)
        assert start <= look_up.start
        named = look_up.document.text[start : look_up.end]
        num_named += len(named) > len(look_up.evidence)
        assert named in document_of(prompt)
    assert num_named


def test_oracle_scores_all_a_wrong_answer_and_none_nothing(asked: Asked) -> None:
    for prompt in asked.prompts:
        assert TASK.score(prompt, prompt.gold[0]) == {"accuracy": 1.0, "f1": 1.0, "exact": 1.0}
        assert TASK.score(prompt, f"Surely {prompt.gold[0]}, it says.")["accuracy"] == 1.0
        assert TASK.score(prompt, "") == {"accuracy": 0.0, "f1": 0.0, "exact": 0.0}
        assert TASK.score(prompt, "zebras")["accuracy"] == 0.0
        assert set(TASK.score(prompt, "x")) == set(TASK.all_measures())


def test_long_answers_and_short_documents_are_counted(leases: Material, meter: Meter) -> None:
    found = TASK.ask(Asking(FfqaOptions(max_items=2), (1 << 17,), meter, leases, seed=3))
    assert not found.prompts and found.skipped["document_too_short"] > 10 and found.skipped["answer_too_long"] > 10
    assert found.notes == ("No held-out document is long enough and has a question of this kind.",)


def test_same_seed_asks_the_same(leases: Material, meter: Meter, asked: Asked) -> None:
    again = TASK.ask(Asking(FfqaOptions(max_items=6), (1024, 2048), meter, leases, seed=3))
    assert [prompt.key for prompt in again.prompts] == [prompt.key for prompt in asked.prompts]
    assert {prompt.cluster for prompt in asked.prompts} == {entry.cluster_id for entry in leases.held_out}
    assert len(HELD_OUT) == 2
