"""Finds personal data in a text by shape, check digit and context.

Takes a text and the kinds to look for; returns the values with their places. Used by `clean.personal_data`, which
replaces them.

Amounts, dates, clause numbers, versions, order numbers and part numbers are strings of digits too. A number therefore
counts only if it has a valid check digit, has a distinctive shape, or is next to a word that names it ("Tel.", or the
title of its column), and if nothing directly before it calls it an order, a part or a case. The modules in `languages/`
define the number formats of countries and the words that name a number; the rules of all languages apply to every
document. Rules run only in the regions of `clean.candidate_regions`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.clean.candidate_regions import (
    Region,
    address_regions,
    chains,
    colon_regions,
    has_chain,
    long_number_regions,
    number_regions,
)
from pipeline.clean.masking_rules import Where, masking_rules
from pipeline.clean.table_columns import TableColumns
from pipeline.clean.value_keys import value_key
from pipeline.clean.words_beside import names_of, other_ending, other_name, other_title
from pipeline.documents.pseudonyms import without_pseudonyms
from pipeline.languages.masking import digits_in

_REACH = 40
"""The number of characters before a value in which a word can name it."""
_NEAR_AFTER = 130
"""More than the reach of any word before a value (60 characters) and the longest number (44) together."""
_NEAR_BEFORE = 90
"""More than the longest number and the reach of any word after a value (20) together."""
_MIN_CHAIN_DIGITS = 4
"""The digits of the shortest number, `8.8.8.8`."""
_FULL_WIDTH = re.compile("[０-９＠]")
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width characters of CJK fonts, and the ASCII characters that they stand for."""


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """A value to mask: `text[start:end]`."""

    start: int
    end: int
    kind: str
    key: str
    """The value without its spelling: two spellings of one number have equal keys."""


def find_personal_values(text: str, kinds: Sequence[str]) -> list[PersonalValue]:
    """Return the personal data of the given kinds in a text, in order and without overlaps.

    Raises:
        KeyError: `kinds` contains an unknown kind.
    """
    plain = _with_plain_digits(text)
    found = chains(plain)
    regions = {
        Where.NUMBERS: number_regions(found, len(plain)),
        Where.LONG_NUMBERS: long_number_regions(plain, found),
        Where.ADDRESSES: address_regions(plain),
        Where.COLONS: colon_regions(plain),
    }
    return _find(plain, kinds, regions)


def find_personal_values_everywhere(text: str, kinds: Sequence[str]) -> list[PersonalValue]:
    """Do the same as `find_personal_values`, but search the whole text: slow, for comparison in tests."""
    return _find(_with_plain_digits(text), kinds, {where: [(0, len(text))] for where in Where})


def find_known_values(text: str, known: Mapping[str, tuple[str, str]]) -> list[PersonalValue]:
    """Return the numbers in a text that are known to be personal, also if nothing names them here.

    Args:
        text: the text to search.
        known: kind and key of each value, by the value's `compact` form; of an IPv4 address, by the address.
    """
    if not known:
        return []
    plain = _with_plain_digits(text)
    found = []
    for start, end in chains(plain):
        start, end = _whole_word(plain, start, end)
        if (kind_and_key := known.get(compact(plain[start:end]))) is not None:
            found.append(PersonalValue(start, end, *kind_and_key))
    for match in _ADDRESS.finditer(plain):
        if (kind_and_key := known.get(match.group())) is not None:
            found.append(PersonalValue(*match.span(), *kind_and_key))
    return sorted(found, key=lambda value: value.start)


def compact(value: str) -> str:
    """Return the letters and digits of a value, in capitals."""
    return re.sub(r"[\W_]", "", _with_plain_digits(value)).upper()


_ADDRESS = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)")


def _whole_word(text: str, start: int, end: int) -> Region:
    """Return a chain of digits with the letters that touch it."""
    while start > 0 and _LETTER.match(text[start - 1]):
        start -= 1
    while end < len(text) and _LETTER.match(text[end]):
        end += 1
    return start, end


_LETTER = re.compile("[A-Za-z0-9]")


def may_reveal_more(text: str, values: Sequence[PersonalValue]) -> bool:
    """Return whether masking the values can bring a word or an edge closer to a value that is not found yet.

    False is certain: near the values there is nothing else that a rule could match.
    """
    if "|" in text or "\t" in text:  # the title of a column has no limit of distance
        return True
    ends = [0, *(value.end for value in values)]
    starts = [*(value.start for value in values), len(text)]
    for index, (end, start) in enumerate(zip(ends, starts, strict=True)):
        after = text[end : min(start, end + _NEAR_AFTER)] if index > 0 else ""
        before = text[max(end, start - _NEAR_BEFORE) : start] if index < len(values) else ""
        if any(_may_hold_value(near) for near in (after, before)):
            return True
    return False


def _may_hold_value(text: str) -> bool:
    return "@" in text or "＠" in text or text.count(":") >= 3 or sum(map(str.isdigit, text)) >= _MIN_CHAIN_DIGITS


class _Match:
    """A match of a rule in its document; see `languages.masking.Sighting`."""

    __slots__ = ("_columns", "_match", "_title")

    def __init__(self, match: re.Match[str], columns: TableColumns) -> None:
        self._match = match
        self._columns = columns
        self._title: str | None = None

    @property
    def value(self) -> str:
        return self._match.group()

    @property
    def digits(self) -> str:
        return digits_in(self._match.group())

    def before(self, num_chars: int) -> str:
        start = self._match.start()
        return self._match.string[max(0, start - num_chars) : start]

    def after(self, num_chars: int) -> str:
        return self._match.string[self._match.end() : self._match.end() + num_chars]

    def is_named(self, kind: str) -> bool:
        names = names_of(kind)
        return names.search(without_pseudonyms(self.before(_REACH))) is not None or self._is_in_column(names)

    def is_other(self) -> bool:
        return (
            other_name().search(self.before(_REACH)) is not None
            or other_ending().match(self.after(4)) is not None
            or self._is_in_column(other_title())
        )

    def _is_in_column(self, names: re.Pattern[str]) -> bool:
        if self._title is None:
            self._title = without_pseudonyms(self._columns.title(self._match.start()))
        return self._title != "" and names.search(self._title) is not None


def _find(text: str, kinds: Sequence[str], regions: Mapping[Where, Sequence[Region]]) -> list[PersonalValue]:
    rules = masking_rules()
    unknown = set(kinds) - set(rules)
    if unknown:
        raise KeyError(sorted(unknown)[0])
    columns = TableColumns(text)
    found: list[PersonalValue] = []
    taken: set[int] = set()
    for rule in (rule for kind in rules if kind in kinds for rule in rules[kind]):
        needs_chain = rule.where in (Where.NUMBERS, Where.LONG_NUMBERS)
        for start, end in regions[rule.where]:
            for match in rule.pattern.finditer(text, start, end):
                own = range(*match.span())
                if not rule.test(_Match(match, columns)) or not taken.isdisjoint(own):
                    continue
                if needs_chain and not has_chain(match.group()):
                    continue
                taken.update(own)
                found.append(PersonalValue(own.start, own.stop, rule.kind, value_key(rule.kind, match.group())))
    return sorted(found, key=lambda value: value.start)


def _with_plain_digits(text: str) -> str:
    return text.translate(_PLAIN) if _FULL_WIDTH.search(text) else text
