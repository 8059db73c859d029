from __future__ import annotations

import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.grammar.turns.families import turn_families
from pipeline.documents.grammar.turns.lines import Lines, split_lines
from pipeline.documents.grammar.turns.reading import holds_dialogue, read_turns

from .said import checked_turns, said

PIECES = st.sampled_from(
    [
        "Ann: hello there.",
        "Bob：네.",
        "[10:03] <mun__> hi",
        "[김민수] [오후 2:31] 말",
        "2024년 3월 5일 오후 2:31, 김민수 : 말",
        "05/03/2024, 10:03 - Jo: words",
        "00:00:03.290 --> 00:00:05.000",
        "<v Ann>words</v>",
        "Ann Lee  0:03",
        "○위원장 김다온  말",
        "     Q.   Where?",
        "MARA",
        "HAMLET. Words.",
        "지훈    왔어?",
        "INT. KILN - NIGHT",
        "(laughs)",
        "1",
        "\t",
        "  ",
        "",
        "--------------- 2024년 3월 5일 화요일 ---------------",
        "words of a paragraph that goes on",
    ]
)


@given(st.lists(PIECES | st.text(max_size=20), max_size=40).map("\n".join))
def test_read_turns_of_any_text_are_in_order_with_exact_spans(text: str) -> None:
    checked_turns(text)
    for family in turn_families():
        end = 0
        for turn in family.read(split_lines(text)).turns:
            assert end <= turn.start <= turn.body < turn.end <= len(text)
            end = turn.end


def test_read_turns_takes_the_family_that_explains_most_lines() -> None:
    text = "[10:03] <ann> bob: is it hot?\n[10:04] <bob> ann: yes, it is\n[10:05] <ann> thanks\n"
    assert [speaker for speaker, _ in said(text)] == ["ann", "bob", "ann"]


def test_read_turns_of_few_lines_are_read_where_the_document_is_known_to_be_a_dialogue() -> None:
    text = "Chair (Ms. Kim): Any questions?\nTom Whitfield: Why did it rise?\nChair (Ms. Kim): The roof.\n"
    assert [speaker for speaker, _ in said(text)] == ["Chair (Ms. Kim)", "Tom Whitfield", "Chair (Ms. Kim)"]
    assert not holds_dialogue(text)


def test_read_turns_of_prose_or_of_one_turn_are_none() -> None:
    assert read_turns("The board met on Monday. It chose a chair.\n\nThe vote was close.") == []
    assert read_turns("Ann: hello") == []
    assert read_turns("") == []


def test_turn_families_are_found_by_their_files_the_special_ones_first() -> None:
    names = [family.name for family in turn_families()]
    assert {"irc", "kakaotalk", "whatsapp", "cues", "clock", "colon", "council"} <= set(names)
    assert len(set(names)) == len(names)
    assert names.index("whatsapp") < names.index("clock") < names.index("colon") == len(names) - 1


@pytest.mark.parametrize("lead", ["", "10:03 ", "[10:03] a", "○", "<"])
@pytest.mark.parametrize(
    "unit", ["a", "A", " ", "\t", "[", "(", "10:03 ", "가 나  ", ": ", "○가 ", "[a] [10:03] ", "님이 "]
)
def test_read_turns_of_a_line_without_end_costs_linear_time(lead: str, unit: str) -> None:
    def lines_of(num_chars: int) -> Lines:
        line = lead + unit * (num_chars // len(unit))
        return split_lines(
            f"{line}\nAnn: hello there\n00:00:01.000 --> 00:00:02.000\n<v Ann>{line}x\nAnn: hello again\nBob: hi\n"
        )

    def read_by_each_family(lines: Lines) -> None:
        for family in turn_families():
            family.read(lines)

    assert_linear(read_by_each_family, lines_of, size=4_000)
