from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.clean.normalise import normalise, normalise_line
from pipeline.domains import domain_names

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
    assert normalise(text=raw, domain="legal") == expected


def test_normalise_dialogue_keeps_the_tabs_between_name_and_words() -> None:
    assert normalise(text="10:03\t지훈\t왔어?", domain="dialogue") == "10:03\t지훈\t왔어?"


def test_normalise_code_keeps_tabs_and_indentation_others_do_not() -> None:
    text = "def f():\n\tif x:\n\t\treturn 1"
    assert normalise(text=text, domain="code") == text
    assert normalise(text="name\tvalue", domain="manual") == "name    value"


def test_normalise_keeps_what_makes_two_contracts_differ() -> None:
    text = "Section 4.1: USD 2,900.00 is due on 17 April 2019, i.e. 30 (thirty) days."
    assert normalise(text=text, domain="legal") == text


@given(st.lists(DIRT | st.text(max_size=8), max_size=30).map("".join), st.sampled_from(domain_names()))
@example("e\u0301\u200d:", "legal")
@example("e\u200d\u0301\u200d:", "legal")
def test_normalise_twice_changes_nothing_more(text: str, domain: str) -> None:
    once = normalise(text=text, domain=domain)
    assert normalise(text=once, domain=domain) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


def test_normalise_line_puts_everything_on_one_line() -> None:
    assert normalise_line(" Pump\r\n\u00a0P-40 ") == "Pump P-40"


INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a\u202e\u2060\u206f\ufeff"
CONTROL = "".join(map(chr, [*range(9), *range(0x0E, 0x1C), 0x1F, *range(0x7F, 0x85), *range(0x86, 0xA0)]))
SPACES = "\u00a0\u1680\u2000\u2005\u200a\u202f\u205f\u3000"
LINE_ENDS = ("\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")


@pytest.mark.parametrize("mark", list(INVISIBLE + CONTROL), ids=lambda mark: f"U+{ord(mark):04X}")
def test_normalise_character_that_nobody_sees_goes(mark: str) -> None:
    assert normalise(text=f"보증금{mark} 30{mark}0원", domain="legal") == "보증금 300원"


@pytest.mark.parametrize("space", list(SPACES), ids=lambda space: f"U+{ord(space):04X}")
def test_normalise_every_space_is_a_plain_one(space: str) -> None:
    assert normalise(text=f"보증금{space}300원", domain="legal") == "보증금 300원"


@pytest.mark.parametrize("end", LINE_ENDS, ids=ascii)
def test_normalise_every_line_end_is_a_newline(end: str) -> None:
    assert normalise(text=f"제1조{end}제2조", domain="legal") == "제1조\n제2조"


@pytest.mark.parametrize(("num_newlines", "left"), [(1, 1), (2, 2), (3, 3), (4, 3), (9, 3)])
def test_normalise_leaves_two_blank_lines_at_most(num_newlines: int, left: int) -> None:
    assert normalise(text="a" + "\n" * num_newlines + "b", domain="legal") == "a" + "\n" * left + "b"


def test_normalise_tabs_reach_to_the_next_fourth_column() -> None:
    assert normalise(text="a\tb\nabcd\te", domain="manual") == "a   b\nabcd    e"


def test_normalise_joiner_stays_between_emoji_only() -> None:
    for text in ("a\u200d\u200d", "\u200da", "한\u200d글", "끝\u200d", "a\u200d b"):
        assert "\u200d" not in normalise(text=text, domain="legal"), ascii(text)
    assert normalise(text="👩\u200d💻", domain="legal") == "👩\u200d💻"


@pytest.mark.parametrize("half", ["\ud800", "\udbff", "\udc00", "\udfff"], ids=ascii)
def test_normalise_half_of_a_pair_becomes_the_replacement_character(half: str) -> None:
    assert normalise(text=f"a{half}b", domain="code") == "a\ufffdb"


@pytest.mark.parametrize("text", ["① 제1항", "90㎡", "½ of the deposit", "x² + ﬁve", "Ⅳ. 부칙"])
def test_normalise_signs_that_stand_for_others_stay_as_written(text: str) -> None:
    assert normalise(text=text, domain="legal") == text
