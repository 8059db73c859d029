from __future__ import annotations

import pytest

from pipeline.documents.grammar.clipping import clip_outline
from pipeline.documents.grammar.outline import outline_of, read_outline, sections_of
from pipeline.nodes import ROOT, Cut, Node, NodeKind, nodes_of
from pipeline.records import Document, Section

MEETING = """# 회의록

## 안건 1. 지붕 수리

김민수: 지붕은 언제 고칩니까?
이서연: 다음 주 월요일입니다.

## 안건 2. 예산

김민수: 예산은 얼마입니까?
이서연: 삼백만 원입니다.
"""
TREE = (
    "# file: a/x.py\n\ndef f(a):\n    return a\n\n\n@known(f(1))\ndef g():\n    return f(2)\n\n# file: notes.md\n\nHi\n"
)


def read(text: str, domain: str, name: str = "") -> Document:
    outline = read_outline(text=text, domain=domain, language="ko", name=name)
    return Document("d", text, domain, "ko", name, "MIT", "u", 0, "s", (), outline=outline)


def test_read_outline_of_a_dialogue_has_headings_and_turns_in_order_of_their_words() -> None:
    outline = outline_of(read(MEETING, "dialogue"))
    assert [(node.kind.value, node.value if node.kind is NodeKind.HEADING else node.label) for node in outline] == [
        ("heading", "회의록"),
        ("heading", "안건 1. 지붕 수리"),
        ("turn", "김민수"),
        ("turn", "이서연"),
        ("heading", "안건 2. 예산"),
        ("turn", "김민수"),
        ("turn", "이서연"),
    ]
    assert [outline[node.parent].value for node in outline if node.parent != ROOT] == ["회의록", "회의록"]
    assert all(node.parent == ROOT for node in outline if node.kind is NodeKind.TURN)


def test_read_outline_of_code_has_files_with_their_definitions_and_calls() -> None:
    outline = outline_of(read(TREE, "code"))
    assert [node.start for node in outline] == sorted(node.start for node in outline)
    described = [
        (node.kind.value, node.label, outline[node.parent].label if node.parent != ROOT else "") for node in outline
    ]
    assert described == [
        ("file", "a/x.py", ""),
        ("definition", "f", "a/x.py"),
        ("call", "f", "a/x.py"),
        ("definition", "g", "a/x.py"),
        ("call", "f", "g"),
        ("file", "notes.md", ""),
    ]


def test_outline_of_a_record_without_one_is_read_from_its_text_and_title() -> None:
    code = Document("d", "def f(a):\n    return a\n", "code", "en", "tools.py", "MIT", "u", 0, "s", ())
    assert [(node.kind.value, node.label) for node in outline_of(code)] == [("file", "tools.py"), ("definition", "f")]


def test_outline_of_a_record_with_one_is_taken_as_it_is() -> None:
    document = Document("d", MEETING, "dialogue", "ko", "t", "MIT", "u", 0, "s", (), outline=())
    assert outline_of(document) == ()


def test_sections_of_an_outline_are_its_headings_or_the_files_of_a_tree() -> None:
    assert sections_of(outline_of(read("Text.\n\n# One\n\nMore.\n", "manual")), length=20) == (
        Section(0, 7, 0, ""),
        Section(7, 20, 1, "One"),
    )
    whole = len(TREE)
    notes = TREE.index("# file: notes")
    assert sections_of(outline_of(read(TREE, "code")), length=whole) == (
        Section(0, notes, 1, "a/x.py"),
        Section(notes, whole, 1, "notes.md"),
    )
    assert sections_of(outline_of(read("x = 1\n", "code", "x.py")), length=6) == (Section(0, 6, 0, ""),)
    assert sections_of((), length=0) == ()


def test_nodes_of_some_kinds_know_the_nearest_of_them_around_each() -> None:
    outline = outline_of(read(TREE, "code"))
    chosen = nodes_of(outline, {NodeKind.FILE, NodeKind.CALL})
    assert [(node.kind.value, node.parent) for node in chosen] == [("file", -1), ("call", 0), ("call", 0), ("file", -1)]
    assert nodes_of(outline, set(NodeKind)) == list(outline)


def test_whole_nodes_leave_out_what_is_cut_and_what_lies_in_it() -> None:
    outline = outline_of(read(TREE, "code"))
    (part,) = clip_outline(outline, [(TREE.index("return f(2)"), len(TREE))])
    kinds = {NodeKind.FILE, NodeKind.DEFINITION, NodeKind.CALL}
    assert [(node.label, node.parent) for node in nodes_of(part, kinds)] == [
        ("a/x.py", -1),
        ("g", 0),
        ("f", 1),
        ("notes.md", -1),
    ]
    assert [(node.label, node.parent) for node in nodes_of(part, kinds, whole_only=True)] == [("notes.md", -1)]


@pytest.mark.parametrize("cut", [Cut.ABOVE, Cut.BELOW, Cut.BOTH])
def test_whole_nodes_leave_out_whole_ones_at_any_depth_of_one_that_is_cut(cut: Cut) -> None:
    kinds = {NodeKind.TABLE, NodeKind.CELL, NodeKind.STEPS, NodeKind.STEP}
    described: list[tuple[NodeKind, int, bool]] = [
        (NodeKind.HEADING, ROOT, True),  # of no wanted kind: what lies in it is whole
        (NodeKind.TABLE, 0, True),
        (NodeKind.CELL, 1, False),
        (NodeKind.STEPS, 2, False),
        (NodeKind.NOTE, 3, False),  # of no wanted kind: breaks nothing and mends nothing
        (NodeKind.STEP, 4, False),
        (NodeKind.TABLE, 0, False),
        (NodeKind.CELL, 6, False),
        (NodeKind.CELL, 6, True),
        (NodeKind.STEPS, ROOT, True),
        (NodeKind.STEP, 9, False),
        (NodeKind.STEPS, ROOT, False),
        (NodeKind.STEP, 11, False),
    ]
    outline = [
        Node(kind, at, 100, at, parent, label=str(at), cut=cut if is_cut else Cut.NONE)
        for at, (kind, parent, is_cut) in enumerate(described)
    ]
    whole = nodes_of(outline, kinds, whole_only=True)
    assert [(node.label, node.parent) for node in whole] == [("6", ROOT), ("7", 0), ("11", ROOT), ("12", 2)]
    everything = nodes_of(outline, kinds)
    assert [node.label for node in everything] == [str(at) for at in range(13) if at not in (0, 4)]
    assert [everything[node.parent].label for node in everything if node.parent != ROOT] == [
        "1", "2", "3", "6", "6", "9", "11",
    ]  # fmt: skip
