"""Recomputes the answer to a question that supposes a value: what does a guest pay who leaves three days before?

The document need not have such a value, if the evidence has a limit of the same unit. Then the answer follows from
comparing the two, and it is right in one of two ways. If the evidence gives each limit a result of its own, the answer
must have the result of the nearest limit that the value keeps, and no other result in its first sentence. If it has no
results, the answer must affirm or deny what the evidence says of those that keep the limit. Whatever cannot be
recomputed is not confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from pipeline.languages import language_rules
from pipeline.languages.quantities import QuantityKind
from pipeline.languages.statement_rules import Bound
from pipeline.synthesize.sentences import Span, piece_at, sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import StatedValue, compiled_ignoring_case, same_value, values_of_document

_MINUTES = {"day": 1440, "minute": 1}


@dataclass(frozen=True, slots=True)
class _Limit:
    """A value of the evidence with a bound, compared with the supposed value."""

    value: StatedValue
    bound: Bound
    is_kept: bool
    sentence: Span


def follows_from_limits(value: StatedValue, claim: Claim) -> bool:
    """Return whether the answer follows from comparing a supposed value with the limits of the evidence."""
    if value.quantity.kind is not QuantityKind.NUMBER or not value.quantity.unit or claim.is_foreign:
        return False
    limits = _limits(value, claim)
    if not limits:
        return False
    results = _results(limits, claim)
    if results:
        return _has_result(limits, results, claim)
    return _has_polarity(limits, claim)


def is_supposed(value: StatedValue, claim: Claim) -> bool:
    """Return whether a value of the question is a number with a unit that the document does not have."""
    is_number = value.quantity.kind is QuantityKind.NUMBER and bool(value.quantity.unit)
    known = values_of_document(claim.document, claim.language) if is_number else ()
    return is_number and not any(same_value(value, other) for other in known)


def meets_bound(case: StatedValue, stated: StatedValue, known: Sequence[StatedValue], claim: Claim) -> bool:
    """Return whether a supposed value meets a bound of the answer, which compares the two: less than 14.

    Args:
        case: a value of the question.
        stated: a value of the answer with a bound; it may lack the unit.
        known: the same value in the evidence.
        claim: the answer and its sources.
    """
    if stated.bound is None or not is_supposed(case, claim):
        return False
    return any(_keeps(case, stated.bound, other) is True for other in known) and follows_from_limits(case, claim)


def _limits(value: StatedValue, claim: Claim) -> list[_Limit]:
    text = claim.evidence.text
    sentences = sentence_spans(text, start=0, end=len(text))
    found = []
    for other in claim.evidence.values:
        bound = other.bound or other.anchor
        kept = None if bound is None or other.is_list_mark else _keeps(value, bound, other)
        sentence = piece_at(sentences, other.start)
        if bound is not None and kept is not None and sentence is not None:
            found.append(_Limit(other, bound, kept, sentence))
    return found


def _keeps(value: StatedValue, bound: Bound, limit: StatedValue) -> bool | None:
    """Return whether a value is inside a bound; None if it has another unit."""
    one, other = _number(value), _number(limit)
    if one is None or other is None or one[1] != other[1]:
        return None
    number, edge = one[0], other[0]
    match bound:
        case Bound.AT_MOST:
            return number <= edge
        case Bound.LESS_THAN:
            return number < edge
        case Bound.AT_LEAST:
            return number >= edge
        case Bound.MORE_THAN:
            return number > edge
        case _:
            return None  # before and after say from what a length of time counts


def _number(value: StatedValue) -> tuple[Fraction, str] | None:
    quantity = value.quantity
    if quantity.kind is not QuantityKind.NUMBER or not quantity.unit:
        return None
    factor = _MINUTES.get(quantity.unit)
    return (quantity.number * factor, "minute") if factor else (quantity.number, quantity.unit)


def _results(limits: Sequence[_Limit], claim: Claim) -> dict[int, StatedValue]:
    """Return the value that belongs to each limit, by the limit's offset: those that alternate, or share its clause."""
    inside = {limit.sentence.start: limit.sentence for limit in limits}
    found: dict[int, StatedValue] = {}
    for sentence in inside.values():
        own = [limit for limit in limits if limit.sentence.start == sentence.start]
        starts = {limit.value.start for limit in own}
        rest = [
            v
            for v in claim.evidence.values
            if sentence.start <= v.start < sentence.end
            and v.start not in starts
            and not v.is_list_mark
            and v.quantity.kind is QuantityKind.NUMBER
            and not (v.bound or v.anchor)
        ]
        order = [v.start in starts for v in sorted((*[limit.value for limit in own], *rest), key=lambda v: v.start)]
        if len(rest) == len(own) and all(one is not other for one, other in pairwise(order)):
            found |= {limit.value.start: v for limit, v in zip(own, rest, strict=True)}
            continue
        for limit in own:
            clause = piece_at(claim.evidence.clauses, limit.value.start)
            near = [v for v in rest if clause is not None and clause.start <= v.start < clause.end]
            if len(near) == 1:
                found[limit.value.start] = near[0]
    return found


def _has_result(limits: Sequence[_Limit], results: dict[int, StatedValue], claim: Claim) -> bool:
    """Return whether the answer begins with the result of the nearest limit that the value keeps."""
    kept = [limit for limit in limits if limit.is_kept]
    if not kept or len({limit.bound.is_upper for limit in limits}) > 1:
        return False
    nearest = (min if kept[0].bound.is_upper else max)(
        kept, key=lambda limit: _number(limit.value) or (Fraction(0), "")
    )
    result = results.get(nearest.value.start)
    if result is None:
        return False
    said = _first_sentence(claim)
    stated = [v for v in claim.stated.values if said.start <= v.start < said.end and not v.is_list_mark]
    others = [one for one in results.values() if not same_value(one, result)]
    limited = [limit.value for limit in limits]
    return any(same_value(v, result) for v in stated) and not any(
        same_value(v, one) and not any(same_value(v, limit) for limit in limited) for v in stated for one in others
    )


def _has_polarity(limits: Sequence[_Limit], claim: Claim) -> bool:
    """Return whether the answer affirms or denies what the evidence says of values that keep the limit, as it must."""
    rules = language_rules(claim.language).statements
    modes = (rules.permits, rules.obliges)
    shared = [(limit, len(_stems(claim, limit.sentence) & claim.asked.stems)) for limit in limits]
    most = max(count for _, count in shared)
    expected = set()
    for limit, count in shared:
        written = claim.evidence.text[limit.sentence.start : limit.sentence.end]
        same_mode = [bool(compiled_ignoring_case(m).search(written)) for m in modes] == [
            bool(compiled_ignoring_case(m).search(claim.asked.text)) for m in modes
        ]
        clauses = [c for c in claim.evidence.clauses if limit.sentence.start <= c.start < limit.sentence.end]
        if count < most:
            continue
        if not any(compiled_ignoring_case(m).search(written) for m in modes) or not same_mode:
            return False
        if any(c.is_unclear for c in clauses) or sum(c.is_negated for c in clauses) > 1:
            return False
        expected.add(limit.is_kept != any(c.is_negated for c in clauses))
    if len(expected) != 1 or any(clause.is_negated or clause.is_unclear for clause in claim.asked.clauses):
        return False
    return _affirms(claim) is expected.pop()


def _affirms(claim: Claim) -> bool | None:
    """Return whether the first sentence of the answer affirms what is asked; None if that is not clear."""
    rules = language_rules(claim.language)
    says = compiled_ignoring_case(rules.statements.yes_or_no).match(claim.stated.text)
    said = _first_sentence(claim)
    if says is not None:
        return compiled_ignoring_case(rules.cues.says_no).match(claim.stated.text) is None
    clauses = [clause for clause in claim.stated.clauses if said.start <= clause.start < said.end]
    if any(clause.is_unclear for clause in clauses) or sum(clause.is_negated for clause in clauses) > 1:
        return None
    if any(clause.is_negated for clause in clauses):
        return False
    negative = any(clause.negative_words for clause in clauses)
    nothing = compiled_ignoring_case(rules.statements.nothing).search(claim.stated.text, said.start, said.end)
    return None if negative or nothing else True


def _first_sentence(claim: Claim) -> Span:
    """Return the first sentence of the answer, with the next if it only says yes or no."""
    text = claim.stated.text
    spans = sentence_spans(text, start=0, end=len(text))
    return spans[0] if spans else Span(start=0, end=len(text))


def _stems(claim: Claim, span: Span) -> frozenset[str]:
    return frozenset(word.stem for word in claim.evidence.words if span.start <= word.start < span.end)
