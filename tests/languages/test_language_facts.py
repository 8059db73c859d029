"""Amounts, dates, shares, durations and counts of each language, every kind of pattern by itself."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules


def facts(language: str, text: str) -> list[tuple[str, str]]:
    patterns = language_rules(language).facts.patterns
    return [(kind, match.group()) for kind, pattern in patterns for match in re.finditer(pattern, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("금 3억 2천만원정", [("money", "금 3억 2천만원정")]),
        ("보증금 5,000만 원", [("money", "5,000만 원")]),
        ("₩ 90,000원", [("money", "₩ 90,000원")]),
        ("3월 5일", [("date", "3월 5일"), ("duration", "5일")]),
        ("2024-03-05, 2024. 3. 5", [("date", "2024-03-05"), ("date", "2024. 3. 5")]),
        ("연 5.5퍼센트, 3 프로, 10%", [("share", "5.5퍼센트"), ("share", "3 프로"), ("share", "10%")]),
        ("3분의 1", [("share", "3분의 1")]),
        (
            "30일 이내, 7영업일, 2주 동안",
            [("duration", "30일 이내"), ("duration", "7영업일"), ("duration", "2주 동안")],
        ),
        ("30분, 90초, 4시간", [("duration", "30분"), ("duration", "90초"), ("duration", "4시간")]),
        ("5명, 12대, 3회", [("count", "5명"), ("count", "12대"), ("count", "3회")]),
        ("제3조, 3층, 3프로그램", []),
    ],
)
def test_korean_facts_are_found_whole_with_their_kind(text: str, expected: list[tuple[str, str]]) -> None:
    assert facts("ko", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("USD 2,900.50 or $3 million", [("money", "USD 2,900.50"), ("money", "$3 million")]),
        ("2 million pounds", [("money", "2 million pounds")]),
        ("17 April 2019, the 5th of March 2020", [("date", "17 April 2019"), ("date", "the 5th of March 2020")]),
        (
            "March 5, June 2021, May 6, 2022 and 2024-03-05",
            [("date", "March 5"), ("date", "June 2021"), ("date", "May 6, 2022"), ("date", "2024-03-05")],
        ),
        ("12.5% and 5 per cent", [("share", "12.5%"), ("share", "5 per cent")]),
        ("thirty (30) days", [("duration", "thirty (30) days")]),
        ("Forty-five (45) working days", [("duration", "Forty-five (45) working days")]),
        ("4 spare filter cartridges, 7 people", [("count", "4 spare filter cartridges"), ("count", "7 people")]),
        ("two hours, 5 degrees, 12 kg, 9 gives, 3-phase", []),
    ],
)
def test_english_facts_are_found_whole_with_their_kind(text: str, expected: list[tuple[str, str]]) -> None:
    assert facts("en", text) == expected


def test_counted_noun_is_the_unit() -> None:
    for language, text, unit in (("en", "4 spare filters", "spare filters"), ("ko", "5명", "명")):
        pattern = dict(language_rules(language).facts.patterns)["count"]
        found = re.search(pattern, text)
        assert found is not None and found["unit"] == unit


@pytest.mark.parametrize(
    ("language", "group", "words"),
    [
        ("en", "places", ["section ", "Steps ".lower(), "no. ", "year "]),
        ("en", "range_words", ["to", "through", "until"]),
        ("en", "joints", ["to", "and", "or", "through"]),
        ("en", "qualifiers", ["at least", "at most", "up to", "more than", "less than", "about"]),
        ("ko", "places", ["제", "제 "]),
        ("ko", "range_words", ["부터", "에서"]),
        ("ko", "qualifiers", ["최대", "최소", "약", "적어도"]),
    ],
)
def test_words_around_facts_are_known(language: str, group: str, words: list[str]) -> None:
    pattern = getattr(language_rules(language).facts, group)
    assert [word for word in words if not re.fullmatch(pattern, word)] == []
    assert not re.fullmatch(pattern, "보증" if language == "ko" else "deposit")


MONTHS = "January February March April May June July August September October November December"
NUMBER_WORDS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety
"""


@pytest.mark.parametrize("month", MONTHS.split())
def test_date_of_every_month_is_found(month: str) -> None:
    assert facts("en", f"{month} 5, 2024") == [("date", f"{month} 5, 2024")]
    assert re.fullmatch(language_rules("en").facts.months, month)


@pytest.mark.parametrize("word", NUMBER_WORDS.split())
def test_duration_in_every_number_word_is_found(word: str) -> None:
    assert facts("en", f"{word} (3) days") == [("duration", f"{word} (3) days")]


@pytest.mark.parametrize("unit", ["second", "minutes", "hour", "days", "business days", "weeks", "months", "years"])
def test_duration_in_every_unit_is_found(unit: str) -> None:
    assert ("duration", f"3 {unit}") in facts("en", f"3 {unit}")


@pytest.mark.parametrize("code", ["USD", "EUR", "GBP", "CHF", "JPY", "KRW", "SEK", "AUD", "CAD", "$", "€", "£", "₩"])
def test_money_in_every_currency_is_found(code: str) -> None:
    space = " " if code.isalpha() else ""
    assert facts("en", f"{code}{space}1,200.50") == [("money", f"{code}{space}1,200.50")]


@pytest.mark.parametrize("unit", [*"명개대건부회번권장채평", "세대", "가구", "박스", "㎡"])
def test_korean_count_of_every_unit_is_found(unit: str) -> None:
    assert facts("ko", f"12{unit} ") == [("count", f"12{unit}")]


@pytest.mark.parametrize("unit", ["초", "분", "시간", "영업일", "일", "주", "주일", "개월", "달", "년"])
def test_korean_duration_of_every_unit_is_found(unit: str) -> None:
    assert facts("ko", f"12{unit} 이내")[0] == ("duration", f"12{unit} 이내")
