"""Finds the lines of a source file that begin a block, and the nesting depth of each block.

Regular expressions are used instead of a parser, so that this works for incomplete files and any language. A block
begins after a blank line or, in Python, at a `def`, `class` or decorator in the first column after an indented line. No
block begins inside a multi-line string or comment. The depth of a block is its indentation in columns; in languages
with braces, it is at least four for each open bracket. Used by `pack.boundaries`. Cost: linear in the text.
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
"""The start of a Python definition or decorator, such as `def f` or `@cache`."""
_CONTINUES = re.compile(r"(?:elif|else|except|finally|catch)\b|[)\]}]")
"""The start of a line that continues the block above it, such as `else` or `}`."""
_PYTHON_MARK = re.compile(
    r"""[\#"'(\[{)\]}](?:
    (?P<triple>(?<=")"" | (?<=')'')
    | (?P<line>(?<=[(\[{])(?:[^()\[\]{}"'\#\n]++ | "(?!"")[^"\\\n]*+" | '(?!'')[^'\\\n]*+')*+[)\]}]
        | (?<=\#)[^\n]* | (?<=")(?:[^"\\\n]|\\.)*" | (?<=')(?:[^'\\\n]|\\.)*')
    | (?P<open>(?<=[(\[{])) | (?P<close>(?<=[)\]}])))""",
    re.VERBOSE | re.DOTALL,
)
"""In Python: the start of a triple-quoted string (`triple`); text without effect on nesting, which is a one-line
string, a comment or a pair of brackets on one line (`line`); or a bracket (`open`, `close`)."""
_BRACE_MARK = re.compile(
    r"""[/"'`({\[)}\]](?:
    (?P<skip>(?<=/)/[^\n]* | (?<=/)\*.*?(?:\*/|\Z) | (?<=")(?:[^"\\\n]|\\.)*" | (?<=')(?:[^'\\\n]|\\.)*'(?!\w)
        | (?<=`)(?:[^`\\]|\\.)*(?:`|\Z))
    | (?P<open>(?<=[({\[])) | (?P<close>(?<=[)}\]])))""",
    re.VERBOSE | re.DOTALL,
)
"""In languages with braces: a string or comment (`skip`), or a bracket (`open`, `close`). Like `_PYTHON_MARK`, this
pattern begins with a set of characters, so the search skips all other characters fast."""


class CodeBlock(NamedTuple):
    """A line before which a file may be cut."""

    offset: int
    depth: int | None
    """Nesting depth of the block that the line begins, 0 at the top level; None if the line begins no block."""
    is_hidden: bool = False
    """Whether the line begins inside a multi-line string or comment, which is cut only as a last resort."""


def code_blocks(text: str, *, start: int, end: int, path: str) -> Iterator[CodeBlock]:
    """Yield every line of a file that is not blank, in order, with the depth of the block that it begins.

    Args:
        text: the document's text, which may contain several files.
        start, end: the offsets of the file in the text.
        path: the file's path; its extension selects the rules. For an unknown extension, only indentation counts.
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
        # In Python, a line inside open brackets continues an expression.
        if opens and not (is_python and depth) and _CONTINUES.match(rest) is None:
            yield CodeBlock(offset, max(indent, _TAB_WIDTH * depth))
        else:
            yield CodeBlock(offset, None)
        after_blank, after_indented = False, indent > 0


class _Step(NamedTuple):
    """A change of nesting: from `offset` on, `depth` brackets are open.

    Lines that begin between `offset` and `hidden_until` are inside a string or comment.
    """

    offset: int
    depth: int
    hidden_until: int


def _python_nesting(text: str, start: int, end: int) -> list[_Step]:
    """Return the changes of nesting in Python code. If not all brackets are closed, all depths are 0."""
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
    """Return the changes of nesting in code with braces; an empty list if the brackets do not match.

    In that case a quotation mark was probably misread, so only indentation can be trusted.
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
