"""Places where a passage reads whole, and what is no prose."""

from __future__ import annotations

import prose
import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.documents.whole_sentences import has_scraps, is_prose, whole_places


def pieces(text: str) -> tuple[list[str], list[str]]:
    """The first words at each start, and the last words at each end."""
    places = whole_places(text)
    return [text[start : start + 12] for start in places.starts], [text[end - 12 : end] for end in places.ends]


def test_passage_begins_and_ends_with_sentences_that_are_no_headings() -> None:
    text = (
        "3. FARES\n\nEach guest pays two coins for\na crossing by day. The keeper\n    rings the bell before it (see\n"
        "    Section 2). Guests wait.\n\n4. OARS.\n\n5.\n\nEstimated cash to close.\n\n"
        "The oars stay in the boat of the keeper at night."
    )
    starts, ends = pieces(text)
    assert [start.split()[0] for start in starts] == ["3.", "Each", "The", "Guests", "4.", "5.", "Estimated", "The"]
    assert ends == ["sing by day.", " Section 2).", "er at night."]


@pytest.mark.parametrize(
    "text",
    [
        "Guests are treated as said in 12 U.S.C. 2605 and in the rules of the ferry.",
        "Guests follow the rules (as given by the keeper. They hang at the door) at all times.",
        "Guests see subsec. 4 of the rules that hang at the door of the ferry house.",
    ],
)
def test_abbreviation_and_open_bracket_end_no_sentence(text: str) -> None:
    assert whole_places(text).ends == (len(text),)


def test_korean_sentence_without_a_full_stop_ends_a_passage() -> None:
    text = "제1조(목적)\n\n이 규정은 나룻배의 운행에 관하여 정한다\n\n사공은 밤에 배를 묶어 둔다."
    ends = whole_places(text).ends
    assert [text[:end].endswith(last) for end, last in zip(ends, ("정한다", "둔다."), strict=True)] == [True, True]


@pytest.mark.parametrize("language", ["en", "ko"])
@given(seed=st.integers(0, 50))
def test_running_text_is_prose_and_is_covered(language: str, seed: int) -> None:
    text = prose.document(language, seed, num_sentences=12)
    places = whole_places(text)
    assert is_prose(text) and places.ends[-1] == len(text) and places.starts[0] == 0
    assert len(places.ends) >= 8 and list(places.starts) == sorted(places.starts)


SAID = "The keeper rings the bell before each crossing, and the guests take their seats. "


@pytest.mark.parametrize(
    "scrap",
    [
        "![](ferry.png)",
        "https://ferry.example/plan.png",
        "  1. https://ferry.example/rules",
        "§ 7.3 [Reserved]",
        "[삭제]",
        "3.",
        "(b)",
        "42",
        "<span class='x'>bell</span>",
        "[Reserved] -->",
        "Name: ______",
        "| bell | oar |",
        "Fares ........ 12",
        "```\nring()",
    ],
)
def test_scraps_are_no_prose(scrap: str) -> None:
    text = f"{SAID * 4}\n\n{scrap}\n\n{SAID * 4}"
    assert has_scraps(text) and not is_prose(text)
    assert is_prose(f"{SAID * 4}\n\nThe bell hangs at https://ferry.example/plan above the door.\n\n{SAID * 4}")


@pytest.mark.parametrize(
    "listed",
    [
        "Ada Lind\nBo Marsh\nCleo Tern\nDag Reed\nEli Moss\n",
        "A = 10\nB = 11\nC = 12\nD = 13\nE = 14\n",
        "- Form for opting out\n- Form for renewal\n- Form for a joint notice\n- Form for none\n",
    ],
)
def test_lists_are_no_prose(listed: str) -> None:
    assert not is_prose(f"{listed}\n{SAID * 2}")
    assert not is_prose(listed * 3)


def test_reading_prose_takes_linear_time() -> None:
    assert_linear(is_prose, lambda size: "The keeper rings (the bell; twice. Guests wait. " * size, size=200)
