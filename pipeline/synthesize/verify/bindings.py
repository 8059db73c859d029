"""Finds values, names and words of an answer or a summary that are exchanged, by their order in the evidence.

Two values (or names) and two words that alternate, such as `20 minutes on weekdays, two hours at weekends`, are two
pairs, whatever comes first in each. If the answer has one of the two in the evidence's order and the other not, the
pairs differ. All pairs of words vote. The check abstains if they disagree, if a third value is between the members of a
pair, and if a pair crosses the end of a sentence, turn or function.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from types import MappingProxyType

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.verify.association import chunk_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.common_items import WORD, Item, common_items, is_stated
from pipeline.synthesize.verify.owners import unit_at, unit_starts
from pipeline.synthesize.verify.reading import Statement, compiled_ignoring_case

_MAX_STATED_PLACES = 2
_MAX_KNOWN_PLACES = 3
_MAX_TARGETS = 12
"""Longer answers are compared by their first words and values, so that the time stays bounded."""
_MAX_PLACES = 4
_MAX_PLACES_OF_KIND: Mapping[str, int] = MappingProxyType({"owner": 12})
"""How often a text may have a value or a name, by its kind. A speaker begins many turns."""
_MIN_VOTES = 1
_MIN_VOTES_OF_SUMMARY = 2
_MIN_VOTES_OF_WORDS = 2
_MAX_WORDS = 24
_BEFORE_CHARS = 12
_MIN_MARGIN = 2


@dataclass(frozen=True, slots=True)
class _Bond:
    """How two words are bound to two values."""

    is_first: bool
    """Whether the first word is bound to the first value and the second to the second, not crosswise."""
    alternates: bool
    """Whether values and words alternate."""


class _Text:
    """Where the units, the clauses and the content words of a text are."""

    def __init__(self, statement: Statement, language: str, domain: str) -> None:
        self._statement = statement
        self._rules = language_rules(language).statements
        self._units = unit_starts(statement.text, domain)
        starts = [span.start for span in chunk_spans(statement, language)]
        self._chunks = [start for start in starts if not statement.text[:start].rstrip().endswith(":") or not start]
        values = [value.start for value in statement.values if is_stated(value)]
        self._content = sorted({*values, *(word.start for word in statement.words)})

    def unit(self, place: int) -> int:
        return unit_at(self._units, place)

    def are_near(self, one: int, other: int) -> bool:
        """Return whether two places are in one clause, or have no content word between them."""
        low, high = sorted((one, other))
        if self.unit(low) != self.unit(high):
            return False
        return self.is_one_clause(low, high) or bisect_left(self._content, high) - bisect_right(self._content, low) == 0

    def is_one_clause(self, one: int, other: int) -> bool:
        return unit_at(self._chunks, one) == unit_at(self._chunks, other)

    def acts(self, place: int, written: str) -> bool:
        """Return whether a name stands where one stands that acts: at the beginning of a clause, or with a particle."""
        text = self._statement.text
        behind = compiled_ignoring_case(self._rules.subject_behind)
        if self._rules.subject_behind:
            return behind.match(text, place + len(written)) is not None
        start = max(self._chunks[unit_at(self._chunks, place)], text.rfind(":", 0, place) + 1)
        leads = bisect_left(self._content, place) == bisect_left(self._content, start)
        before = compiled_ignoring_case(self._rules.agent_before)
        return leads or before.search(text[max(0, place - _BEFORE_CHARS) : place]) is not None


def exchanged_columns(claim: Claim) -> Dropped | None:
    """Return a fault if two values or names of the answer are exchanged; None if none are."""
    in_order = compiled_ignoring_case(language_rules(claim.language).statements.in_order)
    if in_order.search(claim.stated.text) or in_order.search(claim.owned.text):
        return None
    items = list(common_items(claim))
    stated, known = _Text(claim.stated, claim.language, ""), _Text(claim.owned, claim.language, claim.domain)
    least = _MIN_VOTES if claim.asked.words else _MIN_VOTES_OF_SUMMARY
    targets = [
        item
        for item in items
        if item.kind != WORD and item.num_places <= _MAX_PLACES_OF_KIND.get(item.kind, _MAX_PLACES)
    ]
    for one, other in combinations(targets[:_MAX_TARGETS], 2):
        if not one.is_like(other):
            continue
        if one.is_name:
            one, other = (_acting(item, stated, known) for item in (one, other))
        votes = [_votes(one, other, items, stated, known)]
        if claim.asked.words and not one.is_name:
            # Two columns of values may be exchanged together: dark roasts have both values of light ones.
            words = [item for item in items if item.kind == WORD]
            votes.append(_votes(one, other, words, stated, known))
        if any(crossed >= least and crossed > straight * _MIN_MARGIN for straight, crossed in votes):
            return _exchanged(one, other)
    return _exchanged_words(items, stated, known) if claim.asked.words else None


def _exchanged(one: Item, other: Item) -> Dropped:
    return Dropped("values_exchanged", f"'{one.written}' and '{other.written}' stand with each other's words.")


def _exchanged_words(items: Sequence[Item], stated: _Text, known: _Text) -> Dropped | None:
    """Return a fault if two other words are exchanged: the red lamp and the green lamp; None if not.

    A paraphrase moves words freely, so the two must be in different clauses of each text, and all words must show it,
    at least two pairs that alternate with the two.
    """
    words = [item for item in items if item.is_unique][:_MAX_WORDS]
    for one, other in combinations([item for item in words if item.kind in (WORD, "name")], 2):
        if stated.is_one_clause(one.stated[0], other.stated[0]) or known.is_one_clause(one.known[0], other.known[0]):
            continue
        straight, crossed = _votes(replace(one, kind=WORD), replace(other, kind=WORD), words, stated, known)
        if not straight and crossed >= _MIN_VOTES_OF_WORDS:
            return _exchanged(one, other)
    return None


def _acting(item: Item, stated: _Text, known: _Text) -> Item:
    """Return a name with those of its places where it acts."""
    return replace(
        item,
        stated=tuple(place for place in item.stated if stated.acts(place, item.written)),
        known=tuple(place for place in item.known if item.kind == "owner" or known.acts(place, item.written)),
    )


def _votes(one: Item, other: Item, items: Sequence[Item], stated: _Text, known: _Text) -> tuple[float, float]:
    """Return how much shows that two items are as in the evidence, and how much that they are exchanged.

    Each pair of words counts once, and twice if both are values or names that occur once. It counts half if the words
    do not alternate with the two, but are before the first and behind the second, where they may belong to both.
    """
    written = (one.written, other.written)
    rest = [item for item in items if item.written not in written]
    rivals = [item for item in rest if not one.is_name and one.kind != WORD and item.is_like(one)]
    stated_between = [place for item in rivals for place in item.stated]
    known_between = [place for item in rivals for place in item.known]
    anchors = [
        item
        for item in rest
        if item not in rivals and len(item.stated) <= _MAX_STATED_PLACES and len(item.known) <= _MAX_KNOWN_PLACES
    ]
    straight = crossed = 0.0
    for first, second in combinations(anchors, 2):
        said = _bound_first((one.stated, other.stated, first.stated, second.stated), stated, stated_between, one)
        if said is None:
            continue
        proved = _bound_first((one.known, other.known, first.known, second.known), known, known_between, one)
        if proved is None:
            continue
        weight = 2.0 if first.is_sure and second.is_sure else 1.0
        alternates = said.alternates and proved.alternates
        if not alternates:
            weight /= 2
        if one.kind == WORD and not alternates and said.is_first != proved.is_first:
            continue
        if said.is_first == proved.is_first:
            straight += weight
        else:
            crossed += weight
    return straight, crossed


def _bound_first(places: Sequence[Sequence[int]], text: _Text, between: Sequence[int], target: Item) -> _Bond | None:
    """Return whether the first word is bound to the first value, not the second; None if the text does not show it."""
    found = [bond for chosen in product(*places) if (bond := _arranged(chosen, text, between, target))]
    if len({bond.is_first for bond in found}) != 1:
        return None
    return next((bond for bond in found if bond.alternates), found[0])


def _arranged(chosen: Sequence[int], text: _Text, between: Sequence[int], target: Item) -> _Bond | None:
    """Return the pairs that two values and two words form by their order; None if they form none.

    Args:
        chosen: the places of the two values and of the two words.
        text: the text of the places.
        between: the places of other values, which no pair may have between its members.
        target: the first of the two values.
    """
    one, other, first, second = chosen
    places = sorted((one, other, first, second))
    if len(set(places)) < len(places):
        return None
    pairs = (frozenset(places[:2]), frozenset(places[2:]))
    if any(pair in ({one, other}, {first, second}) for pair in pairs):
        return None
    for low, high in (places[:2], places[2:]):
        if target.is_name:
            near = text.unit(low) == text.unit(high)
        else:
            near = text.is_one_clause(low, high) if target.kind == WORD else text.are_near(low, high)
        if not near or any(low < place < high for place in between):
            return None
    alternates = (places[0] in (one, other)) == (places[2] in (one, other))
    return _Bond({one, first} in pairs, alternates)
