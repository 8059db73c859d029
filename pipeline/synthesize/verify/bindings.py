"""Finds what an answer binds to another value, name, function or speaker than the evidence does.

Two comparisons, for answers and whole summaries:

`exchanged_columns` compares order. Two values (or names) and two words that stand in turn, such as `20 minutes on
weekdays, two hours at weekends`, are two pairs, whatever comes first in each. If the answer has one of the two in the
evidence's order and the other not, the pairs are others. All pairs of words vote; it abstains if they disagree, if a
third value stands between the members of a pair, and if a pair crosses the end of a sentence, turn or function.

`other_owner` compares owners, which are functions of code and speakers of a dialogue. A clause of the answer that
begins with one owner, and names no other, must not have its words from what another owner's part alone has. It
abstains if that part speaks of the owner or addresses a reader.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product

from pipeline.languages import language_rules
from pipeline.languages.quantities import CLOCK, HALF_CLOCK, QuantityKind
from pipeline.languages.statement_rules import Word
from pipeline.records import Dropped
from pipeline.synthesize.verify.association import chunk_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.owners import CODE, defined_names, labels_of, unit_at, unit_starts
from pipeline.synthesize.verify.reading import StatedValue, Statement, clause_spans, compiled_ignoring_case, same_value
from pipeline.synthesize.verify.surroundings import DIALOGUE

_TIMES = frozenset({"minute", "day", "business_day", "month"})
_CLOCKS = frozenset({CLOCK, HALF_CLOCK})
_WORD = "word"
_NAME_KINDS = frozenset({"name", "role", "owner", "mark"})
_MAX_STATED_PLACES = 2
_MAX_KNOWN_PLACES = 3
_MAX_ITEMS = 60
_MAX_TARGETS = 12
"""Longer answers are compared by their first words and values, so that the time stays bounded."""
_MAX_PLACES = defaultdict(lambda: 4, owner=12)
"""How often a text may have a value or a name, by its kind. A speaker begins many turns."""
_MIN_PREFIX_CHARS = 5
_MAX_ENDING_CHARS = 2
_MIN_VOTES = 1
_MIN_VOTES_OF_SUMMARY = 2
_MIN_VOTES_OF_WORDS = 2
_MAX_WORDS = 24
_BEFORE_CHARS = 12
_MIN_MARGIN = 2
_MIN_OWNED = 2


@dataclass(frozen=True, slots=True)
class _Item:
    """A value, a name or a word that the answer and the evidence have, with the offsets of its places."""

    written: str
    kind: str
    unit: str
    stated: tuple[int, ...]
    known: tuple[int, ...]

    @property
    def is_name(self) -> bool:
        return self.kind in _NAME_KINDS

    @property
    def is_unique(self) -> bool:
        return len(self.stated) == len(self.known) == 1

    @property
    def num_places(self) -> int:
        return max(len(self.stated), len(self.known))

    @property
    def is_sure(self) -> bool:
        """Whether a pair with it counts twice: a value or name that the answer has once."""
        return self.kind != _WORD and len(self.stated) == 1

    def is_like(self, other: _Item) -> bool:
        """Return whether two items can be exchanged: values of one unit, or two names of one kind."""
        return self.kind == other.kind and self.unit == other.unit


@dataclass(frozen=True, slots=True)
class _Bond:
    """How two words are bound to two values."""

    is_first: bool
    """Whether the first word is bound to the first value and the second to the second, not crosswise."""
    alternates: bool
    """Whether values and words stand in turn."""


class _Text:
    """Where the units, the clauses and the content words of a text are."""

    def __init__(self, statement: Statement, language: str, domain: str) -> None:
        self._statement = statement
        self._rules = language_rules(language).statements
        self._units = unit_starts(statement.text, domain)
        starts = [span.start for span in chunk_spans(statement, language)]
        self._chunks = [start for start in starts if not statement.text[:start].rstrip().endswith(":") or not start]
        values = [value.start for value in statement.values if _states(value)]
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
    items = list(_items(claim))
    stated, known = _Text(claim.stated, claim.language, ""), _Text(claim.owned, claim.language, claim.domain)
    least = _MIN_VOTES if claim.asked.words else _MIN_VOTES_OF_SUMMARY
    targets = [item for item in items if item.kind != _WORD and item.num_places <= _MAX_PLACES[item.kind]]
    for one, other in combinations(targets[:_MAX_TARGETS], 2):
        if not one.is_like(other):
            continue
        if one.is_name:
            one, other = (_acting(item, stated, known) for item in (one, other))
        votes = [_votes(one, other, items, stated, known)]
        if claim.asked.words and not one.is_name:
            # Two columns of values may be exchanged together: dark roasts have both values of light ones.
            words = [item for item in items if item.kind == _WORD]
            votes.append(_votes(one, other, words, stated, known))
        if any(crossed >= least and crossed > straight * _MIN_MARGIN for straight, crossed in votes):
            return _exchanged(one, other)
    return _exchanged_words(items, stated, known) if claim.asked.words else None


def _exchanged(one: _Item, other: _Item) -> Dropped:
    return Dropped("values_exchanged", f"'{one.written}' and '{other.written}' stand with each other's words.")


def _exchanged_words(items: Sequence[_Item], stated: _Text, known: _Text) -> Dropped | None:
    """Return a fault if two other words are exchanged: the red lamp and the green lamp; None if not.

    A paraphrase moves words freely, so the two must be in different clauses of each text, and all words must show it,
    at least two pairs that stand in turn with the two.
    """
    words = [item for item in items if item.is_unique][:_MAX_WORDS]
    for one, other in combinations([item for item in words if item.kind in (_WORD, "name")], 2):
        if stated.is_one_clause(one.stated[0], other.stated[0]) or known.is_one_clause(one.known[0], other.known[0]):
            continue
        straight, crossed = _votes(replace(one, kind=_WORD), replace(other, kind=_WORD), words, stated, known)
        if not straight and crossed >= _MIN_VOTES_OF_WORDS:
            return _exchanged(one, other)
    return None


def _acting(item: _Item, stated: _Text, known: _Text) -> _Item:
    """Return a name with those of its places where it acts."""
    return replace(
        item,
        stated=tuple(place for place in item.stated if stated.acts(place, item.written)),
        known=tuple(place for place in item.known if item.kind == "owner" or known.acts(place, item.written)),
    )


def _votes(one: _Item, other: _Item, items: Sequence[_Item], stated: _Text, known: _Text) -> tuple[float, float]:
    """Return how much shows that two items are as in the evidence, and how much that they are exchanged.

    Each pair of words counts once, and twice if both are values or names that occur once. It counts half if the words
    do not stand in turn with the two, but before the first and behind the second, where they may belong to both.
    """
    written = (one.written, other.written)
    rest = [item for item in items if item.written not in written]
    rivals = [item for item in rest if not one.is_name and one.kind != _WORD and item.is_like(one)]
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
        if one.kind == _WORD and not alternates and said.is_first != proved.is_first:
            continue
        if said.is_first == proved.is_first:
            straight += weight
        else:
            crossed += weight
    return straight, crossed


def _bound_first(places: Sequence[Sequence[int]], text: _Text, between: Sequence[int], target: _Item) -> _Bond | None:
    """Return whether the first word is bound to the first value, not the second; None if the text does not show it."""
    found = [bond for chosen in product(*places) if (bond := _arranged(chosen, text, between, target))]
    if len({bond.is_first for bond in found}) != 1:
        return None
    return next((bond for bond in found if bond.alternates), found[0])


def _arranged(chosen: Sequence[int], text: _Text, between: Sequence[int], target: _Item) -> _Bond | None:
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
            near = text.is_one_clause(low, high) if target.kind == _WORD else text.are_near(low, high)
        if not near or any(low < place < high for place in between):
            return None
    alternates = (places[0] in (one, other)) == (places[2] in (one, other))
    return _Bond({one, first} in pairs, alternates)


def _items(claim: Claim) -> Iterator[_Item]:
    """Yield what the answer and the evidence have in common: owners, roles, names, values, then other words."""
    stated, known = claim.stated, claim.owned
    taken: list[tuple[int, int]] = []
    count = 0
    for item, spans in (*_named(claim), *_valued(claim)):
        if any(start < end_ and start_ < end for start, end in spans for start_, end_ in taken):
            continue
        taken += spans
        count += 1
        yield item
        if count >= _MAX_ITEMS:
            return
    seen: list[str] = []
    said, proved = _by_letter(stated), _by_letter(known)
    for word in stated.words:
        if count >= _MAX_ITEMS:
            return
        if any(start < word.end and word.start < end for start, end in taken) or word.stem in seen:
            continue
        if any(value.bound and 0 <= word.start - value.end <= 1 for value in stated.values):
            continue  # 이상, of a bound
        seen.append(word.stem)
        places = tuple(other.start for other in said.get(word.stem[:1], ()) if _alike(other.stem, word.stem))
        in_evidence = tuple(other.start for other in proved.get(word.stem[:1], ()) if _alike(other.stem, word.stem))
        if in_evidence:
            count += 1
            yield _Item(word.stem, _WORD, "", places, in_evidence)


def _by_letter(statement: Statement) -> dict[str, list[Word]]:
    """Return the words of a text by their first letter."""
    found: dict[str, list[Word]] = {}
    for word in statement.words:
        found.setdefault(word.stem[:1], []).append(word)
    return found


def _named(claim: Claim) -> Iterator[tuple[_Item, list[tuple[int, int]]]]:
    owners = owner_names(claim)
    for name in owners:
        yield from _place("owner", name, _whole(name), claim)
    roles = compiled_ignoring_case(language_rules(claim.language).statements.roles)
    for role in dict.fromkeys(match.group() for match in roles.finditer(claim.stated.text)):
        yield from _place("role", role, re.compile(rf"\b{re.escape(role)}", re.IGNORECASE), claim)
    for run in _name_runs(claim.stated):
        yield from _place("name", run, re.compile(re.escape(run), re.IGNORECASE), claim)


def _place(
    kind: str, name: str, pattern: re.Pattern[str], claim: Claim
) -> Iterator[tuple[_Item, list[tuple[int, int]]]]:
    stated = [match.span() for match in pattern.finditer(claim.stated.text)]
    known = tuple(match.start() for match in pattern.finditer(claim.owned.text))
    if stated and known:
        yield _Item(name, kind, "", tuple(start for start, _ in stated), known), stated


def _name_runs(statement: Statement) -> list[str]:
    """Return the names of a text as written; names that follow each other after one space are one name."""
    runs: list[tuple[int, int]] = []
    for word in statement.words:
        if not word.is_name:
            continue
        if runs and statement.text[runs[-1][1] : word.start] == " ":
            runs[-1] = (runs[-1][0], word.end)
        else:
            runs.append((word.start, word.end))
    return list(dict.fromkeys(statement.text[start:end] for start, end in runs))


def _valued(claim: Claim) -> Iterator[tuple[_Item, list[tuple[int, int]]]]:
    seen: list[StatedValue] = []
    for value in claim.stated.values:
        if not _states(value) or any(value.quantity == other.quantity for other in seen):
            continue
        seen.append(value)
        stated = [other for other in claim.stated.values if other.quantity == value.quantity]
        known = [other for other in claim.owned.values if _states(other) and same_value(value, other)]
        known = [other for other in known if _unit(other) == _unit(value)] or known
        if known:
            written = claim.stated.text[value.start : value.end].strip()
            places, proved = (tuple(other.start for other in found) for found in (stated, known))
            item = _Item(written, value.quantity.kind.value, _unit(value), places, proved)
            yield item, [(other.start, other.end) for other in stated]


def _states(value: StatedValue) -> bool:
    return not value.is_list_mark and value.quantity.kind is not QuantityKind.PLACE


def _unit(value: StatedValue) -> str:
    unit = value.quantity.unit
    return "time" if unit in _TIMES else CLOCK if unit in _CLOCKS else unit


def _alike(one: str, other: str) -> bool:
    """Return whether two stems are of one word: weekda, of weekday, and weekday, of weekdays; 재설정 and 재설정하."""
    if one == other:
        return True
    least = _MIN_PREFIX_CHARS if one.isascii() else 2
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= least and longer.startswith(shorter) and len(longer) - len(shorter) <= _MAX_ENDING_CHARS


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(name)}(?![A-Za-z0-9_])", re.IGNORECASE)


def owner_names(claim: Claim) -> list[str]:
    """Return the names of the functions of code, or of the speakers of a dialogue, that the evidence has."""
    if claim.domain == CODE:
        return list(dict.fromkeys(defined_names(claim.owned.text)))
    if claim.domain == DIALOGUE:
        return list(dict.fromkeys(labels_of(claim.owned.text)))
    return []


def other_owner(claim: Claim) -> Dropped | None:
    """Return a fault if a clause of the answer gives one owner what only another one's part of the evidence has."""
    owners = owner_names(claim)
    if claim.domain == CODE and len(owners) == 1 and claim.asked.words:
        return _other_function(owners[0], claim)
    if len(owners) < _MIN_OWNED:
        return None
    parts = _parts(claim, owners)
    addressed = compiled_ignoring_case(language_rules(claim.language).statements.addressed)
    for owner, items in _clauses_by_owner(claim, owners):
        if claim.domain == CODE and owner[:1].isupper():
            continue  # a class does what its functions do
        found: dict[str, int] = {}
        for item in items:
            holders = [name for name, (stems, values, _) in parts.items() if _holds(item, stems, values)]
            if len(holders) == 1:
                found[holders[0]] = found.get(holders[0], 0) + 1
        own = found.pop(owner, 0)
        if not found:
            continue
        rival = max(found, key=lambda name: found[name])
        text = parts[rival][2]
        if found[rival] < _MIN_OWNED or found[rival] < _MIN_MARGIN * own + _MIN_OWNED:
            continue
        if _whole(owner.split()[0]).search(text.partition(":")[2]) or (
            claim.domain == DIALOGUE and addressed.search(text)
        ):
            continue
        return Dropped("values_exchanged", f"The answer gives '{owner}' what the evidence gives '{rival}'.")
    return None


def _other_function(owner: str, claim: Claim) -> Dropped | None:
    """Return a fault if the answer begins with another function than the one that all quotes are from.

    It abstains if the answer or the quotes name both, and for the documentation of a class, which has functions.
    """
    others = [name for name in dict.fromkeys(defined_names(claim.document)) if name != owner]
    begins = [name for name in others if _whole(name).match(claim.stated.text.lstrip("` "))]
    said = claim.stated.text
    if (
        not begins
        or owner[:1].isupper()
        or begins[0][:1].isupper()
        or _whole(owner).search(said)
        or _whole(begins[0]).search(claim.evidence.text)
    ):
        return None
    return Dropped("values_exchanged", f"The answer gives '{begins[0]}' what the evidence gives '{owner}'.")


_Part = tuple[frozenset[str], list[StatedValue], str]


def _parts(claim: Claim, owners: Sequence[str]) -> dict[str, _Part]:
    """Return the stems, the values and the text of each owner's parts of the evidence."""
    text = claim.owned.text
    starts = unit_starts(text, claim.domain)
    bounds = list(zip(starts, [*starts[1:], len(text)], strict=True))
    found: dict[str, _Part] = {}
    for owner in owners:
        own = [(low, high) for low, high in bounds if _opens(text[low:high], owner, claim.domain)]
        stems = {w.stem for w in claim.owned.words if any(low <= w.start < high for low, high in own)}
        values = [v for v in claim.owned.values if any(low <= v.start < high for low, high in own)]
        found[owner] = (frozenset(stems), values, "\n".join(text[low:high] for low, high in own))
    return found


def _opens(unit: str, owner: str, domain: str) -> bool:
    names = defined_names(unit) if domain == CODE else labels_of(unit)
    return owner in names


def _holds(item: str | StatedValue, stems: Iterable[str], values: Iterable[StatedValue]) -> bool:
    if isinstance(item, str):
        return any(_alike(item, stem) for stem in stems)
    return any(same_value(item, value) for value in values)


def _clauses_by_owner(claim: Claim, owners: Sequence[str]) -> Iterator[tuple[str, list[str | StatedValue]]]:
    """Yield each part of the answer from one owner's name at the beginning of a clause to the next, with its items.

    A part that names another owner is left out.
    """
    stated = claim.stated
    owns = compiled_ignoring_case(language_rules(claim.language).statements.possessive)
    clauses = clause_spans(stated.text, stated.values, claim.language)
    mentions = sorted(
        (match.start(), match.end(), owner) for owner in owners for match in _whole(owner).finditer(stated.text)
    )
    opening = [
        (start, end, owner)
        for start, end, owner in mentions
        if any(
            not stated.text[clause.start : start].strip(" `'\"(-")
            for clause in clauses
            if clause.start <= start < clause.end
        )
    ]
    for (start, end, owner), (stop, _, _) in pairwise([*opening, (len(stated.text), 0, "")]):
        full = re.search(r"[.!?](?:\s|$)|\n", stated.text[end:stop])
        stop = end + full.start() if full else stop
        if any(start < place < stop for place, _, _ in mentions) or owns.match(stated.text, end):
            continue
        asked = claim.asked.stems
        words = {w.stem for w in stated.words if end <= w.start < stop and w.stem not in asked}
        values = [v for v in stated.values if end <= v.start < stop and _states(v)]
        yield owner, [*sorted(words), *values]
