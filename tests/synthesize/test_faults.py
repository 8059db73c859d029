"""What each fault says of a question, an answer or a summary: the whole record, its sentence and its measure."""

from __future__ import annotations

import pytest

from pipeline.records import Checks, Dropped
from pipeline.synthesize.faults import question_fault
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher.answer_checks import check_answer, check_summary, index_document


@pytest.mark.parametrize(
    ("question", "answer", "language", "fault"),
    [
        (
            "What rent does the tenant pay?",
            "300",
            "ko",
            Dropped("wrong_language", "The question is not written in 'ko'."),
        ),
        (
            "What rent\ndoes the tenant pay?",
            "300",
            "en",
            Dropped("not_a_question", "It has several lines or more than 400 characters (30)."),
        ),
        ("What rent does the tenant pay", "300", "en", Dropped("not_a_question", "It does not end like a question.")),
        (
            "Does the tenant pay rent?",
            "300",
            "en",
            Dropped("yes_no_question", "It has no question word, so yes or no would answer it."),
        ),
        (
            "What rent does the above passage name?",
            "300",
            "en",
            Dropped("refers_to_passage", "'the above passage' means nothing to a reader of the whole document."),
        ),
        (
            "What rent does she pay monthly?",
            "300",
            "en",
            Dropped("unresolved_pronoun", "'she' refers to something the question does not name."),
        ),
        (
            "What is the rent?",
            "300",
            "en",
            Dropped("generic_question", "It has too few content words to identify one place in a document.", 1.0),
        ),
        (
            "What does the tenant pay and does the tenant pay rent?",
            "300",
            "en",
            Dropped("repeats_itself", "It contains the same three words in a row twice."),
        ),
        ("What rent does the tenant pay?", " ", "en", Dropped("empty_answer", "The answer is empty.")),
        (
            "What tenant pays 300 euros of rent?",
            "300",
            "en",
            Dropped("answer_in_question", "The question already contains its answer."),
        ),
        (
            "What monthly rent does the tenant pay?",
            "the rent of the tenant",
            "en",
            Dropped("answer_in_question", "Every word of the answer is in the question."),
        ),
        ("What rent does the tenant pay?", "300 euros", "en", None),
        ("보증금을 낸다고 하십시오.", "300", "ko", None),
    ],
)
def test_question_fault_says_what_is_wrong(question: str, answer: str, language: str, fault: Dropped | None) -> None:
    assert question_fault(question, answer=answer, language=language) == fault


def test_question_of_400_characters_is_one_and_a_longer_one_is_not() -> None:
    words = " ".join(f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200))
    question = f"What {words}"
    assert question_fault(question[:399] + "?", answer="300", language="en") is None
    assert question_fault(question[:400] + "?", answer="300", language="en") == Dropped(
        "not_a_question", "It has several lines or more than 400 characters (401).", None
    )


TEXT = "The tenant pays a rent of 300 euros a month. The landlord repairs the boiler in winter."
RENT = Span(0, TEXT.index(" The landlord"))


def check(question: str, answer: str, **changes: float) -> Checks | Dropped:
    limits = {"min_answer_support": 0.5, "min_question_grounding": 0.5, **changes}
    return check_answer(
        question=question,
        answer=answer,
        evidence=RENT,
        segment=RENT,
        document=index_document(TEXT, "en"),
        **limits,
    )


@pytest.mark.parametrize(
    ("question", "answer", "fault"),
    [
        ("What rent does the tenant pay?", "삼백", Dropped("wrong_language", "The answer is not written in 'en'.")),
        (
            "What rent does the tenant pay?",
            "350 euros, not 400",
            Dropped("number_not_in_evidence", "350 of the answer is not in the evidence."),
        ),
        (
            "What rent does the tenant pay?",
            "300 shiny golden coins",
            Dropped("answer_not_supported", "0.25 of the answer is in the evidence, less than 0.5.", 0.25),
        ),
        (
            "What rent does the gardener of Paris pay?",
            "300 euros",
            Dropped("question_not_grounded", "0.50 of the question's words are in the segment, less than 0.6.", 0.5),
        ),
        (
            "What does the landlord repair in winter?",
            "300 euros",
            Dropped("question_not_grounded", "0.00 of the question's words are in the segment, less than 0.6.", 0.0),
        ),
    ],
)
def test_check_answer_says_what_is_wrong(question: str, answer: str, fault: Dropped) -> None:
    assert check(question, answer, min_question_grounding=0.6) == fault


def test_check_answer_names_the_rival_sentence_and_measures_what_passes() -> None:
    assert check("What does the landlord pay in winter?", "300 euros", min_question_grounding=0.0) == Dropped(
        "not_unique", "This sentence fits the question too: The landlord repairs the boiler in winter.", None
    )
    assert check("What rent does the tenant pay?", "300 golden euros") == Checks(
        evidence_verbatim=True,
        answer_support=2 / 3,
        numbers_supported=True,
        question_grounded=1.0,
        language_match=True,
        answer_unique=None,
    )


SECTION = "The tenant pays 300 euros to Karl Jensen. The landlord repairs the boiler of the house in winter."


@pytest.mark.parametrize(
    ("summary", "fault"),
    [
        ("임차인은 낸다.", Dropped("wrong_language", "The summary is not written in 'en'.")),
        (SECTION, Dropped("not_shorter", f"{len(SECTION)} characters about a section of {len(SECTION)}.")),
        ("The tenant pays 400 euros.", Dropped("not_in_section", "'400' is not in the section.")),
        ("The tenant pays Mona Reyes.", Dropped("not_in_section", "'Mona' is not in the section.")),
        (
            "The tenant eats 300 golden apples.",
            Dropped("answer_not_supported", "0.40 of the summary is in the section, less than 0.5.", 0.4),
        ),
        (
            "The landlord repairs the boiler.",
            Dropped("covers_nothing", "The summary keeps no number and no name of the section.", 0.0),
        ),
        ("The tenant pays 300 euros.", Checks(True, 1.0, True, 1.0, True, None)),
    ],
)
def test_check_summary_says_what_is_wrong(summary: str, fault: Dropped | Checks) -> None:
    assert check_summary(summary=summary, section=SECTION, language="en", min_answer_support=0.5) == fault


@pytest.mark.parametrize(
    ("question", "language", "repeats"),
    [
        ("What is the rent of the flat at the end of the lease?", "en", False),
        ("How much of the rent and of the deposit does the tenant get back?", "en", False),
        ("How much of the rent and how much of the deposit does the tenant get back?", "en", True),
        ("임차인이 낸 보증금과 임차인이 낸 차임은 얼마입니까?", "ko", False),
        ("임차인이 매월 낸 보증금과 임차인이 매월 낸 차임은 얼마입니까?", "ko", True),
    ],
)
def test_question_that_says_two_words_twice_is_asked_and_one_that_says_three_twice_is_not(
    question: str, language: str, repeats: bool
) -> None:
    found = question_fault(question, answer="300", language=language)
    assert (found.reason if found else "") == ("repeats_itself" if repeats else "")
