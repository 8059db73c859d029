"""Verification and choice of segments at their limits: the share asked for is enough, a hair less is not."""

from __future__ import annotations

import math

import pytest
from synthesis_documents import LEASE

from pipeline.records import Checks, Dropped
from pipeline.synthesize.evidence import locate_quote
from pipeline.synthesize.segments import choose_spread, concreteness, text_pieces
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher.answer_checks import check_answer, check_summary, index_document, rival_sentence
from pipeline.synthesize.words import is_in_language, numbers, stem, supported_share

RENT = "The Club shall pay the Board an annual rent of GBP 4,800 for the shed."


def checked(question: str, answer: str, *, support: float = 0.0, grounding: float = 0.0) -> Checks | Dropped:
    span = locate_quote(RENT, text=LEASE, start=0, end=len(LEASE))
    assert span is not None
    return check_answer(
        question=question,
        answer=answer,
        evidence=Span(*span),
        segment=Span(*span),
        document=index_document(LEASE, "en"),
        min_answer_support=support,
        min_question_grounding=grounding,
    )


def test_answer_with_exactly_the_support_asked_for_is_kept_and_a_hair_less_is_not() -> None:
    question, answer = "What annual rent does the Club pay the Board for the shed?", "An annual rent, payable quarterly"
    measured = checked(question, answer)
    assert isinstance(measured, Checks)
    assert 0 < measured.answer_support < 1
    assert isinstance(checked(question, answer, support=measured.answer_support), Checks)
    fault = checked(question, answer, support=math.nextafter(measured.answer_support, 1))
    assert isinstance(fault, Dropped)
    assert (fault.reason, fault.score) == ("answer_not_supported", measured.answer_support)


def test_question_with_exactly_the_grounding_asked_for_is_kept_and_a_hair_less_is_not() -> None:
    question, answer = "What annual rent does the Club pay the Board for the waterproof shed?", "GBP 4,800"
    measured = checked(question, answer)
    assert isinstance(measured, Checks)
    assert 0 < measured.question_grounded < 1
    assert isinstance(checked(question, answer, grounding=measured.question_grounded), Checks)
    fault = checked(question, answer, grounding=math.nextafter(measured.question_grounded, 1))
    assert isinstance(fault, Dropped)
    assert (fault.reason, fault.score) == ("question_not_grounded", measured.question_grounded)


def rival(question: str, answer: str, text: str, evidence: str) -> str | None:
    start = text.index(evidence)
    span = Span(start, start + len(evidence))
    found = rival_sentence(question=question, answer=answer, evidence=span, document=index_document(text, "en"))
    return text[found.start : found.end] if found else None


def test_rival_fits_the_question_at_least_as_well_stands_outside_and_answers_otherwise() -> None:
    evidence = "The club pays a rent of 40 pounds for the shed."
    as_good = "The club pays a rent of 50 pounds for the shed."
    worse = "The club pays a fee of 50 pounds for the boat."
    same = "The club always pays a rent of 40 pounds for the shed."
    question = "What rent does the club pay for the shed?"
    for other, found in ((as_good, as_good), (worse, None), (same, None)):
        assert rival(question, "40 pounds", f"{evidence} {other}", evidence) == found
        assert rival(question, "40 pounds", f"{other} {evidence}", evidence) == found
    assert rival("Which colour is it?", "40 pounds", f"{evidence} {as_good}", evidence) is None


SECTION = "The Board repaired the roof in March 2021. The Club repaired the slipway and the doors of the shed."


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ("The roof was repaired in March 2021.", None),
        ("The Board repaired the roof and the Club the slipway.", None),
        ("Repaired in 2021.", None),
        ("The roof was repaired.", "covers_nothing"),
        ("The roof was repaired in 2022.", "not_in_section"),
        ("The roof was repaired by Tudor.", "not_in_section"),
        (SECTION, "not_shorter"),
    ],
)
def test_summary_keeps_a_fact_adds_none_and_is_shorter(summary: str, reason: str | None) -> None:
    found = check_summary(summary=summary, section=SECTION, language="en", min_answer_support=0.6)
    assert (found.reason if isinstance(found, Dropped) else None) == reason


def test_what_was_checked_is_said_of_answers_and_of_summaries() -> None:
    answer = checked("What annual rent does the Club pay the Board for the shed?", "GBP 4,800")
    summary = check_summary(summary="Repaired in 2021.", section=SECTION, language="en", min_answer_support=0.6)
    for found in (answer, summary):
        assert isinstance(found, Checks)
        assert found.evidence_verbatim and found.numbers_supported and found.language_match
        assert found.answer_unique is None
        assert (found.answer_support, found.question_grounded) == (1.0, 1.0)


def test_summary_of_a_section_without_numbers_and_names_need_keep_none() -> None:
    section = "the roof is repaired when it leaks, and the doors are painted when they rust."
    found = check_summary(summary="the roof is repaired.", section=section, language="en", min_answer_support=0.6)
    assert isinstance(found, Checks)


@pytest.mark.parametrize(
    ("num_hangul", "num_latin", "is_korean", "is_english"),
    [(0, 0, True, True), (2, 8, True, False), (2, 9, False, False), (1, 9, False, True), (1, 8, False, False)],
)
def test_language_is_told_by_its_share_of_hangul(
    num_hangul: int, num_latin: int, is_korean: bool, is_english: bool
) -> None:
    text = "가" * num_hangul + " " + "a" * num_latin
    assert (is_in_language(text, "ko"), is_in_language(text, "en")) == (is_korean, is_english)


def test_supported_share_counts_repeats_and_compounds() -> None:
    assert supported_share(["roof", "roof", "door", "lamp"], "The roof.") == 0.5
    assert supported_share(["대금"], "매매대금을 지급한다") == 1.0
    assert supported_share(["갑"], "갑은 지급한다") == 1.0
    assert supported_share(["돈"], "매매대금을 지급한다") == 0.0


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ring", "ring"),
        ("string", "str"),
        ("rings", "ring"),
        ("bees", "bee"),
        ("doll", "dol"),
        ("all", "all"),
        ("7", "7"),
    ],
)
def test_stem_leaves_three_letters_at_least(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_numbers_drop_zeros_after_the_point_only() -> None:
    assert numbers("100 1,000 10.0 10.50 0.10 1,234.5600") == ["100", "1000", "10", "10.5", "0.1", "1234.56"]


def paragraphs(*sizes: int) -> str:
    return "\n\n".join("x" * (size - 1) + "." for size in sizes)


@pytest.mark.parametrize(
    ("sizes", "max_chars", "pieces"),
    [
        ((80,), 200, [80]),
        ((100, 98), 200, [200]),
        ((100, 99), 200, [100, 99]),
        ((100, 98, 100, 98), 200, [200, 200]),
        ((200, 100), 200, [200, 100]),
        ((201, 100), 200, [100]),
    ],
)
def test_pieces_are_joined_to_their_last_character(sizes: tuple[int, ...], max_chars: int, pieces: list[int]) -> None:
    found = text_pieces(paragraphs(*sizes), max_chars=max_chars)
    assert [piece.end - piece.start for piece in found] == pieces


def test_spread_takes_the_better_half_of_each_depth_and_no_more_than_asked_for() -> None:
    spans = [Span(number * 10, number * 10 + 9) for number in range(40)]
    scores = [1.0 + (number % 10) for number in range(40)]
    for seed in range(10):
        chosen = choose_spread(spans, scores=scores, count=4, text_length=400, seed=seed, doc_id="d")
        assert [index // 10 for index in chosen] == [0, 1, 2, 3]
        assert all(scores[index] >= 6 for index in chosen)
    some = {tuple(choose_spread(spans, scores=scores, count=4, text_length=400, seed=1, doc_id=doc)) for doc in "abcde"}
    assert len(some) > 1, "the document decides as well as the seed"
    assert choose_spread(spans[:3], scores=[1.0] * 3, count=9, text_length=400, seed=1, doc_id="d") == [0, 1, 2]


def test_concreteness_grows_with_facts_and_falls_with_length() -> None:
    fact = "The Club pays GBP 4,800 by 30 September 2024."
    padding = " and so it goes on with the sea and the boats" * 20
    assert concreteness(fact, "en") > concreteness(fact + padding, "en") > concreteness(padding, "en")
