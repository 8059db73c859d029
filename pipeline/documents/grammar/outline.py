"""Parses a text into an outline; no other module creates outlines from texts.

Takes cleaned text, the marks of the format reader, the domain, the language and the file name. Returns `Node`s in order
of `start`. Ingest calls this module and stores the outline; later stages read the stored outline. Each grammar takes
linear time, apart from the lists that `manual.entries` describes.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.grammar.domains import grammars_of
from pipeline.documents.grammar.source import Source
from pipeline.documents.marks import Mark
from pipeline.nodes import ROOT, Node, NodeKind
from pipeline.records import Context, Document, Section

MAX_NODES = 2_000_000
"""The maximum number of nodes in an outline. A chat log of 64 MB has 1.5 million turns of 40 characters."""


def read_outline(
    *, text: str, domain: str, language: str, name: str = "", marks: Sequence[Mark] = ()
) -> tuple[Node, ...]:
    """Return the outline of a document.

    Args:
        text: Cleaned text, to which the offsets of the nodes refer.
        domain: Domain of the document.
        language: Language of the document.
        name: Name of the document's file, needed for code.
        marks: Marks of the format reader, in order.
    """
    source = Source(text=text, domain=domain, language=language, name=name, marks=marks)
    return _in_order([source.headings, *(grammar(source) for grammar in grammars_of(domain))])


def outline_of(record: Document | Context) -> tuple[Node, ...]:
    """Return the stored outline of a record, or parse the text if the record has no outline."""
    if record.outline is not None:
        return record.outline
    path = record.heading_path if isinstance(record, Context) else ()
    name = path[-1] if path else record.title
    return read_outline(text=record.text, domain=record.domain, language=record.language, name=name)


def sections_of(outline: Sequence[Node], *, length: int) -> tuple[Section, ...]:
    """Return the sections of a text of this length.

    Each section begins at a heading or at a file of a joined tree, and ends where the next section begins. Text before
    the first of them is a section without a title. An empty text has no sections.
    """
    found = [node for node in outline if _opens_section(node)]
    starts = [*(node.start for node in found), length]
    sections = [
        Section(start=node.start, end=end, level=max(1, node.level), title=_title(node))
        for node, end in zip(found, starts[1:], strict=True)
    ]
    if starts[0] > 0:
        sections.insert(0, Section(start=0, end=starts[0], level=0, title=""))
    return tuple(sections)


def _opens_section(node: Node) -> bool:
    """Return whether a node is a heading, or a file of a joined tree, which begins with a line that names the file."""
    is_file = node.kind is NodeKind.FILE and node.body > node.start
    return (is_file or node.kind is NodeKind.HEADING) and node.begins_here


def _title(node: Node) -> str:
    return node.label if node.kind is NodeKind.FILE else node.value


def _in_order(found: Sequence[Sequence[Node]]) -> tuple[Node, ...]:
    """Merge the nodes of several grammars into one list, in order of `start`, but each parent before its children."""
    nodes: list[Node] = []
    parents: list[int] = []
    keys: list[int] = []
    for nodes_of_grammar in found:
        first = len(nodes)
        for node in nodes_of_grammar:
            parent = ROOT if node.parent == ROOT else node.parent + first
            nodes.append(node)
            parents.append(parent)
            # Calls inside a decorator may start before their function, which starts at its signature.
            keys.append(node.start if parent == ROOT else max(node.start, keys[parent]))
    order = sorted(range(len(nodes)), key=keys.__getitem__)
    new_indices = {old: new for new, old in enumerate(order)}
    return tuple(nodes[old].below(new_indices.get(parents[old], ROOT)) for old in order)
