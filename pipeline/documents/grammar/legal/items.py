"""Items inside a provision: ①, 1., 가., (a), (1), (i), counted from the first without gaps.

In: a stretch of text without outer provisions. Out: nested `Item`s. Used by `reading`. A list whose numbers jump or
restart is dropped, because the ends of its items would be uncertain. Cost: one pass over the stretch per level.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.documents.grammar.legal.counting import count_of
from pipeline.languages.provision_rules import ItemFamily, Numerals, ProvisionRules

_MAX_LEVELS = 4
_MAX_ITEMS = 400
_LEAST_CHARS = 3
_ROMAN_LETTERS = frozenset("ivx")
"""Letters that may be Roman numerals. Such a letter out of order belongs to an inner list."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item: `text[start:end]`; its own text begins at `body`."""

    noun: str
    numeral: str
    start: int
    body: int
    end: int
    inner: tuple[Item, ...]
    title: str = ""
    """Title in brackets after the number."""


def find_items(text: str, start: int, end: int, rules: ProvisionRules) -> tuple[Item, ...]:
    """Return the items of `text[start:end]`, outermost first."""
    return _items(text, start, end, rules.items, rules, _MAX_LEVELS)


def _items(
    text: str, start: int, end: int, families: Sequence[ItemFamily], rules: ProvisionRules, levels: int
) -> tuple[Item, ...]:
    """Return the list that opens first, with the lists inside its items."""
    if not levels or end - start < _LEAST_CHARS:
        return ()
    openings = list(_openings(text, start, end))
    found = [
        (places[0].start, index, places)
        for index, family in enumerate(families)
        if (places := _places(text, openings, end, family, rules))
    ]
    if not found:
        return ()
    _, index, places = min(found, key=lambda candidate: candidate[:2])
    noun = families[index].noun
    inner = [family for at, family in enumerate(families) if at > index or (family.noun == noun and at != index)]
    ends = [place.start for place in places[1:]] + [end]
    return tuple(
        replace(place, end=stop, inner=_items(text, place.body, stop, inner, rules, levels - 1))
        for place, stop in zip(places, ends, strict=True)
    )


def _places(text: str, openings: Sequence[int], end: int, family: ItemFamily, rules: ProvisionRules) -> list[Item]:
    """Return the items without their ends; empty if they do not count up one by one."""
    places: list[Item] = []
    count = 0
    for opening in openings:
        match = family.pattern.match(text, opening, end)
        if match is None:
            continue
        numeral = match["num"]
        number = count_of(numeral, family.numerals, rules.syllables)
        is_branch = number == count and len(numeral) > len(str(count)) and family.numerals is Numerals.DIGITS
        if number == count + 1 or (is_branch and places):
            title = match.groupdict().get("title") or ""
            places.append(Item(family.noun, numeral, opening, match.end(), end, (), title))
            count = number
        elif not (family.numerals is Numerals.LETTERS and numeral in _ROMAN_LETTERS):
            return []
    return places if len(places) >= family.least and len(places) <= _MAX_ITEMS else []


def _openings(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the start of the stretch and of each line in it, after white space."""
    position = start
    while position < end and text[position] in " \t":
        position += 1
    yield position
    at = text.find("\n", start, end)
    while at >= 0:
        position = at + 1
        while position < end and text[position] in " \t*":
            position += 1
        if position < end and text[position] != "\n":
            yield position
        at = text.find("\n", at + 1, end)
