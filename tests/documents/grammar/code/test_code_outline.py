from __future__ import annotations

import random

import pytest

from pipeline.documents.grammar.code.outline import DAMAGED, outline_code
from pipeline.nodes import ROOT, NodeKind

from .outlines import calls, checked, definitions

TREE = (
    "# file: README.md\n\nRun `add(1)`.\n\n"
    "# file: src/가.py\n\nX = '한글 🙂'\n\n\ndef add(a):\n    return a\n\n"
    "# file: src/b.py\n\nfrom .가 import add\n\n\ndef twice(a):\n    return add(a) + add(a)\n\n"
    "# file: web/b.js\n\nfunction add(a) { return a; }\nfunction once(a) { return add(a); }\n"
)
BROKEN_C = (
    "#include <a.h>\n\nstatic int good(int a)\n{\n    return other(a);\n}\n\nint other(int a)\n{\n    return a;\n}\n\n"
    "int half(int a)\n{\n    MACRO_WITHOUT_END (( a\n    return 1;\n}\n\nint spoiled(int a)\n{\n    return a;\n}\n"
)


def test_outline_files_come_first_with_their_paths_and_languages() -> None:
    files = [node for node in checked(TREE, "tree") if node.kind is NodeKind.FILE]
    assert [(file.label, file.value) for file in files] == [
        ("README.md", ""),
        ("src/가.py", "python"),
        ("src/b.py", "python"),
        ("web/b.js", "javascript"),
    ]
    assert "".join(TREE[file.start : file.end] for file in files) == TREE
    assert all(file.parent == ROOT for file in files)


def test_outline_offsets_count_characters_and_calls_cross_files() -> None:
    nodes = checked(TREE, "tree")
    [add, *_] = [node for node in nodes if node.label == "add"]
    assert TREE[add.start : add.body] == "def add(a)"
    assert [TREE[node.start : node.end] for node in nodes if node.kind is NodeKind.CALL] == ["add(a)"] * 3
    assert calls(TREE, "tree") == {("twice", "add"), ("once", "add")}


def test_outline_of_a_single_file_is_a_file_of_the_documents_name() -> None:
    [file, function] = checked("def f(a, b):\n    return a\n", "tools.py")
    assert (file.label, file.value, file.start, file.body) == ("tools.py", "python", 0, 0)
    assert (function.label, function.value) == ("f", "def f(a, b)")


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("notes", "import os\n\n\ndef a(x):\n    return x\n\n\nif __name__ == '__main__':\n    a(1)\n", "python"),
        ("server", 'package main\n\nimport (\n\t"fmt"\n)\n\nfunc main() {\n\tx := 1\n\tfmt.Println(x)\n}\n', "go"),
        ("store.h", "namespace a {\nclass B {\n public:\n  int c(int d) { return d; }\n};\n}\n", "cpp"),
        ("typed.js", "function f(a: number): string { return String(a); }\n", "tsx"),
        ("letter", "Dear Ms Park,\n\nthe rent is due.\n\nYours,\n\nJ. Lind\n", ""),
        ("data.csv", "def a(x):\n    return x\n\n\ndef b(x):\n    return x\n\n\ndef c(x):\n    return x\n", ""),
    ],
)
def test_outline_tells_the_language_by_content_where_the_name_does_not(name: str, text: str, language: str) -> None:
    assert checked(text, name)[0].value == language


def test_outline_of_a_damaged_file_keeps_what_was_understood() -> None:
    nodes = checked(BROKEN_C, "a.c")
    assert (nodes[0].value, nodes[0].numbering) == ("c", DAMAGED)
    found = definitions(BROKEN_C, "a.c")
    assert found["good"] == "static int good(int a)"
    assert found["other"] == "int other(int a)"
    assert calls(BROKEN_C, "a.c") == {("good", "other")}


def test_outline_of_a_name_that_a_damaged_piece_mentions_has_no_calls() -> None:
    text = BROKEN_C.replace("return 1;", "return other(1);")
    assert calls(text, "a.c") == set()


def test_outline_of_a_macro_that_pastes_names_hides_calls_of_such_names() -> None:
    code = "int make_a(int x) { return x; }\nint f(int x) { return make_a(x); }\n"
    assert calls(code, "a.c") == {("f", "make_a")}
    assert calls("#define MAKE(name) make_##name(1)\n" + code, "a.c") == set()


@pytest.mark.parametrize("suffix", ["py", "js", "ts", "tsx", "java", "c", "cpp", "go", "rs"])
def test_outline_of_anything_ends_and_reaches_no_further_than_the_text(suffix: str) -> None:
    chance = random.Random(17)
    letters = [chr(code) for code in range(32, 127)] + list("가힣🙂é\n\t")
    nasty = ["(" * 3000, "{" * 3000, "a<" * 3000, "/*" * 3000, "!" * 3000, '"' * 3000, "f(" * 3000, "a?b:" * 2000]
    noise = ["".join(chance.choice(letters) for _ in range(2000)) for _ in range(3)]
    cut = [BROKEN_C[: chance.randrange(len(BROKEN_C))] for _ in range(3)]
    for text in [*nasty, *noise, *cut, "", "\n", "\ud800"]:
        checked(text, f"a.{suffix}")


def test_outline_of_a_minified_or_huge_file_is_the_file_alone() -> None:
    minified = "var a=1;function b(c){return c};" * 4000
    assert [node.kind for node in checked(minified, "a.js")] == [NodeKind.FILE]
    assert outline_code(text=minified, name="a.js")[0].numbering == DAMAGED


@pytest.mark.parametrize("unit", ["def f%d(a):\n    return g(a)\n\n\n", "X%d = 1\n"])
def test_outline_of_many_definitions_is_whole(unit: str) -> None:
    text = "".join(unit % number for number in range(3000))
    nodes = checked(text, "a.py")
    assert nodes[0].numbering == ""
    assert len(nodes) == 1 + unit.startswith("def") * 3000
