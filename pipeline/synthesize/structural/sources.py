"""Source files of a joined tree, and the functions, classes and calls in the Python ones.

Comes in: text in which each file follows a line `# file: relative/path`; goes out: `SourceFile`s and, by `ast`, a
`PythonModule` for each file that parses. `signatures` and `callers` read them. Offsets count in the whole text.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.synthesize.structural.facts import Span

_FILE_LINE = re.compile(r"^# file: (?P<path>\S.*)$", re.MULTILINE)
_QUOTED = re.compile(r"(?:\"\"\"|''')|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#[^\n]*")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a tree."""

    path: str
    header: Span
    """Its `# file:` line; empty where the document is a single file."""
    start: int
    code: str


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A function or method, with the names of what it is defined in."""

    name: str
    """Qualified inside its file: `Planner.plan`, `outer.inner`."""
    node: FunctionNode
    owner: ast.AST
    """Module, class or function whose body holds it."""


@dataclass(frozen=True, slots=True)
class PythonModule:
    """A parsed file."""

    file: SourceFile
    tree: ast.Module
    functions: tuple[PythonFunction, ...]
    line_starts: tuple[int, ...]
    """Offset of each line in the whole text."""

    def offset(self, line: int, column: int) -> int:
        """Character offset of a position that `ast` gives as a line from 1 and a column in UTF-8 bytes."""
        start = self.line_starts[line - 1]
        relative = start - self.file.start
        line_end = self.file.code.find("\n", relative)
        source_line = self.file.code[relative : line_end if line_end >= 0 else len(self.file.code)]
        if source_line.isascii():
            return start + column
        return start + len(source_line.encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """The span of a node."""
        assert node.end_lineno is not None and node.end_col_offset is not None, "nodes come from ast.parse"
        return Span(self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset))

    def signature(self, node: FunctionNode) -> Span:
        """From `def` to the character before the colon that opens the body."""
        start = self.offset(node.lineno, node.col_offset)
        relative = start - self.file.start
        return Span(start, self.file.start + _header_end(self.file.code, relative))


def split_sources(*, text: str, title: str) -> tuple[SourceFile, ...]:
    """Files of a joined tree; a text without file lines is one file with the document's title as its path."""
    headers = list(_FILE_LINE.finditer(text))
    if not headers:
        return (SourceFile(path=title, header=Span(0, 0), start=0, code=text),)
    files = []
    for index, header in enumerate(headers):
        start = min(header.end() + 1, len(text))
        end = headers[index + 1].start() if index + 1 < len(headers) else len(text)
        files.append(
            SourceFile(
                path=header["path"].strip(),
                header=Span(header.start(), header.end()),
                start=start,
                code=text[start : max(start, end)],
            )
        )
    return tuple(files)


def parse_python(file: SourceFile) -> PythonModule | None:
    """The module of a `.py` file; None where it does not parse (another Python version, or masked code)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(file.code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = [file.start]
    for match in re.finditer(r"\n", file.code):
        starts.append(file.start + match.end())
    return PythonModule(file=file, tree=tree, functions=tuple(_functions(tree, "", tree)), line_starts=tuple(starts))


def _functions(node: ast.AST, prefix: str, owner: ast.AST) -> Iterator[PythonFunction]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}{child.name}"
            yield PythonFunction(name=name, node=child, owner=owner)
            yield from _functions(child, f"{name}.", child)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.", child)
        elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _functions(child, prefix, owner)


def _header_end(code: str, start: int) -> int:
    """Position of the colon that ends a `def` header: outside brackets, strings and comments."""
    depth = 0
    position = start
    while position < len(code):
        character = code[position]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == ":" and depth == 0:
            return position
        elif character in "\"'#":
            quoted = _QUOTED.match(code, position)
            if quoted is not None:
                is_triple = quoted.group() in ('"""', "'''")
                closing = code.find(quoted.group(), quoted.end()) if is_triple else -1
                position = closing + 3 if closing >= 0 else quoted.end()
                continue
        position += 1
    return len(code)
