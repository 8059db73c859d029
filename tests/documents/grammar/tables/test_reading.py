from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.grammar.tables.reading import read_tables
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark, MarkKind

from .cells import checked_tables, tables

VALVES = [["Valve", "Size"], ["V1", "3 mm"], ["V2", "4 mm"]]


def test_read_tables_pipe_table_has_a_header_row_and_escaped_pipes() -> None:
    text = "| Valve | Size |\n|:--|--:|\n| V1 | 3 mm |\n| V2 \\| spare | 4 mm |\n"
    assert tables(text) == [("row", [["Valve", "Size"], ["V1", "3 mm"], ["V2 | spare", "4 mm"]])]
    assert tables("Valve | Size\n--- | ---\nV1 | 3 mm\nV2 | 4 mm\n") == [("row", VALVES)]
    assert tables("| Valve | Size |\n|---+---|\n| V1 | 3 mm |\n| V2 | 4 mm |\n") == [("row", VALVES)]


def test_read_tables_first_row_that_is_a_pair_like_the_others_is_no_header() -> None:
    pairs = [["Rated voltage", "220 V"], ["Rated current", "15 A"], ["Mass", "42 kg"]]
    lines = "".join(f"| {key} | {value} |\n" for key, value in pairs)
    first, rest = lines.split("\n", 1)
    assert tables(f"{first}\n|---|---|\n{rest}") == [("column", pairs)]
    assert tables(f"|  |  |\n|---|---|\n{lines}") == [("column", pairs)]
    shortcuts = "| fb | boot/framebuffer |\n|---|---|\n| auto | boot/automatic |\n| file | seed/file |\n"
    assert [header for header, _ in tables(shortcuts)] == [""]


def test_read_tables_without_certain_columns_has_no_cells() -> None:
    assert tables("| A | B |\n|---|---|\n| x | 1 | 2 |\n") == [("", [])]


def test_read_tables_note_in_the_shape_of_a_table_is_none() -> None:
    assert tables("|  | Warning |\n| --- | --- |\n| Keep the lid shut. |\n") == []
    assert tables("|  | 주의 |\n| --- | --- |\n| 뚜껑을 열지 마십시오. |\n") == []


def test_read_tables_caption_stands_above_or_below_and_may_have_a_letter() -> None:
    table = "| 기호 | 설명 |\n|---|---|\n| `+` | 덧셈 |\n"
    [(above, _)] = checked_tables(f'<span class="caption">표 B-1: 연산자</span>\n\n{table}')
    [(below, _)] = checked_tables(f"{table}\n**표 2.** 연산자\n")
    [(prose, _)] = checked_tables(f"표 B-1은 연산자를 보여 줍니다.\n\n{table}")
    assert (above.label, below.label, prose.label) == ("표 B-1: 연산자", "표 2. 연산자", "")


def test_read_tables_grid_fills_spans_and_joins_lines() -> None:
    text = (
        "+-----+-----+-----+\n| Lot | Old | New |\n+=====+=====+=====+\n| one | 1   | 2   |\n|     +-----+-----+\n"
        "|     | 3   | 4   |\n+-----+-----+-----+\n| two | five and  |\n|     | six       |\n+-----+-----------+\n"
    )
    assert tables(text) == [
        (
            "row",
            [["Lot", "Old", "New"], ["one", "1", "2"], ["one", "3", "4"], ["two", "five and six", "five and six"]],
        )
    ]


def test_read_tables_box_of_korean_letters_is_cut_by_their_width() -> None:
    text = (
        "┌────────────┬────────┐\n│    품목    │  무게  │\n├────────────┼────────┤\n│나사        │12그램  │\n"
        "├────────────┼────────┤\n│육각 볼트   │30그램  │\n└────────────┴────────┘\n"
    )
    assert tables(text) == [("row", [["품목", "무게"], ["나사", "12그램"], ["육각 볼트", "30그램"]])]


def test_read_tables_word_broken_at_a_border_is_left_empty() -> None:
    text = (
        "┌──────┬────────┐\n│ 이름 │  무게  │\n├──────┼────────┤\n│네트워│12그램  │\n│크    │        │\n"
        "└──────┴────────┘\n"
    )
    [(_, rows)] = tables(text)
    assert rows[1] == ["", "12그램"]


def test_read_tables_simple_and_underlined_tables_are_ruled() -> None:
    simple = "=====  ====\nValve  Size\n=====  ====\nV1     3 mm\nV2     4 mm\n=====  ====\n"
    assert tables(simple) == [("row", VALVES)]
    assert tables("Valve  Size\n-----  ----\nV1     3 mm\nV2     4 mm\n\nText.\n") == [("row", VALVES)]


def test_read_tables_tabs_and_blanks_need_columns_that_are_certain() -> None:
    assert tables("품목\t가격\n너트\t300\n볼트\t400\n") == [
        ("row", [["품목", "가격"], ["너트", "300"], ["볼트", "400"]])
    ]
    spaced = "Part    Size   Price\nBolt    3 mm   12\nNut     4 mm   15\n"
    assert [header for header, _ in tables(spaced)] == ["row"]
    names = "Voltage      12 V\nWeight       1.2 kg\nHose length  24 cm\n"
    assert [header for header, _ in tables(names)] == ["column"]
    assert tables("-v    be verbose    please\n-q    be quiet      please\n-x    be odd        please\n") == []


def test_read_tables_values_with_commas_are_a_table_below_a_header_only() -> None:
    assert tables("name,weight,price\nbolt,12,0.4\nnut,15,0.5\n") == [
        ("row", [["name", "weight", "price"], ["bolt", "12", "0.4"], ["nut", "15", "0.5"]])
    ]
    assert tables("Bring a cup, a spoon, and a plate.\nThen sit, wait, and eat.\nThen wash, dry, and go.\n") == []
    assert [header for header, _ in tables('```csv\nname,weight\n"bolt, long",12\nnut,15\n```\n')] == ["row"]


def test_read_tables_rules_inside_code_are_no_table() -> None:
    assert tables("```\n| A | B |\n|---|---|\n| x | 1 |\n```\n") == []


def test_read_tables_marks_give_cells_spans_and_header() -> None:
    text = "Lot Old New one 1 2 two 3"
    cells = [
        ("Lot", 0, 0, 1, 1),
        ("Old", 0, 1, 1, 1),
        ("New", 0, 2, 1, 1),
        ("one", 1, 0, 2, 1),
        ("1", 1, 1, 1, 1),
        ("2", 1, 2, 1, 1),
        ("3", 2, 1, 1, 2),
    ]
    marks = [Mark(MarkKind.TABLE, 0, len(text), value="row")] + [
        Mark(MarkKind.CELL, text.index(value), text.index(value) + len(value), 0, value, *place)
        for value, *place in cells
    ]
    assert tables(text, marks) == [("row", [["Lot", "Old", "New"], ["one", "1", "2"], ["one", "3", "3"]])]


def test_read_tables_marks_that_overlap_leave_no_cells() -> None:
    marks = [
        Mark(MarkKind.TABLE, 0, 3, value="row"),
        Mark(MarkKind.CELL, 0, 1, value="a", row_span=2),
        Mark(MarkKind.CELL, 1, 2, value="b", row=1),
    ]
    assert tables("a b", marks) == [("", [])]


@given(st.text(alphabet="|-+= \nab1,\t│─┼가", max_size=120))
def test_read_tables_any_text_gives_nodes_inside_it(text: str) -> None:
    checked_tables(text)


class Counted(list[TextLine]):
    """Lines that count how often one of them is looked at."""

    looks = 0

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        self.looks += len(found) if isinstance(index, slice) else 1
        return found

    def __iter__(self) -> Iterator[TextLine]:
        self.looks += len(self)
        return super().__iter__()


@pytest.mark.parametrize(
    "line", ["| a ", "a\tb\n", "a,b,c\n", "+--+--+\n", "== ==\n", "aa   bb   cc\n", "|---", "* ", "1 "], ids=repr
)
def test_read_tables_looks_at_each_of_many_lines_a_few_times(line: str) -> None:
    def looks(times: int) -> int:
        lines = Counted(read_lines(line * times))
        read_tables(line * times, lines=lines)
        return lines.looks

    few, many = looks(1_000), looks(4_000)
    assert many <= 4.2 * few + 50


def test_read_tables_korean_word_for_example_heads_a_column() -> None:
    text = "| 리터럴 | 예 |\n|---|---|\n| 십진 | `98` |\n| 이진 | `0b11` |\n"
    assert [header for header, _ in tables(text)] == ["row"]
