"""Resolves mentions of provisions, each in the numbering that it uses.

Takes a text and its `Outline`; returns `References`. The rules of the language find the mentions and say whose numbers
they use. This module looks the numbers up in the outline, and records uncertain ones as doubt. A key is a number in the
form in which numbers are compared. Used by `reading` and the task `cross_reference`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.languages.reference_rules import Mention, ReferenceRules, Whose
from pipeline.synthesize.structural.citations import Citation, Reference, References, outermost
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.provisions import ENTRY, WHOLE, Outline

_DOTTED = re.compile(r"(?<![\d.])\d{1,5}(?:\.\d{1,4}){1,3}(?![\d]|\.\d)")
"""A number with dots: `4.1`."""
_CONTENTS_LEAD = re.compile(rf"[ \t*•|#-]*(?:§+|{any_of(lambda rules: rules.legal.contents_lead)})?[ \t]*")
"""The beginning of a line before a number in a table of contents."""
_OF_CODE = re.compile(r"(?<!\d)\d{3,5}\.\d")
"""The number of a section in a code of laws: 1003.2. A part with such numbers comments on the sections of the code."""
_MAX_RANGE = 60
"""The maximum number of provisions between the ends of a range; in a longer range, only the ends count."""


def find_references(*, text: str, outline: Outline, language: Language) -> References:
    """Return the references between the provisions of an outline, in text order."""
    rules = language_rules(language).legal.references
    if rules is None:
        return References(resolved=(), unclear=frozenset(), unclear_sources=frozenset())
    return _Resolver(text, outline, rules).resolve()


@dataclass(slots=True)
class _Found:
    """The fields of `References`, as far as they are known."""

    resolved: list[Reference] = field(default_factory=list)
    unclear: set[int] = field(default_factory=set)
    unclear_sources: set[int] = field(default_factory=set)
    unnamed_sources: set[int] = field(default_factory=set)
    """Indexes of the provisions that mention another law without naming it."""
    foreign: list[Citation] = field(default_factory=list)
    ranges: list[tuple[int, int, int, Span]] = field(default_factory=list)
    """For each range: its source, its lower and upper end, and its span."""


class _Resolver:
    """Looks up the mentions of one text in its outline."""

    def __init__(self, text: str, outline: Outline, rules: ReferenceRules) -> None:
        self._text, self._outline, self._rules = text, outline, rules
        self._keys = [rules.key(provision.path) for provision in outline.provisions]
        self._index: dict[tuple[int, str], int] = {}
        self._with_key: dict[str, list[int]] = defaultdict(list)
        for position, provision in enumerate(outline.provisions):
            self._index.setdefault((provision.part, self._keys[position]), position)
            self._with_key[self._keys[position]].append(position)
        self._own_numbers = _own_numbers(text, outline)
        self._commentaries = {one.part for one in outline.provisions if one.part and _OF_CODE.search(one.path)}
        self._named = {part.name.casefold(): at for at, part in enumerate(outline.parts) if part.name}
        self._main_names = " ".join(text[:_OPENING_CHARS].split()).casefold()
        self._title = next((line for line in text[:_OPENING_CHARS].split("\n") if line.strip()), "")[
            :_TITLE_CHARS
        ].casefold()
        self._found = _Found()

    def resolve(self) -> References:
        """Resolve all mentions of the text."""
        explained: list[tuple[int, int]] = []
        for mention in self._rules.find(self._text):
            explained.append((mention.start, mention.end))
            if self._is_own_number(mention.start_of_number) or _is_contents_entry(
                self._text, self._outline, mention.start
            ):
                self._note_title(mention)
            else:
                self._take(mention)
        self._doubt_bare_numbers(explained)
        self._doubt_open_lists(explained)
        self._doubt_repeated_ranges()
        found = self._found
        return References(
            resolved=tuple(found.resolved),
            unclear=frozenset(found.unclear),
            unclear_sources=frozenset(found.unclear_sources),
            foreign=tuple(one for one in found.foreign if one.source not in found.unnamed_sources),
        )

    def _note_title(self, mention: Mention) -> None:
        """Record an entry whose title cites another law, so that no question asks which laws the entry cites.

        The title is not part of the entry's text, so two answers would be right.
        """
        source = self._outline.at(mention.start_of_number)
        if source >= 0 and self._outline.provisions[source].noun == ENTRY and mention.whose is not Whose.HERE:
            self._found.unnamed_sources.add(source)

    def _is_own_number(self, position: int) -> bool:
        """Return whether a provision states its own number at a position."""
        at = bisect_right(self._own_numbers, (position, len(self._text))) - 1
        return at >= 0 and self._own_numbers[at][0] <= position < self._own_numbers[at][1]

    def _take(self, mention: Mention) -> None:
        """Record what the numbers of a mention refer to."""
        source = self._outline.at(mention.start_of_number)
        span = Span(mention.start, mention.end)
        if mention.whose is Whose.FOREIGN:
            self._take_foreign(mention, source, span)
            return
        part = self._part_of(mention, source)
        previous = -1
        for number in mention.numbers:
            key = number.key
            if mention.whose is Whose.RELATIVE:
                key = self._beside(source, key)
            target, rest = self._find(part, key) if part is not None and key else (-1, "")
            if target < 0:
                is_inside = (
                    mention.whose is Whose.RELATIVE and source >= 0 and outermost(self._outline, source) == source
                )
                if not (mention.is_weak or is_inside):
                    self._doubt(mention, source, number.key, part)
                previous = -1
                continue
            between = self._between(previous, target) if number.ends_range and previous >= 0 else []
            for inner in between:
                # The range includes this number without writing it, so it is unclear whether the range mentions it.
                self._found.unclear.update((inner, outermost(self._outline, inner)))
            label = self._outline.provisions[target].label
            if number.ends_range and previous == target and rest:
                # The provisions between (a) and (d) are unknown, so the range is named by its ends.
                name = f"{self._found.resolved[-1].name}–{_last_piece(rest)}"
                self._found.resolved[-1] = Reference(source=source, target=target, name=name, span=span)
                if not rest.startswith("("):
                    self._found.unclear_sources.add(source)
                continue
            name = self._finer(target, rest) if rest else label
            if between or (number.ends_range and rest and previous >= 0):
                low = self._found.resolved[-1]
                name = self._rules.range_name(low.name, name)
                self._found.resolved[-1] = replace(low, name=name)
                self._found.ranges.append((source, min(previous, target), max(previous, target), span))
            self._add(source, target, name, span)
            previous = target

    def _take_foreign(self, mention: Mention, source: int, span: Span) -> None:
        """Record a mention of another law; a continued list extends the citation before it."""
        foreign = self._found.foreign
        law = "".join(mention.name.split())
        cited = frozenset((law, number.key) for number in mention.numbers)
        last = foreign[-1] if foreign else None
        if mention.name and mention.start < mention.start_of_number:
            foreign.append(Citation(source, span, cited))
        elif mention.continues and last and last.source == source and span.start - last.span.end < _MAX_JOINT:
            foreign[-1] = Citation(source, Span(last.span.start, span.end), last.cited | cited)
        else:
            self._found.unnamed_sources.add(source)

    def _add(self, source: int, target: int, name: str, span: Span) -> None:
        self._found.resolved.append(Reference(source=source, target=target, name=name, span=span))

    def _finer(self, target: int, rest: str) -> str:
        """Return the name of something inside a provision that the outline does not contain: `Section 4.1(a)`."""
        provision = self._outline.provisions[target]
        written = self._rules.written(rest)
        joint = "" if written.startswith("(") else " "
        return provision.label.replace(provision.path, f"{provision.path}{joint}{written}", 1)

    def _part_of(self, mention: Mention, source: int) -> int | None:
        """Return the part whose numbers a mention uses; None if it is unknown or a different document."""
        here = self._outline.parts[self._outline.part_at(mention.start_of_number)]
        here_part = (
            self._outline.provisions[source].part if source >= 0 else self._outline.part_at(mention.start_of_number)
        )
        key = mention.numbers[0].key
        match mention.whose:
            case Whose.RELATIVE:
                return here_part
            case Whose.ORIGINAL:
                return 0
            case Whose.NAMED:
                return self._part_named(mention.name, here_part)
            case Whose.UNCLEAR:
                return None
        if here.kind in (PartSort.DOCUMENT, PartSort.ENTRY):
            return here_part
        if any(key.startswith(opening) for opening in self._rules.own_part):
            return here_part if self._find(here_part, key)[0] >= 0 else 0
        if mention.whose is Whose.OWN or here_part == 0:
            return 0
        if here_part in self._commentaries:
            return 0 if self._find(0, key)[0] >= 0 else None
        in_own, in_main = self._find(here_part, key)[0] >= 0, self._find(0, key)[0] >= 0
        if in_own and in_main:
            return None
        return here_part if in_own else 0

    def _part_named(self, name: str, here_part: int) -> int | None:
        """Return the part with this name, or the main part if the document gives itself this name; otherwise None."""
        wanted = name.casefold()
        starting = [at for title, at in self._named.items() if title.startswith(wanted) or wanted.startswith(title)]
        if starting:
            return starting[0] if len(starting) == 1 else None
        if len(wanted.split()) <= _MAX_NAME_WORDS and re.search(
            rf"[\"“'‘(]{re.escape(wanted)}[\"”'’)]", self._main_names
        ):
            return 0
        is_own = self._outline.parts[here_part].kind is not PartSort.DOCUMENT and wanted in self._title
        return 0 if is_own and wanted.strip() else None

    def _find(self, part: int, key: str) -> tuple[int, str]:
        """Return the provision with this key, or the nearest one around it and the rest of the key; -1 for neither."""
        for candidate in (key, *self._rules.others(key)):
            if (part, candidate) in self._index:
                return self._index[part, candidate], ""
            shorter = self._shorter(part, candidate)
            if shorter is not None:
                return shorter
        return -1, ""

    def _shorter(self, part: int, key: str) -> tuple[int, str] | None:
        """Return the nearest provision around the one with this key, and the rest of the key."""
        outer = self._rules.outer(key)
        while outer:
            found = self._index.get((part, outer))
            if found is not None:
                return found, key[len(outer) :]
            outer = self._rules.outer(outer)
        return None

    def _beside(self, source: int, key: str) -> str:
        """Return the full key of a relative number: 제2항 in 제4조 is 제4조제2항; empty if it is unknown."""
        at = source
        while at >= 0:
            above = self._outline.provisions[at].parent
            base = self._keys[at]
            if not self._outline.provisions[at].is_container and (
                above < 0 or self._outline.provisions[above].is_container or not base.startswith(self._keys[above])
            ):
                return self._deepest(at, source, key)
            at = above
        return ""

    def _deepest(self, outer: int, source: int, key: str) -> str:
        """Return the full key of a relative one, searched from the source outwards to `outer`; empty if not found."""
        part = self._outline.provisions[outer].part
        at = source
        while at >= 0:
            if (part, self._keys[at] + key) in self._index:
                return self._keys[at] + key
            if at == outer:
                break
            at = self._outline.provisions[at].parent
        return key if (part, key) in self._index else ""

    def _between(self, low: int, high: int) -> list[int]:
        """Return the provisions between the ends of a range with the upper end's noun and parent; empty if too many."""
        noun, parent = self._outline.provisions[high].noun, self._outline.provisions[high].parent
        found = [
            at
            for at in range(low + 1, high)
            if self._outline.provisions[at].noun == noun and self._outline.provisions[at].parent == parent
        ]
        return found if len(found) <= _MAX_RANGE else []

    def _doubt(self, mention: Mention, source: int, key: str, part: int | None) -> None:
        """Mark the source of an unresolved mention, and every provision that it may refer to, as unclear."""
        is_own_number = _OF_CODE.search(key) is not None and self._find(0, key)[0] >= 0
        if mention.whose is Whose.NAMED and part is None and self._rules.is_other(mention.name) and not is_own_number:
            return
        is_entry = source >= 0 and self._outline.provisions[source].noun == ENTRY
        if source >= 0 and (mention.whose is not Whose.HERE or part is None or is_entry or self._has_kind(key)):
            self._found.unclear_sources.add(source)
        for candidate in (key, *self._rules.others(key)):
            outer = candidate
            while outer:
                self._found.unclear.update(outermost(self._outline, at) for at in self._with_key.get(outer, ()))
                outer = self._rules.outer(outer)
            for holder in self._rules.holders(candidate):
                self._found.unclear.update(self._with_key.get(holder, ()))

    def _doubt_open_lists(self, explained: Sequence[tuple[int, int]]) -> None:
        """Mark as unclear each source in which a list goes on after a mention: `Section 3 (Fees) or 4 (Taxes)`."""
        starts = {start for start, _ in explained}
        for reference in self._found.resolved:
            more = _LIST_GOES_ON.match(self._text, reference.span.end)
            if more is not None and not starts & set(range(reference.span.end, more.end())):
                self._found.unclear_sources.add(reference.source)

    def _has_kind(self, key: str) -> bool:
        """Return whether the document has provisions of this kind; a judgment that only cites sections has none."""
        opening = re.match(r"\D+", key)
        return opening is not None and any(known.startswith(opening.group()) for known in self._with_key)

    def _doubt_repeated_ranges(self) -> None:
        """Mark as unclear each source that mentions a provision both in a range and outside it.

        An answer would list the provision twice.
        """
        by_source: dict[int, list[Reference]] = defaultdict(list)
        for reference in self._found.resolved:
            by_source[reference.source].append(reference)
        for source, low, high, span in self._found.ranges:
            if any(one.span != span and low <= one.target <= high for one in by_source[source]):
                self._found.unclear_sources.add(source)

    def _doubt_bare_numbers(self, explained: Sequence[tuple[int, int]]) -> None:
        """Mark as unclear the provisions whose dotted number occurs outside the spans of all mentions, `explained`."""
        starts = [start for start, _ in explained]
        for match in _DOTTED.finditer(self._text):
            at = bisect_right(starts, match.start()) - 1
            if at >= 0 and explained[at][0] <= match.start() < explained[at][1]:
                continue
            if self._is_own_number(match.start()) or _is_contents_entry(self._text, self._outline, match.start()):
                continue
            for candidate in self._rules.others(f"item{match.group()}"):
                self._found.unclear.update(outermost(self._outline, at) for at in self._with_key.get(candidate, ()))


def _last_piece(rest: str) -> str:
    """Return the last piece of a key: `(3)` of `(a)(3)`."""
    return rest[rest.rfind("(") :] if "(" in rest else rest


_LIST_GOES_ON = re.compile(
    r"\s*(?:\([^()\n]{2,90}\)\s*)?(?:[,;]\s*)?(?:[^\W\d_]{1,3}\s+)?(?:\d+\.\d|\d+(?!\w|\s*[^\W\d_]))"
)
"""What follows a mention whose list goes on with a bare number, after a heading in brackets or without one."""
_OPENING_CHARS = 3000
_MAX_JOINT = 14
_TITLE_CHARS = 200
_MAX_NAME_WORDS = 6


def _own_numbers(text: str, outline: Outline) -> list[tuple[int, int]]:
    """Return the span in which each provision states its own number."""
    found = []
    for provision in outline.provisions:
        start = provision.start
        number = None if provision.noun in (ENTRY, WHOLE) else _OWN_NUMBER.match(text, start)
        end = number.end() if number is not None else start + len(provision.path) + 2
        found.append((start, min(end, max(start + 1, provision.body.start))))
    return found


_OWN_NUMBER = re.compile(r"\s*(?:[①-⑳]|(?:[^\s\d(]{1,20}\s{1,4})?\S{1,60})")
_MAX_LEAD_CHARS = 60


def _is_contents_entry(text: str, outline: Outline, position: int) -> bool:
    """Return whether a number begins a line outside every provision, as in a table of contents."""
    line_start = text.rfind("\n", max(0, position - _MAX_LEAD_CHARS), position) + 1
    if not line_start and position > _MAX_LEAD_CHARS:
        return False
    return _CONTENTS_LEAD.fullmatch(text, line_start, position) is not None and outline.at(position) < 0
