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
