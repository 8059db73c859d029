"""Reads the notes, steps and entries of a manual as nodes; this module is the entry point of the package.

Takes the text, its language, its headings and the marks of the format reader. Returns nodes in text order; `parent` is
an index into the same list. Used by `grammar.domains.manual`. Time is linear in the text, apart from the lists that
`entries` describes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from pipeline.documents.grammar.manual.bullets import read_bullets
from pipeline.documents.grammar.manual.entries import read_entries
from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.manual.notes import read_notes
from pipeline.documents.grammar.manual.steps import read_steps
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark
from pipeline.languages import Language
from pipeline.nodes import ROOT, Node, NodeKind


def read_manual(
    text: str,
    *,
    language: Language,
    headings: Sequence[Node] = (),
    marks: Sequence[Mark] = (),
    lines: Sequence[TextLine] | None = None,
    furniture: frozenset[int] | None = None,
) -> list[Node]:
    """Return the NOTE, STEPS, STEP and ENTRY nodes.

    Args:
        text: Text of the document.
        language: Language of the text.
        headings: HEADING nodes of the text. Lists end before a heading, and so do notes and entries, with the
            exceptions that `read_notes` and `read_entries` describe.
        marks: Marks of the format reader.
        lines: Lines of the text, if already split.
        furniture: Result of `furniture_lines`, if already computed.
    """
    lines = read_lines(text, marks=marks) if lines is None else lines
    starts = [line.start for line in lines]
    ends = set(furniture_lines(lines) if furniture is None else furniture)
    for heading in headings:
        first = bisect_right(starts, heading.start) - 1
        ends.update(range(first, bisect_right(starts, max(heading.start, heading.body - 1))))
    all_ends = frozenset(ends)
    notes = read_notes(lines, ends=all_ends)
    steps = read_steps(lines, language=language, ends=all_ends)
    bullets = read_bullets(lines, ends=all_ends)
    entries = read_entries(lines, ends=all_ends)
    return _merged([*notes, *entries], [*steps, *bullets])


def _merged(single: Sequence[Node], steps: Sequence[Node]) -> list[Node]:
    """Merge single nodes and lists in order of start. Each STEPS node is followed by its STEP nodes."""
    groups: list[list[Node]] = [[node] for node in single]
    for node in steps:
        if node.kind is NodeKind.STEPS:
            groups.append([node])
        else:
            groups[-1].append(node)
    groups.sort(key=lambda group: (group[0].start, -group[0].end))
    nodes: list[Node] = []
    for group in groups:
        parent = len(nodes)
        nodes.append(group[0])
        nodes += [replace(node, parent=parent if node.parent != ROOT else ROOT) for node in group[1:]]
    return nodes
