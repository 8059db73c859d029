"""Reads the source of a Python function with Python's own parser, for facts that the outline of code does not hold.

Takes the text of a document and the offsets of a function; returns names, or None if they are not certain. Used by the
task `followed_definition`, and by `composed.python_exceptions` for the syntax tree of a whole file. Time is linear in
the length of the source.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator

from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import trim


def parsed_python(source: str) -> ast.Module | None:
    """Return the syntax tree of a source text; None if it is not valid Python. Prints none of the parser's warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as an invalid escape in a string of the document
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def raised_exceptions(*, text: str, start: int, end: int) -> tuple[tuple[str, Span], ...] | None:
    """Return the exceptions that the `raise` statements of a function name, in order, each with its lines.

    Returns:
        The names as written, such as `errors.InputError`; None if the source does not parse, if a function or class
        inside also raises something, or if a statement raises a value that is not a class by its name, as `raise`
        alone and `raise error` do.
    """
    begin = text.rfind("\n", 0, start) + 1
    source = text[begin:end]
    tree = parsed_python(textwrap.dedent(source))
    if tree is None or len(tree.body) != 1:
        return None
    [function] = tree.body
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    own = list(_raises(function.body))
    if sum(isinstance(node, ast.Raise) for node in ast.walk(function)) > len(own):
        return None
    starts = [begin, *(begin + match.end() for match in _LINE_BREAK.finditer(source)), end]
    found: list[tuple[str, Span]] = []
    for statement in own:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        if not isinstance(raised, ast.Name | ast.Attribute) or not _is_class(name := ast.unparse(raised)):
            return None
        last = min(statement.end_lineno or statement.lineno, len(starts) - 1)
        found.append((name, trim(text, starts[statement.lineno - 1], starts[last])))
    return tuple(found)


_LINE_BREAK = re.compile(r"\r\n|\r|\n")
"""The line breaks that Python's parser counts; it does not count the other ones of Unicode."""


def _raises(body: list[ast.stmt]) -> Iterator[ast.Raise]:
    """Yield the `raise` statements of a body in text order, without those of functions and classes inside."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Raise):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _is_class(name: str) -> bool:
    """Return whether a dotted name is by convention that of a class: `errors.InputError`, but not `self.error`."""
    *modules, last = name.split(".")
    return last[:1].isupper() and not last.isupper() and "self" not in modules and name.replace(".", "a").isidentifier()
