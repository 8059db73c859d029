"""Finds the statements of a Python file that raise or catch an exception, with Python's own parser.

Takes a source text; returns the statements in order, or None if the text does not parse, so that no list built on it
can lack one. Used by the task `exceptions`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from pipeline.synthesize.structural.python_source import parsed_python


class Handling(StrEnum):
    """What a statement does with an exception."""

    RAISES = "raises"
    CATCHES = "catches"


@dataclass(frozen=True, slots=True, order=True)
class ExceptionUse:
    """One statement that names an exception."""

    start: int
    """Where the statement begins, in characters from the start of the file."""
    end: int
    """Where the statement ends, or the line with the clause that catches."""
    handling: Handling
    name: str
    """The exception as written, such as `click.UsageError`."""


def exception_uses(source: str) -> list[ExceptionUse] | None:
    """Return the statements that raise or catch a named exception; None if the source is not valid Python."""
    tree = parsed_python(source)
    if tree is None:
        return None
    lines = source.splitlines(keepends=True)
    if any(mark in source for mark in _OTHER_BREAKS):
        return None  # Python counts lines differently
    starts = list(accumulate(map(len, lines), initial=0))
    return sorted(_uses(tree, lines, starts))


_OTHER_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r"
"""Characters that end a line for `str.splitlines` only."""


def _uses(tree: ast.Module, lines: list[str], starts: list[int]) -> Iterator[ExceptionUse]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = _dotted(raised)
            if name:
                start = _offset(node.lineno, node.col_offset, lines, starts)
                end = _offset(node.end_lineno or node.lineno, node.end_col_offset or 0, lines, starts)
                yield ExceptionUse(start, end, Handling.RAISES, name)
        elif isinstance(node, ast.ExceptHandler) and node.type is not None:
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            for name in sorted({_dotted(one) for one in caught} - {""}):
                start = _offset(node.lineno, node.col_offset, lines, starts)
                line = node.type.end_lineno or node.lineno
                end = starts[line - 1] + len(lines[line - 1].rstrip())
                yield ExceptionUse(start, end, Handling.CATCHES, name)


def _dotted(node: ast.expr) -> str:
    """Return a plain name such as `click.UsageError`; empty for any other expression or a name in lower case.

    A lower-case name is a variable that holds an exception.
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts)) if parts[0][:1].isupper() else ""


def _offset(line: int, column: int, lines: list[str], starts: list[int]) -> int:
    """Return the character offset of a place that Python gives in UTF-8 bytes of a line."""
    return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())
