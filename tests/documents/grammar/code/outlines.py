"""Outlines of small files, as the tests of this folder read them."""

from __future__ import annotations

from pipeline.documents.grammar.code.outline import outline_code
from pipeline.nodes import Node, NodeKind


def definitions(text: str, name: str) -> dict[str, str]:
    """Signatures by qualified name, of functions, methods and types; of several with one name the last."""
    return {node.label: node.value for node in checked(text, name) if node.kind is NodeKind.DEFINITION}


def calls(text: str, name: str) -> set[tuple[str, str]]:
    """Pairs of caller and callee; the caller is a file where the call stands in no definition."""
    nodes = checked(text, name)
    return {(nodes[node.parent].label, node.label) for node in nodes if node.kind is NodeKind.CALL}


def checked(text: str, name: str) -> list[Node]:
    """The outline, with what holds of every one."""
    nodes = outline_code(text=text, name=name)
    for index, node in enumerate(nodes):
        assert node.parent < index
        assert 0 <= node.start <= node.body <= node.end <= len(text)
    return nodes
