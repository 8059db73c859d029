"""What the reader of reStructuredText does with directives that it knows, and with those that it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.reader import Converted, ReadOptions
from pipeline.documents.readers.rst import READER

CODE = """@click.command()
@click.option('--name')
def hello(name):
    \"\"\"Greet.

    \\b
    * one item
    * another
    \"\"\"
    click.echo(f'Hello\\n {name}_ *now*')"""


def read(text: str) -> Converted:
    assert READER.convert is not None
    return READER.convert(text.encode(), ReadOptions())


def indented(text: str, width: int = 4) -> str:
    return "\n".join(" " * width + line if line else "" for line in text.split("\n"))


@pytest.mark.parametrize(
    "name", ["click:example", "click:run", "ipython", "jupyter-execute", "my-own.thing", "termynal"]
)
@pytest.mark.parametrize("width", [2, 3, 4, 8])
def test_content_of_an_unknown_directive_is_kept_as_literal_text(name: str, width: int) -> None:
    found = read(f"Intro\n=====\n\n.. {name}::\n\n{indented(CODE, width)}\n\nThe end.\n")
    assert f"```\n{CODE}\n```" in found.text and found.text.rstrip().endswith("The end.")
    assert [mark.kind for mark in found.marks].count(MarkKind.CODE) == 1


def test_unknown_directive_inside_a_known_one_is_kept_as_literal_text() -> None:
    inner = f".. click:example::\n\n{indented(CODE)}"
    assert CODE in read(f".. note::\n\n   Look:\n\n{indented(inner, 3)}\n").text


def test_options_of_an_unknown_directive_are_left_out_and_its_argument_is_kept() -> None:
    found = read(".. runner:: a\\b *c*\n   :prog: hello\n   :nested: full\n\n   invoke(input='John\\n')\n")
    assert found.text.rstrip() == "a\\b *c*\n\n```\ninvoke(input='John\\n')\n```"


@pytest.mark.parametrize(
    "name", ["topic", "py:function", "function", "glossary", "tab-item", "group-tab", "rubric", "c:macro", "option"]
)
def test_content_of_a_known_directive_of_prose_is_read_as_prose(name: str) -> None:
    found = read(f".. {name}:: Title\n\n   See :ref:`the guide <guide>` and a\\*b.\n\n   * one\n")
    assert "See the guide and a*b." in found.text and "```" not in found.text


def test_escape_in_prose_is_processed_and_in_literals_is_not() -> None:
    found = read("A\\*b and ``c\\*d``.\n\n::\n\n    e\\*f\n\n.. code-block:: c\n\n    g\\*h\n\n>>> 'i\\n'\n")
    for kept in ("A*b and `c\\*d`.", "e\\*f", "g\\*h", ">>> 'i\\n'"):
        assert kept in found.text


@given(
    st.lists(
        st.text("ab\\_*`|: ", min_size=1, max_size=12).filter(lambda line: line.strip(" ") != ""),
        min_size=1,
        max_size=6,
    )
)
def test_lines_of_an_unknown_directive_survive_unchanged(lines: list[str]) -> None:
    body = ["first", *(f"  x{line}".rstrip() for line in lines)]
    assert "\n".join(body) in read(".. own-thing::\n\n" + indented("\n".join(body)) + "\n").text
