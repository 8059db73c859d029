"""A plain search for the numbers of provisions: whether one opens two places, and whether it is mentioned elsewhere.

Takes the index of a text and the facts found in it; returns, for one fact, nothing or a reason and a detail. A line
that opens with the number of a provision is a heading, wherever it is. A heading belongs to a second numbering if no
other label claims it and its words differ from those of the heading asked about; questions by that number then have
two answers. An answer has left out a mention that is neither in the evidence nor in the provision itself. Used by
`second_reading`. Linear, apart from the few places of one label.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import Span, StructuralFact, Unasked
from pipeline.synthesize.structural.plain_index import Phrase, Place, PlainIndex, phrase_of
from pipeline.synthesize.structural.task import Trait

_LABEL_SLOTS = ("clause", "label")
_LINE_LEAD = re.compile(r"[\s#*>|_(\[§]*")
_CLOSES_LINE = re.compile(r"[.;:!?)\]”\"|]\s*$")
_GOES_ON = re.compile(r"\w|[ \t]+[a-zß-ÿ]")
"""The text after a number that opens a sentence: a particle, or a word without a capital."""
_OPENS_WITH_NUMBER = re.compile(r"[\s§#*]*(?:[^\W\d_]+ )?\d")
"""A preceding line that is an entry of a table of contents."""
_MIN_BROKEN_CHARS = 50
"""The least length of a line that continues on the next one."""
_TEXT_CHARS = 300
_TEXT_LINES = 3
"""A heading, a line for its second half, and the text."""
_ENDS_SENTENCE = re.compile(r"[.;:。][\s\"”’)*_]*$")
_HEAD_CHARS = 200
"""The longest heading between the number of a provision and the text that a fact quotes from it."""
_LEAD_CHARS = 40
_MIN_TITLE_CHARS = 4
"""The least length of a heading in brackets after a label; a shorter one is the letter or number of an item."""
_NOUN_CHARS = 60
_MAX_LABEL_WORDS = 4
"""Most words in the label of one provision, for example 제4조의2; longer labels also name its part."""
_DASH = r"\s*[-–—~∼]\s*"
_NUMBER = r"(?<![\d.])(?<!\d,)\d{1,4}(?:\.\d{1,4}){0,3}(?!\d|,\d)"
_COUNTED = re.compile(
    r"(?P<before>[$€£¥₩]|\b[A-Z]{3}(?=[ \d]))?\s?(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)\)?"
    r"(?:[ \n]?(?P<behind>[^\W\d_]+))?"
)

_Range = tuple[int, tuple[int, ...], tuple[int, ...]]
"""The position of a range and the numbers at both ends."""
Found = tuple[str, str]
"""Reason and detail."""


class LabelReading:
    """The places of the labels that a document's facts name."""

    def __init__(
        self,
        *,
        index: PlainIndex,
        facts: Sequence[StructuralFact],
        unasked: Sequence[Unasked],
        language: Language,
    ) -> None:
        self._index = index
        self._rules = language_rules(language).mentions
        claims = {(one.span.start, _bare(one.subject)) for one in unasked}
        self._bodies: dict[str, Span] = {}
        labels: set[str] = set()
        for fact in facts:
            label = _label(fact)
            if not label:
                continue
            labels.add(label)
            claims |= {(span.start, label) for span in fact.spans}
            if Trait.WHOLE_PROVISION in fact.form.traits:
                self._bodies[label] = fact.spans[0]
        self._claims = sorted(claims)
        places = {
            (place.start, place.end, label)
            for label in labels
            for phrase in _phrases(label)
            for place in index.places(phrase)
        }
        self._places = sorted(places)
        self._labels = labels
        self._ranges_found: tuple[_Range, ...] | None = None

    def objection(self, fact: StructuralFact) -> Found | None:
        """Return the objection to a fact that names a provision; None if there is none."""
        label = _label(fact)
        if not label or dict(fact.slots).get("lead"):
            return None
        if found := self._second_heading(fact, label):
            return found
        if Trait.ALL_PLACES in fact.form.traits:
            return self._left_out_place(fact, label)
        if Trait.ALL_TARGETS in fact.form.traits:
            return self._left_out_target(fact, label)
        return self._second_value(fact, label) if Trait.ONLY_VALUE in fact.form.traits else None

    def is_in_range(self, number: str, spans: Sequence[Span]) -> bool:
        """Return whether a number lies inside a range that the evidence mentions: 3 in `Sections 2 to 5`."""
        wanted = _parts(number)
        return any(
            len(first) == len(wanted) and first < wanted < last
            for start, first, last in self._ranges()
            if any(span.start <= start < span.end for span in spans)
        )

    def _second_heading(self, fact: StructuralFact, label: str) -> Found | None:
        heads: dict[str, int] = {}
        for phrase in _phrases(label):
            for place in self._index.places(phrase):
                if not self._is_heading(place) or self._is_claimed_by_other(place.start, label):
                    continue
                if self._has_text(place):
                    after = self._index.words_after(place, phrase, 1)
                    heads.setdefault(after[0] if after else "", place.start)
        if len(heads) < 2:
            return None
        first, second, *_ = sorted(heads.values())
        return "label_repeated", f"{label} opens a line at {first} and, with other words, at {second}"

    def _left_out_place(self, fact: StructuralFact, label: str) -> Found | None:
        body, own = self._bodies.get(label), _parts(label)
        for start, first, last in self._ranges():
            is_known = any(span.start <= start < span.end for span in fact.spans)
            if not is_known and len(first) == len(own) and first < own < last:
                return "mention_left_out", f"{label} lies in a range that is mentioned at {start}"
        for phrase in _phrases(label):
            for place in self._index.places(phrase):
                is_known = any(span.start <= place.start < span.end for span in fact.spans)
                is_inside = body is not None and body.start - _HEAD_CHARS <= place.start < body.end
                if is_known or is_inside or self._is_heading(place) or self._is_of_other_document(place):
                    continue
                return "mention_left_out", f"{label} is mentioned at {place.start} too"
        return None

    def _left_out_target(self, fact: StructuralFact, label: str) -> Found | None:
        answer = phrase_of(fact.answer)
        for span in fact.spans:
            first = bisect_left(self._places, (span.start, 0, ""))
            last = bisect_left(self._places, (span.end, 0, ""))
            for start, end, other in self._places[first:last]:
                if other == label or _holds(answer, phrase_of(other)) or _holds_provision(other, label):
                    continue
                place = Place(start, end, 0)
                if not self._is_heading(place) and not self._is_of_other_document(place):
                    return "mention_left_out", f"{other} is mentioned at {start} too"
        return None

    def _second_value(self, fact: StructuralFact, label: str) -> Found | None:
        """Return an objection if the provision states another number of the same unit, such as two numbers of days."""
        body = self._bodies.get(label)
        if body is None:
            return None
        own = set(_counted(fact.answer))
        for number, unit in _counted(self._index.text[body.start : body.end]):
            if (number, unit) not in own and unit in {own_unit for _, own_unit in own}:
                return "another_value", f"{label} states {number} {unit} too"
        return None

    def _ranges(self) -> tuple[_Range, ...]:
        """Return the ranges, searched on first use because most documents have no list of references."""
        if self._ranges_found is None:
            self._ranges_found = tuple(self._find_ranges())
        return self._ranges_found

    def _find_ranges(self) -> Iterator[_Range]:
        """Yield ranges of numbers after a noun of provisions: `Sections 3 to 5`, §§ 1, 3–5, 제3조부터 제5조까지."""
        short = (phrase for label in self._labels if len(phrase := phrase_of(label)) <= _MAX_LABEL_WORDS)
        nouns = {word for phrase in short for word in phrase if not word[0].isdigit()} | {"§"}
        noun = "|".join(map(re.escape, sorted(nouns)))
        words = self._rules.range_between.pattern if self._rules.range_between is not None else _DASH
        pair = re.compile(rf"({_NUMBER})\s?(?:{noun})?(?:{_DASH}|{words})(?:(?:{noun})\s?)?({_NUMBER})", re.IGNORECASE)
        led = re.compile(rf"(?:{noun})s?[\s§\d.,;()]*$", re.IGNORECASE)
        for match in pair.finditer(self._index.text):
            first, last = _parts(match[1]), _parts(match[2])
            before = self._index.text[max(0, match.start() - _NOUN_CHARS) : match.start()]
            if first < last and len(first) == len(last) and led.search(before):
                yield match.start(), first, last

    def _is_heading(self, place: Place) -> bool:
        """Return whether a place opens a line and is not a mention at the start of a sentence or a continued line."""
        text, start = self._index.text, self._index.line_start(place.start)
        if not _LINE_LEAD.fullmatch(text, start, place.start) or _GOES_ON.match(text, place.end):
            return False
        before = text[self._index.line_start(max(0, start - 1)) : max(0, start - 1)]
        is_open = len(before) >= _MIN_BROKEN_CHARS and not _CLOSES_LINE.search(before)
        return not is_open or _OPENS_WITH_NUMBER.match(before) is not None

    def _has_text(self, place: Place) -> bool:
        """Return whether a provision with a sentence begins here, not an entry of a list."""
        lines = self._index.text[place.end : place.end + _TEXT_CHARS].split("\n")
        filled = [line.strip() for line in lines if line.strip()][:_TEXT_LINES]
        return any(len(line) >= _MIN_BROKEN_CHARS or _ENDS_SENTENCE.search(line) for line in filled)

    def _is_claimed_by_other(self, start: int, label: str) -> bool:
        first = bisect_left(self._claims, (start, ""))
        last = bisect_right(self._claims, (start + _HEAD_CHARS, ""))
        near = self._claims[first:last]
        return (
            bool(near)
            and near[0][1] != label
            and not any(claim[1] == label for claim in near if claim[0] == near[0][0])
        )

    def _is_of_other_document(self, place: Place) -> bool:
        text = self._index.text
        before = self._rules.other_document_before
        after = self._rules.other_document_after
        if before is not None and before.search(text[max(0, place.start - _LEAD_CHARS) : place.start]):
            return True
        return after is not None and after.match(text, place.end) is not None


def label_phrases(fact: StructuralFact) -> Iterator[Phrase]:
    """Yield the phrases to search for the label that a fact names."""
    if label := _label(fact):
        yield from _phrases(label)


def _label(fact: StructuralFact) -> str:
    """Return the label a fact names, without the bracketed heading after it: `Section 4.1` of `Section 4.1 (Rent)`."""
    slots = dict(fact.slots)
    return _bare(next((slots[name] for name in _LABEL_SLOTS if name in slots), ""))


def _bare(named: str) -> str:
    label, space, title = named.partition(" (")
    return label if space and title.endswith(")") and len(title) >= _MIN_TITLE_CHARS else named


@lru_cache(maxsize=4096)
def _phrases(label: str) -> tuple[Phrase, ...]:
    """Return the label as a whole, and its number alone if that has a point, as before a heading."""
    phrase = phrase_of(label)
    if not any(word[0].isdigit() for word in phrase):
        return ()
    return (phrase, phrase[-1:]) if len(phrase) == 2 and "." in phrase[-1] else (phrase,)


def _parts(label: str) -> tuple[int, ...]:
    """Return the numbers of a label: (4, 1) of `Section 4.1`."""
    return tuple(int(number) for number in re.findall(r"\d{1,6}", label))


def _holds_provision(outer: str, inner: str) -> bool:
    """Return whether one label names what holds the other: `Section 4`, `Section 4.1`; 제4조, 제4조 제2항."""
    numbers = _parts(outer)
    return _parts(inner)[: len(numbers)] == numbers


def _holds(whole: Phrase, part: Phrase) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _counted(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number with what it counts: the currency before it or the word after it."""
    for match in _COUNTED.finditer(text):
        unit = match["before"] or match["behind"]
        if unit:
            yield match["number"].replace(",", ""), unit.casefold()
