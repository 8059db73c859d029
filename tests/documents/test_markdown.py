from __future__ import annotations

import random

import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.markdown import read_markdown

MANUAL = """---
title: x
# no heading
---

# 펌프 P-40

Text with `# no heading`.

Setext title
============

3. Open the valve:

   ```bash
   # no heading
   pumpctl start
   ```
4. Close it.
   - slowly
   - gently

| 부품 | No. |
|------|:---:|
| 씰 \\| 링 | `A|17` |
| 링 |

<!-- Draft: ask Mina. -->

    # indented code

Text[^1].

[^1]: See the schedule.
"""


def marked(text: str) -> list[tuple[str, str, int, str]]:
    return [(mark.kind.value, text[mark.start : mark.end], mark.level, mark.value) for mark in read_markdown(text)]


def test_read_markdown_marks_stand_at_their_words() -> None:
    found = marked(MANUAL)
    assert [one for one in found if one[0] == "heading"] == [
        ("heading", "# 펌프 P-40", 1, "펌프 P-40"),
        ("heading", "Setext title\n============", 1, "Setext title"),
    ]
    assert [(text.split("\n")[0], level, value) for kind, text, level, value in found if kind == "list_item"] == [
        ("3. Open the valve:", 1, "3"),
        ("4. Close it.", 1, "4"),
        ("   - slowly", 2, ""),
        ("   - gently", 2, ""),
    ]
    assert [(text.split("\n")[0].strip(), value) for kind, text, _, value in found if kind == "code"] == [
        ("```bash", "bash"),
        ("# indented code", ""),
    ]
    assert ("hidden", "<!-- Draft: ask Mina. -->", 0, "") in found
    assert ("footnote", "[^1]: See the schedule.", 0, "1") in found


def test_read_markdown_cells_stand_between_their_bars() -> None:
    marks = [mark for mark in read_markdown(MANUAL) if mark.kind in (MarkKind.TABLE, MarkKind.CELL)]
    table, *cells = marks
    assert table.value == "row"
    assert [(cell.row, cell.column, MANUAL[cell.start : cell.end]) for cell in cells] == [
        (0, 0, "부품"),
        (0, 1, "No."),
        (1, 0, "씰 \\| 링"),
        (1, 1, "`A"),
        (1, 2, "17`"),
        (2, 0, "링"),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_read_markdown_of_any_line_end_has_the_same_marks(line_end: str) -> None:
    def said(text: str) -> list[tuple[str, list[str], int, str]]:
        return [(kind, words.splitlines(), level, value) for kind, words, level, value in marked(text)]

    assert said(MANUAL.replace("\n", line_end)) == said(MANUAL)


LINES = st.sampled_from([*MANUAL.split("\n"), "> ", "> | a | b |", "\t", "1) a", "```", "\x00", "\u2028", "a\x0bb"])


@given(st.lists(LINES | st.text(max_size=20), max_size=30), st.sampled_from(["\n", "\r\n", "\r"]))
def test_read_markdown_of_anything_stays_inside_the_text(lines: list[str], line_end: str) -> None:
    text = line_end.join(lines)
    for mark in read_markdown(text):
        assert 0 <= mark.start <= mark.end <= len(text)


@pytest.mark.parametrize(
    "unit",
    ["> ", "- ", "* a\n", "1. ", "[", "![", "|", "a | b\n", "`", "<!--", "    ", "\\", "[a]: b\n", "&#1;", "> - "],
)
def test_read_markdown_of_a_hostile_file_costs_linear_time(unit: str) -> None:
    def mixed(num_pieces: int) -> str:
        chance = random.Random(3)
        return "".join(chance.choice([unit, "\n", "a"]) for _ in range(num_pieces))

    assert_linear(read_markdown, lambda num_chars: unit * (num_chars // len(unit)), size=2_000)
    assert_linear(read_markdown, mixed, size=500)
