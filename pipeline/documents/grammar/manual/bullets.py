"""Reads bulleted lists below an announcing sentence, as STEPS and STEP nodes.

Takes the lines of a text. Returns, for each list, a STEPS node with the sentence as `value` and `bullets` as `sort`,
followed by the items as STEP nodes. Used by `manual.reading`. A list without an announcing sentence has no name and is
left out. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.grammar.manual.announcing import lead_in
from pipeline.documents.grammar.manual.steps import end_of_item
from pipeline.documents.grammar.text_lines import TextLine, last_text
from pipeline.nodes import Node, NodeKind

BULLETS = "bullets"
_MIN_ITEMS = 2
_BULLET = re.compile(r"([-*+•·‣◦○☆▪–])[ \t]+(?=\S)")


def read_bullets(lines: Sequence[TextLine], *, ends: frozenset[int] = frozenset()) -> list[Node]:
    """Return the announced lists in order. A nested list is part of the item that contains it.

    Args:
        lines: Lines of the text.
        ends: Numbers of the lines at which every list ends: headings and furniture.
    """
    nodes: list[Node] = []
    index = 0
    while index < len(lines):
        match = _BULLET.match(lines[index].content) if lines[index].is_prose and index not in ends else None
        if match is None:
            index += 1
            continue
        starts, stop = _items(lines, index, match.group(1), ends)
        lead = lead_in(lines, index, ends) if len(starts) >= _MIN_ITEMS else ""
        if lead:
            nodes += _nodes(lines, starts, stop, lead, len(nodes))
        index = stop + 1
    return nodes


def _items(lines: Sequence[TextLine], index: int, bullet: str, ends: frozenset[int]) -> tuple[list[int], int]:
    """Return the numbers of the lines that begin the items of a list, and the number of the list's last line."""
    indent = lines[index].indent
    starts = [index]
    last = end_of_item(lines, index, indent, ends)
    while True:
        following = next((n for n in range(last + 1, min(len(lines), last + 3)) if lines[n].content), None)
        nested = starts[-1] < last and _next_item(lines, starts[-1] + 1, last, indent, bullet)
        if nested:
            following = nested
        if following is None or following in ends or lines[following].indent != indent or lines[following].is_code:
            return starts, last
        match = _BULLET.match(lines[following].content)
        if match is None or match.group(1) != bullet:
            return starts, last
        starts.append(following)
        last = max(last if nested else following, end_of_item(lines, following, indent, ends))


def _next_item(lines: Sequence[TextLine], first: int, last: int, indent: int, bullet: str) -> int | None:
    """Return the number of the next item's first line, within lines that were read as one paragraph; None if none."""
    for number in range(first, last + 1):
        line = lines[number]
        if line.is_prose and line.indent == indent and (match := _BULLET.match(line.content)):
            return number if match.group(1) == bullet else None
    return None


def _nodes(lines: Sequence[TextLine], starts: Sequence[int], stop: int, lead: str, parent: int) -> list[Node]:
    items = []
    for start, following in zip(starts, [*starts[1:], stop + 1], strict=True):
        last = last_text(lines, start, following)
        match = _BULLET.match(lines[start].content)
        assert match is not None, "the line does not begin with a bullet"
        body = lines[start].content_start + match.end()
        items.append(
            Node(
                kind=NodeKind.STEP,
                start=lines[start].content_start,
                end=max(body, lines[last].content_end),
                body=body,
                parent=parent,
                level=1,
            )
        )
    whole = Node(
        kind=NodeKind.STEPS,
        start=items[0].start,
        end=items[-1].end,
        body=items[0].start,
        value=lead,
        sort=BULLETS,
    )
    return [whole, *items]
