"""HTML tables as full rows, the places of their cells, and where a header is."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag
from growth import assert_linear

from pipeline.documents.html_tables import arrange_table
from pipeline.documents.markup import convert_page
from pipeline.documents.table_layout import PlacedCell


def read(html: str) -> tuple[str, list[PlacedCell], str]:
    """Header, own cells with their places, and the table as rows of words; `^` stands for a repeated cell."""
    soup = BeautifulSoup(f"<table>{html}</table>", "html.parser")
    table = soup.find("table")
    assert table is not None
    grid = arrange_table(table, soup)
    rows = " / ".join(
        ",".join("^" if id(cell) in grid.copies else cell.get_text() for cell in row.find_all(["td", "th"]))
        for row in table.find_all("tr")
    )
    return grid.header, list(grid.places.values()), rows


def test_cells_below_a_cell_that_reaches_down_stand_a_column_further_on() -> None:
    header, cells, rows = read(
        "<tr><td>a</td><td rowspan=3 colspan=2>b</td><td>c</td></tr>"
        "<tr><td>d</td><td>e</td></tr>"
        "<tr><td>f</td></tr><tr><td>g</td><td>h</td><td>i</td></tr>"
    )
    assert header == ""
    assert cells == [
        PlacedCell("a", 0, 0),
        PlacedCell("b", 0, 1, 3, 2),
        PlacedCell("c", 0, 3),
        PlacedCell("d", 1, 0),
        PlacedCell("e", 1, 3),
        PlacedCell("f", 2, 0),
        PlacedCell("g", 3, 0),
        PlacedCell("h", 3, 1),
        PlacedCell("i", 3, 2),
    ]
    assert rows == "a,b,^,c / d,^,^,e / f,^,^, / g,h,i,"


def test_cell_reaches_down_to_the_last_row_at_most() -> None:
    _, cells, rows = read("<tr><td rowspan=9>a</td><td>b</td></tr><tr><td>c</td></tr>")
    assert cells == [PlacedCell("a", 0, 0, 2), PlacedCell("b", 0, 1), PlacedCell("c", 1, 1)]
    assert rows == "a,b / ^,c"


def test_white_space_between_cells_is_not_moved_into_the_row() -> None:
    page = convert_page("<table><tr>\n  <td> </td>\n  <td>a</td>\n </tr>\n<tr><td>b</td>\n<td>c</td></tr></table>")
    assert page.markdown.strip().splitlines()[2:] == ["|  | a |", "| b | c |"]


def test_title_that_spans_the_table_stands_above_it() -> None:
    page = convert_page(
        "<table><thead><tr><th colspan=2>Spare <b>parts</b></th></tr></thead>"
        "<tr><th>Part</th><th>No.</th></tr><tr><td>Seal</td><td>7</td></tr></table>"
    )
    assert page.markdown.strip() == "Spare **parts**\n\n| Part | No. |\n| --- | --- |\n| Seal | 7 |"


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("1", 1),
        ("2", 2),
        ("1000", 1000),
        ("1001", 1000),
        ("999999", 1000),
        ("9999999", 1),
        ("0", 1),
        ("-2", 1),
        ("x", 1),
        (" 3 ", 3),
        ("", 1),
    ],
)
def test_span_is_a_number_of_a_thousand_at_most(value: str, span: int) -> None:
    body = "<tr>" + "<td>x</td>" * 1002 + "</tr>"
    _, cells, _ = read(f"{body}<tr><td colspan='{value}'>a</td><td>b</td></tr>")
    assert cells[-2:] == [PlacedCell("a", 1, 0, 1, span), PlacedCell("b", 1, span)]


@pytest.mark.parametrize(
    ("html", "header"),
    [
        ("<tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr>", "row"),
        ("<tr><th>a</th><td>b</td></tr><tr><th>c</th><td>d</td></tr>", "column"),
        ("<tr><th>a</th><th>b</th></tr><tr><th>c</th><td>d</td></tr>", "both"),
        ("<tr><th>a</th><th>b</th></tr><tr><th>c</th><th>d</th></tr>", "row"),
        ("<tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr>", ""),
        ("<thead><tr><td>a</td></tr></thead><tbody><tr><td>c</td></tr></tbody>", "row"),
        ("<thead><tr><td>a</td></tr><tr><td>c</td></tr></thead>", ""),
        ("<tr><th>a</th><th>b</th></tr>", ""),
        ("<tr></tr><tr><th>a</th></tr><tr><td>c</td></tr>", "row"),
        ("<tr><th>a</th><th>b</th></tr><tr><th>only</th></tr><tr><td>c</td><td>d</td></tr>", "row"),
        ("<tr><th>a</th><th>b</th></tr><tr><th>only</th></tr><tr><th>c</th><td>d</td></tr>", "both"),
        ("<tr><td rowspan=2>a</td><td>b</td></tr><tr><th>c</th><td>d</td></tr>", ""),
    ],
)
def test_header_is_a_first_row_or_a_first_column_of_header_cells(html: str, header: str) -> None:
    assert read(html)[0] == header


def test_added_cells_are_limited_by_the_size_of_the_table() -> None:
    wide = "<tr>" + "<td>x</td>" * 1000 + "</tr>"
    _, _, rows = read(wide + "<tr><td>y</td></tr>" * 1000)
    assert rows.count(",") == 999


@pytest.mark.parametrize("row", ["<tr></tr>", "<tr><td>c</td></tr>"])
def test_cells_that_span_down_cost_no_pass_for_each_row(row: str) -> None:
    """The first column is free in every row, so nothing is filled, and all spans wait until the last row."""

    def parsed(number: int) -> tuple[Tag, BeautifulSoup]:
        cells = "<td>a</td>" + "<td rowspan=999>b</td>" * number
        soup = BeautifulSoup(f"<table><tr>{cells}</tr>{row * number}</table>", "html.parser")
        assert soup.table is not None
        return soup.table, soup

    assert_linear(lambda table: arrange_table(*table), parsed, size=60)
