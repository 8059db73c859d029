"""Outlines of parts, of what is left of a text, and of joined texts: the same nodes at the same words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.grammar.clipping import clip_outline, cut_outline, join_outlines
from pipeline.nodes import ROOT, Cut, Node, NodeKind

LENGTH = 60


@st.composite
def outlines(draw: st.DrawFn, length: int = LENGTH) -> tuple[Node, ...]:
    """Nested spans of a text of some length, each with a name; in order, parents first."""
    nodes: list[Node] = []

    def fill(start: int, end: int, parent: int, depth: int) -> None:
        while start < end:
            start = draw(st.integers(start, end))
            stop = draw(st.integers(start, end))
            if stop > start:
                body = draw(st.integers(start, stop))
                nodes.append(Node(NodeKind.PROVISION, start, stop, body, parent, depth, f"{len(nodes)}", "v", "n", "s"))
                if depth < 3 and draw(st.booleans()):
                    fill(body, stop, len(nodes) - 1, depth + 1)
            start = max(stop, start + 1)

    fill(0, length, ROOT, 1)
    return tuple(nodes)


def spans(draw_cuts: list[int]) -> list[tuple[int, int]]:
    bounds = sorted({0, LENGTH, *draw_cuts})
    return list(pairwise(bounds))


def assert_sound(outline: tuple[Node, ...], length: int) -> None:
    for index, node in enumerate(outline):
        assert 0 <= node.start <= node.body <= node.end <= length
        assert node.start < node.end
        assert node.parent < index
        if node.parent != ROOT:
            around = outline[node.parent]
            assert around.start <= node.start <= node.end <= around.end
    assert [node.start for node in outline] == sorted(node.start for node in outline)


@given(outline=outlines(), cuts=st.lists(st.integers(0, LENGTH), max_size=6))
def test_clip_outline_parts_hold_each_node_once_where_it_begins(outline: tuple[Node, ...], cuts: list[int]) -> None:
    parts = spans(cuts)
    begun: list[str] = []
    for (start, end), part in zip(parts, clip_outline(outline, parts), strict=True):
        assert_sound(part, end - start)
        for node in part:
            whole = outline[int(node.label)]
            if node.begins_here:
                begun.append(node.label)
                assert node.start == whole.start - start
                assert node.body == min(whole.body, end) - start
                assert node.cut is (Cut.NONE if whole.end <= end else Cut.BELOW)
            else:
                assert whole.start < start
                assert node.start == node.body == 0
                assert any(child.parent == index for index, child in enumerate(part) if child is not node) or any(
                    part[child.parent] is node for child in part if child.parent != ROOT
                )
                assert node.cut is (Cut.ABOVE if whole.end <= end else Cut.BOTH)
            assert node.end == min(whole.end, end) - start
            assert (node.level, node.value, node.numbering, node.sort) == (whole.level, "v", "n", "s")
    assert sorted(begun, key=int) == [node.label for node in outline]


@given(outline=outlines(), cuts=st.lists(st.integers(0, LENGTH), max_size=6))
def test_clip_outline_keeps_the_nearest_parent_that_reaches_into_the_part(
    outline: tuple[Node, ...], cuts: list[int]
) -> None:
    parts = spans(cuts)
    for part in clip_outline(outline, parts):
        for node in part:
            whole = outline[int(node.label)]
            parent = "" if whole.parent == ROOT else outline[whole.parent].label
            assert (part[node.parent].label if node.parent != ROOT else "") == parent


def test_clip_outline_of_parts_of_parts_is_that_of_the_parts() -> None:
    outline = (
        Node(NodeKind.PART, 0, 50, 5, ROOT, label="0"),
        Node(NodeKind.PROVISION, 10, 40, 12, 0, label="1"),
        Node(NodeKind.PROVISION, 22, 30, 24, 1, label="2"),
    )
    (outer,) = clip_outline(outline, [(8, 45)])
    (inner,) = clip_outline(outer, [(12, 37)])
    assert list(clip_outline(outline, [(20, 45)])) == [inner]
    assert [node.cut for node in inner] == [Cut.BOTH, Cut.ABOVE, Cut.NONE]
    (end,) = clip_outline(inner, [(0, 5)])
    assert [(node.label, node.cut) for node in end] == [("0", Cut.BOTH), ("1", Cut.BOTH), ("2", Cut.BELOW)]


@given(
    outline=outlines(),
    bounds=st.lists(st.integers(0, LENGTH), max_size=8),
)
def test_cut_outline_of_what_is_left_names_the_same_words(outline: tuple[Node, ...], bounds: list[int]) -> None:
    ordered = sorted(set(bounds))
    cuts = list(zip(ordered[::2], ordered[1::2], strict=False))
    text = "".join(chr(0x4E00 + offset) for offset in range(LENGTH))
    left = "".join(char for offset, char in enumerate(text) if not any(start <= offset < end for start, end in cuts))
    moved = cut_outline(outline, cuts)
    assert_sound(moved, len(left))
    for node in moved:
        whole = outline[int(node.label)]
        kept = "".join(char for char in text[whole.start : whole.end] if char in left)
        assert left[node.start : node.end] == kept
        assert node.begins_here == (text[whole.start] in left)
        assert (node.cut is Cut.NONE) == (kept == text[whole.start : whole.end])
        if node.begins_here:
            head = "".join(char for char in text[whole.start : whole.body] if char in left)
            assert left[node.start : node.body] == head
    begun = {node.label for node in outline if text[node.start] in left}
    assert begun == {node.label for node in moved if node.begins_here}


@given(members=st.lists(outlines(length=20), max_size=4), gap=st.integers(0, 5))
def test_join_outlines_is_undone_by_clipping(members: list[tuple[Node, ...]], gap: int) -> None:
    starts = [number * (20 + gap) + gap for number in range(len(members))]
    joined = join_outlines(zip(starts, members, strict=True))
    assert len(joined) == sum(map(len, members))
    assert list(clip_outline(joined, [(start, start + 20) for start in starts])) == members
