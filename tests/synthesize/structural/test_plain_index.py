"""Phrases found by a plain search: white space, case and punctuation aside, with particles, numbers whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.structural.plain_index import PlainIndex, phrase_of


def found(text: str, phrase: str) -> list[str]:
    wanted = phrase_of(phrase)
    return [text[place.start : place.end] for place in PlainIndex(text, [wanted]).places(wanted)]


@pytest.mark.parametrize(
    ("text", "phrase", "places"),
    [
        ("The Storage\n  Fee is due. storage-fee", "Storage Fee", ["Storage\n  Fee", "storage-fee"]),
        ("Sections 4.1, 4.10 and 14.1", "4.1", ["4.1"]),
        ("USD 1,200 or 1200 dollars, not 12,000", "1,200", ["1,200", "1200"]),
        ("제4조에 따라 제4조의2와 제4조", "제4조", ["제4조", "제4조"]),
        ("제4조의2에 따라", "제4조의2", ["제4조의2"]),
        ("관리비는 관리비와 관리", "관리비", ["관리비", "관리비"]),
        ("임대 물건은 임대물건이다", "임대 물건", ["임대 물건"]),
        ("갑은 갑자기", "갑", []),
        ("rents are no rent", "rent", ["rent"]),
        ("", "rent", []),
    ],
)
def test_phrase_stands_where_its_words_do(text: str, phrase: str, places: list[str]) -> None:
    assert found(text, phrase) == places


def test_words_after_a_place_and_the_start_of_its_line() -> None:
    text = "Lease\n4.1 Rent is due\n"
    index = PlainIndex(text, [("4.1",)])
    (place,) = index.places(("4.1",))
    assert index.words_after(place, ("4.1",), 2) == ("rent", "is")
    assert index.line_start(place.start) == 6
    assert index.places(("nothing",)) == ()


@given(st.lists(st.sampled_from(["Rent", "4.1", "제4조", "the", "fee", "관리비"]), max_size=30), st.integers(1, 3))
def test_every_run_of_words_of_a_text_is_found_in_it(words: list[str], length: int) -> None:
    text = " ".join(words)
    for start in range(len(words) - length + 1):
        phrase = phrase_of(" ".join(words[start : start + length]))
        places = PlainIndex(text, [phrase, ("fee",), ("the", "fee")]).places(phrase)
        assert any(phrase_of(text[place.start : place.end]) == phrase for place in places)
