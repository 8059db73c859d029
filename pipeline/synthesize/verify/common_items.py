"""Finds what an answer and its evidence have in common, with its places: owners, roles, names, values, other words.

Used by `bindings` and `ownership`, which compare what belongs together. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.languages import language_rules
from pipeline.languages.quantities import CLOCK, HALF_CLOCK, QuantityKind
from pipeline.languages.statement_rules import Term, Word
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.owners import CODE, defined_names, labels_of
from pipeline.synthesize.verify.reading import StatedValue, Statement, compiled_ignoring_case, same_value
from pipeline.synthesize.verify.surroundings import DIALOGUE

WORD = "word"
"""The kind of an item that is neither a value nor a name."""
_TIMES = frozenset({"minute", "day", "business_day", "month"})
_CLOCKS = frozenset({CLOCK, HALF_CLOCK})
_NAME_KINDS = frozenset({"name", "role", "owner", QuantityKind.MARK.value})
_MAX_ITEMS = 60
_MIN_PREFIX_CHARS = 5
_MAX_ENDING_CHARS = 2


@dataclass(frozen=True, slots=True)
class Item:
    """A value, a name or a word that the answer and the evidence have, with the offsets of its places."""

    written: str
    kind: str
    unit: str
    stated: tuple[int, ...]
    known: tuple[int, ...]

    @property
    def is_name(self) -> bool:
        """Whether it names someone or something."""
        return self.kind in _NAME_KINDS

    @property
    def is_unique(self) -> bool:
        """Whether both texts have it once."""
        return len(self.stated) == len(self.known) == 1

    @property
    def num_places(self) -> int:
        """The number of its places in the text that has it more often."""
        return max(len(self.stated), len(self.known))

    @property
    def is_sure(self) -> bool:
        """Whether a pair with it counts twice: a value or name that the answer has once."""
        return self.kind != WORD and len(self.stated) == 1

    def is_like(self, other: Item) -> bool:
        """Return whether two items can be exchanged: values of one unit, or two names of one kind."""
        return self.kind == other.kind and self.unit == other.unit


def common_items(claim: Claim) -> Iterator[Item]:
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
        places = tuple(other.start for other in said.get(word.stem[:1], ()) if are_alike(other.stem, word.stem))
        in_evidence = tuple(other.start for other in proved.get(word.stem[:1], ()) if are_alike(other.stem, word.stem))
        if in_evidence:
            count += 1
            yield Item(word.stem, WORD, "", places, in_evidence)


def _by_letter(statement: Statement) -> dict[str, list[Word]]:
    """Return the words of a text by their first letter."""
    found: dict[str, list[Word]] = {}
    for word in statement.words:
        found.setdefault(word.stem[:1], []).append(word)
    return found


def _named(claim: Claim) -> Iterator[tuple[Item, list[tuple[int, int]]]]:
    owners = owner_names(claim)
    for name in owners:
        yield from _place("owner", name, whole_name(name), claim)
    roles = compiled_ignoring_case(language_rules(claim.language).statements.roles)
    for role in dict.fromkeys(match.group() for match in roles.finditer(claim.stated.text)):
        yield from _place("role", role, re.compile(rf"\b{re.escape(role)}", re.IGNORECASE), claim)
    names = joined_words(claim.stated, lambda word: word.is_name)
    for run in dict.fromkeys(claim.stated.text[name.start : name.end] for name in names):
        yield from _place("name", run, re.compile(re.escape(run), re.IGNORECASE), claim)


def _place(
    kind: str, name: str, pattern: re.Pattern[str], claim: Claim
) -> Iterator[tuple[Item, list[tuple[int, int]]]]:
    stated = [match.span() for match in pattern.finditer(claim.stated.text)]
    known = tuple(match.start() for match in pattern.finditer(claim.owned.text))
    if stated and known:
        yield Item(name, kind, "", tuple(start for start, _ in stated), known), stated


def joined_words(statement: Statement, is_part: Callable[[Word], bool]) -> list[Term]:
    """Return the places of some words of a text; words with only one space between them are one place."""
    found: list[Term] = []
    for word in filter(is_part, statement.words):
        if found and statement.text[found[-1].end : word.start] == " ":
            found[-1] = Term(found[-1].start, word.end)
        else:
            found.append(Term(word.start, word.end))
    return found


def _valued(claim: Claim) -> Iterator[tuple[Item, list[tuple[int, int]]]]:
    seen: list[StatedValue] = []
    for value in claim.stated.values:
        if not is_stated(value) or any(value.quantity == other.quantity for other in seen):
            continue
        seen.append(value)
        stated = [other for other in claim.stated.values if other.quantity == value.quantity]
        known = [other for other in claim.owned.values if is_stated(other) and same_value(value, other)]
        known = [other for other in known if _unit(other) == _unit(value)] or known
        if known:
            written = claim.stated.text[value.start : value.end].strip()
            places, proved = (tuple(other.start for other in found) for found in (stated, known))
            item = Item(written, value.quantity.kind.value, _unit(value), places, proved)
            yield item, [(other.start, other.end) for other in stated]


def is_stated(value: StatedValue) -> bool:
    """Return whether a value says something, unlike the mark of a list item and the number of a provision."""
    return not value.is_list_mark and value.quantity.kind is not QuantityKind.PLACE


def _unit(value: StatedValue) -> str:
    unit = value.quantity.unit
    return "time" if unit in _TIMES else CLOCK if unit in _CLOCKS else unit


def are_alike(one: str, other: str) -> bool:
    """Return whether two stems are of one word: weekda, of weekday, and weekday, of weekdays; 재설정 and 재설정하."""
    if one == other:
        return True
    least = _MIN_PREFIX_CHARS if one.isascii() else 2
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= least and longer.startswith(shorter) and len(longer) - len(shorter) <= _MAX_ENDING_CHARS


def whole_name(name: str) -> re.Pattern[str]:
    """Return a pattern for a name that is not part of a longer one, in any case of letters."""
    return re.compile(rf"(?<![\w.]){re.escape(name)}(?![A-Za-z0-9_])", re.IGNORECASE)


def owner_names(claim: Claim) -> list[str]:
    """Return the names of the functions of code, or of the speakers of a dialogue, that the evidence has."""
    if claim.domain == CODE:
        return list(dict.fromkeys(defined_names(claim.owned.text)))
    if claim.domain == DIALOGUE:
        return list(dict.fromkeys(labels_of(claim.owned.text)))
    return []
