"""What the tests of manuals compare: nodes of one kind with their text, every span checked."""

from __future__ import annotations

from pipeline.documents.grammar.manual.headings import read_headings
from pipeline.documents.grammar.manual.reading import read_manual
from pipeline.nodes import ROOT, Node, NodeKind


def nodes_of(text: str, kind: NodeKind, language: str = "en") -> list[Node]:
    """The nodes of a kind, in order."""
    nodes = read_manual(text, language=language, headings=read_headings(text))
    for index, node in enumerate(nodes):
        assert 0 <= node.start <= node.body <= node.end <= len(text)
        assert node.parent < index
        if node.parent != ROOT:
            parent = nodes[node.parent]
            assert parent.kind is NodeKind.STEPS and parent.start <= node.start and node.end <= parent.end
    return [node for node in nodes if node.kind is kind]


def body(text: str, node: Node) -> str:
    """The content of a node on one line."""
    return " ".join(text[node.body : node.end].split())
