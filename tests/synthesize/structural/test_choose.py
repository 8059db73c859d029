"""Which facts become questions: tasks in turn, forms and depths evenly, three of one subject, the same on every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pipeline.synthesize.structural.choose import choose_facts
from pipeline.synthesize.structural.facts import Span, StructuralFact, make_fact
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.amount import AMOUNT_NAMED, AMOUNT_PLACE
from pipeline.synthesize.tasks.party import PARTY_NAME
from pipeline.synthesize.tasks.passage import PASSAGE_OPENING, PASSAGE_TEXT
from pipeline.synthesize.tasks.speaker import SPEAKER_WHO

AMOUNT, PLACE, PARTY = AMOUNT_NAMED, AMOUNT_PLACE, PARTY_NAME


def fact(form: Form, number: int, *, start: int | None = None, **slots: str) -> StructuralFact:
    start = 10 * number if start is None else start
    return make_fact(
        form=form, slots={"name": str(number), **slots}, answer=str(number), spans=[Span(start, start + 5)]
    )


def choose(
    facts: Sequence[StructuralFact],
    *,
    count: int = 4,
    seed: int = 1,
    doc_id: str = "d",
    is_usable: Callable[[StructuralFact], bool] = lambda fact: True,
) -> list[StructuralFact]:
    return choose_facts(facts=facts, num_chars=1000, max_questions=count, is_usable=is_usable, seed=seed, doc_id=doc_id)


def test_tasks_are_taken_in_turn_and_one_that_runs_out_leaves_its_share() -> None:
    facts = [fact(AMOUNT, number) for number in range(20)] + [fact(PARTY, number) for number in range(30, 32)]
    assert Counter(one.form for one in choose(facts, count=4)) == {AMOUNT: 2, PARTY: 2}
    assert Counter(one.form for one in choose(facts, count=8)) == {AMOUNT: 6, PARTY: 2}
    assert len(choose(facts, count=99)) == 22
    assert choose([], count=3) == []


def test_forms_of_a_task_and_depths_of_the_document_are_spread() -> None:
    facts = [fact(AMOUNT, number) for number in range(20)] + [fact(PLACE, number) for number in range(20, 40)]
    assert Counter(one.form for one in choose(facts, count=6)) == {AMOUNT: 3, PLACE: 3}
    deep = [fact(AMOUNT, number) for number in range(100)]
    for seed in range(5):
        chosen = choose(deep, count=5, seed=seed)
        assert [one.spans[-1].start // 200 for one in chosen] == [0, 1, 2, 3, 4]
    last = [fact(AMOUNT, number, start=960 + 10 * number) for number in range(3)]
    assert len(choose(last, count=3)) == 3


def test_first_paragraphs_fill_what_other_forms_leave() -> None:
    openings = [fact(PASSAGE_OPENING, number, title=str(number)) for number in range(9)]
    texts = [fact(PASSAGE_TEXT, number, title=str(number)) for number in range(20, 23)]
    chosen = Counter(one.form for one in choose([*openings, *texts], count=5))
    assert chosen == {PASSAGE_TEXT: 3, PASSAGE_OPENING: 2}


def test_three_questions_at_most_are_about_one_subject() -> None:
    facts = [fact(AMOUNT, number, table="Prices") for number in range(9)]
    assert len(choose(facts, count=9)) == 3
    assert len(choose([*facts, fact(AMOUNT, 50, table="Fees")], count=9)) == 4
    assert len(choose([fact(AMOUNT, number) for number in range(9)], count=9)) == 9


def test_fact_that_cannot_be_used_is_replaced_and_asked_about_once() -> None:
    asked: list[StructuralFact] = []

    def is_even(one: StructuralFact) -> bool:
        asked.append(one)
        return int(one.answer) % 2 == 0

    chosen = choose([fact(AMOUNT, number) for number in range(10)], count=5, is_usable=is_even)
    assert [int(one.answer) for one in chosen] == [0, 2, 4, 6, 8]
    assert len(asked) == len(set(asked))


def test_choice_is_in_document_order_and_depends_on_seed_and_document_not_on_the_order_of_facts() -> None:
    facts = [fact(AMOUNT, number) for number in range(60)]
    chosen = choose(facts)
    assert [one.spans for one in chosen] == sorted(one.spans for one in chosen)
    assert choose(facts[::-1]) == chosen
    assert choose(facts, seed=2) != chosen
    assert choose(facts, doc_id="other") != chosen


def test_mirror_of_a_chosen_fact_is_not_chosen() -> None:
    pairs = [
        (
            fact(AMOUNT_NAMED, number, clause=f"Section {number}"),
            make_fact(
                form=PLACE,
                slots={"amount": str(number)},
                answer=f"Section {number}",
                spans=[Span(10 * number, 10 * number + 5)],
            ),
        )
        for number in range(1, 9)
    ]
    chosen = choose([one for pair in pairs for one in pair], count=99)
    assert len(chosen) == 8
    assert len({one.spans for one in chosen}) == 8


def test_look_ups_come_last() -> None:
    look_ups = [fact(SPEAKER_WHO, number, words=f"words {number}") for number in range(40, 60)]
    others = [fact(AMOUNT, number) for number in range(5)]
    chosen = choose([*look_ups, *others], count=8)
    assert Counter(one.form for one in chosen) == {AMOUNT: 5, SPEAKER_WHO: 3}
    assert {one.form for one in choose([*look_ups, *others], count=5)} == {AMOUNT}
