"""Turns the numbered sections of a manual into provisions.

Takes the text, its language, and its sections, whose titles may begin with a number: `8.2 Descaling the brew circuit`,
`3.2 급수와 배수 연결`. Returns a `PART` node, and `PROVISION` nodes with labels such as `section 8.2` and `3.2절`. Used
by `synthesize.structural.reading`. Time grows linearly with the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.documents.grammar.legal.lines import trimmed
from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.nodes import Node, NodeKind
from pipeline.records import Section

_NUMBERED = re.compile(
    r"[#*\s]*(?P<num>\d{1,3}(?:\.\d{1,3}){0,3})"
    rf"(?:\.|{any_of(lambda rules: rules.manual.section.suffix)})?\s+(?P<title>\D.*)$",
    re.DOTALL,
)
"""A title with a number: `## 8.2 Descaling`, `3.2절 급수와 배수 연결`."""
_HEADING_LINES = re.compile(r"[^\n]*(?:\n([=\-~^\"'*+.#:`])\1{2,}(?=\n|$))?")
"""A heading, including the line of signs that underlines it if present."""


def number_sections(*, text: str, sections: Sequence[Section], language: Language) -> list[Node]:
    """Return the numbered sections of a text; empty if there are none.

    A section ends at the next section at its level or above, or at the next heading without a number.
    """
    label = language_rules(language).manual.section.label
    nodes = [Node(NodeKind.PART, 0, len(text), 0, sort=PartSort.MAIN.value)]
    open_nodes: list[int] = []
    for section in sections:
        match = _NUMBERED.match(section.title)
        depth = match["num"].count(".") + 1 if match else 0
        while open_nodes and (nodes[open_nodes[-1]].level >= depth if match else section.title):
            _close(text, nodes, open_nodes.pop(), section.start)
        if match is None:
            continue
        heading = _HEADING_LINES.match(text, section.start, section.end)
        nodes.append(
            Node(
                kind=NodeKind.PROVISION,
                start=section.start,
                end=len(text),
                body=heading.end() if heading else section.end,
                parent=open_nodes[-1] if open_nodes else 0,
                level=depth,
                label=label(match["num"], depth),
                value=" ".join(match["title"].strip().strip("#*_ ").rstrip(".:").split()),
                sort="section",
            )
        )
        open_nodes.append(len(nodes) - 1)
    for at in open_nodes:
        _close(text, nodes, at, len(text))
    return nodes if len(nodes) > 1 else []


def _close(text: str, nodes: list[Node], at: int, end: int) -> None:
    node = nodes[at]
    start, stop = trimmed(text, min(node.body, end), end)
    last = max(stop, node.start + 1)
    nodes[at] = replace(node, body=min(start, last), end=last)
