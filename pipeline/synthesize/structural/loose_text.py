"""Finds provisions that end at a false heading or contain the provision after them.

Takes the provision nodes of an outline and their parts, or titled sections; returns the indexes of the doubtful ones,
or whether one is doubtful. Used by `provision_outline`. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from pipeline.nodes import Node
from pipeline.records import Section


def cut_at_headings(
    text: str, nodes: Sequence[Node], part_of: Sequence[int], amending: Set[int] = frozenset()
) -> frozenset[int]:
    """Return the provisions after which text follows that is in no provision, although their numbering goes on below.

    The line at which such a provision ends may be a defined term, a caption or a list item instead of a heading. The
    last provision of a part is returned only if a number begins the text after it.

    Args:
        text: The text of the document.
        nodes: The provisions, in order.
        part_of: For each provision, the index of the part in which it is numbered.
        amending: The parts that amend another text; instructions between their provisions are in no provision.
    """
    found: set[int] = set()
    open_nodes: list[int] = []
    covered = 0
    for index, node in enumerate(nodes):
        is_same_part = index > 0 and part_of[index] == part_of[index - 1]
        is_loose = (
            _PROSE.search(text, covered, node.start) if is_same_part else _NUMBER.match(text, covered, node.start)
        )
        if covered < node.start and is_loose and part_of[index - 1] not in amending:
            found.update(at for at in open_nodes if nodes[at].end == covered)
        if not is_same_part or covered < node.start:
            open_nodes, covered = [], 0
        if node.level > 0:
            open_nodes.append(index)
            covered = max(covered, node.end)
    if open_nodes and _NUMBER.match(text, covered) and part_of[-1] not in amending:
        found.update(at for at in open_nodes if nodes[at].end == covered)
    return frozenset(found)


_PROSE = re.compile(r"^[ \t]*[^\W\d_#|][^\n|]{60,}[.;:。]['\"”’)*_]*[ \t]*$|^[ \t]*\(?\d{1,2}[.)][ \t]\S", re.MULTILINE)
"""A line of running text that closes a sentence, or a numbered item."""
_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)][ \t]+[^\W\d_]")
"""The number of an item at the beginning of a text."""


def with_next_number(text: str, nodes: Sequence[Node], parents: Sequence[int]) -> frozenset[int]:
    """Return the innermost provisions in which a line begins with the next number, but none with their own: `4.You`."""
    found = set()
    for index, node in enumerate(nodes):
        is_leaf = index + 1 == len(nodes) or parents[index + 1] != index
        match = _LAST_NUMBER.search(node.label)
        if not is_leaf or match is None or len(match["num"]) > _MAX_DIGITS:
            continue
        number, before = int(match["num"]), re.escape(match["above"] or "")
        opens = re.compile(rf"^[ \t*_#]*{before}(?P<num>\d{{1,3}})[.)](?!\d)[*_]*[ \t]*\S", re.MULTILINE)
        numbers = {int(other["num"]) for other in opens.finditer(text, node.body, node.end)}
        if number + 1 in numbers and number not in numbers:
            found.add(index)
    return frozenset(found)


_LAST_NUMBER = re.compile(r"(?:^|\s)(?P<above>(?:\d+\.)+)?(?P<num>\d+)$")
"""The last number of a label, and the numbers before it: `4.` and `1` of `Section 4.1`."""
_MAX_DIGITS = 3


def is_run_in(text: str, section: Section) -> bool:
    """Return whether text follows the title of a section on its line: `6) Attribution. You must …`."""
    line = text[section.start : section.end].partition("\n")[0]
    return len(_letters(line)) > len(_letters(section.title)) and len(section.title) < _MAX_HEADING_CHARS


def has_next_number(title: str, body: str) -> bool:
    """Return whether a line of a section begins with the number after that of its title."""
    match = _TITLE_NUMBER.match(title)
    return match is not None and re.search(rf"^[ \t*_#(]*{int(match[1]) + 1}[.)]", body, re.MULTILINE) is not None


def _letters(words: str) -> str:
    return re.sub(r"\W+", "", words)


_TITLE_NUMBER = re.compile(r"\W*(\d{1,3})[.)]")
_MAX_HEADING_CHARS = 120
"""The length at which a title is cut."""
