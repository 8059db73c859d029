"""Lines of PDF files: letters drawn one by one, words printed twice, phrases far apart and labels of figures."""

from __future__ import annotations

from documents.readers.pdf_pages import Page, pdf
from documents.readers.test_pdf import LEFT, RIGHT, blocks, converted
from documents.readers.test_pdf_judged import headings
from pipeline.documents.pdf.glyphs import Style
from pipeline.documents.pdf.lines import lines_of
from pipeline.documents.pdf.words import Word


def test_words_printed_twice_in_one_place_are_there_once() -> None:
    page = Page().lines(60, 100, LEFT).lines(60, 200, RIGHT).lines(60.5, 100.8, LEFT)
    page.text(60, 300, "It rests.").text(60, 340, "It rests.")
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT), " ".join(RIGHT), "It rests.", "It rests."]


def test_letters_drawn_one_by_one_are_words() -> None:
    left = 100.0
    words: list[Word] = []
    for letter in "level k":
        width = 3.0 if letter == " " else 6.0
        if letter != " ":
            words.append(Word(letter, left, left + width, 50.0, Style(10.0)))
        left += width
    assert [line.text for line in lines_of(words)] == ["level k"]


def test_letters_that_the_file_parts_by_a_space_stay_apart() -> None:
    words = [
        Word("A", 100.0, 106.0, 50.0, Style(10.0), ends_in_space=True),
        Word("B", 106.0, 112.0, 50.0, Style(10.0)),
    ]
    assert [line.text for line in lines_of(words)] == ["A B"]


def test_phrases_far_apart_on_one_line_are_apart_and_a_label_keeps_its_value() -> None:
    page = Page().text(60, 60, "Figure 1. The upper tank.").text(320, 60, "Figure 2. The lower tank.")
    page.text(60, 100, "Contact person:").text(320, 100, "Michael Chen").text(60, 140, "Filter").text(
        320, 140, "in the lid"
    )
    found = blocks(converted(pdf([page])))
    assert found[:2] == ["Figure 1. The upper tank.", "Figure 2. The lower tank."]
    assert found[2:] == ["Contact person: Michael Chen", "Filter in the lid"]


def test_title_is_apart_from_a_note_in_smaller_type_beside_it() -> None:
    page = Page().text(60, 60, "Booking order", size=18).text(320, 60, "Printed on 4 May", size=9).lines(60, 90, LEFT)
    assert headings(converted(pdf([page.lines(60, 180, RIGHT)]))) == [(1, "Booking order")]


def test_each_label_of_a_figure_is_a_paragraph_and_the_numbers_of_an_axis_are_one() -> None:
    page = Page()
    for number in range(24):
        page.box(100 + 15 * number, 200, 110 + 15 * number, 210 + 5 * number)
    page.text(40, 90, "DM Mathematics", size=9).text(120, 102, "Loss by layer", size=9)
    for number in range(5):
        page.text(60, 204 + 12 * number, f"{number}.0", size=8)
    page.text(60, 264, "5.0", size=8).text(110, 264, "charmed sector", size=8)
    assert blocks(converted(pdf([page]))) == [
        "DM Mathematics",
        "Loss by layer",
        "0.0 1.0 2.0 3.0 4.0",
        "5.0",
        "charmed sector",
    ]
