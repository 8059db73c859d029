from __future__ import annotations

from pipeline.nodes import NodeKind

from .read import body, nodes_of


def entries(text: str, language: str = "en") -> list[tuple[str, str, str]]:
    """Names, sort and meaning of each entry."""
    return [
        (node.value.replace("\n", ", "), node.sort, body(text, node))
        for node in nodes_of(text, NodeKind.ENTRY, language)
    ]


def test_read_entries_of_a_converted_definition_list_with_other_names() -> None:
    text = "## OPTIONS\n\n-v\n\n--verbose\n:   Tell more.\n    And more.\n\n`--quiet`\n:   Tell less.\n\n## END\n"
    assert entries(text) == [
        ("-v, --verbose", "option", "Tell more. And more."),
        ("--quiet", "option", "Tell less."),
    ]


def test_read_entries_of_a_manual_page() -> None:
    text = (
        "NAME\n       pump - move water\n\nOPTIONS\n"
        "       -v, --verbose\n              Tell more,\n              line by line.\n\n"
        "       --quiet\n              Tell less.\n\nFILES\n       none\n"
    )
    assert entries(text) == [
        ("-v, --verbose", "option", "Tell more, line by line."),
        ("--quiet", "option", "Tell less."),
    ]


def test_read_entries_option_beside_its_meaning() -> None:
    text = "Options:\n\n  -v, --verbose   tell more\n                  line by line\n  --quiet         tell less\n"
    assert entries(text) == [
        ("-v, --verbose", "option", "tell more line by line"),
        ("--quiet", "option", "tell less"),
    ]


def test_read_entries_items_that_all_have_a_term() -> None:
    text = "- **E1**: no water\n- **E2**: lid open\n- **Reset key**: starts again\n"
    assert entries(text) == [
        ("E1", "code", "no water"),
        ("E2", "code", "lid open"),
        ("Reset key", "term", "starts again"),
    ]
    assert entries("- `Tab` - 다음 칸\n- `Esc` - 닫기\n- 방향키: 칸 이동\n", "ko")[2] == ("방향키", "term", "칸 이동")
    assert entries("- **E1**: no water\n- **E2**: wet\n- The lid is open.\n- **E3**: hot\n") == []


def test_read_entries_korean_terms_over_indented_meanings() -> None:
    text = (
        "lowmem\n\n    메모리 기준을 높입니다.\n    값은 1과 2입니다.\n\n"
        "noshell\n\n    쉘을 실행하지 않습니다.\n\n끝입니다.\n"
    )
    assert entries(text, "ko") == [
        ("lowmem", "term", "메모리 기준을 높입니다. 값은 1과 2입니다."),
        ("noshell", "term", "쉘을 실행하지 않습니다."),
    ]


def test_read_entries_lines_with_a_label() -> None:
    text = "Weight: 2 kg\nRated voltage: 220 V\nColour: green\n"
    assert entries(text) == [
        ("Weight", "term", "2 kg"),
        ("Rated voltage", "term", "220 V"),
        ("Colour", "term", "green"),
    ]
    assert [name for name, _, _ in entries("valve:: opens\nfloat:: closes\nlid:: covers\n")] == [
        "valve",
        "float",
        "lid",
    ]
    assert entries("E1: 물이 없습니다.\nE2: 뚜껑이 열렸습니다.\nE3: 뜨겁습니다.\n", "ko")[1][:2] == ("E2", "code")
    assert entries("Weight: 2 kg\nRated voltage: 220 V\nand more text here\n") == []
    assert entries("Step 1: open it.\nStep 2: fill it.\nStep 3: close it.\n") == []


def test_read_entries_questions_with_answers() -> None:
    text = "Q: Can I open the lid?\nA: Only when it is cold.\n\nQ: Why?\nA: It is hot.\n"
    assert entries(text) == [
        ("Can I open the lid?", "question", "Only when it is cold."),
        ("Why?", "question", "It is hot."),
    ]
    korean = "문. 뚜껑을 열어도 됩니까?\n답. 식은 뒤에만 여십시오.\n"
    assert entries(korean, "ko") == [("뚜껑을 열어도 됩니까?", "question", "식은 뒤에만 여십시오.")]


def test_read_entries_contents_links_and_sentences_are_none() -> None:
    assert entries("2.1. Pump\n:   2.1.1. Start\n\n2.2. Tank\n:   2.2.1. Fill\n") == []
    assert entries("[a]: one.md\n[b]: two.md\n[c]: three.md\n") == []
    assert entries("- Copyright © 2001 - Ann\n- Copyright © 2002 - Bea\n- Copyright © 2003 - Cho\n") == []
    assert entries("- [A - words](a.md)\n- [B - signs](b.md)\n- [C - rest](c.md)\n") == []
    assert entries("The pump runs.\n    Indented text.\n\nThe tank fills.\n    Indented text.\n") == []


def test_read_entries_end_of_a_paragraph_names_none() -> None:
    text = "The pump counts what is\npumped out:\n\n--all\n:   Count everything.\n"
    assert [names for names, _, _ in entries(text)] == ["--all"]
    text = "물통이 비었는지는 다음으로\n알 수 있음:\n\n--all\n:   모두 셉니다.\n"
    assert [names for names, _, _ in entries(text, "ko")] == ["--all"]


def test_read_entries_sentence_that_goes_on_with_an_indent_names_none() -> None:
    text = (
        "The card holds a list of valves which\n    are opened by hand in winter.\n\n"
        "lid\n    It closes by itself.\n\nkey\n    It opens the lid.\n"
    )
    assert [names for names, _, _ in entries(text)] == ["lid", "key"]
