"""Places keep their words through cleaning: what is between two of them is what cleaning makes of what was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.clean.normalise import normalise_characters, normalise_places, spaces_for_tabs_in
from pipeline.clean.personal_data import mask_personal_data
from pipeline.clean.places import PlacedText
from pipeline.config.build import PersonalData

NASTY = st.sampled_from(
    ["\u1112\u1161\u11ab", "e\u0301\u0323", "\u00a0", "\u200b", "\u200d", "\r\n", "\t", "  \n", "\n\n\n\n\n", "\ufeff",
     "🙂\u200d🙂", "가", "a", "|", "\ud800", "\u0958", "\u2126"]
)  # fmt: skip
TEXTS = st.lists(NASTY | st.text(max_size=3), max_size=14).map("".join)


def squeezed(text: str) -> str:
    """Without white space: where it stands, a place may be on either side of it."""
    return "".join(text.split())


def placed(text: str, places: Iterable[int]) -> PlacedText:
    """Return a text with the given places, which are sorted and made unique."""
    return PlacedText(text, tuple(sorted(set(places))))


@given(text=TEXTS, data=st.data())
@example(text="\u1112\u1161\u11ab\u1100\u1173\u11af", data=None)
def test_normalise_places_leaves_the_text_as_it_is_without_places(text: str, data: st.DataObject | None) -> None:
    drawn = data.draw(st.lists(st.integers(0, len(text)), max_size=6)) if data is not None else [0, 3, 6]
    raw = placed(text, drawn)
    cleaned = spaces_for_tabs_in(normalise_places(raw), domain="manual")
    assert cleaned.text == normalise_characters(text).expandtabs(4)
    assert len(cleaned.places) == len(raw.places)
    assert list(cleaned.places) == sorted(cleaned.places)
    assert all(0 <= place <= len(cleaned.text) for place in cleaned.places)


@given(words=st.lists(TEXTS, min_size=1, max_size=6))
def test_normalise_places_words_between_two_places_are_the_cleaned_words(words: list[str]) -> None:
    # A letter on both sides, so that nothing is composed or stripped across a place.
    words = [f"x{word}y" for word in words]
    text, starts = " ", []
    for word in words:
        starts.append(len(text))
        text += word + " "
    spans = [(start, start + len(word)) for start, word in zip(starts, words, strict=True)]
    raw = placed(text, [place for span in spans for place in span])
    cleaned = normalise_places(raw)
    at = dict(zip(raw.places, cleaned.places, strict=True))
    for word, (start, end) in zip(words, spans, strict=True):
        assert squeezed(cleaned.text[at[start] : at[end]]) == squeezed(normalise_characters(word))


def test_composed_places_stand_between_the_same_syllables() -> None:
    text = unicodedata.normalize("NFD", "임대차 계약서 한글")
    whole = "임대차 계약서 한글"
    starts = [len(unicodedata.normalize("NFD", whole[:index])) for index in range(len(whole) + 1)]
    cleaned = placed(text, starts).composed()
    assert cleaned.text == whole
    assert list(cleaned.places) == list(range(len(whole) + 1))


@pytest.mark.parametrize("text", ["a\tb\tc", "\t\t|x", "ab\n\tc\t\td", "가나\t다\n12345\t6"])
def test_expandtabs_of_places_is_that_of_the_text_before_them(text: str) -> None:
    raw = placed(text, range(len(text) + 1))
    cleaned = raw.expandtabs(4)
    assert cleaned.text == text.expandtabs(4)
    assert list(cleaned.places) == [len(text[:place].expandtabs(4)) for place in raw.places]


def test_masked_places_stay_with_the_words_around_what_is_masked() -> None:
    text = "| 담당 | mina.kim@example.com | 연락처 | 010-1234-5678 | 확인 |"
    cells = [(match.start(1), match.end(1)) for match in re.finditer(r"\| (.*?) (?=\|)", text)]
    raw = placed(text, [place for cell in cells for place in cell])
    masked = mask_personal_data(text=text, kinds=list(PersonalData), places=raw.places)
    at = dict(zip(raw.places, masked.places, strict=True))
    assert [masked.text[at[start] : at[end]] for start, end in cells] == [
        "담당",
        "[EMAIL-1]",
        "연락처",
        "[PHONE-1]",
        "확인",
    ]
    assert masked.text == mask_personal_data(text=text, kinds=list(PersonalData)).text


def test_sub_of_a_place_inside_a_find_moves_no_further_than_the_replacement() -> None:
    raw = PlacedText("ab1234cd", (0, 2, 3, 5, 6, 8))
    assert raw.sub(re.compile(r"\d+"), "#").places == (0, 2, 3, 3, 3, 5)
    assert raw.sub(re.compile(r"\d+"), "").text == "abcd"
    assert PlacedText("ab1234cd").sub(re.compile(r"\d+"), "#") == PlacedText("ab#cd")
