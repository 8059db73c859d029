"""The title of a value's column is the cell of the table's first row."""

from __future__ import annotations

import pytest

from pipeline.clean.table_columns import TableColumns

TABLE = "Contacts\n\n| Name | Phone |\n|---|---|\n| Kim | 111 |\n| Lee | 222 |\n\nAfter 333\n"


@pytest.mark.parametrize(
    ("word", "title"),
    [("Kim", "Name"), ("111", "Phone"), ("222", "Phone"), ("Name", ""), ("333", ""), ("Contacts", "")],
)
def test_title_is_the_cell_of_the_first_row(word: str, title: str) -> None:
    assert TableColumns(TABLE).title(TABLE.index(word)) == title


def test_title_of_columns_between_tabs() -> None:
    text = "name\tphone\nkim\t111\nlee\t222"
    columns = TableColumns(text)
    assert [columns.title(text.index(word)) for word in ("222", "111", "kim")] == ["phone", "phone", "name"]


def test_title_of_a_cell_beyond_the_first_row_is_empty() -> None:
    assert TableColumns("a|b\n1|2|3").title(8) == ""


def test_title_in_a_very_long_line_is_empty() -> None:
    text = "a|b\n" + "x" * 5000 + "|1"
    assert TableColumns(text).title(len(text) - 1) == ""


def test_title_of_the_last_of_many_rows_is_found() -> None:
    text = "id|phone\n" + "1|2\n" * 5000
    columns = TableColumns(text)
    assert {columns.title(offset) for offset in range(text.index("2"), len(text), 4)} == {"phone"}
