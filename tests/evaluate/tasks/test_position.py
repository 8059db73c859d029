from __future__ import annotations

import re
from functools import cache

import pytest
from own_documents import HELD_OUT, NAMES, TITLES

from pipeline.evaluate.documents.presence import contains_answer
from pipeline.evaluate.material import Material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.tasks.position import TASK, PositionOptions
from pipeline.evaluate.wordings import wordings_of
from pipeline.scoring.answers import answer_numbers

OPENING = {
    "en": "Write a high-quality answer for the given question using only the provided search results "
    "(some of which might be irrelevant).\n\n",
    "ko": wordings_of("position", "ko")["prompt"].split("{documents}")[0],
}
NUMBERED = {"en": re.compile(r"^Document \[(\d+)\]\(Title: (.*?)\) ", re.MULTILINE)}
NUMBERED["ko"] = re.compile(r"^문서 \[(\d+)\]\(제목: (.*)\) ", re.MULTILINE)


@pytest.fixture(scope="session")
def asked(leases: Material, meter: Meter) -> Asked:
    options = PositionOptions(max_items=4, passage_tokens=100)
    return TASK.ask(Asking(options, (2048, 3072), meter, leases, seed=11))


def documents_of(prompt: Prompt) -> list[tuple[str, str]]:
    """The titles and texts of the numbered documents."""
    text = prompt.messages[0].content.removeprefix(OPENING[prompt.language])
    text = text[: text.rindex("\n\n")]
    found = list(NUMBERED[prompt.language].finditer(text))
    assert [int(match[1]) for match in found] == list(range(1, len(found) + 1))
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [(match[2], text[match.end() : end].rstrip("\n")) for match, end in zip(found, ends, strict=True)]


def place_of(prompt: Prompt) -> int:
    (place,) = [index for index, (_, text) in enumerate(documents_of(prompt)) if prompt.proof[0] in text]
    return place


def test_prompt_is_the_published_one_in_english_and_translated() -> None:
    shown = wordings_of("position", "en")
    documents = "\n".join(
        shown["document"].format(number=number, title=title, text=text)
        for number, title, text in [(1, "first doc", "first doc text"), (2, "second doc", "second doc text")]
    )
    assert shown["prompt"].format(documents=documents, question="test question") == (
        "Write a high-quality answer for the given question using only the provided search results (some of which "
        "might be irrelevant).\n\nDocument [1](Title: first doc) first doc text\nDocument [2](Title: second doc) "
        "second doc text\n\nQuestion: test question\nAnswer:"
    )


def test_prompts_fill_their_length_to_one_per_cent(asked: Asked, meter: Meter) -> None:
    assert {prompt.length for prompt in asked.prompts} == {2048, 3072}
    for prompt in asked.prompts:
        assert prompt.num_tokens == meter.count_prompt(prompt.messages)
        assert 0.99 * prompt.length <= prompt.num_tokens + prompt.max_answer_tokens <= prompt.length


def test_question_is_asked_at_all_positions_among_the_same_documents(asked: Asked) -> None:
    items = {(prompt.item, prompt.length) for prompt in asked.prompts}
    assert len(asked.prompts) == 5 * len(items) and len(items) == 8
    for item, length in items:
        group = [prompt for prompt in asked.prompts if (prompt.item, prompt.length) == (item, length)]
        assert [prompt.depth for prompt in group] == [0.0, 0.25, 0.5, 0.75, 1.0]
        last = len(documents_of(group[0])) - 1
        assert [place_of(prompt) for prompt in group] == [round(share * last) for share in (0, 0.25, 0.5, 0.75, 1)]
        assert len({frozenset(documents_of(prompt)) for prompt in group}) == 1
        orders = [
            [document for index, document in enumerate(documents_of(prompt)) if index != place_of(prompt)]
            for prompt in group
        ]
        assert all(order == orders[0] for order in orders)


def test_both_languages_are_asked_with_documents_of_their_own(asked: Asked) -> None:
    assert {prompt.language for prompt in asked.prompts} == {"en", "ko"}
    for prompt in asked.prompts:
        titles = {title.split(" > ")[0] for title, _ in documents_of(prompt)}
        known = {TITLES[prompt.language].format(name=name) for name in NAMES[prompt.language]}
        assert titles <= known and titles & set(HELD_OUT)
        assert documents_of(prompt)[place_of(prompt)][0].split(" > ")[0] in HELD_OUT


def test_question_names_its_document(asked: Asked) -> None:
    for prompt in asked.prompts:
        question = prompt.messages[0].content.rsplit("\n\n", 1)[1]
        assert any(title in question for title in HELD_OUT)


def test_no_distractor_has_the_answer_or_one_of_its_numbers(asked: Asked) -> None:
    num_numbers = 0
    for prompt in asked.prompts:
        place = place_of(prompt)
        others = [f"{title}\n{text}" for index, (title, text) in enumerate(documents_of(prompt)) if index != place]
        numbers = set(answer_numbers(prompt.gold[0]))
        num_numbers += len(numbers)
        assert others
        assert not any(contains_answer(shown, prompt.gold[0]) for shown in others)
        assert not any(numbers & set(answer_numbers(shown)) for shown in others)
    assert num_numbers and any("left out" in note for note in asked.notes)


def test_longer_prompt_keeps_the_distractors_of_the_shorter(asked: Asked) -> None:
    by_item = {
        length: {p.item: p for p in asked.prompts if p.length == length and p.depth == 1.0} for length in (2048, 3072)
    }
    both = set(by_item[2048]) & set(by_item[3072])
    assert both
    for item in both:
        short, long = (documents_of(by_item[length][item])[:-1] for length in (2048, 3072))
        assert len(long) > len(short) and long[: len(short) - 2] == short[:-2]


def test_oracle_scores_all_a_wrong_answer_and_none_nothing(asked: Asked) -> None:
    for prompt in asked.prompts:
        assert TASK.score(prompt, prompt.gold[0]) == {"accuracy": 1.0, "f1": 1.0}
        natural = TASK.score(prompt, f"It says: {prompt.gold[0]}")
        assert natural["accuracy"] == 1.0 and natural["f1"]
        assert TASK.score(prompt, "") == {"accuracy": 0.0, "f1": 0.0}
        assert TASK.score(prompt, "Zebras, quite possibly.")["accuracy"] == 0.0
        assert set(TASK.score(prompt, "x")) == set(TASK.all_measures())


def test_same_seed_asks_the_same(leases: Material, meter: Meter) -> None:
    @cache
    def keys(seed: int) -> tuple[str, ...]:
        options = PositionOptions(max_items=1, passage_tokens=100, positions=(0.5,))
        return tuple(prompt.key for prompt in TASK.ask(Asking(options, (2048,), meter, leases, seed)).prompts)

    first = keys(1)
    keys.cache_clear()
    assert keys(1) == first != keys(2)


def test_questions_that_do_not_fit_are_counted(leases: Material, meter: Meter) -> None:
    options = PositionOptions(max_items=2, passage_tokens=100)
    found = TASK.ask(Asking(options, (256, 1 << 17), meter, leases, seed=1))
    assert not found.prompts
    assert found.skipped["length_too_short"] == 6 and found.skipped["too_few_distractors"] == 6
    assert found.skipped["answer_too_long"] > 0


@pytest.mark.parametrize("length", [64, 128])
def test_length_without_room_for_a_distractor_is_skipped_also_for_a_single_position(
    length: int, leases: Material, meter: Meter
) -> None:
    options = PositionOptions(max_items=2, passage_tokens=100, positions=(0.5,))
    asked = TASK.ask(Asking(options, (length,), meter, leases, seed=11))
    assert not asked.prompts and asked.skipped["length_too_short"] == 3 * 2
