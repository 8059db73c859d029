"""Checks that each value of an answer occurs in the evidence as an equal value, with a bound of the same direction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline.languages import language_rules
from pipeline.languages.quantities import CLOCK, HALF_CLOCK, RATIO, QuantityKind, date_of
from pipeline.languages.statement_rules import Bound
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.derived import is_derived
from pipeline.synthesize.verify.reading import (
    StatedValue,
    Statement,
    compiled_ignoring_case,
    plain_mark,
    read_values,
    same_value,
    values_of_document,
)
from pipeline.synthesize.verify.supposed import follows_from_limits, meets_bound

_TIMES = frozenset({"day", "business_day", "month", "minute", CLOCK, HALF_CLOCK})
_PART_NUMBER = re.compile(r"[a-z]{1,6}-?\d[\w-]*", re.ASCII)
_DIGITS = re.compile(r"\d{1,4}", re.ASCII)
_OPPOSITES = {Bound.AT_MOST: Bound.MORE_THAN, Bound.MORE_THAN: Bound.AT_MOST}
_COUNTS = frozenset({"", "time", "person", "copy"})
_RATED = frozenset({RATIO, "$"})
_RATE_CHARS_BEFORE = 3
_RATE_CHARS_BEHIND = 12
"""How near to a share or a sum the word stands that says per what: 연 5%, 5% per year."""
_MAX_COUNTED = 20
_SHORT_CHARS = 240
"""Up to this length of evidence, a count that the answer lacks is what the answer should have said."""


def missing_value(claim: Claim) -> Dropped | None:
    """Return the first value of the answer that the evidence does not have; None if there is none.

    A value may also be in the question. Identifiers and the numbers of provisions may be in the headings or anywhere in
    the segment. A small number in words may count what the answer lists.
    """
    known = (claim.evidence, claim.asked)
    rules = language_rules(claim.language).statements
    for value in claim.stated.values:
        if value.is_list_mark or _is_known(value, known):
            continue
        kind = value.quantity.kind
        if kind is QuantityKind.MARK and _mark_is_in(value, claim) and not _replaces_mark(value, claim):
            continue
        if kind is QuantityKind.PLACE and _place_is_in(value, claim):
            continue
        if kind is QuantityKind.DATE and (_is_known(value, (claim.around,)) or _is_part_of_unread_date(value, claim)):
            continue
        if value.is_word and _counts_a_list(value, claim):
            continue
        if _is_one(value) and any(
            compiled_ignoring_case(language_rules(name).statements.one).search(claim.evidence.text)
            for name in (claim.language, claim.evidence_language)
        ):
            continue
        if _is_zero(value) and compiled_ignoring_case(rules.nothing).search(claim.evidence.text):
            continue
        if _restates_known_value(value, claim) or is_derived(value, claim, lambda other: _is_known(other, known)):
            continue
        written = claim.stated.text[value.start : value.end].strip()
        return Dropped("value_not_in_evidence", f"'{written}' of the answer is not in the evidence.")
    return None


def strange_value_of_question(claim: Claim) -> Dropped | None:
    """Return the first value of the question that the document does not have; None if there is none.

    A question may suppose a value, if the answer is that which follows from the limits in the evidence.
    """
    for value in claim.asked.values:
        if value.is_word or value.is_list_mark or _is_known(value, (claim.evidence, claim.around)):
            continue
        if value.quantity.kind is QuantityKind.MARK and _has_mark(claim.document, value):
            continue
        if value.quantity.kind is QuantityKind.PLACE and _begins_number(value.quantity.label, claim.document):
            continue
        if any(same_value(value, other) for other in values_of_document(claim.document, claim.language)):
            continue
        if not follows_from_limits(value, claim):
            written = claim.asked.text[value.start : value.end].strip()
            return Dropped("question_value_not_in_document", f"'{written}' of the question is not in the document.")
    return None


def _begins_number(label: str, document: str) -> bool:
    """Return whether the number of a part begins that of a section of the document: part 1013, section 1013.2."""
    return re.search(rf"(?<![\w.]){re.escape(label)}(?=\.\d)", document) is not None


def other_rate(claim: Claim) -> Dropped | None:
    """Return a fault if the answer says per month where the evidence says per year; None if not."""
    rates = language_rules(claim.language).statements.rates

    def found(statement: Statement) -> set[str]:
        return {name for name, pattern in rates.items() if compiled_ignoring_case(pattern).search(statement.text)}

    stated, known, asked = found(claim.stated), found(claim.evidence), found(claim.asked)
    strange, replaced = stated - known - asked, known - stated - asked
    if strange and replaced:
        return Dropped("rate_differs", f"The answer says per {min(strange)}, the evidence per {min(replaced)}.")
    for value in claim.stated.values:
        one = _rate_of(value, claim.stated, rates)
        others = {_rate_of(other, claim.evidence, rates) for other in claim.evidence.values if same_value(value, other)}
        if one and "" not in others and others and one not in others:
            return Dropped("rate_differs", f"The answer says per {one}, the evidence per {min(others)}.")
    return None


def _rate_of(value: StatedValue, statement: Statement, rates: Mapping[str, str]) -> str:
    """Return the unit of time that a value is for: month, of `30 euros per month`; '' if none or several are near."""
    if value.quantity.unit not in _RATED and not value.quantity.unit.isupper():
        return ""
    near = statement.text[max(0, value.start - _RATE_CHARS_BEFORE) : value.end + _RATE_CHARS_BEHIND]
    found = [name for name, pattern in rates.items() if compiled_ignoring_case(pattern).search(near)]
    return found[0] if len(found) == 1 else ""


def other_unit_of_mark(claim: Claim) -> Dropped | None:
    """Return a fault if an identifier has another unit behind it than in the evidence: `idle` minutes for seconds."""
    pattern = compiled_ignoring_case(language_rules(claim.language).statements.mark_units)
    stated, known = _units_of_marks(claim.stated, pattern), _units_of_marks(claim.evidence, pattern)
    for label, units in stated.items():
        if label in known and not units & known[label]:
            return Dropped(
                "value_not_in_evidence",
                f"The answer has '{label}' in {min(units)}, the evidence in {min(known[label])}.",
            )
    return None


def _units_of_marks(statement: Statement, pattern: re.Pattern[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for value in statement.values:
        unit = pattern.match(statement.text, value.end) if value.quantity.kind is QuantityKind.MARK else None
        if unit is not None:
            found.setdefault(plain_mark(value.quantity.label), set()).add(unit["unit"].lower())
    return found


def other_bound(claim: Claim) -> Dropped | None:
    """Return the first value of the answer that has a different bound in the evidence; None if there is none.

    An answer may leave a bound out, because the question may have it. Sums and counts tell `at least` from `more than`;
    of dates and periods, only the direction counts.
    """
    for value in claim.stated.values:
        if value.bound is None and value.anchor is None:
            continue
        known = [other for other in claim.evidence.values if same_value(value, other)]
        if any(meets_bound(case, value, known, claim) for case in claim.asked.values):
            continue
        if _is_complement(value, known, claim) or _is_after_that(value, claim) or _passes_unmet(value, known, claim):
            continue
        if known and all(_contradicts(value, other) for other in known) and not _is_turned_round(value, known, claim):
            written = claim.stated.text[value.start : value.end].strip()
            stated, proved = value.bound or value.anchor, known[0].bound or known[0].anchor
            return Dropped("bound_differs", f"The answer says {stated} '{written}', the evidence {proved}.")
    return None


def exchanged_bounds(claim: Claim) -> Dropped | None:
    """Return a fault if the two bounds of one value stand with each other's values; None if not.

    Such as `25 per cent from three hours, 50 per cent below three hours` for the reverse. It is compared if both texts
    have the value twice, with bounds that exclude each other, in turn with two other values.
    """
    for value in claim.stated.values:
        stated = _values_in_turn(value, claim.stated)
        known = _values_in_turn(value, claim.evidence)
        if stated is None or known is None:
            continue
        for bound, other in stated:
            if any(_contradicts(bound, one) and same_value(other, two) for one, two in known) and not any(
                not _contradicts(bound, one) and same_value(other, two) for one, two in known
            ):
                written = claim.stated.text[other.start : other.end].strip()
                return Dropped("bound_differs", f"The answer gives '{written}' the bound of the other value.")
    return None


def _values_in_turn(value: StatedValue, statement: Statement) -> list[tuple[StatedValue, StatedValue]] | None:
    """Return two contradicting places of a value, each with the other value beside it in order; None if not in turn."""
    own = [one for one in values_of(statement) if one.quantity == value.quantity and (one.bound or one.anchor)]
    if len(own) != 2 or not _contradicts(*own):
        return None
    units = {(v.quantity.kind, v.quantity.unit) for v in own}
    rest = [v for v in values_of(statement) if (v.quantity.kind, v.quantity.unit) not in units]
    if len(rest) != 2 or rest[0].quantity == rest[1].quantity:
        return None
    places = sorted((v.start, v in rest) for v in (*own, *rest))
    order = [is_rest for _, is_rest in places]
    if order not in ([True, False, True, False], [False, True, False, True]):
        return None
    return list(zip(own, rest, strict=True))


def _is_complement(value: StatedValue, known: list[StatedValue], claim: Claim) -> bool:
    """Return whether the answer has a value twice, as in the evidence and for the rest: under 10, 10 or more."""
    twins = [other for other in claim.stated.values if other is not value and other.quantity == value.quantity]
    return any(
        _contradicts(value, twin) and any(other.bound and not _contradicts(twin, other) for other in known)
        for twin in twins
    )


def _is_after_that(value: StatedValue, claim: Claim) -> bool:
    """Return whether the answer has the time after a limit, to which the evidence points back with `after that`."""
    after_that = language_rules(claim.language).statements.after_that
    return (
        value.anchor is Bound.AFTER
        and value.bound is None
        and compiled_ignoring_case(after_that).search(claim.evidence.text) is not None
    )


def _passes_unmet(value: StatedValue, known: list[StatedValue], claim: Claim) -> bool:
    """Return whether both say that something is not done in time: not within two hours, not after two hours."""
    sides = (value, *known)
    return (
        any(one.anchor is Bound.AFTER and one.bound is None for one in sides)
        and any(one.bound is not None and one.bound.is_upper for one in sides)
        and _has_negation(value, claim.stated, claim)
        and any(_has_negation(other, claim.evidence, claim) for other in known)
    )


def _has_negation(value: StatedValue, statement: Statement, claim: Claim) -> bool:
    """Return whether the clause of a value has a negation, also one that does not deny its clause."""
    negations = compiled_ignoring_case(language_rules(claim.language).statements.negations)
    return any(
        negations.search(statement.text, clause.start, clause.end)
        for clause in statement.clauses
        if clause.start <= value.start < clause.end
    )


def _is_turned_round(value: StatedValue, known: list[StatedValue], claim: Claim) -> bool:
    """Return whether one side denies the opposite bound of the other: nothing above 10 kg, and at most 10 kg."""
    if value.bound is None or _plain(value.bound) not in _OPPOSITES:
        return False
    if _is_denied(value, claim.stated) == any(_is_denied(o, claim.evidence) for o in known):
        return False
    turned = replace(value, bound=_OPPOSITES[_plain(value.bound)])
    return not all(_contradicts(turned, other) for other in known)


def _is_denied(value: StatedValue, statement: Statement) -> bool:
    return any(clause.is_negated and clause.start <= value.start < clause.end for clause in statement.clauses)


def _contradicts(stated: StatedValue, known: StatedValue) -> bool:
    """Return whether the bounds of two equal values exclude each other."""
    if stated.bound is not None and known.bound is not None:
        return not _agree(stated.bound, known.bound, is_time=_is_time(stated) or _is_time(known))
    if stated.anchor is not None and known.anchor is not None:
        return stated.anchor is not known.anchor
    # Within 30 days is not after 30 days, unless it is within 30 days after something.
    if stated.anchor is Bound.AFTER and known.anchor is None and known.bound is not None:
        return known.bound.is_upper
    if known.anchor is Bound.AFTER and stated.anchor is None and stated.bound is not None:
        return stated.bound.is_upper
    return False


def _is_one(value: StatedValue) -> bool:
    return value.quantity.kind is QuantityKind.NUMBER and value.quantity.number == 1 and not value.quantity.unit


def _is_zero(value: StatedValue) -> bool:
    return value.quantity.kind is QuantityKind.NUMBER and value.quantity.number == 0


def _is_known(value: StatedValue, sources: Iterable[Statement]) -> bool:
    """Return whether a source has a value; the number before a heading or an item is only that of a place."""
    is_place = value.quantity.kind is QuantityKind.PLACE
    return any(
        same_value(value, other) for source in sources for other in source.values if is_place or not other.is_list_mark
    )


def _mark_is_in(value: StatedValue, claim: Claim) -> bool:
    return any(
        _has_mark(text, value) for text in (claim.evidence.text, claim.around.text, claim.asked.text, claim.segment)
    )


def _replaces_mark(value: StatedValue, claim: Claim) -> bool:
    """Return whether a part number stands for another one of the evidence that differs in its digits only: K-7, K-8."""
    if not claim.asked.words or not _PART_NUMBER.fullmatch(plain_mark(value.quantity.label)):
        return False
    sources = (claim.evidence.text, claim.asked.text)
    if any(_has_mark(text, value) for text in sources):
        return False
    form = _form(value)
    return any(
        other.quantity.kind is QuantityKind.MARK
        and _form(other) == form
        and not any(_has_mark(text, other) for text in (claim.stated.text, claim.asked.text))
        for other in claim.evidence.values
    )


def _form(value: StatedValue) -> str:
    return re.sub(r"\d", "0", plain_mark(value.quantity.label))


def _has_mark(text: str, value: StatedValue) -> bool:
    """Return whether a text has an identifier, or each part of one with points: `JobQueue.put`."""
    label, lowered = plain_mark(value.quantity.label), text.lower()
    if label in lowered:
        return True
    parts = [part for part in re.split(r"[.(]", label.rstrip(")")) if part]
    return len(parts) > 1 and not label[0].isdigit() and all(part in lowered for part in parts)


def _place_is_in(value: StatedValue, claim: Claim) -> bool:
    places = (*claim.around.values, *read_values(claim.segment, claim.language))
    if any(same_value(value, other) for other in places):
        return True
    label = value.quantity.label
    alone = re.compile(rf"(?<![\w.]){re.escape(label)}(?![\w]|\.\d)")
    return any(alone.search(text) for text in (claim.around.text, claim.segment))


def _counts_a_list(value: StatedValue, claim: Claim) -> bool:
    """Return whether a number in words may count what the evidence lists: it has no other count of the same things."""
    if value.quantity.number > _MAX_COUNTED or value.quantity.number.denominator != 1:
        return False
    others = [
        other
        for other in claim.evidence.values
        if _is_plain_count(other)
        and not _is_known(other, (claim.stated, claim.asked))
        and not _is_index(other, claim.evidence.text)
    ]
    if others and len(claim.evidence.text) <= _SHORT_CHARS:
        return False
    counted = _words_behind(claim.stated, value)
    return not any(counted & _words_behind(claim.evidence, other) for other in others)


def _is_index(value: StatedValue, text: str) -> bool:
    """Return whether a number is an index in code: `entry[1]`."""
    return text[max(0, value.start - 1) : value.start] == "[" and text[value.end : value.end + 1] == "]"


def _words_behind(statement: Statement, value: StatedValue) -> frozenset[str]:
    """Return the next two words behind a value, which say what it counts."""
    return frozenset([word.stem for word in statement.words if word.start >= value.end][:2])


def _restates_known_value(value: StatedValue, claim: Claim) -> bool:
    """Return whether the answer gives the value a second time, in the unit of the evidence: one hour, 3600 seconds."""
    return bool(value.quantity.unit) and any(
        other is not value and other.quantity == value.quantity and _is_known(other, (claim.evidence,))
        for other in claim.stated.values
    )


def _is_part_of_unread_date(value: StatedValue, claim: Claim) -> bool:
    """Return whether a date may be part of a list or range of dates, or of a date whose year is elsewhere."""
    date = value.quantity.date
    assert date is not None, "only a date is tested"
    figures = {int(found) for found in _DIGITS.findall(claim.evidence.text)}
    parts = [part for part in (date.year, date.day) if part is not None]
    unread = [
        found for found in language_rules(claim.language).values.find_dates(claim.evidence.text) if not found.value
    ]
    if unread and figures.issuperset(parts):
        return True
    without_year = replace(value, quantity=date_of(replace(date, year=None))) if date.day is not None else None
    has_year = date.year is not None and str(date.year) in claim.document
    return (
        without_year is not None
        and has_year
        and any(
            other.quantity.date is not None and other.quantity.date.year is None and same_value(without_year, other)
            for other in claim.evidence.values
        )
    )


def _is_plain_count(value: StatedValue) -> bool:
    return value.quantity.kind is QuantityKind.NUMBER and value.quantity.unit in _COUNTS and not value.is_list_mark


def _is_time(value: StatedValue) -> bool:
    return value.quantity.kind is QuantityKind.DATE or value.quantity.unit in _TIMES


def _agree(one: Bound, other: Bound, *, is_time: bool) -> bool:
    if is_time:
        return one.is_upper == other.is_upper
    return _plain(one) is _plain(other)


def _plain(bound: Bound) -> Bound:
    return {Bound.BEFORE: Bound.AT_MOST, Bound.AFTER: Bound.AT_LEAST}.get(bound, bound)


def values_of(statement: Statement) -> Iterator[StatedValue]:
    """Yield the values of a text that state facts: no list marks and no numbers of provisions."""
    for value in statement.values:
        if not value.is_list_mark and value.quantity.kind is not QuantityKind.PLACE:
            yield value
