"""What is said of the questions of a small teacher: the whole fault, and which facts it may be asked for."""

from __future__ import annotations

import pytest

from pipeline.records import Dropped
from pipeline.synthesize.facts import Fact, concrete_facts
from pipeline.synthesize.small_teacher.askable import is_askable
from pipeline.synthesize.small_teacher.question_faults import small_teacher_fault


def fact_in(sentence: str, language: str = "en") -> Fact:
    return concrete_facts(sentence, language)[0]


GAUGE = "The gauge was delivered on 2 June 2022."


@pytest.mark.parametrize(
    ("sentence", "question", "fault"),
    [
        (
            GAUGE,
            "On what date was the gauge delivered with the gauge?",
            Dropped("repeats_itself", "A content word is in the question twice."),
        ),
        (
            GAUGE,
            "On what date in 2022 was the gauge delivered?",
            Dropped("answer_in_question", "2022 is in the question and in the answer."),
        ),
        (
            "The gauge was delivered on 2 June 2022; the pump weighs 40 kg.",
            "On what date was the gauge of 40 delivered?",
            Dropped("asks_about_another_fact", "40 does not belong to the clause of the fact."),
        ),
        (
            GAUGE,
            "On what date was the golden shiny gauge delivered?",
            Dropped("asks_about_another_fact", "0.50 of the question's words are in the fact's clause.", 0.5),
        ),
        (
            GAUGE,
            "On what date did the gauge delivered?",
            Dropped("broken_grammar", "'delivered' after 'did'."),
        ),
        (
            GAUGE,
            "On what date was the gauge?",
            Dropped("broken_grammar", "No participle follows 'was'."),
        ),
        (
            "The Club shall pay the rent within 30 days.",
            "Within what time must the Club be rent?",
            Dropped("broken_grammar", "No participle after 'must … be'."),
        ),
        (
            "The Club shall pay the rent within 30 days.",
            "Within what time must the Club rent?",
            Dropped("broken_grammar", "No verb of the sentence follows 'must'."),
        ),
        (
            "The log holds the last 200 entries.",
            "How many entries of the log?",
            Dropped("broken_grammar", "It has no verb of the sentence."),
        ),
        (
            "The pump was tested and then driven in October 2021.",
            "On what date was the pump tested?",
            Dropped("asks_about_another_fact", "The date belongs to 'driven', which is not asked about."),
        ),
        (GAUGE, "On what date was the gauge delivered?", None),
        ("The Club shall pay the rent within 30 days.", "Within what time must the Club pay the rent?", None),
        ("The log holds the last 200 entries.", "How many entries does the log hold?", None),
    ],
)
def test_fault_of_a_small_teachers_question_says_what_is_broken(
    sentence: str, question: str, fault: Dropped | None
) -> None:
    assert small_teacher_fault(question, sentence=sentence, fact=fact_in(sentence), language="en") == fault


@pytest.mark.parametrize(
    ("sentence", "askable"),
    [
        ("The fee rose to 90 dollars.", False),
        ("The fee fell from 90 dollars.", False),
        ("The fee is more than 90 dollars.", True),
        ("The fee is a charge of 90 dollars.", False),
        ("The fee is 90 dollars.", True),
        ("The fee is 90 dollars, not more.", False),
        ("Unless waived, the fee is 90 dollars.", False),
        ("The said fee is 90 dollars.", False),
        ("This fee is 90 dollars.", False),
        ("The lease began before 3 May 2021.", False),
        ("The lease began on 3 May 2021.", True),
        ("The deposit is 9 months of rent.", False),
        ("The lease runs for 9 months.", True),
        ("The fee is 90 dollars and the rent 80 dollars.", False),
        ("The fee is 90 dollars for 9 months.", True),
    ],
)
def test_fact_that_a_question_would_miss_is_not_asked_for(sentence: str, askable: bool) -> None:
    assert is_askable(sentence, fact=fact_in(sentence), language="en") is askable


def test_korean_question_is_checked_for_clause_and_numbers_but_not_for_verbs() -> None:
    sentence = "임차인은 보증금 300만 원을 낸다."
    fact = fact_in(sentence, "ko")
    assert sentence[fact.start : fact.end] == "300만 원"
    assert small_teacher_fault("임차인의 보증금은 얼마인가?", sentence=sentence, fact=fact, language="ko") is None
    assert small_teacher_fault("보증금 300만 원은 얼마인가?", sentence=sentence, fact=fact, language="ko") == Dropped(
        "answer_in_question", "300 is in the question and in the answer.", None
    )
