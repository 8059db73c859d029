from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.grammar.manual.headings import read_headings
from pipeline.documents.grammar.manual.title_lines import heading_number
from pipeline.documents.marks import Mark, MarkKind
from pipeline.nodes import ROOT, NodeKind

PARAGRAPH = "The pump fills the tank until the float closes the valve, and then it stops by itself.\n"
KOREAN_PARAGRAPH = "펌프는 물통이 가득 찰 때까지 물을 채우고, 부표가 밸브를 닫으면 저절로 멈추어 섭니다.\n"


def headings(text: str) -> list[tuple[int, str]]:
    """Level and title, with the tree checked."""
    nodes = read_headings(text)
    for index, node in enumerate(nodes):
        assert node.kind is NodeKind.HEADING
        assert 0 <= node.start < node.body <= node.end <= len(text)
        assert node.parent < index
        if node.parent != ROOT:
            parent = nodes[node.parent]
            assert parent.start < node.start and node.end <= parent.end and parent.level == node.level - 1
    return [(node.level, node.value) for node in nodes]


def test_read_headings_markdown_levels_and_not_in_code_or_quotes() -> None:
    text = f"# Pump\n\n{PARAGRAPH}\n## `Start` it\n\n```\n# no heading\n```\n\n> ### An aside\n>\n> Text.\n\n# Tank\n"
    assert headings(text) == [(1, "Pump"), (2, "Start it"), (1, "Tank")]


def test_read_headings_underlines_are_ranked_by_their_order() -> None:
    text = (
        f"=====\nGuide\n=====\n\nPump\n====\n\n{PARAGRAPH}\nStart\n-----\n\n{PARAGRAPH}\n"
        f"물통\n====\n\n{KOREAN_PARAGRAPH}"
    )
    assert headings(text) == [(1, "Guide"), (2, "Pump"), (3, "Start"), (2, "물통")]


def test_read_headings_numbers_nest_and_the_label_is_the_number() -> None:
    text = f"3. Pump\n\n{PARAGRAPH}\n3.1. Start\n\n{PARAGRAPH}\n3.1.2 Stop\n\n{PARAGRAPH}\n4. Tank\n\n{PARAGRAPH}"
    assert headings(text) == [(1, "3. Pump"), (2, "3.1. Start"), (3, "3.1.2 Stop"), (1, "4. Tank")]
    assert [node.label for node in read_headings(text)] == ["3", "3.1", "3.1.2", "4"]


def test_read_headings_numbered_steps_are_none() -> None:
    text = f"Guide\n\n{PARAGRAPH}\n1. Open the lid\n\n2. Fill the tank\n\n3. Close the lid\n\n{PARAGRAPH}"
    assert not any("lid" in title for _, title in headings(text))


def test_read_headings_list_of_contents_is_none() -> None:
    entries = "1.1. Pump\n\n1.2. Tank\n\n"
    text = f"Contents\n\n{entries}1.1. Pump\n\n{PARAGRAPH}\n1.2. Tank\n\n{PARAGRAPH}"
    assert headings(text) == [(1, "1.1. Pump"), (1, "1.2. Tank")]
    assert read_headings(text)[0].start == text.rindex("1.1. Pump")


def test_read_headings_manual_page() -> None:
    text = (
        "PUMP(8)          System          PUMP(8)\n\nNAME\n       pump - move water\n\nSYNOPSIS\n       pump [-v]\n\n"
        "OPTIONS\n   General\n       -v     Tell more.\n\nSEE ALSO\n       tank(8)\n"
    )
    assert headings(text) == [(1, "NAME"), (1, "SYNOPSIS"), (1, "OPTIONS"), (1, "SEE ALSO")]


def test_read_headings_short_lines_count_where_there_is_nothing_else() -> None:
    plain = f"Cleaning the filter\n\n{PARAGRAPH}\nStoring the pump\n{PARAGRAPH}\n"
    assert headings(plain) == [(1, "Cleaning the filter"), (1, "Storing the pump")]
    assert headings(f"# Pump\n\n{plain}\n# Tank\n\n{PARAGRAPH}") == [(1, "Pump"), (1, "Tank")]
    assert headings(f"{PARAGRAPH}\nOnly one line\n\n{PARAGRAPH}") == []


def test_read_headings_short_lines_stand_over_lists_tables_and_steps() -> None:
    text = (
        f"펌프 설명서\n\n{KOREAN_PARAGRAPH}\n각 부분의 이름\n\n① 물통: 물을 담습니다.\n② 뚜껑: 물통을 덮습니다.\n\n"
        "사용 방법\n1. 물을 채웁니다.\n2. 뚜껑을 닫습니다.\n\n고장 확인\n\n증상\t원인\n소음\t공기\n누수\t균열\n\n"
        "규격\n\n무게: 2 kg\n"
    )
    assert [title for _, title in headings(text)] == ["펌프 설명서", "각 부분의 이름", "사용 방법", "고장 확인", "규격"]


def test_read_headings_short_lines_without_text_below_are_none() -> None:
    assert headings("Roses are red\n\nViolets are blue\n\nSugar is sweet\n\nAnd so are you\n") == []


def test_read_headings_of_korean_manuals() -> None:
    text = (
        f"제1장 설치\n\n{KOREAN_PARAGRAPH}\n■ 준비물\n\n{KOREAN_PARAGRAPH}\n가. 물통 씻기\n\n{KOREAN_PARAGRAPH}\n"
        f"나. 물통 말리기\n\n{KOREAN_PARAGRAPH}\n2장 관리\n\n"
        f"[주의]\n\n{KOREAN_PARAGRAPH}\n[보관 방법]\n\n{KOREAN_PARAGRAPH}"
    )
    assert headings(text) == [
        (1, "제1장 설치"),
        (2, "준비물"),
        (3, "가. 물통 씻기"),
        (3, "나. 물통 말리기"),
        (1, "2장 관리"),
        (2, "보관 방법"),
    ]


def test_read_headings_sentence_and_listed_letters_are_none() -> None:
    text = f"1장 설치\n\n가. 전원을 끕니다.\n나. 물을 뺍니다.\n\n제2장에서는 관리를 설명합니다.\n\n{KOREAN_PARAGRAPH}"
    assert headings(text) == [(1, "1장 설치")]


def test_read_headings_comments_of_a_shell_are_none() -> None:
    code = "# set the locale first\nset locale\n# then the keyboard\nset keyboard\n\n"
    text = "".join(f"{number}. Part\n\n{PARAGRAPH}\n{number}.1. Detail\n\n{code}" for number in range(1, 5))
    assert {title.split()[-1] for _, title in headings(text)} == {"Part", "Detail"}


def test_read_headings_furniture_and_notes_are_none() -> None:
    text = f"Pump Basics\n\n{PARAGRAPH}\nNote\n\n{PARAGRAPH}\nTank Basics\n\n{PARAGRAPH}\nPrev | Up | Next\n"
    assert headings(text) == [(1, "Pump Basics"), (1, "Tank Basics")]


def test_read_headings_marks_are_read_instead_of_the_text() -> None:
    text = "Pump\nText.\n# no heading\n2.1 Start\nText."
    marks = [Mark(MarkKind.HEADING, 0, 4, level=1), Mark(MarkKind.HEADING, 24, 33, level=3)]
    nodes = read_headings(text, marks=marks)
    assert [(node.level, node.label, node.value) for node in nodes] == [(1, "", "Pump"), (2, "2.1", "2.1 Start")]
    assert nodes[0].end == len(text)


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("3.6.1. BIOS", "3.6.1"),
        ("B.2 미리 설정", "B.2"),
        ("Chapter 3. Pump", "Chapter 3"),
        ("제3장 관리", "제3장"),
        ("가. 준비", "가"),
        ("① 준비", "①"),
        ("Pump", ""),
        ("3 pumps", ""),
    ],
)
def test_heading_number_of_a_title(title: str, number: str) -> None:
    assert heading_number(title) == number


@given(st.text(alphabet="#=-1.가① A\nb■[]|`", max_size=150))
def test_read_headings_any_text_gives_a_tree(text: str) -> None:
    headings(text)


def test_read_headings_item_that_goes_on_in_the_next_line_is_none() -> None:
    text = (
        "1. 준비\n\n물통을 채웁니다.\n\n     □ 물통에 펌프가 들어 있으면 알아낸 부품의 목록을 차례대로 표\n"
        "       시합니다. 물통이 비어 있으면 이 목록은 보이지 않습니다.\n\n2. 시작\n\n단추를 누릅니다.\n"
    )
    assert not any("물통에 펌프가" in title for _, title in headings(text))


def test_read_headings_name_of_a_thing_over_its_meaning_is_none() -> None:
    text = "1. Valves\n\nThere are two.\n\nVALVE10\n\n    It opens first and closes last.\n\n2. Lids\n\nOne.\n"
    assert "VALVE10" not in [title for _, title in headings(text)]
