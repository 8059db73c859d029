"""Ruled tables of PDF files: rules that are missing, false or those of a frame, each on a small page of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from documents.readers.pdf_pages import Page, pdf
from documents.readers.test_pdf import converted, said
from pipeline.documents.marks import MarkKind
from pipeline.documents.pdf.cells import Cell
from pipeline.documents.pdf.glyphs import Style
from pipeline.documents.pdf.lines import Line
from pipeline.documents.pdf.rows import split_rows
from pipeline.documents.pdf.words import Word


def grid(page: Page, xs: Sequence[float], ys: Sequence[float]) -> Page:
    for y in ys:
        page.rule(xs[0], y, xs[-1], y)
    for x in xs:
        page.rule(x, ys[0], x, ys[-1])
    return page


def rows_of(data: bytes) -> list[str]:
    return [line for line in converted(data).text.splitlines() if line.startswith("|")]


def test_rules_of_one_line_that_differ_by_half_a_point_bound_all_columns() -> None:
    page = grid(Page(), [60, 200, 340], [100, 122, 166])
    page.rule(200, 144.4, 340, 144.4).rule(60, 144.7, 200, 144.7)
    rows = [("Name of the standard", "Slabs"), ("Number", "20300"), ("Required", "Yes")]
    for number, row in enumerate(rows):
        for left, text in zip((66, 206), row, strict=True):
            page.text(left, 114 + 22 * number, text, size=13)
    assert rows_of(pdf([page]))[2:] == ["| Number | 20300 |", "| Required | Yes |"]


def test_rows_of_numbers_without_rules_between_them_are_rows() -> None:
    page = grid(Page(), [60, 160, 230, 300], [100, 120, 160])
    for left, text in ((66, "Route"), (166, "Guests"), (236, "Load")):
        page.text(left, 114, text)
    for number, row in enumerate([("Europe", "42,097", "62.0"), ("Korea", "47,126", "79.9%")]):
        for left, text in zip((66, 166, 236), row, strict=True):
            page.text(left, 134 + 14 * number, text)
    assert rows_of(pdf([page]))[2:] == ["| Europe | 42,097 | 62.0 |", "| Korea | 47,126 | 79.9% |"]


def test_label_between_two_rows_of_numbers_belongs_to_both() -> None:
    page = grid(Page(), [60, 120, 190, 260, 330], [100, 120, 160])
    for left, text in ((66, "Layers"), (126, "Language"), (196, "Simple"), (266, "All")):
        page.text(left, 114, text)
    page.text(66, 141, "6")
    for number, row in enumerate([("OTSL", "0.965", "0.955"), ("HTML", "0.969", "0.955")]):
        for left, text in zip((126, 196, 266), row, strict=True):
            page.text(left, 134 + 14 * number, text)
    assert rows_of(pdf([page]))[2:] == ["| 6 | OTSL | 0.965 | 0.955 |", "| 6 | HTML | 0.969 | 0.955 |"]


def test_words_on_two_lines_in_each_cell_stay_one_row() -> None:
    page = grid(Page(), [60, 160, 230, 300], [100, 130, 150])
    for left, first, second in ((66, "Name of", "the rate"), (166, "Annual", "rate"), (236, "Comparison", "rate")):
        page.text(left, 111, first).text(left, 123, second)
    for left, text in ((66, "Fixed"), (166, "4.04%"), (236, "5.38%")):
        page.text(left, 144, text)
    assert rows_of(pdf([page]))[0] == "| Name of the rate | Annual rate | Comparison rate |"


def test_shading_behind_each_line_of_a_label_makes_no_row() -> None:
    page = Page()
    for top in (102, 124, 146, 168):
        page.box(202, top, 338, top + 22)
    for y in (100, 146, 190):
        page.rule(60, y, 340, y)
    for x in (60, 200, 340):
        page.rule(x, 100, x, 190)
    page.text(206, 117, "How the base price", size=14).text(206, 139, "is set", size=14)
    page.text(206, 161, "Least share", size=14).text(206, 183, "of the offer", size=14)
    page.text(66, 117, "By world prices").text(66, 161, "Half of a year")
    found = rows_of(pdf([page]))
    assert found == [
        "| By world prices | How the base price is set |",
        "| --- | --- |",
        "| Half of a year | Least share of the offer |",
    ]


def test_tables_in_a_frame_are_tables_of_their_own_and_the_titles_between_them_text() -> None:
    page = Page()
    for x in (40, 500):
        page.rule(x, 90, x, 260)
    for y in (90, 160, 170, 260):
        page.rule(40, y, 500, y)
    for xs, ys in (([44, 200, 496], [100, 120, 140]), ([44, 120, 300, 496], [200, 220, 240])):
        for y in ys:
            page.rule(43, y, 497, y)
        grid(page, xs, ys)
    page.text(50, 114, "Line").text(206, 114, "Item").text(50, 134, "1").text(206, 134, "Dark chocolate")
    page.text(50, 190, "Claims", size=12)
    for left, text in ((50, "Claim"), (126, "Kind"), (306, "Date")):
        page.text(left, 214, text)
    for left, text in ((50, "7"), (126, "Refund"), (306, "4 May")):
        page.text(left, 234, text)
    found = converted(pdf([page]))
    assert len(said(found, MarkKind.TABLE)) == 2
    assert "| 1 | Dark chocolate |" in found.text
    assert "| 7 | Refund | 4 May |" in found.text
    assert "Claims" in found.text.replace("| Claim", "")


def test_title_and_notes_in_the_frame_of_a_table_are_text() -> None:
    page = grid(Page(), [60, 160, 230, 300], [160, 180, 200, 220])
    for x in (60, 300):
        page.rule(x, 100, x, 290)
    for y in (100, 290):
        page.rule(60, y, 300, y)
    page.text(66, 130, "Passengers by route", size=14)
    for number, row in enumerate(
        [("Route", "Guests", "Load"), ("Europe", "42,097", "62.0"), ("Korea", "47,126", "79")]
    ):
        for left, text in zip((66, 166, 236), row, strict=True):
            page.text(left, 174 + 20 * number, text)
    page.text(66, 240, "Load: share of seats that are taken", size=8)
    found = converted(pdf([page]))
    assert rows_of(pdf([page]))[2:] == ["| Europe | 42,097 | 62.0 |", "| Korea | 47,126 | 79 |"]
    assert found.text.startswith("# Passengers by route")
    assert found.text.rstrip().endswith("Load: share of seats that are taken")


@given(st.lists(st.lists(st.integers(0, 9999), min_size=1, max_size=4), min_size=1, max_size=4))
def test_splitting_rows_keeps_each_line_once_and_cells_apart(columns: list[list[int]]) -> None:
    def line(text: str, left: float, base: float) -> Line:
        return Line([Word(text, left, left + 10, base, Style(10.0))])

    cells = [
        Cell(0, column, lines=[line(str(value), 50 * column, 100 + 12 * row) for row, value in enumerate(values)])
        for column, values in enumerate(columns)
    ]
    found = split_rows(cells)
    before = sorted(id(line) for cell in cells for line in cell.lines)
    assert sorted(id(line) for cell in found for line in cell.lines) == before
    places = [
        (row, column)
        for cell in found
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    ]
    assert len(places) == len(set(places))
