"""From text to outline: the only place where a document is parsed.

In: cleaned text, the marks of its reader, and its domain. Out: `Node`s in order of `start`. Used by ingest, which
stores the outline; pack, synthesize and others read the stored outline. Cost: each grammar of a domain reads the text
once, in linear time.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.grammar.domains import grammars_of
from pipeline.documents.grammar.source import Source
from pipeline.documents.marks import Mark
from pipeline.nodes import ROOT, Node, NodeKind
from pipeline.records import Context, Document, Section

MAX_NODES = 2_000_000
"""Most nodes of an outline. A chat log of 64 MB has 1.5 million turns of 40 characters."""


def read_outline(
    *, text: str, domain: str, language: str, name: str = "", marks: Sequence[Mark] = ()
) -> tuple[Node, ...]:
    """Return the outline of a document.

    Args:
        text: Cleaned text; the nodes' offsets refer to it.
        domain: Domain of the document.
        language: Language of the document.
        name: Name of the document's file, for code.
        marks: Marks of the document's reader, in order.
    """
    source = Source(text=text, domain=domain, language=language, name=name, marks=marks)
    return _in_order([source.headings, *(grammar(source) for grammar in grammars_of(domain))])


def outline_of(record: Document | Context) -> tuple[Node, ...]:
    """Return the stored outline of a record, or compute it if the record has none."""
    if record.outline is not None:
        return record.outline
    path = record.heading_path if isinstance(record, Context) else ()
    name = path[-1] if path else record.title
    return read_outline(text=record.text, domain=record.domain, language=record.language, name=name)


def sections_of(outline: Sequence[Node], *, length: int) -> tuple[Section, ...]:
    """Return the sections of a text of this length. Each runs from one heading, or file of a tree, to the next.

    Sections are in order, do not overlap, and together cover the whole text. An empty text has none.
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
    """Return whether a node is a heading, or a file below the line that names it."""
    is_file = node.kind is NodeKind.FILE and node.body > node.start
    return (is_file or node.kind is NodeKind.HEADING) and node.begins_here


def _title(node: Node) -> str:
    return node.label if node.kind is NodeKind.FILE else node.value


def _in_order(found: Sequence[Sequence[Node]]) -> tuple[Node, ...]:
    """Merge the nodes of several grammars into one list in order of `start`, each parent before its children."""
    nodes: list[Node] = []
    parents: list[int] = []
    keys: list[int] = []
    for of_grammar in found:
        first = len(nodes)
        for node in of_grammar:
            parent = ROOT if node.parent == ROOT else node.parent + first
            nodes.append(node)
            parents.append(parent)
            # Calls inside a decorator may start before their function, which starts at its signature.
            keys.append(node.start if parent == ROOT else max(node.start, keys[parent]))
    order = sorted(range(len(nodes)), key=keys.__getitem__)
    places = {old: new for new, old in enumerate(order)}
    return tuple(nodes[old].below(places.get(parents[old], ROOT)) for old in order)
