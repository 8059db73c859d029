"""Recomputes values that an answer makes out of values of the evidence, without a case: totals, spans and frequencies.

A total or a difference counts only if the answer has both parts in the same sentence and a word that says what it is:
`£40 plus £5, £45 in all`. A span counts only if the evidence has its first and its last day next to each other.
A frequency may be a rate in the evidence: once a year, every twelve months. Used by `verify.value_check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, pairwise

from pipeline.languages import language_rules
from pipeline.languages.calendar_dates import CalendarDate
from pipeline.languages.quantities import RATIO, QuantityKind
from pipeline.synthesize.sentences import piece_at, sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import StatedValue, Statement, compiled_ignoring_case

_MAX_PARTS = 6
_MONTHS_A_YEAR = 12
_PERIODS = {
    "hour": (60, "minute"),
    "day": (1, "day"),
    "night": (1, "day"),
    "week": (7, "day"),
    "month": (1, "month"),
    "quarter": (3, "month"),
    "year": (12, "month"),
}
"""The length of time between two times of a rate, by the names of `StatementRules.rates`."""
_BESIDE_CHARS = 16


def is_derived(value: StatedValue, claim: Claim, is_known: Callable[[StatedValue], bool]) -> bool:
    """Return whether a value of the answer follows from values of the evidence.

    Args:
        value: a value of the answer that the evidence does not have.
        claim: the answer and its sources.
        is_known: returns whether the evidence or the question has a value.
    """
    if value.quantity.kind is not QuantityKind.NUMBER:
        return False
    return _is_total(value, claim, is_known) or _is_span(value, claim) or _is_frequency(value, claim)


def _is_total(value: StatedValue, claim: Claim, is_known: Callable[[StatedValue], bool]) -> bool:
    """Return whether a value is the sum or the difference of others in its sentence, and its sentence says so."""
    rules = language_rules(claim.language).statements
    text = claim.stated.text
    sentence = piece_at(sentence_spans(text, start=0, end=len(text)), value.start)
    if sentence is None or value.quantity.unit in ("", RATIO):
        return False
    parts = [
        other.quantity.number
        for other in claim.stated.values
        if sentence.start <= other.start < sentence.end
        and other.quantity.unit == value.quantity.unit
        and other.quantity != value.quantity
        and is_known(other)
    ][:_MAX_PARTS]
    sums = compiled_ignoring_case(rules.totals).search(text, sentence.start, sentence.end)
    gaps = compiled_ignoring_case(rules.differences).search(text, sentence.start, sentence.end)
    wanted = value.quantity.number
    if sums and any(sum(some) == wanted for n in range(2, len(parts) + 1) for some in combinations(parts, n)):
        return True
    return bool(gaps) and any(abs(one - other) == wanted for one, other in combinations(parts, 2))


def _is_span(value: StatedValue, claim: Claim) -> bool:
    """Return whether a period is that between two dates which the evidence has next to each other in this order."""
    if value.quantity.unit not in ("day", "month"):
        return False
    return any(
        value.quantity.number in _length(_day(first), _day(last), value.quantity.unit)
        for first, last in _neighbours(claim.evidence)
    )


def _neighbours(statement: Statement) -> Iterable[tuple[CalendarDate, CalendarDate]]:
    """Yield two full dates with only a few characters between them: from 1 April 2021 to 31 March 2023."""
    for one, other in pairwise(statement.values):
        first, last = one.quantity.date, other.quantity.date
        if first is None or last is None or not first.is_full or not last.is_full:
            continue
        if other.start - one.end <= _BESIDE_CHARS:
            yield first, last


def _day(day: CalendarDate) -> date:
    return date(day.year or 1, day.month or 1, day.day or 1)


def _length(first: date, last: date, unit: str) -> Sequence[Fraction]:
    """Return the length of time between two days, without and with the last day."""
    if last <= first:
        return ()
    if unit == "day":
        return [Fraction((last - first).days), Fraction((last - first).days + 1)]
    ends = (last, last + timedelta(days=1))
    return [
        Fraction((end.year - first.year) * _MONTHS_A_YEAR + end.month - first.month)
        for end in ends
        if end.day == first.day
    ]


def _is_frequency(value: StatedValue, claim: Claim) -> bool:
    """Return whether the answer has a length of time as how often, and the evidence the rate that is the same."""
    rules = language_rules(claim.language).statements
    before = claim.stated.text[max(0, value.start - _BESIDE_CHARS) : value.start]
    every = compiled_ignoring_case(rules.every_before).search(before) or compiled_ignoring_case(
        rules.every_behind
    ).match(claim.stated.text, value.end)
    if every is None:
        return False
    return any((value.quantity.number, value.quantity.unit) == period for period in _rates(claim))


def _rates(claim: Claim) -> Iterable[tuple[Fraction, str]]:
    rates = language_rules(claim.evidence_language).statements.rates
    for name, pattern in rates.items():
        if compiled_ignoring_case(pattern).search(claim.evidence.text):
            count, unit = _PERIODS[name]
            yield Fraction(count), unit
