"""A draft with blanks is the executed text without its facts; two filled forms differ in facts."""

from __future__ import annotations

import pytest
from prose import document

from pipeline.dedup.clusters import Relation
from pipeline.dedup.filled_forms import is_filled_form
from pipeline.dedup.relations import Side, relation_of_near_texts, relation_of_possible_versions, side_of

FORM = "This agreement is made on {} between {} and the Recipient.\nIt ends after {} years.\nBy: {}\n"
DRAFT = ("[●] 2022", "__________", "[three]", "________________")
EXECUTED = ("4 March 2022", "Larkhill Orchards Limited", "three", "/s/ Margaret Ainsley")
OTHER = ("9 May 2023", "Penbury Drainage Limited", "five", "/s/ Owen Pritchard")


def side(text: str) -> Side:
    return side_of(text=text, title="", domain="legal", standing=0)


def form(values: tuple[str, ...]) -> str:
    return FORM.format(*values) + document("en", 5, num_sentences=30)


def test_draft_whose_blanks_are_filled_in_is_a_near_duplicate_and_no_version() -> None:
    draft, executed = form(DRAFT), form(EXECUTED)
    for pair in ((draft, executed), (executed, draft)):
        assert is_filled_form(*pair)
        assert relation_of_possible_versions(*map(side, pair), similarity=0.8) is Relation.NEAR


def test_korean_form_with_blank_dates_and_names_is_filled_in() -> None:
    rest = document("ko", 5, num_sentences=30)
    draft = f"계약일 20__년 __월 __일\n대표이사 ________\n{rest}"
    executed = f"계약일 2023년 3월 2일\n대표이사 윤태경\n{rest}"
    assert is_filled_form(draft, executed)


def test_two_filled_forms_are_versions() -> None:
    assert not is_filled_form(form(EXECUTED), form(OTHER))
    assert relation_of_possible_versions(side(form(EXECUTED)), side(form(OTHER)), similarity=0.8) is Relation.VERSION


@pytest.mark.parametrize("changed", [0, 1])
def test_draft_that_states_another_fact_or_in_which_each_side_has_a_blank_is_a_version(changed: int) -> None:
    draft = list(DRAFT)
    executed = list(EXECUTED)
    if changed == 0:
        draft[0] = "9 May 2019"
    else:
        draft[0], executed[0] = "4 March 2022", "[●] 2022"
    assert not is_filled_form(form(tuple(draft)), form(tuple(executed)))


def test_texts_without_blanks_are_no_filled_form() -> None:
    assert not is_filled_form("The rent is 1,200.", "The rent is 1,300.")
    assert not is_filled_form("The rent is due.", "The rent is due.")


def test_siblings_are_versions_where_versions_are_kept_and_unrelated_elsewhere() -> None:
    rest = document("en", 5, num_sentences=30)
    first, second = (
        f"Install {name}.\nStart {name} as root.\nStop {name} again.\n{rest}" for name in ("nginx", "httpd")
    )
    assert relation_of_possible_versions(side(first), side(second), similarity=0.6) is Relation.VERSION
    assert relation_of_near_texts(side(first), side(second), similarity=0.6) is None
    assert relation_of_near_texts(side(first), side(f"{first} More."), similarity=0.9) is Relation.NEAR
