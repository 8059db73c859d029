from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.normalise import normalise, normalise_line
from pipeline.records import Domain

DIRT = st.sampled_from(
    [
        "\ufeff",
        "\u200b",
        "\u200d",
        "\u00a0",
        "\u3000",
        "\r\n",
        "\r",
        "\t",
        "\x0c",
        "\u2028",
        "\x00",
        "\ud800",
        "한",
        "e\u0301",
    ]
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("\ufeff제1조\r\n제2조\r제3조", "제1조\n제2조\n제3조"),
        (unicodedata.normalize("NFD", "임대차 계약서 café"), "임대차 계약서 café"),
        ("보증금\u00a03,000만\u3000원\u200b정", "보증금 3,000만 원정"),
        ("a  \t\n\n\n\n\n\nb\x07", "a\n\n\nb"),
        ("\n\n  indented first line", "  indented first line"),
        ("page 1\x0cpage 2", "page 1\npage 2"),
        ("co\u00adoperate well-\nknown", "cooperate well-\nknown"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("👩\u200d💻 and a\u200db", "👩\u200d💻 and ab"),
    ],
)
def test_normalise_dirt_goes_and_words_stay(raw: str, expected: str) -> None:
    assert normalise(text=raw, domain=Domain.LEGAL) == expected


def test_normalise_code_keeps_tabs_and_indentation_others_do_not() -> None:
    text = "def f():\n\tif x:\n\t\treturn 1"
    assert normalise(text=text, domain=Domain.CODE) == text
    assert normalise(text="name\tvalue", domain=Domain.MANUAL) == "name    value"


def test_normalise_keeps_what_makes_two_contracts_differ() -> None:
    text = "Section 4.1: USD 2,900.00 is due on 17 April 2019, i.e. 30 (thirty) days."
    assert normalise(text=text, domain=Domain.LEGAL) == text


@given(st.lists(DIRT | st.text(max_size=8), max_size=30).map("".join), st.sampled_from(list(Domain)))
def test_normalise_twice_changes_nothing_more(text: str, domain: Domain) -> None:
    once = normalise(text=text, domain=domain)
    assert normalise(text=once, domain=domain) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


def test_normalise_line_puts_everything_on_one_line() -> None:
    assert normalise_line(" Pump\r\n\u00a0P-40 ") == "Pump P-40"
