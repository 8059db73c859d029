"""Words in which two versions of a text differ: every month and day, and the words before a name."""

from __future__ import annotations

import pytest

from pipeline.dedup.versions import are_versions
from pipeline.languages import language_rules

DATES = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
"""


def test_versions_know_every_month_and_day_of_the_week() -> None:
    assert language_rules("en").versions.date_words == set(DATES.split())
    assert language_rules("ko").versions.date_words == frozenset()


@pytest.mark.parametrize("label", ["mr", "mrs", "ms", "dr", "name", "company", "inc", "ltd", "llc"])
def test_versions_differ_in_the_word_behind_an_english_label(label: str) -> None:
    assert label in language_rules("en").versions.name_labels
    assert are_versions(f"the {label} hill pays", f"the {label} dale pays")


@pytest.mark.parametrize(
    "label", ["주식회사", "유한회사", "성명", "이름", "대표", "대표이사", "대표자", "상호", "주소", "소재지"]
)
def test_versions_differ_in_the_word_behind_a_korean_label(label: str) -> None:
    assert label in language_rules("ko").versions.name_labels
    assert are_versions(f"임대인 {label} 누리 건물", f"임대인 {label} 가람 건물")


def test_versions_do_not_differ_in_other_small_words() -> None:
    assert not are_versions("the tenant hill pays", "the tenant dale pays")


@pytest.mark.parametrize(
    ("first", "second", "versions"),
    [
        ("김민수", "박서연", True),
        ("김영은", "김영미", True),
        ("임대인", "임차인", False),
        ("삼백만원", "사백만원", True),
    ],
)
def test_versions_differ_in_names_and_numbers_in_words(first: str, second: str, versions: bool) -> None:
    assert are_versions(f"을은 {first} 에게 낸다", f"을은 {second} 에게 낸다") is versions
