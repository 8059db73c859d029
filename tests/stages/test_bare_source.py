"""Sources without comments and docstrings, compared with what Python's own tokenizer says."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import pytest

import pipeline
from pipeline.stages.bare_source import bare_source

ROOT = Path(pipeline.__file__).parent
SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT)


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ("", ""),
        ("# only a comment", ""),
        ('"""Only a docstring."""\n', ""),
        ("x = 1  # one\n\n\ny = 2\n", "x = 1\ny = 2"),
        ('x = "# no comment"  # a comment\n', 'x = "# no comment"'),
        ("x = 'it''s' # don't\n", "x = 'it''s'"),
        ('x = "a\\"# b"\n', 'x = "a\\"# b"'),
        ('x = r"\\"# b"  # raw\n', 'x = r"\\"# b"'),
        ('def f():\n    """Doc, "quoted".\n\n    # in it\n    """\n    return 1\n', "def f():\n    return 1"),
        ('class A:\n    \'Doc.\'\n    x: int\n    r"""Field \\d."""\n', "class A:\n    x: int"),
        ('x = 1\n"""Of a constant."""  # why\ny = 2', "x = 1\ny = 2"),
        ('x = (\n    # why\n    "a"\n    """b"""\n)\n', 'x = (\n    "a"\n    """b"""\n)'),
        ('x = {\n    "a": 1,\n    "b"\n    : 2,\n}\n', 'x = {\n    "a": 1,\n    "b"\n    : 2,\n}'),
        ('x = \\\n"""a value"""\n', 'x = \\\n"""a value"""'),
        ('x = """two  \n\n# lines\n"""\n', 'x = """two  \n\n# lines\n"""'),
        ('x = "("  # )\n"""Of x."""\n', 'x = "("'),
        ("x = 1 \r\n".replace("\r", ""), "x = 1"),
    ],
)
def test_bare_source_keeps_what_runs(source: str, bare: str) -> None:
    assert bare_source(source) == bare
    assert bare_source(bare) == bare


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 2"),
        ('x = """a\n\nb"""', 'x = """a\nb"""'),
        ('x = """a \nb"""', 'x = """a\nb"""'),
        ('x = (\n    "a"\n    "b"\n)', 'x = (\n    "a"\n    "c"\n)'),
        ("if x:\n    y()\nz()", "if x:\n    y()\n    z()"),
        ('f("#1")', 'f("#2")'),
    ],
)
def test_bare_source_differs_with_what_runs(one: str, other: str) -> None:
    assert bare_source(one) != bare_source(other)


def test_bare_source_of_every_module_has_the_tokens_that_run() -> None:
    paths = [path for path in sorted(ROOT.rglob("*.py")) if "bundled" not in path.parts]
    assert len(paths) > 200
    removed = 0
    for path in paths:
        source = path.read_text(encoding="utf-8")
        bare = bare_source(source)
        assert running_tokens(bare) == running_tokens(source), path
        assert bare_source(bare) == bare, path
        removed += len(source) - len(bare)
    assert removed > 100_000


def running_tokens(source: str) -> list[str]:
    """Tokens but for comments, line ends inside statements, indentation and statements that are one string."""
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in SILENT]
    found: list[str] = []
    starts = True
    for index, token in enumerate(tokens):
        is_docstring = (
            starts
            and token.type == tokenize.STRING
            and tokens[index + 1].type in (tokenize.NEWLINE, tokenize.ENDMARKER)
            and token.string[0] in "\"'rRuU"
        )
        follows_docstring = token.type == tokenize.NEWLINE and starts
        if not is_docstring and not follows_docstring:
            found.append(token.string.strip() if token.type == tokenize.NEWLINE else token.string)
            starts = token.type == tokenize.NEWLINE
    return found
