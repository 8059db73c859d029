"""Lines joined as the rest of the document writes its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.pdf.joining import Joiner

LAW = [
    "이 법은 물의 이용에 필요한 사항을 정함을 목적으로 한다.",
    "위원회는 위원장을 포함한 위원 열 명으로 구성한다.",
    "위원회의 위원은 대통령이 위촉하고 위원회의 사무는 위원장이 정한다.",
]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("사무는 위원", "회의 의결로 정한다", "사무는 위원회의 의결로 정한다"),
        ("필요한 사항을", "정함을 알린다", "필요한 사항을 정함을 알린다"),
        ("제3조(", "정의)", "제3조(정의)"),
        ("가격은 10", "원이다", "가격은 10 원이다"),
        ("the pump", "runs", "the pump runs"),
        ("pages 12-", "15", "pages 12-15"),
        ("src/", "main.py", "src/main.py"),
        ("東京", "都", "東京都"),
        ("", "start", "start"),
    ],
)
def test_join_korean_english_and_signs(first: str, second: str, expected: str) -> None:
    assert Joiner(LAW).join(first, second) == expected


def test_join_hyphens_as_the_document_writes_them() -> None:
    joiner = Joiner(["we use long-context models of the self-test kind", "a retraining of models every model run"])
    assert joiner.join("a long-", "context model") == "a long-context model"
    assert joiner.join("some retrain-", "ing") == "some retraining"
    assert joiner.join("a trans-", "formation") == "a transformation"
    assert joiner.join("the Navier-", "Stokes flow") == "the Navier-Stokes flow"


def test_join_with_spaces_of_the_file_believes_the_file() -> None:
    joiner = Joiner(LAW)
    assert joiner.join("사무는 위원", "회의", has_space=True) == "사무는 위원 회의"
    assert joiner.join("필요한 사항을", "정함을", has_space=False) == "필요한 사항을정함을"


@given(st.text(alphabet="가나다 ab-.(", max_size=20), st.text(alphabet="가나다 ab-.(", max_size=20))
def test_join_loses_nothing_but_hyphens(first: str, second: str) -> None:
    joined = Joiner(LAW).join(first, second)
    assert joined.replace(" ", "").replace("-", "") == (first + second).replace(" ", "").replace("-", "")


def test_hyphen_of_two_words_of_the_document_stays_and_that_inside_a_word_goes() -> None:
    joiner = Joiner(["in the worst of years, as is the case here", "we take the well-known short-term loss at once"])
    assert joiner.join("a worst-", "case approach") == "a worst-case approach"
    assert joiner.join("a loss-", "known end") == "a loss-known end"
    assert joiner.join("a con-", "sequence of it") == "a consequence of it"


def test_hyphens_stay_in_a_long_document_that_divides_no_words() -> None:
    line = "The text of this paragraph is set with a ragged right margin here."
    assert Joiner([line] * 150).join("a low-", "noise pump") == "a low-noise pump"
    assert Joiner([line, f"{line}, and is divid-"] * 75).join("a low-", "noise pump") == "a lownoise pump"
