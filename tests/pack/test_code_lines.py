from pipeline.pack.code_lines import code_blocks

NAMESPACE = """namespace store {

void open() {

  read("}");
}

class Shelf {

 public:
  int size();

};

}  // namespace store
"""
UNBALANCED = """fn main() {

    let quote = '{';
    let open = {;
}

fn other() {
    run();
}
"""
CLOSE_TOGETHER = """def first():
    return 1
def second():
    return 2
if second():
    pass

else:
    raise ValueError
"""


def depths(text: str, path: str) -> dict[str, int | None]:
    return {
        text[block.offset :].split("\n")[0].strip(): block.depth
        for block in code_blocks(text, start=0, end=len(text), path=path)
    }


def test_code_blocks_count_open_braces_as_depth() -> None:
    found = depths(NAMESPACE, "store.cpp")
    assert found["void open() {"] == found["class Shelf {"] == 4
    assert found['read("}");'] == found["public:"] == 8
    assert found["};"] is None


def test_code_blocks_whose_braces_do_not_close_are_told_by_indentation() -> None:
    found = depths(UNBALANCED, "main.rs")
    assert found["fn other() {"] == 0
    assert found["let quote = '{';"] == 4


def test_code_blocks_of_python_begin_with_a_definition_also_without_a_blank_line() -> None:
    found = depths(CLOSE_TOGETHER, "two.py")
    assert found["def second():"] == 0
    assert found["if second():"] is None
    assert found["else:"] is None


def test_code_blocks_of_an_unknown_language_follow_blank_lines_and_indentation() -> None:
    found = depths("start: 1\n\nrun:\n  - step\n\n  - other\n", "build")
    assert (found["run:"], found["- other"], found["- step"]) == (0, 2, None)


def test_code_blocks_inside_a_long_string_are_the_last_resort() -> None:
    text = 'NOTE = """\nfirst\n\ndef second():\n"""\n\n\ndef third(): ...\n'
    blocks = list(code_blocks(text, start=0, end=len(text), path="a.py"))
    hidden = [text[block.offset :].split("\n")[0] for block in blocks if block.is_hidden]
    assert hidden == ["first", "def second():", '"""']
    assert [block.depth for block in blocks if not block.is_hidden] == [None, 0]


def blocks(text: str, path: str) -> list[tuple[str, int | None, bool]]:
    return [
        (text[block.offset :].split("\n")[0].strip(), block.depth, block.is_hidden)
        for block in code_blocks(text, start=0, end=len(text), path=path)
    ]


def test_code_blocks_inside_open_brackets_of_python_open_nothing() -> None:
    text = "a = [\n\n    1,\n\n]\n\nb = {\n\n'x': (\n\n2),\n}\n\nc = 3\n"
    assert blocks(text, "a.py") == [
        ("a = [", None, False),
        ("1,", None, False),
        ("]", None, False),
        ("b = {", 0, False),
        ("'x': (", None, False),
        ("2),", None, False),
        ("}", None, False),
        ("c = 3", 0, False),
    ]


def test_code_blocks_of_python_that_does_not_close_trust_indentation_alone() -> None:
    text = "a = [\n\n    1\n\nb = 2\n"
    assert [(line, depth) for line, depth, _ in blocks(text, "a.py")] == [("a = [", None), ("1", 4), ("b = 2", 0)]


def test_code_blocks_of_comments_and_strings_with_braces_are_hidden() -> None:
    text = "int a;\n\n/* {\n\nint no;\n*/\n\nchar *s = \"{\"; // }\n\nchar c = '{';\n\nint b;\n"
    assert blocks(text, "a.c") == [
        ("int a;", None, False),
        ("/* {", 0, False),
        ("int no;", None, True),
        ("*/", None, True),
        ('char *s = "{"; // }', 0, False),
        ("char c = '{';", 0, False),
        ("int b;", 0, False),
    ]


def test_code_blocks_go_on_with_what_stands_above_them() -> None:
    text = "if a:\n    b\n\nelif c:\n    d\n\nelse:\n    e\n\nexcept E:\n\nfinally:\n\n)\n\nf\n"
    found = {line: depth for line, depth, _ in blocks(text, "x.txt")}
    assert [found[line] for line in ("elif c:", "else:", "except E:", "finally:", ")", "f")] == [None] * 5 + [0]


def test_code_blocks_tabs_are_four_columns() -> None:
    assert blocks("a\n\n\tb\n\n  \tc\n", "x") == [("a", None, False), ("b", 4, False), ("c", 4, False)]


def test_code_blocks_of_python_definitions_need_no_blank_line_behind_indented_ones_only() -> None:
    text = "import a\ndef f(): ...\nclass C:\n    x = 1\n@wraps\ndef g():\n    pass\nasync  def h(): ...\nx = 1\n"
    assert {line: depth for line, depth, _ in blocks(text, "a.pyi")} == {
        "import a": None,
        "def f(): ...": None,
        "class C:": None,
        "x = 1": None,
        "@wraps": 0,
        "def g():": None,
        "pass": None,
        "async  def h(): ...": 0,
    }
