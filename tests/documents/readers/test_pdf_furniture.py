"""Running headers and page numbers of PDF files: in the margin, of chapters and excerpts, alone; titles stay."""

from __future__ import annotations

from documents.readers.pdf_pages import HEIGHT, Page, pdf
from documents.readers.test_pdf import LEFT, RIGHT, converted
from documents.readers.test_pdf_judged import headings


def body(number: int) -> Page:
    """Return a page whose text differs from that of other pages."""
    page = Page()
    for place, line in enumerate([*LEFT, *RIGHT] * 4):
        page.text(150, 120 + 13 * place, f"{'abcdefghijklmnopqrstuvwxyz'[(number * 7 + place) % 26]} {line}")
    return page


def test_running_header_in_the_margin_goes_and_a_label_in_the_margin_stays() -> None:
    pages = [
        body(number).text(60, 126, "Shift work", size=13).text(60, 173, f"{160 + number}", size=13)
        for number in range(6)
    ]
    pages[2].text(60, 300, "Table 1")
    text = converted(pdf(pages)).text
    assert "Shift work" not in text
    assert all(f"{160 + number}" not in text for number in range(6))
    assert "Table 1" in text


def test_first_column_of_a_table_on_all_pages_is_no_margin() -> None:
    pages = []
    for number in range(6):
        page = (
            Page()
            .text(60, 90, f"Exhibit {'ABCDEF'[number]}")
            .text(60, 120, "Line", font="bold")
            .text(150, 120, "Description of the field", font="bold")
        )
        for place in range(20):
            page.text(60, 134 + 13 * place, f"{number}{place}")
            page.text(150, 134 + 13 * place, f"The field {number}{place} of the form, which says what was paid")
        pages.append(page)
    text = converted(pdf(pages)).text
    assert text.count("Line") == 6


def test_header_of_a_chapter_goes_if_pages_near_it_have_it() -> None:
    pages = [body(number).text(150, 60, f"Part {'ABCDE'[number // 12]} of it", size=9) for number in range(60)]
    assert "Part" not in converted(pdf(pages)).text


def test_numbered_titles_below_a_header_stay() -> None:
    pages = [
        body(number).text(150, 50, "Command codes", size=9).text(150, 90, f"Exhibit {3 * number + 2}", font="bold")
        for number in range(6)
    ]
    text = converted(pdf(pages)).text
    assert "Command codes" not in text
    assert text.count("Exhibit") == 6


def test_header_beside_ascending_page_numbers_goes_in_an_excerpt() -> None:
    pages = []
    for number, label in enumerate((78, 79, 83, 84)):
        is_left = label % 2 == 0
        page = body(number).text(150 if is_left else 300, 60, "Outlook" if is_left else "IV. Trends")
        pages.append(page.text(60 if is_left else 500, 60, f"{label}"))
    text = converted(pdf(pages)).text
    assert "Outlook" not in text
    assert "IV. Trends" not in text


def test_page_number_alone_goes_even_from_one_page_and_other_numbers_stay() -> None:
    page = Page().lines(60, 100, LEFT).lines(60, 180, RIGHT).text(294, HEIGHT - 50, "13")
    text = converted(pdf([page])).text
    assert "13" not in text
    page = Page().lines(60, 100, LEFT).text(60, 180, "1977").lines(60, 220, RIGHT)
    assert "1977" in converted(pdf([page])).text


def test_large_title_beside_a_repeated_note_stays() -> None:
    pages = [
        Page().text(60, 60, f"{name} loans", size=20).text(400, 60, "Valid from 9 April on all days", size=9)
        for name in ("Home", "Investment")
    ]
    found = converted(pdf([page.lines(60, 120, LEFT).lines(60, 220, RIGHT) for page in pages]))
    assert [title for _, title in headings(found)] == ["Home loans", "Investment loans"]
    assert "Valid from" not in found.text
