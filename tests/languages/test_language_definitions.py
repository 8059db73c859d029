"""Definitions of each language: how they are written, what is none, and what belongs to them."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules
from pipeline.languages.ko.definitions import bare_meaning
from pipeline.languages.legal_rules import VerbFinalDefinitions, VerbSecondDefinitions


def english() -> VerbSecondDefinitions:
    rules = language_rules("en").legal.definitions
    assert isinstance(rules, VerbSecondDefinitions)
    return rules


def korean() -> VerbFinalDefinitions:
    rules = language_rules("ko").legal.definitions
    assert isinstance(rules, VerbFinalDefinitions)
    return rules


@pytest.mark.parametrize(
    ("text", "term", "verb"),
    [
        ("“Term” means the period.", "Term", "means"),
        ('"Fees" shall mean all sums.', "Fees", "mean"),
        ("“Terms” (each a “Term”) refers to all.", "Terms", "refers to"),
        ("“Rent” or “Fee” is defined as the sum.", "Rent", "is defined as"),
        ("“Terms” have the same meaning here.", "Terms", "have the same meaning"),
    ],
)
def test_english_term_in_quotation_marks_is_defined_by_every_verb(text: str, term: str, verb: str) -> None:
    found = english().quoted.search(text)
    assert found is not None and (found["term"], found["verb"]) == (term, verb)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Business Day means a day.", "Business Day"),
        ("(a) Fee means the sum.", "Fee"),
        ("It means by all means of payment", None),
        ("Payment means of the buyer", None),
        ("the fee means a sum", None),
    ],
)
def test_english_term_without_marks_opens_its_line(text: str, term: str | None) -> None:
    found = english().unquoted.search(text)
    assert (found and found["term"]) == term


def test_english_words_that_are_no_term_and_meanings_that_point_elsewhere() -> None:
    rules = english()
    words = ["This", "It", "The term", "Fee and", "Fee which grows", "Business Day", "Fee"]
    assert [word for word in words if not rules.no_term.match(word)] == ["Business Day", "Fee"]
    meanings = [
        " set forth in Section 4",
        " given to it in Annex A",
        " as defined below",
        " the sum described in section 4.",
        " the sum of all fees",
    ]
    assert [text for text in meanings if not rules.pointer.match(text)] == [" the sum of all fees"]


@pytest.mark.parametrize(
    ("sentence", "belongs"),
    [
        ("It includes interest.", True),
        ("The term does not include tax.", True),
        ("This definition extends to heirs.", True),
        ("Examples: a, b.", True),
        ("The tenant pays.", False),
        ("It is due monthly.", False),
    ],
)
def test_english_sentence_belongs_to_the_definition_before_it(sentence: str, belongs: bool) -> None:
    assert (english().addition.match(sentence) is not None) is belongs


@pytest.mark.parametrize(
    ("before", "is_scoped"),
    [
        ("For purposes of this Section, the term ", True),
        ("In this paragraph ", True),
        ("As used in clause 4, ", True),
        ("In this Agreement ", False),
        ("The parties agree: ", False),
    ],
)
def test_english_definition_holds_in_one_provision_only(before: str, is_scoped: bool) -> None:
    assert (english().scoped.search(before) is not None) is is_scoped


def test_english_ends_of_items_and_of_meanings_that_are_cut_off() -> None:
    rules = english()
    items = ["a;", "a; and", "a, or", "a.", "a and"]
    assert [text for text in items if rules.list_item_end.search(text)] == items[:3]
    cut = ["the sum of the term", "the sum of the phrases", "the sum, and", "the sum"]
    assert [text for text in cut if rules.cut_off.search(text)] == cut[:3]
    assert rules.joined.search("“Fee” and ") and not rules.joined.search("“Fee” ")
    assert (rules.heading, rules.pointer_verb) == ("definition", "meaning")


@pytest.mark.parametrize(
    ("text", "term", "verb"),
    [
        ("“임차물”이란 건물을 말한다.", "임차물", "이란"),
        ('"갑" 은 임대인을 말한다.', "갑", "은"),
        ("‘차임’이라 함은 대가를 말한다.", "차임", "이라 함은"),
        ("「을」(임차인)는 사람이다.", "을", "는"),
    ],
)
def test_korean_term_in_quotation_marks_is_defined_by_every_topic_marker(text: str, term: str, verb: str) -> None:
    found = korean().quoted.search(text)
    assert found is not None and (found["term"], found["verb"]) == (term, verb)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("1. 임차물이란 건물을 말한다.", "임차물"),
        ("가. 차임이라 함은 대가를 말한다.", "차임"),
        ("① 관리비란 비용을 말한다.", "관리비"),
        ("임차물이란 건물을 말한다.", None),
    ],
)
def test_korean_term_without_marks_opens_an_item(text: str, term: str | None) -> None:
    found = korean().unquoted.search(text)
    assert (found and found["term"]) == term


@pytest.mark.parametrize(
    ("text", "strong", "weak"),
    [
        ("건물을 말한다", True, True),
        ("건물을 뜻합니다.", True, True),
        ("건물을 가리킨다.", True, True),
        ("건물로 본다.", True, False),
        ("사람이다.", True, False),
        ("다음과 같다.", True, False),
        ("건물을 고친다.", False, False),
    ],
)
def test_korean_definition_ends_with_its_verb(text: str, strong: bool, weak: bool) -> None:
    rules = korean()
    assert [rules.end.search(text) is not None, rules.weak_end.search(text) is not None] == [strong, weak]


@pytest.mark.parametrize(
    ("before", "is_scoped"),
    [
        ("이 조에서 ", True),
        ("제4조제2항에서 말하는 ", True),
        ("본 장에서의 ", True),
        ("이 법에서 ", False),
        ("", False),
    ],
)
def test_korean_definition_holds_in_one_provision_only(before: str, is_scoped: bool) -> None:
    assert (korean().scoped.search(before) is not None) is is_scoped


def test_korean_meaning_loses_its_verb_and_keeps_what_else_it_says() -> None:
    assert (
        bare_meaning("물품을 넘기는 것을 말한다") == bare_meaning("물품을 넘기는 것을 뜻합니다") == "물품을 넘기는 것"
    )
    assert bare_meaning("비용 의미한다") == "비용"
    assert bare_meaning("의미한다고 본다") == "의미한다고 본다"
    additions = ["다만 예외는", "이 경우 임차인은", "이때 비용은", "그러나"]
    assert [text for text in additions if korean().addition.match(text)] == additions[:3]
    assert korean().weak_markers == {"은", "는"}
