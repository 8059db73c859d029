"""Rulings of each language: labels of entries, orders, fields above a judgment, whole texts."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules
from pipeline.languages.ruling_rules import RulingRules


def rules_of(language: str) -> RulingRules:
    rules = language_rules(language).legal.rulings
    assert rules is not None
    return rules


def test_entry_is_labelled_with_its_date_where_one_is_given() -> None:
    english, korean = rules_of("en").entry_label, rules_of("ko").entry_label
    assert english("A fence", "May 5") == "the entry “A fence” of May 5"
    assert english("A fence", "") == "the entry “A fence”"
    assert korean("울타리", "2024. 1. 2.") == "2024. 1. 2.자 “울타리” 사안"
    assert korean("울타리", "") == "“울타리” 사안"


@pytest.mark.parametrize(
    ("language", "paragraph", "disposes"),
    [
        ("ko", "심판청구를 기각한다.", True),
        ("ko", "원고의 항소를 모두 기각한다", True),
        ("ko", "판결을 취소하여야 하는 경우에는 기각한다", False),
        ("ko", "원고는 말한다.", False),
        ("en", "The judgment is affirmed.", True),
        ("en", "IT IS SO ORDERED.", True),
        ("en", "Appeal dismissed", True),
        ("en", "reversed and remanded", True),
        ("en", "It is hereby ordered that the petition is denied.", True),
        ("en", "The court is open.", False),
    ],
)
def test_order_disposes_of_a_case(language: str, paragraph: str, disposes: bool) -> None:
    assert (rules_of(language).order.match(paragraph) is not None) is disposes


@pytest.mark.parametrize(
    ("language", "line", "field"),
    [
        ("en", "Docket No.: 19-1392", ("Docket No", "19-1392")),
        ("en", "Filed: March 5, 2024", ("Filed", "March 5, 2024")),
        ("en", "Judge: A. Smith  ", ("Judge", "A. Smith")),
        ("en", "Docket No. 19-1392", None),
        ("ko", "사건번호: 2024가합1", ("사건번호", "2024가합1")),
        ("ko", "사  건   2024가합1", ("사  건", "2024가합1")),
        ("ko", "발의자 : 김민수", ("발의자", "김민수")),
        ("ko", "소관부처\t국토부", ("소관부처", "국토부")),
        ("ko", "【사건】 2024가합1", ("사건", "2024가합1")),
        ("ko", "선고일 2024", None),
    ],
)
def test_field_above_a_judgment_has_label_and_value(language: str, line: str, field: tuple[str, str] | None) -> None:
    found = rules_of(language).field.fullmatch(line)
    assert (found and (found["label"], found["value"])) == field


@pytest.mark.parametrize(
    ("language", "finished", "damaged"),
    [
        ("ko", ["끝.", "끝.”", "처분함", "적극)"], ["가…", "a &amp; b", "가<br/>", "----", "가?나"]),
        ("en", ["The end.", "An end.”", "So?"], ["An…", "a &amp; b", "An <br>", "----"]),
    ],
)
def test_text_of_a_ruling_is_whole(language: str, finished: list[str], damaged: list[str]) -> None:
    rules = rules_of(language)
    texts = [*finished, *damaged, "ok - ok and"]
    assert [text for text in texts if rules.finished.search(text)] == finished
    assert [text for text in texts if rules.damaged.search(text)] == damaged


ENGLISH_FIELDS = """
Docket No, Docket Number, Case No, Case Number, Civil Action No, Neutral Citation, Citation, Decided, Argued,
Date Filed, Filed, Date of judgment, Judgment date, Hearing date, Heard, Before, Judge, Coram, Effective Date,
Bill No, Introduced, Sponsor
"""
KOREAN_FIELDS = """
사건, 사건번호, 변론종결, 판결선고, 원심판결, 선고일, 선고일자, 결정일, 의안번호, 발의연월일, 제안연월일,
제출연월일, 제안자, 발의자, 소관부처, 제1심판결, 공포번호, 공포일, 시행일, 시행일자, 담당부서
"""


@pytest.mark.parametrize(
    ("language", "label"),
    [
        *(("en", label) for label in re.split(r",\s+", ENGLISH_FIELDS.strip())),
        *(("ko", label) for label in re.split(r",\s+", KOREAN_FIELDS.strip())),
    ],
)
def test_field_of_every_label_is_read(language: str, label: str) -> None:
    found = rules_of(language).field.fullmatch(f"{label}: A 12")
    assert found is not None and (found["label"], found["value"]) == (label, "A 12")


@pytest.mark.parametrize(
    "word",
    ["affirmed", "reversed", "dismissed", "granted", "denied", "vacated", "remanded", "allowed", "quashed"],
)
def test_order_of_every_kind_disposes_of_a_case(word: str) -> None:
    assert rules_of("en").order.match(f"The judgment is {word}.")
    assert rules_of("en").order.match(f"The appeals are hereby {word}.")


@pytest.mark.parametrize(
    "verb", ["기각", "취소", "경정", "각하", "인용", "파기", "재조사", "환송", "부담", "배척", "변경", "지급"]
)
def test_korean_order_of_every_kind_disposes_of_a_case(verb: str) -> None:
    assert rules_of("ko").order.match(f"원고의 청구를 {verb}한다.")
    assert not rules_of("ko").order.match(f"원고는 {verb}을 구한다.")
