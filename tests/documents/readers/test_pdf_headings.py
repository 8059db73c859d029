"""Headings of PDF files: what surrounds a title, captions in a row, terms, amounts; titles over several lines."""

from __future__ import annotations

import pytest

from documents.readers.pdf_pages import Page, pdf
from documents.readers.test_pdf import LEFT, RIGHT, converted
from documents.readers.test_pdf_judged import headings


def test_lines_around_a_title_are_no_headings() -> None:
    page = Page().text(60, 60, "Front cover", size=14).text(60, 90, "Shift work", size=24)
    for number, name in enumerate(("Marie Wilson", "Andrea Polzer", "Sophie Chen")):
        page.text(60, 130 + 40 * number, name, size=16)
        page.text(60, 148 + 40 * number, "School of Business", size=12.5)
    page.lines(60, 270, LEFT).text(60, 360, "Method", size=13.5, font="bold").lines(60, 380, RIGHT)
    found = converted(pdf([page]))
    assert [title for _, title in headings(found)] == ["Shift work", "Method"]
    assert found.title == "Shift work"


def test_subtitle_is_no_heading_and_levels_have_no_gap() -> None:
    page = Page().text(60, 60, "Manual", size=24, font="bold").text(60, 90, "For the upper tank", size=14)
    page.text(60, 130, "Safety", size=14, font="bold").lines(60, 150, LEFT)
    page.text(60, 240, "Voltage", size=12, font="bold").lines(60, 260, RIGHT)
    assert headings(converted(pdf([page]))) == [(1, "Manual"), (2, "Safety"), (3, "Voltage")]


def test_section_directly_above_its_first_part_stays() -> None:
    page = Page().text(60, 60, "Safety", size=16).text(60, 84, "Voltage", size=13).lines(60, 110, LEFT)
    page.text(60, 200, "Care", size=16).lines(60, 220, RIGHT)
    assert headings(converted(pdf([page]))) == [(1, "Safety"), (2, "Voltage"), (1, "Care")]


def test_captions_and_figures_side_by_side_are_no_headings() -> None:
    page = Page().text(60, 60, "Our year", size=18, font="bold").lines(60, 90, LEFT)
    for left, amount, caption in ((60, "2.5", "kilograms"), (220, "1st", "woman"), (380, "70 %", "power")):
        page.text(left, 230, amount, size=36, font="bold").text(left, 252, caption, size=14, font="bold")
        page.text(left, 266, "of all we do", size=9)
    found = converted(pdf([page]))
    assert (headings(found), found.title) == ([(1, "Our year")], "Our year")


def test_terms_of_a_list_are_no_headings_and_titles_left_of_all_text_are() -> None:
    page = Page().lines(60, 60, LEFT).lines(60, 130, RIGHT)
    for number, term in enumerate(("virtual", "perl")):
        page.text(60, 210 + 50 * number, term, font="bold")
        page.lines(82, 224 + 50 * number, ["names what the field holds in a long", "line of text below"])
    assert headings(converted(pdf([page]))) == []
    page = Page()
    for number, title in enumerate(("Purpose", "Audience")):
        page.text(60, 60 + 100 * number, title, font="bold").lines(82, 76 + 100 * number, LEFT)
    assert [title for _, title in headings(converted(pdf([page])))] == ["Purpose", "Audience"]


@pytest.mark.parametrize(
    "text",
    [
        "$67,845 crore",
        "Date of visit: 01/09/2015",
        "1,186 crore each year",
        "TOTAL $821.14",
        "Call us from Monday to Friday, 8 to 20.",
    ],
)
def test_amounts_and_sentences_in_large_type_are_no_headings(text: str) -> None:
    page = Page().lines(60, 60, LEFT).text(60, 150, text, size=14).lines(60, 190, RIGHT)
    assert headings(converted(pdf([page]))) == []


def test_number_in_a_title_does_not_make_it_an_amount() -> None:
    page = Page().lines(60, 60, LEFT).text(60, 150, "14 CFR Part 39", size=14).lines(60, 190, RIGHT)
    assert [title for _, title in headings(converted(pdf([page])))] == ["14 CFR Part 39"]


def test_title_in_parts_of_several_fonts_is_one_heading_if_a_bookmark_has_it() -> None:
    page = Page().lines(60, 60, LEFT)
    page.text(60, 150, "7.7 Fields between packages - Build-Depends,", size=13, font="bold")
    page.text(60, 166, "Build-Conflicts", size=12, font="code").lines(60, 200, RIGHT)
    found = converted(pdf([page], bookmarks=[(0, "Fields between packages - Build-Depends, Build-Conflicts", 0)]))
    assert headings(found) == [(1, "7.7 Fields between packages - Build-Depends, Build-Conflicts")]


def test_item_with_the_name_of_a_section_is_no_heading() -> None:
    page = Page().text(60, 60, "• Filter").text(60, 74, "• Pump").lines(60, 100, LEFT)
    page.text(60, 200, "Filter", size=13).lines(60, 220, RIGHT)
    found = converted(pdf([page], bookmarks=[(0, "Filter", 0)]))
    assert headings(found) == [(1, "Filter")]


def test_names_of_columns_in_large_type_are_no_heading_and_a_number_far_before_a_title_is_part_of_it() -> None:
    page = Page().lines(60, 60, LEFT).text(60, 150, "Line", size=14).text(160, 150, "Position", size=14)
    page.text(300, 150, "Description", size=14).lines(60, 190, RIGHT)
    page.text(60, 290, "4", size=14).text(90, 290, "Conclusions", size=14).lines(60, 310, LEFT)
    assert [title for _, title in headings(converted(pdf([page])))] == ["4 Conclusions"]


def test_bold_titles_that_are_much_of_the_text_are_headings() -> None:
    pages = []
    for number in range(12):
        page = (
            Page()
            .text(60, 36, "Codes", size=8)
            .text(60, 60, f"Exhibit {number + 1}: how the pump of the upper tank is shown", font="bold")
        )
        pages.append(page.lines(60, 90, [f"{line} ({number})" for line in LEFT[:3]]))
    assert len(headings(converted(pdf(pages)))) == 12
