"""Finds provisions that may contain text of something else, by their numbers and their contents.

Takes the provision nodes of an outline with their parents and parts; returns the indexes of the doubtful provisions.
Used by `provision_outline`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.grammar.legal.counting import is_successor, outer_count
from pipeline.languages import any_of
from pipeline.nodes import Node


def uncertain_provisions(
    text: str, nodes: Sequence[Node], parents: Sequence[int], part_of: Sequence[int], subitem: str
) -> frozenset[int]:
    """Return the indexes of the provisions that may contain more than their own text.

    Args:
        text: The text of the document.
        nodes: The provisions, in order.
        parents: For each provision, the index of its parent; -1 at the top.
        part_of: For each provision, the index of the part in which it is numbered.
        subitem: The noun of items whose labels do not begin with their parent's label.
    """
    found = _before_gaps(nodes, parents, part_of, subitem) | _with_headings(text, nodes, parents)
    return found | _longer_than_all(text, nodes, parents, part_of) | _behind_contents(text, nodes, parents, part_of)


def counted_again(text: str, nodes: Sequence[Node], parents: Sequence[int], part_of: Sequence[int]) -> frozenset[int]:
    """Return the provisions of each part with a chapter that contains a line numbered 1, but no provision.

    In such a part, the same number may refer to two places.
    """
    again = {
        part_of[index]
        for index, node in enumerate(nodes)
        if node.level <= 0
        and (index + 1 == len(nodes) or parents[index + 1] != index)
        and _FIRST_NUMBER.search(text, node.body, node.end)
    }
    return frozenset(index for index, node in enumerate(nodes) if part_of[index] in again and node.level > 0)


def below_roman(text: str, nodes: Sequence[Node], parents: Sequence[int], part_of: Sequence[int]) -> frozenset[int]:
    """Return the provisions of each part whose sections have Roman numbers that the outline does not contain.

    If `IV. Requirements` has the items 1 and 2, `Section 1` may also mean `I. Scope`.
    """
    starts = {node.start for node in nodes}
    lines = [match for match in _ROMAN.finditer(text) if match.start("num") not in starts]
    if [match["num"] for match in lines[:2]] != ["I", "II"]:
        return frozenset()
    firsts = {part: min(at for at, of in enumerate(part_of) if of == part) for part in set(part_of)}
    found = {part for part, first in firsts.items() if any(line.start() < nodes[first].start for line in lines[:1])}
    return frozenset(
        at
        for at, node in enumerate(nodes)
        if part_of[at] in found and node.level > 0 and text[nodes[_top(parents, at)].start].isdigit()
    )


def _top(parents: Sequence[int], at: int) -> int:
    while parents[at] >= 0:
        at = parents[at]
    return at


_ROMAN = re.compile(r"^[ \t#*]*(?P<num>[IVX]{1,6})\.[ \t]+[A-Z]", re.MULTILINE)
"""A line with a Roman number: `IV. Requirements`."""
_FIRST_NUMBER = re.compile(r"^[ \t]*1\.[ \t]+\S", re.MULTILINE)
"""A line with the number 1: `1. Rent`."""


def _behind_contents(
    text: str, nodes: Sequence[Node], parents: Sequence[int], part_of: Sequence[int]
) -> frozenset[int]:
    """Return the provisions that contain the text after a table of contents, and the provisions inside them.

    Such a provision is marked as repealed although it has a text, or it is an outermost provision with a text and
    follows at least five outermost provisions without one.
    """
    found: set[int] = set()
    empty = 0
    for index, node in enumerate(nodes):
        body = text[node.body : node.end].strip()
        first, _, below = body.partition("\n")
        is_filled = len(body) > _MAX_EMPTY_CHARS
        if (_REPEALED.fullmatch(node.value) and is_filled) or (_REPEALED.fullmatch(first.strip()) and below.strip()):
            found.add(index)
        is_top = parents[index] < 0 and (not index or part_of[index] == part_of[index - 1])
        if is_top and not is_filled:
            empty += 1
            continue
        if is_top and empty >= _LEAST_EMPTY:
            found.add(index)
        empty = 0
    inside = {at for at, parent in enumerate(parents) if _is_within(parents, parent, found)}
    return frozenset(found | inside)


def _is_within(parents: Sequence[int], at: int, found: set[int]) -> bool:
    """Return whether a provision is one of the found ones, or is inside one of them."""
    while at >= 0:
        if at in found:
            return True
        at = parents[at]
    return False


_MAX_EMPTY_CHARS = 8
_LEAST_EMPTY = 5
_REPEALED = re.compile(
    any_of(lambda rules: rules.legal.provisions.repealed if rules.legal.provisions else ""), re.IGNORECASE
)


_MAX_LAST_CHARS = 20_000
"""The maximum length of a part's last provision; a longer one probably contains text that was not recognised."""


def _before_gaps(nodes: Sequence[Node], parents: Sequence[int], part_of: Sequence[int], subitem: str) -> frozenset[int]:
    """Return the provisions before a gap in the numbering, whose text may contain the missing provision.

    There is a gap if the next provision at the same or an outer level does not have the next number. The provision
    after the gap is also returned if its number is not higher, and so are the provisions that continue its numbering.
    A part's last provision is returned if it is very long.
    """
    uncertain: set[int] = set()
    restarted: set[int] = set()
    waiting: list[int] = []
    for index, node in enumerate(nodes):
        if node.level <= 0:
            waiting = []
            continue
        while waiting and (nodes[waiting[-1]].level >= node.level or part_of[waiting[-1]] != part_of[index]):
            before = waiting.pop()
            if part_of[before] == part_of[index]:
                if (nodes[before].sort == subitem != "" or _is_item(nodes, parents, before)) and parents[
                    before
                ] == parents[index]:
                    continue
                low, high = _numbers(nodes[_outer(nodes, parents, before, node.level)]), _numbers(node)
                is_certain = _follows(low, high) or node.sort == _UNORDERED
                # Numbers that start again inside a part belong to a list that only looks like headings.
                is_lower = not is_certain and high <= low
                if is_lower or (is_certain and before in restarted):
                    restarted.add(index)
            else:
                is_certain = nodes[before].end - nodes[before].start <= _MAX_LAST_CHARS
            if not is_certain:
                uncertain.add(before)
        waiting.append(index)
    uncertain.update(at for at in waiting if nodes[at].end - nodes[at].start > _MAX_LAST_CHARS)
    return frozenset(uncertain | restarted)


def _outer(nodes: Sequence[Node], parents: Sequence[int], index: int, level: int) -> int:
    """Return the index of the provision at `level` to which an item belongs; `index` itself if it is not an item."""
    while nodes[index].level > level and parents[index] >= 0 and _is_item(nodes, parents, index):
        index = parents[index]
    return index


def _longer_than_all(
    text: str, nodes: Sequence[Node], parents: Sequence[int], part_of: Sequence[int]
) -> frozenset[int]:
    """Return the last item of each plain list in which only this item has several paragraphs.

    The extra paragraphs are the text after the list. A plain list is a part whose provisions have no headings.
    """
    by_part: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        if node.level == 1 and parents[index] < 0:
            by_part.setdefault(part_of[index], []).append(index)
    found = set()
    for group in by_part.values():
        *earlier, last = group
        is_list = len(earlier) > 1 and not any(nodes[index].value for index in group)
        is_short = all(_PARAGRAPHS.search(text, nodes[at].body, nodes[at].end) is None for at in earlier)
        if is_list and is_short and _PARAGRAPHS.search(text, nodes[last].body, nodes[last].end):
            found.add(last)
    return frozenset(found)


_PARAGRAPHS = re.compile(r"\n[ \t]*\n")


def _with_headings(text: str, nodes: Sequence[Node], parents: Sequence[int]) -> frozenset[int]:
    """Return the provisions that contain an unnumbered heading, and the provisions around them with the same end.

    The text below such a heading may not belong to them.
    """
    found: set[int] = set()
    for index, node in enumerate(nodes):
        is_leaf = index + 1 == len(nodes) or parents[index + 1] != index
        if not is_leaf or not _INNER_HEADING.search(text, node.body, node.end):
            continue
        at = index
        while at >= 0 and nodes[at].end == node.end:
            found.add(at)
            at = parents[at]
    return frozenset(found)


_INNER_HEADING = re.compile(
    r"\n[ \t]*\n[ \t]*(?:[A-Z][A-Z ,&'’/-]{5,80}[ \t]*\n[ \t]*\n|[A-Z][A-Z ,&'’/-]{5,60}\.[ \t]+[A-Z][a-z])"
)
"""A line in capitals that looks like a heading: `GENERAL RULES`, or `GENERAL RULES. The` before its text."""
_UNORDERED = "§"
"""The noun of the sections of a code of laws, which skip numbers on purpose."""


def _follows(low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    """Return whether the number `high` may follow `low`; 제3조의2, the first branch of 제3조, has the number (3, 2)."""
    is_branch = len(high) == len(low) + 1 and high[:-1] == low and high[-1] == _FIRST_BRANCH
    return is_branch or is_successor(low, high)


_FIRST_BRANCH = 2


def _is_item(nodes: Sequence[Node], parents: Sequence[int], index: int) -> bool:
    """Return whether a provision is an item of its parent: 4(a) of 4, but not 4.1 of 4."""
    above = nodes[parents[index]].label if parents[index] >= 0 else ""
    label = nodes[index].label
    return bool(above) and label.startswith(above) and not label.startswith(f"{above}.")


def _numbers(node: Node) -> tuple[int, ...]:
    """Return the numbers of a label: (4, 1) of `Section 4.1`, (4,) of `ARTICLE IV`."""
    digits = tuple(int(piece) for piece in re.findall(r"\d+", node.label))
    return digits or (outer_count(node.label.split()[-1]),)
