"""Checks the rows of a comparison, each against its own evidence, and the sentence that says how they differ.

The rows are read apart: a value that only the other row's evidence has is as wrong as an invented one. The difference
of two values, or their ratio, is the one value that no evidence has; it is computed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product

from pipeline.languages import language_rules
from pipeline.languages.quantities import RATIO, QuantityKind
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.negation import other_polarity
from pipeline.synthesize.verify.reading import (
    StatedValue,
    Statement,
    clause_spans,
    compiled_ignoring_case,
    read_statement,
    read_values,
    same_value,
)
from pipeline.synthesize.verify.support import KnownWords
from pipeline.synthesize.verify.value_check import values_of

_RATIO_UNITS = frozenset({"", "time", RATIO})


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of a comparison with its sources."""

    name: str
    claim: Claim
    """The cells, asked for by the row's name and the headings of the columns, with the row's own evidence."""
    named_by: str
    """The question that was asked about the row's segment before, and its answer."""


def exchanged_rows(rows: Sequence[CheckedRow]) -> Dropped | None:
    """Return a fault if a row's name is rather that of the other row's evidence, or of none; None if all fit."""
    for index, row in enumerate(rows):
        others = [other for other in rows if other is not row]
        name = read_statement(row.name, row.claim.language)
        own = _num_known(name, row)
        if own < max(_num_known(name, other) for other in others):
            return Dropped("rows_exchanged", f"'{row.name}' has the evidence of another row.")
        if own == 0 and (name.words or name.values):
            return Dropped(
                "name_not_in_evidence", f"The name of row {index + 1}, '{row.name}', is not at its evidence."
            )
    return None


def without_computed(difference: str, rows: Sequence[CheckedRow]) -> str:
    """Return a sentence without the values that follow from the cells: a difference or a ratio of two rows' values."""
    language = rows[0].claim.language
    cells = [list(values_of(row.claim.stated)) for row in rows]
    allowed = [item for one, other in _pairs(cells) for item in _computed(one, other)]
    known = [value for values in cells for value in values]
    kept, last = [], 0
    for value in read_values(difference, language):
        if any(same_value(value, other) for other in known):
            continue
        if any(_is_result(value, number, unit) for number, unit in allowed):
            kept.append(difference[last : value.start])
            last = value.end
    return " ".join("".join([*kept, difference[last:]]).split())


def wrong_difference(difference: str, rows: Sequence[CheckedRow]) -> Dropped | None:
    """Return a fault if a clause of the sentence does not fit the row that it names; None if all fit.

    Two rows often say opposite things, so a clause must not be compared with the evidence of both. A clause that names
    one row must not have only the words and values of the other, nor deny what its row says. Any other clause may agree
    with either.
    """
    language = rows[0].claim.language
    own = [_only_here(rows, index, _content_of) for index in (0, 1)]
    for span in clause_spans(difference, read_statement(difference, language).values, language):
        stated = read_statement(difference[span.start : span.end], language)
        named = _named(stated.text, rows)
        if len(named) == 1:
            said, (row,) = _tokens(stated), named
            if said & own[1 - row] and not said & own[row]:
                detail = f"What the sentence says of '{rows[row].name}' is that of the other row."
                return Dropped("rows_exchanged", detail)
        faults = [other_polarity(replace(rows[index].claim, stated=stated)) for index in named or (0, 1)]
        if all(faults):
            return faults[0]
    return _reversed_difference(difference, rows)


def _reversed_difference(difference: str, rows: Sequence[CheckedRow]) -> Dropped | None:
    """Return a fault if a sentence says that the smaller value is the larger one, or the reverse; None if not.

    It is tested if each row has one value of a unit that both have, and the sentence has one comparative about one of
    the rows: `the tenant's period is longer than the landlord's`.
    """
    language = rows[0].claim.language
    words = language_rules(language).comparison
    larger, smaller = (compiled_ignoring_case(pattern) for pattern in (words.larger_than, words.smaller_than))
    found = [(match, True) for match in larger.finditer(difference)]
    found += [(match, False) for match in smaller.finditer(difference)]
    numbers = _compared_numbers(rows)
    if any(clause.is_negated or clause.is_unclear for clause in read_statement(difference, language).clauses):
        return None
    if len(found) != 1 or numbers is None or numbers[0] == numbers[1]:
        return None
    match, is_larger = found[0]
    subject = _subject(difference, match, rows)
    if subject is None:
        return None
    has_larger = numbers[subject] > numbers[1 - subject]
    if has_larger is is_larger:
        return None
    return Dropped("comparison_reversed", f"'{rows[subject].name}' has the other value than the sentence says.")


def _num_known(name: Statement, row: CheckedRow) -> int:
    """Return how many words and values of a row's name are at its evidence, which names its function or speaker."""
    sources = (
        row.claim.evidence,
        row.claim.around,
        row.claim.owned,
        read_statement(row.named_by, row.claim.language),
    )
    known = KnownWords(sources)
    values = [value for source in sources for value in source.values]
    words = {word.stem for word in name.words}
    return sum(known.has(word) for word in words) + sum(any(same_value(v, o) for o in values) for v in name.values)


def _pairs(cells: Sequence[Sequence[StatedValue]]) -> Iterator[tuple[StatedValue, StatedValue]]:
    first, second = cells
    yield from product(first, second)


def _computed(one: StatedValue, other: StatedValue) -> list[tuple[Fraction, str]]:
    """Return what two values have between them: their difference in their unit, and their ratio."""
    first, second = one.quantity, other.quantity
    if first.date is not None and second.date is not None:
        days = _days_between(one, other)
        return [] if days is None else [(days, "day")]
    if first.kind is not QuantityKind.NUMBER or second.kind is not QuantityKind.NUMBER or first.unit != second.unit:
        return []
    found = [(abs(first.number - second.number), first.unit)]
    if one.figure is not None and other.figure is not None:
        found.append((abs(one.figure - other.figure), ""))
    for high, low in ((first.number, second.number), (second.number, first.number)):
        if low:
            found += [(high / low, unit) for unit in _RATIO_UNITS]
    return found


def _days_between(one: StatedValue, other: StatedValue) -> Fraction | None:
    first, second = (value.quantity.date for value in (one, other))
    if first is None or second is None or not first.is_full or not second.is_full:
        return None
    days = [date(item.year or 1, item.month or 1, item.day or 1) for item in (first, second)]
    return Fraction(abs((days[0] - days[1]).days))


def _is_result(value: StatedValue, number: Fraction, unit: str) -> bool:
    return (
        value.quantity.kind is QuantityKind.NUMBER and value.quantity.number == number and value.quantity.unit == unit
    )


def _compared_numbers(rows: Sequence[CheckedRow]) -> tuple[Fraction, Fraction] | None:
    """Return the one number of each row that has a unit which both rows have."""
    by_unit: list[dict[str, set[Fraction]]] = []
    for row in rows:
        units: dict[str, set[Fraction]] = {}
        for value in values_of(row.claim.stated):
            if value.quantity.kind is QuantityKind.NUMBER and value.quantity.unit:
                units.setdefault(value.quantity.unit, set()).add(value.quantity.number)
        by_unit.append(units)
    first, second = by_unit
    shared = first.keys() & second.keys()
    if len(shared) != 1:
        return None
    (unit,) = shared
    if len(first[unit]) != 1 or len(second[unit]) != 1:
        return None
    return next(iter(first[unit])), next(iter(second[unit]))


def _subject(difference: str, comparative: re.Match[str], rows: Sequence[CheckedRow]) -> int | None:
    """Return the number of the row that a comparative is about, from 0; None if that is not clear.

    It is the row that is named outside the standard of the comparison or, without a standard, the only row named.
    """
    language = rows[0].claim.language
    standard = compiled_ignoring_case(language_rules(language).comparison.standard).search(difference)
    if standard is None:
        named = _named(difference, rows)
        return named[0] if len(named) == 1 else None
    start, end = standard.span("standard")
    others = _named(f"{difference[:start]} {difference[end : max(end, comparative.end())]}", rows)
    found = _named(difference[start:end], rows)
    if len(found) == 1 and (not others or others == [1 - found[0]]):
        return 1 - found[0]
    return None


def _named(text: str, rows: Sequence[CheckedRow]) -> list[int]:
    """Return the numbers of the rows that a text names by words that only the one name has."""
    said = _tokens(read_statement(text, rows[0].claim.language))
    return [index for index in (0, 1) if said & _only_here(rows, index, _name_of)]


def _only_here(
    rows: Sequence[CheckedRow], index: int, tokens_of: Callable[[CheckedRow], frozenset[object]]
) -> frozenset[object]:
    return tokens_of(rows[index]) - tokens_of(rows[1 - index])


def _name_of(row: CheckedRow) -> frozenset[object]:
    return _tokens(read_statement(row.name, row.claim.language))


def _content_of(row: CheckedRow) -> frozenset[object]:
    return (_tokens(row.claim.stated) | _tokens(row.claim.evidence)) - _name_of(row)


def _tokens(statement: Statement) -> frozenset[object]:
    """Return the stems and the values of a text."""
    return statement.stems | frozenset(value.quantity for value in statement.values if not value.is_list_mark)
