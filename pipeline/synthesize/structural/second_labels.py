"""Checks facts about provisions with a plain search for the labels of the provisions.

A label names a provision: `Section 4.1`. A heading is a line that begins with a label and is not part of a sentence. A
place is a position of a label in the text. A claim is a position at which a parser found a label. The checks find two
faults:

- A second numbering: two headings begin with the label asked about, with different words after it, and no parser
  found a different label at either. Questions with this label would have two answers.
- An incomplete answer: the text has a mention, or a number of the same unit, that the answer leaves out.

Takes the index of a text and the facts found in it; returns, for one fact, None or a reason and a detail. Used by
`second_reading`. The time is linear in the text; in addition, each fact is compared with the places of its label, and
some facts with all ranges of numbers.
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
"""White space and markup before the first word of a line."""
_LINE_END = re.compile(r"[.;:!?)\]”\"|]\s*$")
"""The end of a line that does not continue on the next one."""
_SENTENCE_REST = re.compile(r"\w|[ \t]+[a-zß-ÿ]")
"""The text after a label that begins a sentence, not a heading: a Korean particle, or a word without a capital."""
_NUMBERED_LINE = re.compile(r"[\s§#*]*(?:[^\W\d_]+ )?\d")
"""The beginning of a line in a table of contents: `Section 4`."""
_MIN_BROKEN_CHARS = 50
"""The minimum length of a line that continues on the next one."""
_TEXT_CHARS = 300
_TEXT_LINES = 3
"""The number of lines after a label in which its text must begin: two for the heading, and one for the text."""
_ENDS_SENTENCE = re.compile(r"[.;:。][\s\"”’)*_]*$")
_HEADING_CHARS = 200
"""The maximum length of a heading between a provision's number and the text that a fact quotes."""
_LEAD_CHARS = 40
_MIN_TITLE_CHARS = 4
"""The minimum length of a heading in brackets after a label; anything shorter is an item's letter or number."""
_NOUN_CHARS = 60
_MAX_LABEL_WORDS = 4
"""The maximum number of words in a label such as 제4조의2; a longer label also names the part."""
_DASH = r"\s*[-–—~∼]\s*"
_NUMBER = r"(?<![\d.])(?<!\d,)\d{1,4}(?:\.\d{1,4}){0,3}(?!\d|,\d)"
_COUNTED = re.compile(
    r"(?P<before>[$€£¥₩]|\b[A-Z]{3}(?=[ \d]))?\s?(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)\)?"
    r"(?:[ \n]?(?P<behind>[^\W\d_]+))?"
)
"""A number with its unit: the currency before it, or the word after it."""

_Range = tuple[int, tuple[int, ...], tuple[int, ...]]
"""The position of a range, and the numbers at both ends."""
Objection = tuple[str, str]
"""A reason and a detail."""


class LabelReading:
    """The places of the labels that the facts of one document name."""

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
        claims = {(refused.span.start, _without_heading(refused.subject)) for refused in unasked}
        self._bodies: dict[str, Span] = {}
        labels: set[str] = set()
        for fact in facts:
            label = _label(fact)
            if not label:
                continue
            for named in filter(None, (label, _source(fact))):
                labels.add(named)
                claims |= {(span.start, named) for span in fact.spans}
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

    def objection(self, fact: StructuralFact) -> Objection | None:
        """Return the objection to a fact; None if there is none.

        A fact that names no provision, or whose question begins with a restriction (`lead`), is not checked.
        """
        label = _label(fact)
        if not label or dict(fact.slots).get("lead"):
            return None
        source = _source(fact)
        if found := self._second_heading(label) or (self._second_heading(source) if source else None):
            return found
        if source:
            return self._second_target(fact, label, source)
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

    def _second_heading(self, label: str) -> Objection | None:
        """Return an objection if two headings begin with a label and go on with different words."""
        headings: dict[str, int] = {}
        for phrase in _phrases(label):
            for place in self._index.places(phrase):
                if not self._is_heading(place) or self._is_claimed_by_other(place.start, label):
                    continue
                if self._has_text(place):
                    after = self._index.words_after(place, phrase, 1)
                    headings.setdefault(after[0] if after else "", place.start)
        if len(headings) < 2:
            return None
        first, second, *_ = sorted(headings.values())
        return "label_repeated", f"{label} begins a line at {first} and, followed by other words, at {second}"

    def _left_out_place(self, fact: StructuralFact, label: str) -> Objection | None:
        """Return an objection if the provision is mentioned outside the evidence and outside itself."""
        body, numbers = self._bodies.get(label), _parts(label)
        for start, first, last in self._ranges():
            is_known = any(span.start <= start < span.end for span in fact.spans)
            if not is_known and len(first) == len(numbers) and first < numbers < last:
                return "mention_left_out", f"{label} lies in a range that is mentioned at {start}"
        for phrase in _phrases(label):
            for place in self._index.places(phrase):
                is_known = any(span.start <= place.start < span.end for span in fact.spans)
                is_inside = body is not None and body.start - _HEADING_CHARS <= place.start < body.end
                if is_known or is_inside or self._is_heading(place) or self._is_of_other_document(place):
                    continue
                return "mention_left_out", f"{label} is also mentioned at {place.start}"
        return None

    def _left_out_target(self, fact: StructuralFact, label: str) -> Objection | None:
        """Return an objection if the evidence mentions a provision that the answer leaves out."""
        answer = phrase_of(fact.answer)
        for span in fact.spans:
            first = bisect_left(self._places, (span.start, 0, ""))
            last = bisect_left(self._places, (span.end, 0, ""))
            for start, end, other in self._places[first:last]:
                if other == label or _holds(answer, phrase_of(other)) or _holds_provision(other, label):
                    continue
                place = Place(start, end, 0)
                if not self._is_heading(place) and not self._is_of_other_document(place):
                    return "mention_left_out", f"{other} is also mentioned at {start}"
        return None

    def _second_target(self, fact: StructuralFact, label: str, source: str) -> Objection | None:
        """Return an objection if a sentence that refers to the provision also mentions another one by its label."""
        for span in fact.spans:
            first = bisect_left(self._places, (span.start, 0, ""))
            last = bisect_left(self._places, (span.end, 0, ""))
            places = [place for place in self._places[first:last] if not self._is_heading(Place(*place[:2], 0))]
            if not any(other == label for _, _, other in places):
                continue
            for start, end, other in places:
                is_known = any(_holds_provision(other, one) or _holds_provision(one, other) for one in (label, source))
                if not is_known and not self._is_of_other_document(Place(start, end, 0)):
                    return "mention_left_out", f"{other} is also mentioned at {start}"
        return None

    def _second_value(self, fact: StructuralFact, label: str) -> Objection | None:
        """Return an objection if the provision states a different number of the same unit: 5 days and 9 days."""
        body = self._bodies.get(label)
        if body is None:
            return None
        answered = set(_counted(fact.answer))
        for number, unit in _counted(self._index.text[body.start : body.end]):
            if (number, unit) not in answered and unit in {answered_unit for _, answered_unit in answered}:
                return "another_value", f"{label} also states {number} {unit}"
        return None

    def _ranges(self) -> tuple[_Range, ...]:
        """Return the ranges, found on first use because most documents need none."""
        if self._ranges_found is None:
            self._ranges_found = tuple(self._find_ranges())
        return self._ranges_found

    def _find_ranges(self) -> Iterator[_Range]:
        """Yield the ranges after a word for provisions: `Sections 3 to 5`, §§ 1, 3–5, 제3조부터 제5조까지."""
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
        """Return whether a place begins a line that neither is a sentence nor continues one."""
        text, start = self._index.text, self._index.line_start(place.start)
        if not _LINE_LEAD.fullmatch(text, start, place.start) or _SENTENCE_REST.match(text, place.end):
            return False
        before = text[self._index.line_start(max(0, start - 1)) : max(0, start - 1)]
        is_open = len(before) >= _MIN_BROKEN_CHARS and not _LINE_END.search(before)
        return not is_open or _NUMBERED_LINE.match(before) is not None

    def _has_text(self, place: Place) -> bool:
        """Return whether a long line or the end of a sentence follows soon, unlike in a table of contents."""
        lines = self._index.text[place.end : place.end + _TEXT_CHARS].split("\n")
        filled = [line.strip() for line in lines if line.strip()][:_TEXT_LINES]
        return any(len(line) >= _MIN_BROKEN_CHARS or _ENDS_SENTENCE.search(line) for line in filled)

    def _is_claimed_by_other(self, start: int, label: str) -> bool:
        """Return whether the next claim within a heading's length is for a different label only."""
        first = bisect_left(self._claims, (start, ""))
        last = bisect_right(self._claims, (start + _HEADING_CHARS, ""))
        near = self._claims[first:last]
        return (
            bool(near)
            and near[0][1] != label
            and not any(claim[1] == label for claim in near if claim[0] == near[0][0])
        )

    def _is_of_other_document(self, place: Place) -> bool:
        """Return whether the words around a mention say that it is about a different document."""
        text = self._index.text
        before = self._rules.other_document_before
        after = self._rules.other_document_after
        if before is not None and before.search(text[max(0, place.start - _LEAD_CHARS) : place.start]):
            return True
        return after is not None and after.match(text, place.end) is not None


def label_phrases(fact: StructuralFact) -> Iterator[Phrase]:
    """Yield the phrases to search for: those of the labels that a fact names."""
    for label in filter(None, (_label(fact), _source(fact))):
        yield from _phrases(label)


def _label(fact: StructuralFact) -> str:
    """Return the label that a fact names, without a heading: `Section 4.1` of `Section 4.1 (Rent)`."""
    slots = dict(fact.slots)
    return _without_heading(next((slots[name] for name in _LABEL_SLOTS if name in slots), ""))


def _source(fact: StructuralFact) -> str:
    """Return the label of the provision whose reference a fact follows; empty for other facts."""
    return _without_heading(dict(fact.slots).get("source", ""))


def _without_heading(named: str) -> str:
    """Return a label without the heading in brackets at its end."""
    label, space, title = named.partition(" (")
    return label if space and title.endswith(")") and len(title) >= _MIN_TITLE_CHARS else named


@lru_cache(maxsize=4096)
def _phrases(label: str) -> tuple[Phrase, ...]:
    """Return the label as a phrase; empty if it has no number.

    For a noun with a dotted number (`Section 4.1`), also return the number alone, as in the heading `4.1 Rent`.
    """
    phrase = phrase_of(label)
    if not any(word[0].isdigit() for word in phrase):
        return ()
    return (phrase, phrase[-1:]) if len(phrase) == 2 and "." in phrase[-1] else (phrase,)


def _parts(label: str) -> tuple[int, ...]:
    """Return the numbers of a label: (4, 1) of `Section 4.1`."""
    return tuple(int(number) for number in re.findall(r"\d{1,6}", label))


def _holds_provision(outer: str, inner: str) -> bool:
    """Return whether the numbers of `outer` begin those of `inner`: `Section 4`, `Section 4.1`; 제4조, 제4조 제2항."""
    numbers = _parts(outer)
    return _parts(inner)[: len(numbers)] == numbers


def _holds(whole: Phrase, part: Phrase) -> bool:
    """Return whether a phrase contains the words of another one in a row."""
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _counted(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number that has a unit, with the unit; see `_COUNTED`."""
    for match in _COUNTED.finditer(text):
        unit = match["before"] or match["behind"]
        if unit:
            yield match["number"].replace(",", ""), unit.casefold()
