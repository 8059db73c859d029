"""Sides of a word, contrasts and `only`; and terms in the place of others: what is found, and what is not."""

from __future__ import annotations

import pytest
from reading_claims import claim_of

from pipeline.synthesize.verify.replacements import replaced_term
from pipeline.synthesize.verify.sides import exchanged_sides, more_than_only, other_contrast


@pytest.mark.parametrize(
    ("answer", "evidence", "is_right"),
    [
        ("Profit is sales less wages.", "The profit equals sales less wages.", True),
        ("Profit is wages less sales.", "The profit equals sales less wages.", False),
        ("At 17:00 instead of 19:00.", "The bar now shuts at 17:00 instead of 19:00.", True),
        ("At 19:00 instead of 17:00.", "The bar now shuts at 17:00 instead of 19:00.", False),
        ("Before the oil is hot, dry the pan.", "Dry the pan before the oil is hot.", True),
        ("Heat the oil before drying the pan.", "Dry the pan before the oil is heated.", False),
    ],
)
def test_exchanged_sides_of_a_word_are_a_fault(answer, evidence, is_right):
    assert (exchanged_sides(claim_of(answer, evidence)) is None) is is_right


@pytest.mark.parametrize(
    ("language", "answer", "evidence", "is_right"),
    [
        ("en", "By the clerk, not by the mayor.", "The roll is written by the clerk, not by the mayor.", True),
        (
            "en",
            "It is written by the mayor, not by the clerk.",
            "The roll is written by the clerk, not by the mayor.",
            False,
        ),
        ("en", "It covers hail and frost.", "The policy covers hail, but not frost.", False),
        ("en", "It covers hail and excludes frost.", "The policy covers hail, but not frost.", True),
        ("en", "Use sand, not salt, which eats the steel.", "Use sand. Salt eats the steel.", True),
        ("ko", "명부는 이장이 아니라 서기가 적습니다.", "명부는 이장이 아니라 서기가 적는다.", True),
        ("ko", "명부는 서기가 아니라 이장이 적습니다.", "명부는 이장이 아니라 서기가 적는다.", False),
    ],
)
def test_what_a_contrast_excludes_is_not_affirmed(language, answer, evidence, is_right):
    assert (other_contrast(claim_of(answer, evidence, language=language)) is None) is is_right


@pytest.mark.parametrize(
    ("language", "answer", "evidence", "is_right"),
    [
        ("en", "It opens with the brass key only.", "The chest can be opened only with the brass key.", True),
        (
            "en",
            "The chest can be opened with the brass key as well as the iron one.",
            "The chest can be opened only with the brass key.",
            False,
        ),
        ("ko", "조합원만 창고를 쓸 수 있습니다.", "창고는 조합원만 쓸 수 있다.", True),
        ("ko", "조합원뿐만 아니라 손님도 창고를 쓸 수 있습니다.", "창고는 조합원만 쓸 수 있다.", False),
    ],
)
def test_nothing_is_added_to_what_is_said_of_one_thing_only(language, answer, evidence, is_right):
    assert (more_than_only(claim_of(answer, evidence, language=language)) is None) is is_right


KO_DOCUMENT = "갈매전기와 솔빛조명이 견적을 냈다. 심사 결과 솔빛조명을 업체로 선정하였다. 분쟁은 춘천지방법원이 맡는다."


@pytest.mark.parametrize(
    ("answer", "evidence", "is_right"),
    [
        ("심사 결과 솔빛조명이 업체로 선정되었습니다.", "심사 결과 솔빛조명을 업체로 선정하였다.", True),
        ("심사 결과 갈매전기가 업체로 선정되었습니다.", "심사 결과 솔빛조명을 업체로 선정하였다.", False),
        ("분쟁은 춘천가정법원이 맡습니다.", "분쟁은 춘천지방법원이 맡는다.", False),
        ("다툼은 춘천지방법원이 맡습니다.", "분쟁은 춘천지방법원이 맡는다.", True),
    ],
)
def test_korean_term_in_the_place_of_another_is_a_fault_if_the_document_has_it(answer, evidence, is_right):
    claim = claim_of(answer, evidence, language="ko", document=KO_DOCUMENT)
    assert (replaced_term(claim) is None) is is_right


@pytest.mark.parametrize(
    ("answer", "is_right"), [("Marlow & Finch built the pier.", False), ("Dray Works built the pier.", True)]
)
def test_english_name_in_the_place_of_another_is_a_fault(answer, is_right):
    document = "Marlow & Finch drew the plans. Dray Works built the pier in 1911, and Marlow & Finch paid."
    claim = claim_of(answer, "Dray Works built the pier in 1911", document=document, question="Whose work is the pier?")
    assert (replaced_term(claim) is None) is is_right
