from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.nodes import Node, NodeKind
from pipeline.pack.boundaries import (
    CAPTION_RANK,
    LAST_RANK,
    PARAGRAPH_RANK,
    PROVISION_RANK,
    RULE_RANK,
    SENTENCE_RANK,
    boundaries,
)
from pipeline.records import Section

CODE = """import os


@cache
def load(path):
    with open(path) as file:

        return file.read()


class Store:
    limit = 3

    def size(self):
        return 1
"""
CHAT = """[10:02] <mina> 배송이 아직 안 왔어요. 언제 오나요?
혹시 누락된 건가요?
[10:03] <agent> 확인해 보겠습니다. 잠시만요.

송장 번호를 알려 주세요.
[10:05] <mina> 4410-22입니다.
"""
MINUTES = """Chair (Ms. Kim): We start with the budget. Any questions?
Tom Whitfield: Yes. Why did it rise?
Chair (Ms. Kim): Because of the roof.
"""


def cuts(text: str, domain: str, sections: tuple[Section, ...] = (), path: str = "store.py") -> dict[str, int]:
    return {
        text[boundary.offset :].split("\n")[0]: boundary.rank
        for boundary in boundaries(
            text,
            domain=domain,
            sections=sections,
            outline=read_outline(text=text, domain=domain, language="en"),
            path=path,
        )
    }


def test_boundaries_of_code_prefer_top_level_blocks_to_indented_ones_to_lines() -> None:
    found = cuts(CODE, "code")
    assert found["@cache"] == found["class Store:"] == PARAGRAPH_RANK
    assert PARAGRAPH_RANK < found["    def size(self):"] < found["        return file.read()"] < SENTENCE_RANK
    assert found["def load(path):"] == found["    limit = 3"] == LAST_RANK


def test_boundaries_of_dialogue_lie_between_turns_only() -> None:
    assert list(cuts(CHAT, "dialogue")) == [
        "[10:03] <agent> 확인해 보겠습니다. 잠시만요.",
        "[10:05] <mina> 4410-22입니다.",
    ]
    assert list(cuts(MINUTES, "dialogue")) == [
        "Tom Whitfield: Yes. Why did it rise?",
        "Chair (Ms. Kim): Because of the roof.",
    ]


def test_boundaries_of_dialogue_lie_inside_a_long_turn_too_but_rank_below_turns() -> None:
    speech = "We spoke about the roof for an hour. " * 80
    text = f"Ann: Shall we begin?\nBob: {speech.strip()}\nAnn: Thank you all.\nBob: Not at all.\n"
    found = boundaries(text, domain="dialogue", sections=(), outline=read_turns(text), path="")
    turns = [boundary for boundary in found if boundary.rank == PARAGRAPH_RANK]
    assert [text[turn.offset :][:4] for turn in turns] == ["Bob:", "Ann:", "Bob:"]
    inside = [boundary for boundary in found if boundary.rank >= SENTENCE_RANK]
    assert len(inside) > 70
    assert all(turns[0].offset < boundary.offset < turns[1].offset for boundary in inside)


def test_boundaries_of_dialogue_are_where_the_grammar_of_turns_sees_one() -> None:
    text = "[김민수] [오후 2:31] 첫 줄: 하나\n둘째 줄\n[이서연] [오후 2:32] 사진\n[이서연] [오후 2:32] 네\n"
    assert list(cuts(text, "dialogue")) == ["[이서연] [오후 2:32] 네"]


def test_boundaries_of_dialogue_without_turns_are_those_of_prose() -> None:
    text = "The board met on Monday. It chose a chair.\n\nThe vote was close."
    assert cuts(text, "dialogue") == cuts(text, "legal") != {}


def test_boundaries_rank_sections_by_level_above_paragraphs_above_sentences() -> None:
    text = "Preamble.\n# One\nText here. More text.\n\nA paragraph.\n## Sub\nEnd."
    starts = [text.index(mark) for mark in ("# One", "## Sub")]
    sections = (
        Section(start=0, end=starts[0], level=0, title=""),
        Section(start=starts[0], end=starts[1], level=1, title="One"),
        Section(start=starts[1], end=len(text), level=2, title="Sub"),
    )
    assert cuts(text, "manual", sections) == {
        "# One": 1,
        "More text.": SENTENCE_RANK,
        "A paragraph.": PARAGRAPH_RANK,
        "## Sub": 2,
    }


def test_boundaries_ignore_sections_that_do_not_begin_a_line_and_indented_ones_of_code() -> None:
    text = "class A:\n    def f(self):\n        pass\n"
    inside = tuple(Section(start=text.index(s), end=len(text), level=2, title=s) for s in ("    def f", "f(self)"))
    assert set(cuts(text, "code", inside).values()) == {LAST_RANK}


def test_boundaries_of_rows_lie_between_them() -> None:
    table = "| 품목 | 수량 |\n| 타일 | 40 |\n| 벽돌 | 12 |\n"
    contents = "1. Scope\n1.1. Terms\n1.2. Parties\n"
    assert list(cuts(table, "manual")) == ["| 타일 | 40 |", "| 벽돌 | 12 |"]
    assert list(cuts(contents, "manual")) == ["1.1. Terms", "1.2. Parties"]


def test_boundaries_keep_a_line_that_stands_alone_with_what_follows_and_cut_after_a_rule() -> None:
    body = (
        "The tenant pays the rent on the first day of each month. A late payment bears interest of four percent a year."
    )
    text = f"{body}\n\n---\n\n[2021-08-31] Who pays?\n\n{body}\n\nNothing else."
    found = {
        text[b.offset :].split("\n")[0]: b.rank
        for b in boundaries(text, domain="legal", sections=(), outline=(), path="")
    }
    assert found["---"] == found["Nothing else."] == PARAGRAPH_RANK
    assert found["[2021-08-31] Who pays?"] == RULE_RANK
    assert found[body] == CAPTION_RANK


def test_boundaries_of_code_of_one_file_follow_the_language_of_its_path() -> None:
    text = "namespace a {\n\nvoid f() {}\n\nvoid g() {}\n\n}\n"
    assert cuts(text, "code", path="/src/a.cpp")["void f() {}"] == PARAGRAPH_RANK + 4
    assert cuts(text, "code", path="/src/a")["void f() {}"] == PARAGRAPH_RANK


def test_boundaries_of_prose_lie_before_provisions_and_rarely_inside_a_table_or_a_procedure() -> None:
    text = (
        "Article 1. Rent\nThe rent is due. It bears interest.\n(a) in May;\n(b) in June.\n\n"
        "| Month | Rent |\n\n| May | 400 |\n\nNothing else is due.\n"
    )
    table = Node(NodeKind.TABLE, text.index("| Month"), text.index("\n\nNothing"), text.index("| Month"))
    article = Node(NodeKind.PROVISION, 0, table.start, 15, level=1)
    items = [Node(NodeKind.PROVISION, text.index(f"({letter})"), table.start, 60, 0, 2) for letter in "ab"]
    inline = Node(NodeKind.PROVISION, text.index("It bears"), table.start, 60, 0, 2)
    outline = sorted((article, inline, *items, table), key=lambda node: node.start)
    places = boundaries(text, domain="legal", sections=(), outline=outline, path="")
    found = {text[b.offset :].split("\n")[0]: b.rank for b in places}
    assert found["(a) in May;"] == found["(b) in June."] == PROVISION_RANK + 2 < PARAGRAPH_RANK
    assert found["| May | 400 |"] == SENTENCE_RANK
    assert found["| Month | Rent |"] <= CAPTION_RANK
    assert found["Nothing else is due."] < SENTENCE_RANK
    assert found["It bears interest."] == SENTENCE_RANK


def test_boundaries_of_a_deep_provision_are_no_worse_than_a_paragraph() -> None:
    text = "One.\n\n(i) Two.\n"
    outline = (Node(NodeKind.PROVISION, 6, 14, 10, level=40),)
    (place,) = boundaries(text, domain="legal", sections=(), outline=outline, path="")
    assert place.rank == PARAGRAPH_RANK
