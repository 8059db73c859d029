"""Builds the provisions of a document, with labels that identify each of them.

Takes a text and the PART and PROVISION nodes of its outline, or titled sections; returns an `Outline`. Each provision
knows its part, its parent and any doubt about it. Used by `reading`. The time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace

from pipeline.languages import Language, final_syllables, language_rules
from pipeline.languages.provision_rules import PartSort, ProvisionRules
from pipeline.languages.ruling_rules import RulingRules
from pipeline.nodes import Cut, Node, NodeKind
from pipeline.records import Section
from pipeline.synthesize.structural.doubts import below_roman, counted_again, uncertain_provisions
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.heading_case import HeadingCases, pretty_title
from pipeline.synthesize.structural.layout import trim
from pipeline.synthesize.structural.loose_text import cut_at_headings, has_next_number, is_run_in, with_next_number
from pipeline.synthesize.structural.provisions import ENTRY, NO_OUTLINE, WHOLE, Doubt, Outline, Part, Provision

_LETTER_AT_END = re.compile(r"\(([A-Za-z])\)\Z")
"""The letter of an item at the end of a label: `Section 6(b)`."""
_FINAL = "".join(final_syllables())
_LOOSE_HEADING = re.compile(
    rf"#{{1,6}} .{{1,100}}|[^\W\d_][^\n|:;]{{0,70}}[^\s.;:,!?)\"”’|{_FINAL}]"
    r"|\d[\d\w ]{0,20}\d|[A-Z][A-Z ]{3,60}\."
)
"""A short line that is not a sentence: a heading or a date."""


def provision_outline(*, text: str, nodes: Sequence[Node], language: Language) -> Outline:
    """Return the outline built from the legal nodes of a document; other nodes are ignored."""
    legal = [node for node in nodes if node.kind in (NodeKind.PART, NodeKind.PROVISION)]
    if not legal:
        return NO_OUTLINE
    cases = HeadingCases(text)
    index_of = {id(node): at for at, node in enumerate(nodes)}
    parts = [_part(text, node, cases) for node in legal if node.kind is NodeKind.PART]
    number_of: dict[int, int] = {}
    part_of: list[int] = []
    last_named: dict[str, int] = {}
    provisions: list[Node] = []
    num_parts = 0
    nameless = _nameless(nodes)
    for node in legal:
        if node.kind is NodeKind.PART:
            last_named[node.label] = num_parts
            num_parts += 1
            continue
        if index_of[id(node)] in nameless:
            continue
        number_of[index_of[id(node)]] = len(provisions)
        part_of.append(last_named.get(node.numbering, max(0, num_parts - 1)))
        provisions.append(node)
    parents = [number_of.get(node.parent, -1) for node in provisions]
    rules = language_rules(language).legal.provisions
    outermost = _outermost(provisions, parents)
    labels = _labels(text, provisions, outermost, part_of, parts, rules)
    shared = _shared_with_document(outermost, part_of, parts)
    amending = {at for at, part in enumerate(parts) if part.kind is PartSort.AMENDMENT}
    cut = cut_at_headings(text, provisions, part_of, amending) | with_next_number(text, provisions, parents)
    numbered = _provisions(text, provisions, parents, part_of, labels, shared, cut, cases, rules)
    entries = _entries(text, parts, language)
    if entries and not numbered:
        return Outline(parts=tuple(parts), provisions=tuple(entries))
    outline = Outline(parts=tuple(parts or NO_OUTLINE.parts), provisions=tuple(numbered))
    return _with_whole_parts(outline, rules) if rules is not None else outline


def _nameless(nodes: Sequence[Node]) -> frozenset[int]:
    """Return the indexes of the nodes that begin above the text, except the main part, and of the nodes inside them.

    The full labels of these nodes are not in the text.
    """
    found: set[int] = set()
    for at, node in enumerate(nodes):
        is_main = node.kind is NodeKind.PART and not node.label
        if (not node.begins_here and not is_main) or node.parent in found:
            found.add(at)
    return frozenset(found)


def _with_whole_parts(outline: Outline, rules: ProvisionRules) -> Outline:
    """Return the outline with a provision for each named part without provisions, such as a supplement of one sentence.

    The part must be short, and a supplement, a schedule or a part of a judgment.
    """
    filled = {provision.part for provision in outline.provisions}
    filled |= {outline.part_at(provision.start) for provision in outline.provisions}
    counts = Counter(part.name for part in outline.parts)
    whole = [
        Provision(
            label=rules.whole(part.kind.value, part.name),
            path=rules.whole(part.kind.value, part.name),
            noun=WHOLE,
            named=_with_title(rules.whole(part.kind.value, part.name), part.title, rules),
            title=part.title,
            start=part.start,
            body=part.body,
            own_end=part.body.end,
            part=at,
            parent=-1,
            is_leaf=True,
            is_container=False,
            doubt=Doubt.SAME_LABEL if counts[part.name] > 1 else Doubt.NONE,
            is_amended=False,
        )
        for at, part in enumerate(outline.parts)
        if part.name and at not in filled and part.kind in _ASKED_WHOLE and 0 < _length(part.body) <= _MAX_WHOLE_CHARS
    ]
    if not whole:
        return outline
    place = {id(provision): at for at, provision in enumerate(outline.provisions)}
    mixed = sorted([*outline.provisions, *whole], key=lambda provision: provision.start)
    moved = {place[id(provision)]: at for at, provision in enumerate(mixed) if id(provision) in place}
    return Outline(
        parts=outline.parts,
        provisions=tuple(
            replace(provision, parent=moved[provision.parent]) if provision.parent >= 0 else provision
            for provision in mixed
        ),
    )


def heading_outline(*, text: str, sections: Sequence[Section], language: Language) -> Outline:
    """Return titled sections as provisions, for a legal text that has neither numbers nor parts.

    A section with subsections, a repeated or no title, or an empty or long text is left out. So is one whose text
    begins on the line of its title, `6) Attribution. You must …`, and one with a line that begins with the next number.
    """
    rules = language_rules(language).legal.provisions
    counts = Counter(section.title.casefold() for section in sections)
    if rules is None:
        return NO_OUTLINE
    found = []
    for number, section in enumerate(sections):
        if number + 1 < len(sections) and sections[number + 1].level > section.level:
            continue  # The text is in the subsections.
        line_end = text.find("\n", section.start, section.end)
        body = trim(text, section.end if line_end < 0 else line_end, section.end)
        title = pretty_title(section.title)
        if is_run_in(text, section) or has_next_number(section.title, text[body.start : body.end]):
            continue
        if not title or counts[section.title.casefold()] > 1 or not 0 < _length(body) <= _MAX_WHOLE_CHARS:
            continue
        label = rules.whole(PartSort.MAIN.value, title)
        found.append(
            Provision(
                label, label, WHOLE, label, "", section.start, body, body.end, 0, -1, True, False, Doubt.NONE, False
            )
        )
    return Outline(parts=NO_OUTLINE.parts, provisions=tuple(found))


def _with_title(label: str, title: str, rules: ProvisionRules | None) -> str:
    """Return a label in the form used in questions, with its title in brackets if it has one."""
    return rules.named(label, [(label, title)]) if rules is not None and title else label


def _length(span: Span) -> int:
    return span.end - span.start


_ASKED_WHOLE = frozenset({PartSort.SUPPLEMENT, PartSort.SCHEDULE, PartSort.JUDGMENT})
_MAX_WHOLE_CHARS = 1500
"""The maximum length of a part or titled section that counts as one provision."""


def _without_own_heading(text: str, body: Span, rules: ProvisionRules | None) -> Span:
    """Return the body of an entry without the number and heading of an article at its beginning, if any."""
    for family in rules.heads if rules is not None else ():
        match = family.pattern.match(text, body.start, body.end)
        if match is not None and match.groupdict().get("title") and match.start("rest") < body.end:
            return trim(text, match.start("rest"), body.end)
    return body


def _entries(text: str, parts: Sequence[Part], language: Language) -> list[Provision]:
    """Return the entries of a digest as provisions.

    An entry is named by the name of its part. If this is a date or empty, the entry is named by its title, and by the
    date too if entries share the title.
    """
    rules = language_rules(language).legal.rulings
    found = [(at, part) for at, part in enumerate(parts) if part.kind is PartSort.ENTRY]
    if rules is None or not found:
        return []
    titles = {at: rules.verdict_tail.sub("", part.title) if rules.verdict_tail else part.title for at, part in found}
    counts = Counter(_squeezed(title) for title in titles.values())
    labels: dict[int, str] = {}
    for at, part in found:
        is_dated = part.name[:1].isdigit() or not part.name
        date = part.name if counts[_squeezed(titles[at])] > 1 else ""
        labels[at] = rules.entry_label(titles[at], date) if is_dated else part.name
    same = Counter(map(_squeezed, labels.values()))
    heads = language_rules(language).legal.provisions
    bodies = {at: _without_own_heading(text, part.body, heads) for at, part in found}
    own_titles = {at: "" if part.name[:1].isdigit() or not part.name else part.title for at, part in found}
    return [
        Provision(
            label=labels[at],
            path=labels[at],
            noun=ENTRY,
            named=_with_title(labels[at], own_titles[at], heads),
            title=own_titles[at],
            start=part.start,
            body=bodies[at],
            own_end=part.body.end,
            part=at,
            parent=-1,
            is_leaf=True,
            is_container=False,
            doubt=Doubt.SAME_LABEL
            if same[_squeezed(labels[at])] > 1
            else Doubt.TITLE
            if _is_damaged_title(titles[at], rules)
            else Doubt.NONE,
            is_amended=False,
        )
        for at, part in found
    ]


def _squeezed(title: str) -> str:
    """Return a title without white space, punctuation or letter case, to compare it with other titles."""
    return re.sub(r"[\W_]+", "", title).casefold()


def _is_damaged_title(title: str, rules: RulingRules) -> bool:
    """Return whether a title cannot name an entry: it is too long or cut off, or has unbalanced quotes or brackets."""
    is_even = (
        all(title.count(opening) == title.count(closing) for opening, closing in _PAIRS) and not title.count('"') % 2
    )
    is_cut = rules.cut_title is not None and rules.cut_title.search(title) is not None
    return not is_even or is_cut or len(title) > _MAX_TITLE_CHARS


_PAIRS = (("“", "”"), ("(", ")"), ("[", "]"), ("「", "」"), ("『", "』"), ("（", "）"), ("｢", "｣"))
_MAX_TITLE_CHARS = 160


def _part(text: str, node: Node, cases: HeadingCases) -> Part:
    return Part(
        kind=PartSort(node.sort) if node.sort else PartSort.MAIN,
        name=cases.rewrite(node.label),
        title=cases.rewrite(node.value),
        start=node.start,
        body=trim(text, node.body, node.end),
    )


def _labels(
    text: str,
    provisions: Sequence[Node],
    outermost: Sequence[Node],
    part_of: Sequence[int],
    parts: Sequence[Part],
    rules: ProvisionRules | None,
) -> list[str]:
    """Return the labels of the provisions.

    If the document has several parts, a label in a named part also names the part. A label in the main part does not:
    everyone calls clause 9 of a contract `clause 9`, although its annex has a clause 9 too.
    """
    if rules is None or len(parts) == 1:
        return [node.label for node in provisions]
    headed = {at for node, at in zip(outermost, part_of, strict=True) if node.value}
    labels = []
    for index, node in enumerate(provisions):
        part = parts[part_of[index]]
        if part.name:
            is_headed = part.kind is PartSort.SCHEDULE and part_of[index] in headed
            is_number_only = text[outermost[index].start].isdigit() and not is_headed
            kind = part.kind if is_number_only else PartSort.DOCUMENT
            labels.append(rules.in_part(node.label, kind.value, part.name))
        else:
            labels.append(node.label)
    return labels


def _outermost(provisions: Sequence[Node], parents: Sequence[int]) -> list[Node]:
    """Return the provision that each label begins with: Section 4 for Section 4(a)."""
    found: list[Node] = []
    for node, parent in zip(provisions, parents, strict=True):
        is_path = parent >= 0 and node.label.startswith(provisions[parent].label)
        found.append(found[parent] if is_path else node)
    return found


def _shared_with_document(outermost: Sequence[Node], part_of: Sequence[int], parts: Sequence[Part]) -> frozenset[int]:
    """Return the indexes of the provisions of the main part whose number a second document in the same file also has.

    Nothing but a name could say which document is meant, and the main part has none.
    """
    sorts = [parts[at].kind if parts else PartSort.MAIN for at in part_of]
    elsewhere = {node.label for node, sort in zip(outermost, sorts, strict=True) if sort is PartSort.DOCUMENT}
    return frozenset(
        index
        for index, (node, sort) in enumerate(zip(outermost, sorts, strict=True))
        if sort is PartSort.MAIN and node.label in elsewhere
    )


def _has_rival(text: str, label: str, around: Span) -> bool:
    """Return whether the provision around an item `(b)` has a line that begins with the same letter in other case.

    It may be an item that is not read as a provision, such as `B:` or `3B` in Section 3, and a reader cannot tell which
    is meant.
    """
    letter = _LETTER_AT_END.search(label)
    if letter is None:
        return False
    number = re.search(r"\d+$", label[: letter.start()])
    joined = rf"|^[ \t#*]*{number[0]}{letter[1].upper()}\b" if number is not None else ""
    rival = re.compile(rf"^[ \t]*\(?{letter[1].swapcase()}[.):][ \t]{joined}", re.MULTILINE)
    return rival.search(text, around.start, around.end) is not None


def _provisions(
    text: str,
    nodes: Sequence[Node],
    parents: Sequence[int],
    part_of: Sequence[int],
    labels: Sequence[str],
    shared: Set[int],
    cut: Set[int],
    cases: HeadingCases,
    rules: ProvisionRules | None,
) -> list[Provision]:
    """Return the provisions of the nodes, with their labels, headings, texts and doubts."""
    # A reader does not tell `Section 6(b)` from `Section 6(B)`.
    counts = Counter(label.casefold() for label in labels)
    gaps = cut | uncertain_provisions(text, nodes, parents, part_of, rules.subitem if rules is not None else "")
    again = counted_again(text, nodes, parents, part_of) | below_roman(text, nodes, parents, part_of)
    found: list[Provision] = []
    headings: list[list[tuple[str, str]]] = []
    for index, node in enumerate(nodes):
        parent = parents[index]
        has_child = index + 1 < len(nodes) and parents[index + 1] == index
        body = _without_next_heading(text, trim(text, node.body, node.end))
        own_title = cases.rewrite(node.value)
        is_container = node.level <= 0
        above = headings[parent] if parent >= 0 and not found[parent].is_container else []
        headings.append([*above, (labels[index], own_title)] if own_title else above)
        is_cut = node.cut is not Cut.NONE
        has_rival = parent >= 0 and _has_rival(text, labels[index], found[parent].body)
        is_same = has_rival or counts[labels[index].casefold()] > 1 or index in again or index in shared
        doubt = Doubt.SAME_LABEL if is_same else Doubt.GAP if index in gaps or is_cut else Doubt.NONE
        found.append(
            Provision(
                label=labels[index],
                path=node.label,
                noun=node.sort,
                named=rules.named(labels[index], headings[-1]) if rules is not None else labels[index],
                title=own_title,
                start=node.start,
                body=body,
                own_end=trim(text, node.body, nodes[index + 1].start).end if has_child else body.end,
                part=part_of[index],
                parent=parent,
                is_leaf=not has_child,
                is_container=is_container,
                doubt=doubt,
                is_amended=False,
            )
        )
    return found


_RULE = re.compile(r"\n[ \t]*[-*_=]{3,}\s*$")
"""A ruled line at the end of a body: `---`."""
_HEADING_MARK = re.compile(r"\n[ \t]*(?:#{1,6}|\*\*|__)[ \t]*$")
"""The mark that begins a heading, at the end of a body: `## `, `**`."""
_MAX_RULE_CHARS = 160


def _without_next_heading(text: str, body: Span) -> Span:
    """Return the body without the unnumbered headings at its end, which belong to the text that follows."""
    if mark := _HEADING_MARK.search(text, max(body.start, body.end - _MAX_RULE_CHARS), body.end):
        body = trim(text, body.start, mark.start())
    while True:
        if rule := _RULE.search(text, max(body.start, body.end - _MAX_RULE_CHARS), body.end):
            body = trim(text, body.start, rule.start())
        cut = text.rfind("\n\n", body.start, body.end)
        last = text[cut : body.end].strip()
        if cut < 0 or not _LOOSE_HEADING.fullmatch(last) or text[body.start : cut].rstrip().endswith((":", ";", ",")):
            return body
        body = trim(text, body.start, cut)
