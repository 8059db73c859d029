"""Reads the outline of a legal text: its parts and their provisions, with exact offsets.

Takes the text, its language, and the marks that the format reader made; returns `PART` and `PROVISION` nodes, each
parent before its children. Used by the grammar of the legal domain. Time grows linearly with the text.

A part is a document with its own numbering, such as a schedule; the main text is a part too. A part's `sort` is a
`PartSort`. A provision's `label` is its path as the language writes it (제4조의2 제1항, Section 4.1(a)), `numbering` is
the name of the part, `sort` is the noun (Section, 조), and `level` is the depth; containers, such as chapters, have a
level of 0 or less.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from pipeline.documents.grammar.legal.heads import find_heads, is_instruction
from pipeline.documents.grammar.legal.items import Item, find_items
from pipeline.documents.grammar.legal.lines import Line, is_blank, skip, split_lines, text_above, trimmed
from pipeline.documents.grammar.legal.parts import MAIN, Part, find_parts, single_ruling
from pipeline.documents.grammar.legal.sequence import Numbered, number_parts
from pipeline.documents.grammar.legal.titles import item_title, read_title
from pipeline.documents.marks import Mark, MarkKind
from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.provision_rules import PartSort, ProvisionRules, Role
from pipeline.nodes import Node, NodeKind

_MARKED_HEADING = re.compile(r"#{1,6}[ \t]+\S")
"""A Markdown heading: `## Term`."""
_CLOSING = re.compile(any_of(lambda rules: rules.legal.closing))
"""The beginning of the signature lines: `IN WITNESS WHEREOF`."""
_IMPRINT = re.compile(any_of(lambda rules: rules.legal.imprint))
"""The beginning of a paragraph that is in no provision: `Copyright © 2020`."""
_MAX_CLOSING_CHARS = 240
_RULE = re.compile(r"\n[ \t]*[-*_=]{3,}\s*$")
"""A ruled line at the end of a text: `-----`."""
_MAX_RULE_CHARS = 60
_QUOTES = tuple("\"“‘'「『")
_WITH_ITEMS = frozenset({PartSort.SUPPLEMENT})


def read_provisions(
    *, text: str, language: Language, headings: Sequence[Node] = (), marks: Sequence[Mark] = ()
) -> list[Node]:
    """Return the parts and provisions of a legal text; empty if the text has neither provisions nor a second part.

    Args:
        text: the text of the document.
        language: the language of the document. The result is empty if the language has no rules for provisions.
        headings: the heading nodes of the outline. A provision ends at a heading that is not itself a provision.
        marks: the marks of the format reader. Marks of headings end a provision in the same way.
    """
    legal = language_rules(language).legal
    rules = legal.provisions
    if rules is None:
        return []
    lines = split_lines(text)
    ruling = single_ruling(text, lines, legal.rulings) if legal.rulings is not None else None
    if ruling is not None:
        return _Builder(text, lines, [MAIN, ruling], [], rules, []).build()
    given = find_parts(lines, rules)
    ends = [part.start for part in given[1:]] + [len(text)]
    amending = [(part.start, end) for part, end in zip(given, ends, strict=True) if part.sort is PartSort.AMENDMENT]
    heads, contents = find_heads(text, lines, rules, amending)
    parts, numbered = number_parts(lines=lines, heads=heads, parts=given, rules=rules)
    kept = [item for item in numbered if not (parts[item.part].sort is PartSort.AMENDMENT and item.depth > 1)]
    kept = _without_lone_numbers(kept)
    if not kept and len(parts) == 1:
        return []
    provision_lines = frozenset(item.head.line for item in kept)
    boundaries = sorted({*contents, *_boundaries(lines, provision_lines, headings, marks, amending, rules)})
    return _Builder(text, lines, parts, kept, rules, boundaries).build()


def _without_lone_numbers(numbered: Sequence[Numbered]) -> list[Numbered]:
    """Drop a plain number 1 that is the only number in the main part: it usually begins a list."""
    counts = Counter(item.part for item in numbered if item.head.role is not Role.CONTAINER)
    return [
        item
        for item in numbered
        if item.part
        or counts[item.part] > 1
        or item.head.role is not None
        or len(item.head.numbers) > 1
        or item.head.numbers[0] > 1
    ]


def _boundaries(
    lines: Sequence[Line],
    provision_lines: frozenset[int],
    headings: Sequence[Node],
    marks: Sequence[Mark],
    amending: Sequence[tuple[int, int]],
    rules: ProvisionRules,
) -> list[int]:
    """Return the offsets of the lines that end the provision above although they are not provisions, in order."""
    starts = [line.start for line in lines]
    found = {
        line.start
        for index, line in enumerate(lines)
        if index not in provision_lines
        and line.text
        and ((line.text[0] == "#" and _MARKED_HEADING.match(line.text)) or is_instruction(line, amending, rules))
    }
    marked = {mark.start for mark in marks if mark.kind is MarkKind.HEADING}
    for start in marked | {node.start for node in headings if node.kind is NodeKind.HEADING}:
        index = bisect_right(starts, start) - 1
        if start not in marked and _goes_on_below(lines, index):
            continue
        if index >= 0 and index not in provision_lines and lines[index].text.strip():
            found.add(lines[index].start)
    return sorted(found)


def _closes(lines: Sequence[Line], index: int) -> bool:
    """Return whether a line behind the last provision begins what is in no provision: signatures, a copyright line."""
    line = lines[index].text
    if not 0 < len(line) <= _MAX_CLOSING_CHARS:
        return False
    said = line.strip()
    return _CLOSING.match(said) is not None or (_IMPRINT.match(said) is not None and _stands_alone(lines, index))


def _stands_alone(lines: Sequence[Line], index: int) -> bool:
    """Return whether a line begins a paragraph that the paragraph above does not announce: `the notice below:`."""
    if not is_blank(lines, index - 1):
        return False
    return not lines[text_above(lines, index)].text.rstrip().endswith(_ANNOUNCING)


_ANNOUNCING = (":", ",", ";")


def _goes_on_below(lines: Sequence[Line], index: int) -> bool:
    """Return whether the next line with text begins with a small letter, as below a term: `shall mean …`."""
    below = index + 1
    while below < min(len(lines), index + _MAX_LINES_BELOW) and is_blank(lines, below):
        below += 1
    return below < len(lines) and _SMALL_WORD.match(lines[below].text) is not None


_MAX_LINES_BELOW = 4
_SMALL_WORD = re.compile(r"[ \t]*[a-z]{2,}[ ,]")


class _Builder:
    """Builds the nodes from the parts and the heads that are provisions."""

    def __init__(
        self,
        text: str,
        lines: Sequence[Line],
        parts: Sequence[Part],
        numbered: Sequence[Numbered],
        rules: ProvisionRules,
        boundaries: Sequence[int],
    ) -> None:
        self._text, self._lines, self._parts, self._numbered = text, lines, parts, numbered
        self._rules, self._boundaries = rules, boundaries
        self._noun = _usual_noun(text, rules)
        self._nodes: list[Node] = []
        self._limits: dict[int, int] = {}
        self._closings = [line.start for index, line in enumerate(lines) if _closes(lines, index)]

    def build(self) -> list[Node]:
        """Return all nodes in order of `start`."""
        ends = [part.start for part in self._parts[1:]] + [len(self._text)]
        at = 0
        open_provisions: list[int] = []
        provision_ends = self._ends(ends)
        for number, part in enumerate(self._parts):
            part_node = len(self._nodes)
            self._nodes.append(
                Node(
                    kind=NodeKind.PART,
                    start=part.start,
                    end=self._part_end(part, ends[number]),
                    body=min(part.body, ends[number]),
                    label=part.name,
                    value=part.title,
                    numbering=part.name,
                    sort=part.sort.value,
                )
            )
            open_provisions = []
            if not (at < len(self._numbered) and self._numbered[at].head.start < ends[number]):
                self._add_part_items(part, part_node, ends[number])
            while at < len(self._numbered) and self._numbered[at].head.start < ends[number]:
                self._add(at, part_node, provision_ends[at], open_provisions)
                at += 1
        return self._nodes

    def _part_end(self, part: Part, end: int) -> int:
        """Return the end of a part. An entry ends before the ruled line that separates it from the next entry."""
        if part.sort is not PartSort.ENTRY:
            return end
        rule = _RULE.search(self._text, max(part.body, end - _MAX_RULE_CHARS), end)
        return rule.start() if rule else end

    def _add(self, at: int, part_node: int, end: int, open_provisions: list[int]) -> None:
        """Add the provision at index `at` with its items. `open_provisions` holds the provisions around it."""
        item = self._numbered[at]
        head = item.head
        while open_provisions and (
            self._nodes[open_provisions[-1]].level >= item.depth or self._limits[open_provisions[-1]] <= head.start
        ):
            open_provisions.pop()
        parent = open_provisions[-1] if open_provisions else part_node
        title, body = read_title(self._text, self._lines, head, item.depth, self._rules)
        body = max(head.start, min(body, end))
        noun = head.noun
        if head.role is None and noun == self._rules.decimals:
            noun = self._noun
        elif head.role is None and noun == self._rules.decimals == "":
            noun = self._rules.plain
        body_start, body_end = trimmed(self._text, body, end)
        above = self._nodes[parent].label if head.role is Role.CONTAINER and open_provisions else ""
        label = self._rules.label(noun, head.numeral, above)
        node_index = len(self._nodes)
        numbering = self._parts[item.part].name
        span = (head.start, body_start, body_end)
        self._nodes.append(_provision(span, parent, item.depth, label, title, numbering, noun))
        open_provisions.append(node_index)
        self._limits[node_index] = end
        following = self._numbered[at + 1] if at + 1 < len(self._numbered) else None
        if head.role is Role.CONTAINER:
            return
        stop = min(end, self._lines[following.head.line].start) if following is not None else end
        self._add_items(find_items(self._text, body, stop, self._rules), node_index, item.depth)

    def _add_part_items(self, part: Part, node_index: int, end: int) -> None:
        """Add the items directly inside a supplement (부칙) that has no articles or sections, such as ① and ②."""
        if part.sort in _WITH_ITEMS:
            self._add_items(find_items(self._text, min(part.body, end), end, self._rules), node_index, 0)

    def _add_items(self, items: Sequence[Item], parent: int, depth: int) -> None:
        are_paragraphs = bool(items) and self._are_paragraphs(items[0], self._nodes[parent])
        for item in items:
            noun = self._rules.plain if are_paragraphs else item.noun
            above = self._nodes[parent]
            if above.sort == self._rules.plain and self._rules.plain and noun == _inner_noun(self._rules):
                noun = self._rules.subitem or noun
            title, body = item.title, item.body
            if not title:
                body = skip(self._text, item.body, item.end, " \t")
                title, body = item_title(self._text, body, item.end, self._rules)
            start, end = trimmed(self._text, body, item.end)
            node_index = len(self._nodes)
            label = self._rules.label(noun, item.numeral, self._path_above(above))
            span = (item.start, start, end)
            self._nodes.append(_provision(span, parent, depth + 1, label, title, above.numbering, noun))
            self._add_items(item.inner, node_index, depth + 1)

    def _are_paragraphs(self, first: Item, above: Node) -> bool:
        """Return whether items with plain numbers are the paragraphs of an article, and not a list of defined terms."""
        is_numbered = first.noun == self._rules.numbered and above.level == 1 and first.start == above.body
        start = skip(self._text, first.body, first.end, " \t")
        return is_numbered and self._text[start : start + 1] not in _QUOTES

    @staticmethod
    def _path_above(above: Node) -> str:
        return above.label if above.kind is NodeKind.PROVISION else ""

    def _ends(self, part_ends: Sequence[int]) -> list[int]:
        """Return the end of each provision.

        A provision ends at the next provision at its level or above, at a boundary (a heading or table of contents), at
        the signature lines or a copyright line, or at the end of its part. Containers do not end at boundaries.
        """
        starts = [part.start for part in self._parts]
        limits = []
        last_of_part: dict[int, int] = {}
        for item in self._numbered:
            last_of_part[bisect_right(starts, item.head.start) - 1] = item.head.rest
        closed = self._closed_parts(part_ends, last_of_part)
        open_heads: list[int] = []
        for index, item in enumerate(self._numbered):
            limits.append(closed[bisect_right(starts, item.head.start) - 1])
            while open_heads and (
                self._numbered[open_heads[-1]].depth >= item.depth or self._numbered[open_heads[-1]].part != item.part
            ):
                last = open_heads.pop()
                limits[last] = min(limits[last], self._lines[item.head.line].start)
            open_heads.append(index)
        for index, item in enumerate(self._numbered):
            after = bisect_right(self._boundaries, max(item.head.start, item.head.rest))
            if item.depth > 0 and after < len(self._boundaries):
                limits[index] = min(limits[index], self._boundaries[after])
        return limits

    def _closed_parts(self, part_ends: Sequence[int], last_of_part: dict[int, int]) -> list[int]:
        """Return the offset at which the provisions of each part end: before the first signature line after them."""
        ends = list(part_ends)
        for number, part in enumerate(self._parts):
            floor = last_of_part.get(number)
            if floor is None:
                continue
            at = bisect_left(self._closings, floor)
            if at < len(self._closings) and self._closings[at] < part_ends[number]:
                ends[number] = max(self._closings[at], part.start)
        return ends


def _provision(
    span: tuple[int, int, int], parent: int, level: int, label: str, title: str, numbering: str, noun: str
) -> Node:
    """Return a provision of at least one character; `span` holds its start, the start of its text, and its end."""
    start, body, end = span
    end = max(end, start + 1)
    return Node(
        kind=NodeKind.PROVISION,
        start=start,
        end=end,
        body=min(body, end),
        parent=parent,
        level=level,
        label=label,
        value=title,
        numbering=numbering,
        sort=noun,
    )


def _inner_noun(rules: ProvisionRules) -> str:
    """Return the noun of the innermost items; empty if the language has no items."""
    return rules.items[-1].noun if rules.items else ""


def _usual_noun(text: str, rules: ProvisionRules) -> str:
    """Return the noun that the text most often uses for plain numbers: Section, clause, paragraph."""
    if rules.usual_noun is None or not rules.decimals:
        return rules.decimals
    counted = Counter(match[1].lower() for match in rules.usual_noun.finditer(text))
    usual = counted.most_common(1)[0][0] if counted else rules.decimals.lower()
    return rules.decimals if usual == rules.decimals.lower() else usual
