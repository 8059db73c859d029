"""Finds the items inside a provision: ①, 1., 가., (a), (1), (i).

Takes the text of one provision; returns nested `Item`s. Used by `reading`. The items of a list are numbered from the
first without gaps. If numbers are missing or start over, the list is dropped, because it is uncertain where its items
end. Cost: each line is matched with every kind of item, at each of up to `_MAX_LEVELS` levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.documents.grammar.legal.counting import count_of
from pipeline.documents.grammar.legal.lines import skip
from pipeline.languages.provision_rules import ItemFamily, Numerals, ProvisionRules

_MAX_LEVELS = 4
_MAX_ITEMS = 400
_LEAST_CHARS = 3
_ROMAN_LETTERS = frozenset("ivx")
"""Letters that may be Roman numerals. If such a letter is out of order, it belongs to an inner list."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item, `text[start:end]`; the text after its number begins at `body`."""

    noun: str
    numeral: str
    start: int
    body: int
    end: int
    inner: tuple[Item, ...]
    title: str = ""
    """The bracketed title after the number; empty if there is none."""


def find_items(text: str, start: int, end: int, rules: ProvisionRules) -> tuple[Item, ...]:
    """Return the outermost items of `text[start:end]`, each with its inner items."""
    return _items(text, start, end, rules.items, rules, _MAX_LEVELS)


def _items(
    text: str, start: int, end: int, families: Sequence[ItemFamily], rules: ProvisionRules, levels: int
) -> tuple[Item, ...]:
    """Return the items of the list that begins first, each with its inner items."""
    if not levels or end - start < _LEAST_CHARS:
        return ()
    openings = list(_openings(text, start, end))
    candidates = [
        (items[0].start, index, items)
        for index, family in enumerate(families)
        if (items := _listed_items(text, openings, end, family, rules))
    ]
    if not candidates:
        return ()
    _, index, items = min(candidates, key=lambda candidate: candidate[:2])
    noun = families[index].noun
    inner = [family for at, family in enumerate(families) if at > index or (family.noun == noun and at != index)]
    ends = [item.start for item in items[1:]] + [end]
    return tuple(
        replace(item, end=stop, inner=_items(text, item.body, stop, inner, rules, levels - 1))
        for item, stop in zip(items, ends, strict=True)
    )


def _listed_items(
    text: str, openings: Sequence[int], end: int, family: ItemFamily, rules: ProvisionRules
) -> list[Item]:
    """Return the items of one family, each with a provisional end.

    The result is empty if numbers are missing or start over, or if there are too few or too many items.
    """
    items: list[Item] = []
    count = 0
    for opening in openings:
        match = family.pattern.match(text, opening, end)
        if match is None:
            continue
        numeral = match["num"]
        number = count_of(numeral, family.numerals, rules.syllables)
        is_branch = number == count and len(numeral) > len(str(count)) and family.numerals is Numerals.DIGITS
        if number == count + 1 or (is_branch and items):
            title = match.groupdict().get("title") or ""
            items.append(Item(family.noun, numeral, opening, match.end(), end, (), title))
            count = number
        elif not (family.numerals is Numerals.LETTERS and numeral in _ROMAN_LETTERS):
            return []
    return items if len(items) >= family.least and len(items) <= _MAX_ITEMS else []


def _openings(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the offsets at which a number may begin: the start of the text and of each line, after white space."""
    yield skip(text, start, end, " \t")
    at = text.find("\n", start, end)
    while at >= 0:
        position = skip(text, at + 1, end, " \t*")
        if position < end and text[position] != "\n":
            yield position
        at = text.find("\n", at + 1, end)
