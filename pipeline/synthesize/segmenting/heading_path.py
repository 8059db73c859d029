"""Returns the titles above a span of a document, as a prompt shows them to a teacher."""

from __future__ import annotations

from pipeline.domains import domain_rules
from pipeline.nodes import NodeKind
from pipeline.records import Context
from pipeline.synthesize.segmenting.document import known_outline
from pipeline.synthesize.sentences import Span


def heading_path(context: Context, span: Span) -> tuple[str, ...]:
    """Return the titles of the sections that hold a span, outermost first; of code, the file and the definition.

    A span that goes over several sections has the path that they share, and a section that begins with the span holds
    it. Time is linear in the number of sections, and of code in the number of the outline's nodes.
    """
    sections = _sections_above(context, span)
    # A part of a document begins below headings, of which a section that begins in the part ends the ones of its level.
    outer = context.heading_path[: sections[0][0] - 1] if sections else context.heading_path
    titles = (*outer, *(title for _, title in sections), _definition_around(context, span))
    return tuple(dict.fromkeys(title.strip() for title in titles if title.strip()))


def _sections_above(context: Context, span: Span) -> list[tuple[int, str]]:
    """Return the level and title of each section of the text that holds a span."""
    path: list[tuple[int, str]] = []
    inside: list[int] = []
    for section in context.sections:
        if section.start >= span.end:
            break
        if section.level == 0:
            continue
        if section.start > span.start:
            inside.append(section.level)
            continue
        path = [(level, title) for level, title in path if level < section.level]
        path.append((section.level, section.title))
    return [(level, title) for level, title in path if level < min(inside, default=level + 1)]


def _definition_around(context: Context, span: Span) -> str:
    """Return the qualified name of the innermost definition that holds a span of code; empty if there is none."""
    if not domain_rules(context.domain).is_code:
        return ""
    holding = [
        node
        for node in known_outline(context)
        if node.kind is NodeKind.DEFINITION and node.start <= span.start and span.end <= node.end
    ]
    return holding[-1].label if holding else ""
