"""Places of cells with spans, the empty cells that are put in, and where a header is."""

from __future__ import annotations

import time

import pytest
from bs4 import BeautifulSoup

from pipeline.documents.html_tables import CellPlace, read_grid


def read(html: str) -> tuple[str, list[tuple[str, CellPlace]], str]:
    """Header, own cells with their places, and the table as rows of words after reading."""
    soup = BeautifulSoup(f"<table>{html}</table>", "html.parser")
    table = soup.find("table")
    assert table is not None
    cells = table.find_all(["td", "th"])
    grid = read_grid(table, soup)
    rows = " / ".join(
        ",".join(f"{cell.get_text()}{cell.get('colspan', '')}" for cell in row.find_all(["td", "th"]))
        for row in table.find_all("tr")
    )
    return grid.header, [(cell.get_text(), grid.places[id(cell)]) for cell in cells], rows


def test_cells_below_a_cell_that_reaches_down_stand_a_column_further_on() -> None:
    header, cells, rows = read(
        "<tr><td>a</td><td rowspan=3 colspan=2>b</td><td>c</td></tr>"
        "<tr><td>d</td><td>e</td></tr>"
        "<tr><td>f</td></tr><tr><td>g</td><td>h</td></tr>"
    )
    assert header == ""
    assert cells == [
        ("a", CellPlace(0, 0, 1, 1)),
        ("b", CellPlace(0, 1, 3, 2)),
        ("c", CellPlace(0, 3, 1, 1)),
        ("d", CellPlace(1, 0, 1, 1)),
        ("e", CellPlace(1, 3, 1, 1)),
        ("f", CellPlace(2, 0, 1, 1)),
        ("g", CellPlace(3, 0, 1, 1)),
        ("h", CellPlace(3, 1, 1, 1)),
    ]
    assert rows == "a,b2,c / d,2,e / f,2 / g,h"


def test_cell_reaches_down_to_the_last_row_at_most() -> None:
    _, cells, rows = read("<tr><td rowspan=9>a</td><td>b</td></tr><tr><td>c</td></tr>")
    assert cells[0] == ("a", CellPlace(0, 0, 2, 1))
    assert cells[2] == ("c", CellPlace(1, 1, 1, 1))
    assert rows == "a,b / ,c"


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
    _, cells, _ = read(f"<tr><td colspan='{value}'>a</td><td>b</td></tr>")
    assert cells == [("a", CellPlace(0, 0, 1, span)), ("b", CellPlace(0, span, 1, 1))]


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


def test_empty_cells_put_in_are_limited_by_the_size_of_the_table() -> None:
    width, height = 100, 60
    row = "<tr>" + "<td rowspan=60>x</td>" * width + "</tr>"
    soup = BeautifulSoup(f"<table>{row}{'<tr></tr>' * (height - 1)}</table>", "html.parser")
    table = soup.find("table")
    assert table is not None
    read_grid(table, soup)
    assert len(table.find_all("td")) == width + 2000 + 4 * width


def test_cells_that_span_down_cost_no_pass_for_each_row() -> None:
    """The first column is free in every row, so nothing is filled, and all spans wait until the last row."""

    def seconds(num_rows: int) -> float:
        cells = "<td>a</td>" + "<td rowspan=999>b</td>" * 6000
        soup = BeautifulSoup(f"<table><tr>{cells}</tr>{'<tr></tr>' * num_rows}</table>", "html.parser")
        times = []
        for _ in range(3):
            started = time.process_time()
            read_grid(soup.table, soup)
            times.append(time.process_time() - started)
        return min(times)

    assert seconds(900) < 4 * seconds(90) + 0.02
