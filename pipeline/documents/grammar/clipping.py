"""Derives the outlines of parts of a document, of a document without some spans, and of documents joined in one row.

Takes outlines; returns outlines whose offsets refer to the new text. Used by `dedup`, `pack` and `synthesize`. The time
is about linear in the number of nodes; a node that spans several parts counts once for each of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from pipeline.nodes import ROOT, Cut, Node

_At = Callable[[int], int]
"""Maps an offset in the old text to one in the new text. An offset in a removed span maps to where the span was."""


def clip_outline(outline: Sequence[Node], spans: Iterable[tuple[int, int]]) -> Iterator[tuple[Node, ...]]:
    """Yield the outline of each span of a text, with offsets relative to the span.

    A node that begins in the span is kept; if it continues after the span, it is cut there. A node that begins before
    the span is kept only if it contains a node that begins in the span.

    Args:
        outline: Nodes in order of `start`.
        spans: Spans in ascending order, without overlaps.
    """
    following = 0
    around: list[int] = []
    for start, end in spans:
        while following < len(outline) and outline[following].start < start:
            around.append(following)
            following += 1
        around = [index for index in around if outline[index].end > start]
        first = following
        while following < len(outline) and outline[following].start < end:
            following += 1
        inside = [*around, *range(first, following)]
        yield _moved(outline, inside, _clamped(start, end))
        around = [index for index in inside if outline[index].end > end]


def cut_outline(outline: Sequence[Node], cuts: Sequence[tuple[int, int]]) -> tuple[Node, ...]:
    """Return the outline of a text after spans are cut from it. `cuts` is in ascending order, without overlaps."""
    starts = [start for start, _ in cuts]
    ends = [end for _, end in cuts]
    before = [0, *accumulate(end - start for start, end in cuts)]

    def at(offset: int) -> int:
        index = bisect_right(starts, offset) - 1
        if index < 0:
            return offset
        return (starts[index] if offset < ends[index] else offset - (ends[index] - starts[index])) - before[index]

    return _moved(outline, range(len(outline)), at)


def join_outlines(outlines: Iterable[tuple[int, Sequence[Node]]]) -> tuple[Node, ...]:
    """Return the outline of a joined text. Each part is given as its start and its outline, in ascending order."""
    joined: list[Node] = []
    for shift, outline in outlines:
        first = len(joined)
        joined += (
            node.placed(
                start=node.start + shift,
                body=node.body + shift,
                end=node.end + shift,
                parent=ROOT if node.parent == ROOT else node.parent + first,
                cut=node.cut,
            )
            for node in outline
        )
    return tuple(joined)


def _clamped(start: int, end: int) -> _At:
    return lambda offset: min(max(offset, start), end) - start


def _moved(outline: Sequence[Node], indices: Sequence[int], at: _At) -> tuple[Node, ...]:
    """Return the nodes with new offsets: those whose start is kept, and the nodes that contain such a node."""
    is_wanted = {index: at(outline[index].start + 1) > at(outline[index].start) for index in indices}
    for index in reversed(indices):
        if is_wanted[index] and outline[index].parent in is_wanted:
            is_wanted[outline[index].parent] = True
    new_indices: dict[int, int] = {}
    moved: list[Node] = []
    for index in indices:
        node = outline[index]
        start, end = at(node.start), at(node.end)
        if not is_wanted[index] or end <= start:
            continue
        new_indices[index] = len(moved)
        begins = node.begins_here and at(node.start + 1) > start
        ends = node.cut in (Cut.NONE, Cut.ABOVE) and at(node.end - 1) < end
        is_whole = begins and ends and end - start == node.end - node.start
        moved.append(
            node.placed(
                start=start,
                body=min(max(at(node.body), start), end) if begins else start,
                end=end,
                parent=new_indices.get(node.parent, ROOT),
                cut=_cut(begins, ends, is_whole),
            )
        )
    return tuple(moved)


def _cut(begins: bool, ends: bool, is_whole: bool) -> Cut:
    if begins:
        return Cut.NONE if is_whole else Cut.BELOW
    return Cut.ABOVE if ends else Cut.BOTH
