"""Answers questions about the outline of a code document, for the tasks `signature` and `callers`.

Takes a text and its nodes; returns files, definitions and calls as indexes of nodes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.documents.grammar.code.language import CALLABLE, FUNCTION
from pipeline.documents.grammar.code.outline import DAMAGED
from pipeline.nodes import ROOT, Cut, Node, NodeKind
from pipeline.synthesize.structural.facts import Span

_WORD = re.compile(r"[\w$]+")


@dataclass(frozen=True)
class CodeOutline:
    """A code document with the nodes of its outline."""

    text: str
    nodes: Sequence[Node]

    @cached_property
    def callables(self) -> tuple[int, ...]:
        """Functions and methods whose signature is in the text, including those without a body."""
        return tuple(index for index in self._definitions(lambda sort: sort in CALLABLE) if self._has_signature(index))

    @cached_property
    def types(self) -> tuple[int, ...]:
        """Classes, structures, interfaces and the like that are complete in the text."""
        of_types = self._definitions(lambda sort: sort not in CALLABLE)
        return tuple(index for index in of_types if self.nodes[index].cut is Cut.NONE)

    @cached_property
    def begun_above(self) -> frozenset[int]:
        """Definitions that begin before the start of the text."""
        return frozenset(index for index in self._definitions(lambda sort: True) if not self.nodes[index].begins_here)

    @cached_property
    def calls(self) -> tuple[int, ...]:
        """Calls whose target is certain."""
        return tuple(index for index, node in enumerate(self.nodes) if node.kind is NodeKind.CALL)

    @cached_property
    def num_files(self) -> int:
        """The number of files in the document."""
        return sum(node.kind is NodeKind.FILE for node in self.nodes)

    @cached_property
    def methods_in(self) -> Mapping[int, tuple[int, ...]]:
        """Functions and methods by the node that directly contains them."""
        found: dict[int, list[int]] = defaultdict(list)
        for index in self.callables:
            found[self.nodes[index].parent].append(index)
        return {parent: tuple(children) for parent, children in found.items()}

    @cached_property
    def methods_of(self) -> Mapping[str, tuple[int, ...]]:
        """Functions and methods by the qualified name of their owner."""
        found: dict[str, list[int]] = defaultdict(list)
        for index in self.callables:
            found[self.nodes[index].label.rpartition(".")[0]].append(index)
        return {owner: tuple(methods) for owner, methods in found.items()}

    def is_function(self, index: int) -> bool:
        """Return whether a definition is a function with a body."""
        return self.nodes[index].numbering == FUNCTION

    def file_of(self, index: int) -> int:
        """Return the index of the file that contains a node."""
        while self.nodes[index].parent != ROOT:
            index = self.nodes[index].parent
        return index

    def function_around(self, index: int) -> int:
        """Return the index of the innermost function around a node, or -1."""
        index = self.nodes[index].parent
        while index != ROOT and not (self.nodes[index].kind is NodeKind.DEFINITION and self.is_function(index)):
            index = self.nodes[index].parent
        return index

    def is_nested(self, index: int) -> bool:
        """Return whether a definition is directly inside a function."""
        parent = self.nodes[index].parent
        return parent != ROOT and self.nodes[parent].kind is NodeKind.DEFINITION and self.is_function(parent)

    def num_defined(self, label: str) -> int:
        """Return how many functions with a body, in any file, have this qualified name."""
        return self._function_counts[label]

    def head(self, index: int) -> Span:
        """Return the span of a definition's signature."""
        node = self.nodes[index]
        end = node.body if node.body > node.start else node.end
        return Span(node.start, node.start + len(self.text[node.start : end].rstrip().rstrip(";")))

    def header(self, index: int) -> Span:
        """Return the span of the line that names a file; empty if the file has no such line."""
        node = self.nodes[index]
        return Span(node.start, node.start + len(self.text[node.start : node.body].rstrip()))

    def has_header(self, index: int) -> bool:
        """Return whether a file has a line that names it."""
        return self.nodes[index].body > self.nodes[index].start

    def is_in_damaged_file(self, name: str, *, but: int) -> bool:
        """Return whether a name occurs in a file that was not parsed completely, other than the file `but`."""
        return any(name in words for index, words in self._damaged.items() if index != but)

    @cached_property
    def _damaged(self) -> Mapping[int, frozenset[str]]:
        """The words of each file that was not parsed completely."""
        return {
            index: frozenset(_WORD.findall(self.text, node.body, node.end))
            for index, node in enumerate(self.nodes)
            if node.kind is NodeKind.FILE and node.numbering == DAMAGED
        }

    @cached_property
    def _function_counts(self) -> Counter[str]:
        return Counter(self.nodes[index].label for index in self.callables if self.is_function(index))

    def _has_signature(self, index: int) -> bool:
        node = self.nodes[index]
        return node.cut is Cut.NONE or (node.cut is Cut.BELOW and node.body < node.end)

    def _definitions(self, is_sort: Callable[[str], bool]) -> Iterator[int]:
        return (
            index
            for index, node in enumerate(self.nodes)
            if node.kind is NodeKind.DEFINITION and is_sort(node.numbering)
        )


def simple_name(label: str) -> str:
    """Return the last part of a qualified name: `total` of `Cart.total`, `operator==` of `a::Box::operator==`."""
    return label.rpartition("::")[2].rpartition(".")[2] if not label.endswith(".") else label
