"""Paragraphs, items and notes of PDF files: where they begin, go on and end, each on a small page of its kind."""

from __future__ import annotations

import pytest

from documents.readers.pdf_pages import Page, pdf
from documents.readers.test_pdf import LEFT, RIGHT, blocks, converted, said
from documents.readers.test_pdf_judged import headings
from pipeline.documents.marks import MarkKind

WIDE = [
    "The pump draws water from the lower tank and lifts it to the",
    "upper tank, which holds as much as the lower one and half more.",
]


def test_full_line_indented_behind_the_last_line_of_a_column_begins_a_paragraph() -> None:
    page = Page().lines(60, 100, ["that the water in the upper tank rises above the mark set there."])
    page.text(70, 112, "Then the pump rests until the level falls by ten centimetres.").text(
        60, 124, "It starts again."
    )
    assert blocks(converted(pdf([page])))[1].startswith("Then the pump rests")


def test_second_line_of_a_reference_is_no_paragraph() -> None:
    page = Page().text(60, 100, "Golfarelli, M. (2003). Handling large workloads by profiles and clusters.")
    page.text(72, 112, "In Proceedings, pp. 212.").text(60, 124, "Negre, E. (2009). Exploring cubes of data together.")
    assert "clusters. In Proceedings, pp. 212." in converted(pdf([page])).text


def test_line_a_little_further_behind_a_full_stop_begins_a_paragraph() -> None:
    lines = [*WIDE[:1], "upper tank, which holds as much as the lower one and half of it."]
    page = Page().lines(60, 100, lines).lines(60, 126, WIDE).lines(60, 152, lines)
    assert len(blocks(converted(pdf([page])))) == 3


def test_fields_of_a_form_keep_their_lines() -> None:
    page = Page().lines(60, 100, ["Report: SPARSE-1234", "Warehouse: Distribution East", "Date: 2024-11-15"])
    assert converted(pdf([page])).text.strip() == "Report: SPARSE-1234\nWarehouse: Distribution East\nDate: 2024-11-15"


def test_item_whose_first_line_is_indented_goes_on_at_the_margin() -> None:
    page = Page().text(70, 100, "• Mail: write to the Department of Transportation, to the Docket")
    page.text(60, 112, "Operations Office, at the West Building, on the ground floor there,")
    page.text(60, 124, "or bring it.").text(70, 136, "• Fax: 202 493 2251.")
    assert len(said(converted(pdf([page])), MarkKind.LIST_ITEM)) == 2
    assert "to the Docket Operations Office" in converted(pdf([page])).text
    assert "floor there, or bring it." in converted(pdf([page])).text


@pytest.mark.parametrize("text", ["(415) 555-0199", "(a) (b)"])
def test_telephone_numbers_and_letters_below_pictures_are_no_items(text: str) -> None:
    page = Page().lines(60, 60, LEFT).text(60, 150, text).lines(60, 190, RIGHT)
    assert said(converted(pdf([page])), MarkKind.LIST_ITEM) == []


def test_lists_side_by_side_are_not_nested_and_their_titles_apart() -> None:
    page = Page().lines(60, 100, ["1. Item", "2. Item", "3. Item"], step=14).text(160, 100, "More:")
    page.lines(160, 114, ["• Inner", "• Outer"], step=14).lines(240, 100, ["• Part", "• Whole", "• Rest"], step=14)
    found = converted(pdf([page]))
    assert {mark.level for mark in found.marks if mark.kind is MarkKind.LIST_ITEM} == {1}
    assert "More:" in blocks(found)


def test_numbers_and_titles_of_sections_are_items_and_not_a_table() -> None:
    page = Page()
    for number in range(4):
        page.text(60, 100 + 14 * number, f"2.3.59-{number + 1}").text(120, 100 + 14 * number, "Codes of the display")
    found = converted(pdf([page]))
    assert said(found, MarkKind.TABLE) == []
    assert [mark.value for mark in found.marks if mark.kind is MarkKind.LIST_ITEM][1] == "2.3.59-2"


def test_letters_of_a_font_of_pictures_are_bullets() -> None:
    page = Page().lines(60, 60, LEFT)
    for number in range(3):
        page.text(60, 150 + 14 * number, "n", font="picture").text(72, 150 + 14 * number, f"Part {number} of it")
    assert len(said(converted(pdf([page])), MarkKind.LIST_ITEM)) == 3


def test_letters_alone_on_their_lines_and_initials_are_no_bullets() -> None:
    page = Page().lines(60, 60, LEFT)
    for number in range(3):
        page.text(60, 150 + 24 * number, "n", font="picture")
        page.text(60, 240 + 14 * number, "Q", font="heavy").text(72, 240 + 14 * number, f"What is part {number}?")
    found = converted(pdf([page]))
    assert said(found, MarkKind.LIST_ITEM) == []
    assert "Q What is part 1?" in found.text


def test_font_of_single_lines_above_text_tells_titles() -> None:
    page = Page()
    for number, title in enumerate(("Method", "Results", "Discussion")):
        page.text(60, 60 + 150 * number, title, font="heavy")
        page.lines(60, 72 + 150 * number, LEFT).lines(60, 132 + 150 * number, RIGHT)
    assert [title for _, title in headings(converted(pdf([page])))] == ["Method", "Results", "Discussion"]


def test_notes_with_raised_numbers_are_apart_and_go_on_in_the_next_column() -> None:
    page = Page().lines(50, 100, LEFT).lines(320, 100, RIGHT)
    page.text(50, 700, "1", size=5).text(54, 703, "Short.", size=8)
    page.text(50, 710, "2", size=5).text(54, 713, "Measured at ten litres an hour and", size=8)
    page.text(320, 703, "in a tank of glass.", size=8)
    assert said(converted(pdf([page])), MarkKind.FOOTNOTE) == [
        "[^1]: Short.",
        "[^2]: Measured at ten litres an hour and in a tank of glass.",
    ]


def test_lower_number_in_a_note_counts_its_parts() -> None:
    page = Page().lines(60, 100, LEFT).lines(60, 180, RIGHT)
    page.text(60, 700, "1) First note of the page.", size=8).text(60, 712, "2) One of these two:", size=8)
    page.text(60, 724, "1) glass", size=8).text(60, 736, "2) steel", size=8)
    found = said(converted(pdf([page])), MarkKind.FOOTNOTE)
    assert [text[:5] for text in found] == ["[^1]:", "[^2]:"]
    assert "glass" in found[1]
    assert "steel" in found[1]
