"""Cuts source code into units: whole functions and classes where they fit, else methods, else blocks of lines.

A definition has the comments and decorators directly above it. A class that is too long is cut into its head and its
methods, a function that is too long at its blank lines. Imports, notices of licences and tables of data are left out.
Files that no grammar parsed, such as a readme, are cut as prose. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pipeline.nodes import ROOT, Node, NodeKind
from pipeline.synthesize.segmenting.bare import is_licence_notice
from pipeline.synthesize.segmenting.document import CutDocument
from pipeline.synthesize.segmenting.prose import prose_units
from pipeline.synthesize.segmenting.telling import told_chars
from pipeline.synthesize.segmenting.units import Unit

_BLANK = re.compile(r"\n[ \t]*\n")
_IMPORT = re.compile(
    r"[ \t]*(?:import\b|from\s+\S+\s+import\b|#\s*include\b|#!|use\s+[\w:{]|package\s+\w|using\s+\w"
    r"|export\s+(?:\*|\{).*\bfrom\b|(?:const|let|var)\s+[\w{}, ]+=\s*require\(|module\.exports\b|__all__\s*="
    r"|[\"']use strict[\"'])"
)
"""A line that brings in other code, or names the file's own package or interpreter."""
_IMPORT_REST = re.compile(r"[\w.*, \t{}()\[\]\"';\\]*$")
"""A line of names, which goes on with an import or a list of exported names."""
_COMMENT = re.compile(r"[ \t]*(?:#|//|/\*|\*|--|;|%)")
"""The beginning of a line of a comment."""
_DATA_LINE = re.compile(
    r"[ \t]*(?:[\[{(\"'\d-][^=]*|[)\]}]+)[,;)\]}]*[ \t]*$|[ \t]*[\"']?[\w-]+[\"']?\s*:\s*[\"'\d\[{(].*,[ \t]*$"
)
"""A line of a table of data: literals, or a key with a literal."""
_MIN_DATA_LINES = 4
_MAX_LINE_CHARS = 500
"""A longer line is data, or code that nobody wrote."""
_MIN_DATA_SHARE = 0.7
_FUNCTION_SORTS = frozenset({"function", "declaration"})


def code_units(document: CutDocument) -> list[Unit]:
    """Return the units of a document of code, in order."""
    nodes = document.nodes
    children = _children(nodes)
    units: list[Unit] = []
    for index, node in enumerate(nodes):
        if node.kind is not NodeKind.FILE:
            continue
        first = units[-1].run + 1 if units else 0
        found = (
            _Cutter(document, children, index, first).units()
            if node.value
            else prose_units(document, start=node.body, end=node.end, first_run=first)
        )
        units += found
    return units


def _children(nodes: Sequence[Node]) -> Mapping[int, Sequence[int]]:
    """Return the definitions directly inside each file or definition."""
    found: dict[int, list[int]] = defaultdict(list)
    for index, node in enumerate(nodes):
        if node.kind is NodeKind.DEFINITION:
            parent = node.parent
            while parent != ROOT and nodes[parent].kind not in (NodeKind.DEFINITION, NodeKind.FILE):
                parent = nodes[parent].parent
            found[parent].append(index)
    return found


class _Cutter:
    """Cuts one parsed file."""

    def __init__(self, document: CutDocument, children: Mapping[int, Sequence[int]], file: int, first_run: int) -> None:
        self._document = document
        self._text = document.text
        self._children = children
        self._file = file
        self._run = first_run

    def units(self) -> list[Unit]:
        """Return the units of the file."""
        node = self._document.nodes[self._file]
        return list(self._inside(self._file, node.body, node.end))

    def _inside(self, parent: int, start: int, end: int) -> Iterator[Unit]:
        """Yield the units of `text[start:end]`, which is the file or a type that is too long."""
        position = start
        for index in self._children.get(parent, ()):
            node = self._document.nodes[index]
            if node.start < position:
                continue
            begin = self._with_comments(node.start, position)
            yield from self._loose(position, begin, parent)
            stop = min(end, self._line_end(node.end))
            yield from self._definition(index, begin, stop, parent)
            position = stop
        yield from self._loose(position, end, parent)

    def _definition(self, index: int, start: int, end: int, parent: int) -> Iterator[Unit]:
        node = self._document.nodes[index]
        if self._length(start, end) <= self._document.max_chars:
            yield from self._unit(start, end, parent, num_told=end - start)
        elif node.numbering not in _FUNCTION_SORTS and self._children.get(index):
            yield from self._inside(index, start, end)
        else:
            for left, right in self._blocks(start, end):
                yield from self._unit(left, right, index, num_told=self._num_told(left, right))

    def _loose(self, start: int, end: int, parent: int) -> Iterator[Unit]:
        """Yield the blocks between definitions; imports and notices are left out, data is only shown with others."""
        for left, right in self._blocks(start, end):
            begin = self._below_notice(left, right)
            self._run += begin > left
            if not self._text[begin:right].strip():
                continue
            if _is_import(self._text[begin:right]):
                self._run += 1
            else:
                yield from self._unit(begin, right, parent, num_told=self._num_told(begin, right))

    def _below_notice(self, start: int, end: int) -> int:
        """Return where a block begins below a comment that is a notice of a licence; its end if nothing is left."""
        if not self._document.has_notices or not is_licence_notice(self._text[start:end]):
            return start
        begin = start
        while begin < end and _COMMENT.match(self._text, begin, end):
            line_end = self._text.find("\n", begin, end)
            begin = end if line_end < 0 else line_end + 1
        return end if begin == start or is_licence_notice(self._text[begin:end]) else begin

    def _unit(self, start: int, end: int, group: int, *, num_told: int) -> Iterator[Unit]:
        stripped = self._text[start:end].rstrip()
        begin = start + len(stripped) - len(stripped.lstrip("\n"))
        if begin >= start + len(stripped):
            return
        if start + len(stripped) - begin <= self._document.max_chars:
            yield Unit(begin, start + len(stripped), self._run, group, 0, num_told)
        else:
            self._run += 1

    def _num_told(self, start: int, end: int) -> int:
        """Return how much a block tells: all of it, but of a table of data only its sentences."""
        language = self._document.context.language
        return (
            told_chars(self._text, start=start, end=end, language=language)
            if self._is_data(start, end)
            else end - start
        )

    def _blocks(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the runs of lines between blank lines."""
        position = start
        for match in _BLANK.finditer(self._text, start, end):
            if self._text[position : match.start()].strip():
                yield position, match.start()
            position = match.end()
        if self._text[position:end].strip():
            yield position, end

    def _with_comments(self, start: int, least: int) -> int:
        """Return where the lines directly above a definition begin, which are its comments and decorators."""
        begin = max(least, self._text.rfind("\n", 0, start) + 1)
        while begin > least:
            above = max(least, self._text.rfind("\n", 0, begin - 1) + 1)
            line = self._text[above:begin]
            if not line.strip() or _IMPORT.match(line):
                break
            begin = above
        return begin

    def _line_end(self, offset: int) -> int:
        end = self._text.find("\n", max(0, offset - 1))
        return len(self._text) if end < 0 else max(offset, end)

    def _length(self, start: int, end: int) -> int:
        return len(self._text[start:end].strip())

    def _is_data(self, start: int, end: int) -> bool:
        lines = [line for line in self._text[start:end].split("\n") if line.strip()]
        num_data = sum(len(line) > _MAX_LINE_CHARS or _DATA_LINE.match(line) is not None for line in lines)
        return len(lines) >= _MIN_DATA_LINES and num_data >= _MIN_DATA_SHARE * len(lines)


def _is_import(block: str) -> bool:
    lines = [line[:_MAX_LINE_CHARS] for line in block.split("\n") if line.strip()]
    has_import = any(_IMPORT.match(line) for line in lines)
    return has_import and all(_IMPORT.match(line) or _IMPORT_REST.match(line) for line in lines)
