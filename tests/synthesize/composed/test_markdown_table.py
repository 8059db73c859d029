import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.markdown_table import markdown_table

CELL = st.text(alphabet=st.characters(blacklist_characters="\\|", blacklist_categories=("C", "Z")), max_size=8)


@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=5))
def test_markdown_table_holds_every_cell_at_its_place(rows: list[list[str]]) -> None:
    header, rule, *lines = markdown_table(["a", "b", "c"], rows).split("\n")
    assert (header, rule) == ("| a | b | c |", "| --- | --- | --- |")
    assert [line[2:-2].split(" | ") for line in lines] == rows


def test_markdown_table_escapes_pipes_and_line_breaks() -> None:
    assert markdown_table(["x"], [["a|b\n  c"]]).split("\n")[-1] == "| a\\|b c |"


def test_markdown_table_with_a_short_row_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells, but the header has 2"):
        markdown_table(["x", "y"], [["a"]])
