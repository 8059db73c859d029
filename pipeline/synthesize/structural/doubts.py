"""Doubts about where provisions end, based on their numbers and their contents.

Takes the provision nodes of an outline with their parents and parts; returns the indexes of those that may hold text
of something else. Used by `provisions`. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.grammar.legal.counting import is_successor, outer_count
from pipeline.languages import any_of
from pipeline.nodes import Node


def uncertain_provisions(
    text: str, nodes: Sequence[Node], parents: Sequence[int], seats: Sequence[int], subitem: str
) -> frozenset[int]:
    """Return the provisions that may hold more than their own text.

    Args:
        text: The text of the document.
        nodes: Its provisions, in order.
        parents: For each provision, the index of the one around it, -1 at the top.
        seats: For each provision, the index of the part that numbers it.
        subitem: Noun of items whose labels do not begin with the label of the provision that contains them.
    """
    found = _before_gaps(nodes, parents, seats, subitem) | _with_headings(text, nodes, parents)
    return found | _longer_than_all(text, nodes, parents, seats) | _behind_contents(text, nodes, parents, seats)


def counted_again(text: str, nodes: Sequence[Node], parents: Sequence[int], seats: Sequence[int]) -> frozenset[int]:
    """Return all provisions of a part with a chapter whose text counts from one again.

    The numbers of these provisions name two places.
    """
    again = {
        seats[index]
        for index, node in enumerate(nodes)
        if node.level <= 0
        and (index + 1 == len(nodes) or parents[index + 1] != index)
        and _FIRST_NUMBER.search(text, node.body, node.end)
    }
    return frozenset(index for index, node in enumerate(nodes) if seats[index] in again and node.level > 0)


_FIRST_NUMBER = re.compile(r"^[ \t]*1\.[ \t]+\S", re.MULTILINE)


def _behind_contents(text: str, nodes: Sequence[Node], parents: Sequence[int], seats: Sequence[int]) -> frozenset[int]:
    """Return provisions that hold the text after a table of contents.

    These are repealed provisions that have a text, and the last of a row of headings without any text.
    """
    found: set[int] = set()
    empty = 0
    for index, node in enumerate(nodes):
        body = text[node.body : node.end].strip()
        first, _, below = body.partition("\n")
        is_filled = len(body) > _MAX_EMPTY_CHARS
        if (_REPEALED.fullmatch(node.value) and is_filled) or (_REPEALED.fullmatch(first.strip()) and below.strip()):
            found.add(index)
        is_top = parents[index] < 0 and (not index or seats[index] == seats[index - 1])
        if is_top and not is_filled:
            empty += 1
            continue
        if is_top and empty >= _LEAST_EMPTY:
            found.add(index)
        empty = 0
    children = {at for at, parent in enumerate(parents) if _is_below(parents, parent, found)}
    return frozenset(found | children)


def _is_below(parents: Sequence[int], at: int, found: set[int]) -> bool:
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
"""A last provision longer than this also holds text after it that was not recognised."""


def _before_gaps(nodes: Sequence[Node], parents: Sequence[int], seats: Sequence[int], subitem: str) -> frozenset[int]:
    """Return provisions whose extent may hold another one: the next sibling or outer one is not their successor."""
    uncertain: set[int] = set()
    restarted: set[int] = set()
    waiting: list[int] = []
    for index, node in enumerate(nodes):
        if node.level <= 0:
            waiting = []
            continue
        while waiting and (nodes[waiting[-1]].level >= node.level or seats[waiting[-1]] != seats[index]):
            before = waiting.pop()
            if seats[before] == seats[index]:
                if (nodes[before].sort == subitem != "" or _is_item(nodes, parents, before)) and parents[
                    before
                ] == parents[index]:
                    continue
                low, high = _numbers(nodes[_outer(nodes, parents, before, node.level)]), _numbers(node)
                is_certain = _follows(low, high) or node.sort == _UNORDERED
                # Numbers that restart inside a part belong to a list that only looks like headings.
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
    """Return what an item belongs to at a level; a provision that is not an item returns itself."""
    while nodes[index].level > level and parents[index] >= 0 and _is_item(nodes, parents, index):
        index = parents[index]
    return index


def _longer_than_all(text: str, nodes: Sequence[Node], parents: Sequence[int], seats: Sequence[int]) -> frozenset[int]:
    """Return last items of plain lists that have several paragraphs while all earlier items have one.

    The extra paragraphs are the text after the list.
    """
    by_part: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        if node.level == 1 and parents[index] < 0:
            by_part.setdefault(seats[index], []).append(index)
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
    """Return provisions that hold an unnumbered heading, and the provisions around them with the same end.

    Something else may begin after such a heading.
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
_UNORDERED = "§"
"""The sort of sections of a code of laws, which leave out numbers on purpose."""


def _follows(low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    """Return whether a number may come next; the first branch of an article has the number 2: 3, 3-2."""
    is_branch = len(high) == len(low) + 1 and high[:-1] == low and high[-1] == _FIRST_BRANCH
    return is_branch or is_successor(low, high)


_FIRST_BRANCH = 2


def _is_item(nodes: Sequence[Node], parents: Sequence[int], index: int) -> bool:
    above = nodes[parents[index]].label if parents[index] >= 0 else ""
    return bool(above) and nodes[index].label.startswith(above) and nodes[index].label[len(above)] != "."


def _numbers(node: Node) -> tuple[int, ...]:
    """Return a label as numbers that count up by one: 4.1 is (4, 1), IV is (4,)."""
    digits = tuple(int(piece) for piece in re.findall(r"\d+", node.label))
    return digits or (outer_count(node.label.split()[-1]),)
