"""Find the lines of a source file that begin a block, and the nesting depth of each.

Uses line rules instead of a parser, so that it works for broken files and any language. A block begins after a blank
line or, in Python, at a `def`, `class` or decorator in the first column. No block begins inside a string or comment of
several lines. In languages with braces, the number of open braces around a line counts as its depth. Used by
`pack.boundaries`. Cost: linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TAB_WIDTH = 4
_BRACE_SUFFIXES = (
    ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".java", ".kt", ".kts", ".scala", ".js", ".jsx", ".mjs", ".cjs",
    ".ts", ".tsx", ".go", ".rs", ".cs", ".swift", ".php", ".css", ".scss", ".dart", ".m", ".mm", ".proto",
)  # fmt: skip
_PYTHON_SUFFIXES = (".py", ".pyi")
_DEFINITION = re.compile(r"(?:async[ \t]+def|def|class)\b|@\w")
_CONTINUES = re.compile(r"(?:elif|else|except|finally|catch)\b|[)\]}]")
"""Pattern of a line that continues the line above it."""
_PYTHON_MARK = re.compile(
    r"""[\#"'(\[{)\]}](?:
    (?P<triple>(?<=")"" | (?<=')'')
    | (?P<line>(?<=[(\[{])(?:[^()\[\]{}"'\#\n]++ | "(?!"")[^"\\\n]*+" | '(?!'')[^'\\\n]*+')*+[)\]}]
        | (?<=\#)[^\n]* | (?<=")(?:[^"\\\n]|\\.)*" | (?<=')(?:[^'\\\n]|\\.)*')
    | (?P<open>(?<=[(\[{])) | (?P<close>(?<=[)\]}])))""",
    re.VERBOSE | re.DOTALL,
)
_BRACE_MARK = re.compile(
    r"""[/"'`({\[)}\]](?:
    (?P<skip>(?<=/)/[^\n]* | (?<=/)\*.*?(?:\*/|\Z) | (?<=")(?:[^"\\\n]|\\.)*" | (?<=')(?:[^'\\\n]|\\.)*'(?!\w)
        | (?<=`)(?:[^`\\]|\\.)*(?:`|\Z))
    | (?P<open>(?<=[({\[])) | (?P<close>(?<=[)}\]])))""",
    re.VERBOSE | re.DOTALL,
)
"""Both patterns begin with a set of characters, so the search skips all other characters fast."""


class CodeBlock(NamedTuple):
    """A line before which a file may be cut; `depth` is 0 at the top level and None for an ordinary line."""

    offset: int
    depth: int | None
    is_hidden: bool = False
    """Whether the line begins inside a string or comment of several lines, which is cut only as a last resort."""


def code_blocks(text: str, *, start: int, end: int, path: str) -> Iterator[CodeBlock]:
    """Yield the lines of one file that are not blank, ascending.

    Args:
        text: the document's text.
        start, end: the file's characters in the text.
        path: its suffix selects the rules; without a known suffix, indentation alone counts.
    """
    is_python = path.lower().endswith(_PYTHON_SUFFIXES)
    has_braces = path.lower().endswith(_BRACE_SUFFIXES)
    nesting = _brace_nesting(text, start, end) if has_braces else []
    steps = iter(_python_nesting(text, start, end) if is_python else nesting)
    step = next(steps, None)
    depth, hidden_until = 0, -1
    after_blank, after_indented = False, False
    following = start
    for line in text[start:end].split("\n"):
        offset, following = following, following + len(line) + 1
        while step is not None and step.offset < offset:
            depth, hidden_until = step.depth, step.hidden_until
            step = next(steps, None)
        rest = line.lstrip(" \t")
        if offset < hidden_until:
            after_blank = False
            if rest:
                yield CodeBlock(offset, None, is_hidden=True)
            continue
        if not rest:
            after_blank = True
            continue
        indent = len(line) - len(rest)
        if "\t" in line[:indent]:
            indent = len(line[:indent].expandtabs(_TAB_WIDTH))
        opens = after_blank or (is_python and not indent and after_indented and _DEFINITION.match(rest) is not None)
        # With brackets open in Python, the line is part of a literal of several lines.
        if opens and not (is_python and depth) and _CONTINUES.match(rest) is None:
            yield CodeBlock(offset, max(indent, _TAB_WIDTH * depth))
        else:
            yield CodeBlock(offset, None)
        after_blank, after_indented = False, indent > 0


class _Step(NamedTuple):
    """From `offset` on, `depth` brackets are open; lines before `hidden_until` begin inside a string or comment."""

    offset: int
    depth: int
    hidden_until: int


def _python_nesting(text: str, start: int, end: int) -> list[_Step]:
    """Return the nesting steps of Python code; all depths are 0 if the brackets do not close."""
    steps: list[_Step] = []
    depth, position = 0, start
    while match := _PYTHON_MARK.search(text, position, end):
        position, hidden_until = match.end(), -1
        if match.lastgroup == "triple":
            closing = text.find(match.group()[-3:], match.end(), end)
            position = hidden_until = closing + 3 if closing >= 0 else end
        elif match.lastgroup == "open":
            depth += 1
        elif match.lastgroup == "close":
            depth = max(0, depth - 1)
        else:
            continue
        steps.append(_Step(match.start(), depth, hidden_until))
    return steps if depth == 0 else [_Step(step.offset, 0, step.hidden_until) for step in steps]


def _brace_nesting(text: str, start: int, end: int) -> list[_Step]:
    """Return the nesting steps of code with braces; none if the brackets do not close.

    In that case a quotation mark was misread, and only indentation can be trusted.
    """
    steps: list[_Step] = []
    depth = 0
    for match in _BRACE_MARK.finditer(text, start, end):
        hidden_until = -1
        if match.lastgroup == "skip":
            if "\n" not in match.group():
                continue
            hidden_until = match.end()
        else:
            depth += 1 if match.lastgroup == "open" else -1
            if depth < 0:
                return []
        steps.append(_Step(match.start(), depth, hidden_until))
    return steps if depth == 0 else []
