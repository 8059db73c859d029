"""Page numbers inside a document go; numbers that are data stay."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.boilerplate import Trimmed, without_boilerplate
from pipeline.clean.places import PlacedText
from pipeline.clean.repeated_lines import document_hashes, repeated_hashes
from pipeline.domains.rules import Removed

_WORDS = ("valve", "pump", "lamp", "hose", "drum", "belt", "fan", "seal")


def paragraph(seed: int, num_sentences: int = 2) -> str:
    return " ".join(
        f"The {_WORDS[(seed + at) % 8]} of {chr(97 + seed % 26)}{chr(97 + at)} leads to the {_WORDS[at % 8]} and on."
        for at in range(num_sentences)
    )


def trim(text: str, *, repeated: frozenset[int] = frozenset(), removed: Removed = Removed.ALL) -> Trimmed:
    return without_boilerplate(
        PlacedText(text), marks=(), marked=(), repeated=repeated, removed=removed, max_share=0.35
    )


def trim_source(texts: Sequence[str], removed: Removed = Removed.ALL) -> list[Trimmed]:
    hashes = repeated_hashes([document_hashes(text) for text in texts], min_documents=10, min_share=0.3)
    assert len(hashes), "the documents repeat no line, so nothing is tested"
    return [trim(text, repeated=frozenset(hashes.tolist()), removed=removed) for text in texts]


def paged(form: str, numbers: Sequence[int], num_sentences: int = 2) -> str:
    return "\n\n".join(f"{paragraph(at, num_sentences)}\n\n{form.format(at)}" for at in numbers)


@pytest.mark.parametrize(
    "form",
    ["- {} -", "– {} –", "Page {} of 3", "page {}", "{}/3", "{} / 3", "{}쪽", "{} 페이지", "페이지 {}/3", "p. {}"],
)
def test_page_marks_that_rise_are_removed_inside_a_document(form: str) -> None:
    trimmed = trim(paged(form, [1, 2, 3]))
    assert trimmed.lines == tuple(form.format(at) for at in (1, 2, 3))
    assert trimmed.placed.text == "\n\n".join(paragraph(at) for at in (1, 2, 3))


def test_page_mark_without_blank_lines_around_it_is_removed() -> None:
    text = "\n".join(
        f"The pump leads the water from {word}\n- {at} -\nto the drum." for at, word in enumerate("abcd", 7)
    )
    assert trim(text).lines == ("- 7 -", "- 8 -", "- 9 -", "- 10 -")


def test_page_marks_of_empty_pages_go_too() -> None:
    text = f"{paragraph(1)}\n\n- 1 -\n\n제1안  제  호\n\n- 2 -\n\n- 3 -\n\n{paragraph(2)}\n\n- 4 -"
    assert trim(text).lines == ("- 1 -", "- 2 -", "- 3 -", "- 4 -")


def test_bare_page_numbers_that_cut_sentences_are_removed() -> None:
    pages = [f"{paragraph(at, 9)}\n\nThe lamp of page {chr(97 + at)} is" for at in range(4)]
    text = "\n\n".join(f"{page}\n\n{at}\n\nbright." for at, page in enumerate(pages, 1))
    assert trim(text).lines == ("1", "2", "3", "4")


STAY = {
    "years above the columns of a table": "Cost by year\n\n2007\n2008\n2009\n2010\n2011\n\n$12\n$15\n$18\n$20\n$22",
    "years one below the other with blank lines": "지급 시기\n\n2021\n\n2022\n\n2023\n\n1,000,000원\n\n2,000,000원",
    "header lines of a regulation": "Title, part and document\n\n12\n\n1002\n\n2011-31714\n\nFinal rule",
    "numbers of paragraphs": "\n\n".join(f"{at}\n\n{paragraph(at)}" for at in range(1, 8)),
    "numbers of long paragraphs": "\n\n".join(f"{at}\n\n{paragraph(at, 14)}" for at in range(1, 8)),
    "dates of a plan": "Dates\n\n9/12\n9/13\n9/14\n\nShort days.",
    "ratings": f"{paragraph(1)}\n\n3/5\n\n{paragraph(2)}\n\n4/5\n\n{paragraph(3)}\n\n2/5",
    "a list of pages": "Index\n\nPage 1\nPage 2\nPage 3",
    "page numbers that fall": paged("- {} -", [9, 7, 4, 2]),
    "one page number": f"{paragraph(1)}\n\n- 7 -\n\n{paragraph(2)}",
    "numbers in a fence": "```\na\n\n- 1 -\n\nb\n\n- 2 -\n\nc\n```",
    "numbers beside rows": "| a | b |\n- 1 -\n| c | d |\n- 2 -\n| e | f |",
    "amounts between rows of columns": "Part    Price\n1\nValve   20\n2\nPump    30\n3\nLamp    40",
    "list items with a dash": "- 1\n- 2\n- 3",
}


@pytest.mark.parametrize("name", STAY)
def test_numbers_that_are_data_stay_in_one_document(name: str) -> None:
    text = f"{paragraph(11)}\n\n{STAY[name]}\n\n{paragraph(12)}"
    assert trim(text).placed.text == text


@pytest.mark.parametrize("removed", [Removed.ALL, Removed.NOTICES])
@pytest.mark.parametrize("place", ["head", "inside", "tail"])
@pytest.mark.parametrize("name", [name for name in STAY if "page number" not in name])
def test_numbers_that_are_data_stay_if_all_documents_have_them(name: str, place: str, removed: Removed) -> None:
    parts = {"head": "{data}\n\n{own}", "inside": "{own}\n\n{data}\n\nMore of {own}", "tail": "{own}\n\n{data}"}
    texts = [parts[place].format(data=STAY[name], own=paragraph(at, 6)) for at in range(12)]
    kept = [trimmed.placed.text for trimmed in trim_source(texts, removed)]
    assert kept == texts


def test_bare_number_beside_a_footer_goes_with_it() -> None:
    texts = [f"{paragraph(at, 6)}\n\n{at + 20}\n\nCopyright © 2024 Norwell." for at in range(12)]
    assert {len(trimmed.lines) for trimmed in trim_source(texts)} == {2}


def test_running_head_beside_page_marks_goes_with_them() -> None:
    texts = [
        "\n\n".join(f"{paragraph(at + page, 4)}\n\nHarrow and Finch\nPage {page} of 3" for page in (1, 2, 3))
        for at in range(12)
    ]
    expected = ("Harrow and Finch", "Page 1 of 3", "Harrow and Finch", "Page 2 of 3", "Harrow and Finch", "Page 3 of 3")
    assert {trimmed.lines for trimmed in trim_source(texts)} == {expected}


def test_page_numbers_go_from_a_form_too() -> None:
    clauses = [f"The tenant of the house keeps rule {word} of the lease at all times." for word in _WORDS]
    texts = [f"Lease {chr(97 + at)}\n\n" + "\n\n- 1 -\n\n".join(clauses[:2]) for at in range(12)]
    texts = [f"{text}\n\n- 2 -\n\n" + "\n".join(clauses[2:]) for text in texts]
    assert {trimmed.lines for trimmed in trim_source(texts, Removed.NOTICES)} == {("- 1 -", "- 2 -")}


def test_page_number_stays_in_code() -> None:
    text = paged("- {} -", [1, 2, 3])
    assert trim(text, removed=Removed.NONE).placed.text == text


@given(
    st.lists(
        st.sampled_from(
            ["1", "2", "3", "2007", "- 1 -", "- 2 -", "Page 1 of 2", "2/2", "Own words.", "", "a | b", "x"]
        ),
        max_size=30,
    )
)
def test_blocks_of_bare_numbers_never_lose_a_line(lines: list[str]) -> None:
    text = "\n".join(lines).strip()
    left = trim(text).placed.text.split("\n")
    filled = [line for line in text.split("\n") if line]
    in_block = [
        line
        for at, line in enumerate(filled)
        if line.isdigit() and any(0 <= near < len(filled) and filled[near].isdigit() for near in (at - 1, at + 1))
    ]
    assert all(left.count(number) >= in_block.count(number) for number in set(in_block))
