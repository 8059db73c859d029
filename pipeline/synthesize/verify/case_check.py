"""Checks the answer to a question about a case: its values are given or computed, and its conclusion fits the limit.

The values of a case are the question's own, so the document need not have them. What the answer adds must be in the
evidence or follow from the case and the evidence (`verify.computed`). If the case's value and the rule's limit can be
compared, the direction of the conclusion is recomputed; otherwise it is for the judge.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.languages import language_rules
from pipeline.languages.cue_rules import CueRules
from pipeline.languages.quantities import Quantity, QuantityKind
from pipeline.languages.statement_rules import Bound
from pipeline.records import Dropped
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.verify.chain import FACT_CHECKS, TaskRules
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.computed import computed_values, is_earlier
from pipeline.synthesize.verify.negation import other_polarity
from pipeline.synthesize.verify.reading import (
    StatedValue,
    Statement,
    compiled_ignoring_case,
    read_statement,
    read_values,
    same_value,
)
from pipeline.synthesize.verify.value_check import missing_value, other_bound, strange_value_of_question

_GIVEN = frozenset({QuantityKind.MARK, QuantityKind.PLACE})
"""Kinds of values that a case cannot invent: identifiers and the numbers of provisions."""


def strange_reference_of_question(claim: Claim) -> Dropped | None:
    """Return the first identifier or number of a provision in the question that the document does not have."""
    given = tuple(value for value in claim.asked.values if value.quantity.kind in _GIVEN)
    return strange_value_of_question(replace(claim, asked=replace(claim.asked, values=given)))


def underivable_value(claim: Claim) -> Dropped | None:
    """Return the first value of the answer that is neither given nor computed; None if there is none.

    A number without a unit may be that of a heading above the rule: `§ 1003.5`.
    """
    derived = _derived(claim)
    known = [*derived, *(value for value in claim.around.values if _is_bare(value))]
    left = tuple(
        value
        for value in claim.stated.values
        if not any(same_value(value, other) for other in (known if _is_bare(value) else derived))
    )
    return missing_value(replace(claim, stated=replace(claim.stated, values=left)))


def _is_bare(value: StatedValue) -> bool:
    return value.quantity.kind is QuantityKind.NUMBER and not value.quantity.unit


def bound_against_case(claim: Claim) -> Dropped | None:
    """Return the first value whose bound differs from the evidence's, unless the answer compares the case with it.

    `14 days are more than the 10 days allowed` is no other bound, if the case has a value above ten days.
    """
    derived = _derived(claim)
    computed = [value for value in claim.stated.values if any(same_value(value, other) for other in derived)]
    case = [*claim.asked.values, *computed]
    kept = tuple(
        value
        for value in claim.stated.values
        if value.bound is None or not any(_fits(other.quantity, value) for other in case if other is not value)
    )
    return other_bound(replace(claim, stated=replace(claim.stated, values=kept)))


def polarity_behind_conclusion(claim: Claim) -> Dropped | None:
    """Return the first clause behind the answer's first sentence whose polarity differs from the evidence.

    The first sentence is the conclusion. A case that does not meet a condition rightly denies what the rule says.
    """
    spans = sentence_spans(claim.stated.text, start=0, end=len(claim.stated.text))
    if len(spans) <= 1:
        return None
    behind = read_statement(claim.stated.text[spans[1].start :], claim.language)
    return other_polarity(replace(claim, stated=behind))


_OWN = {
    "values": underivable_value,
    "bounds": bound_against_case,
    "negation": polarity_behind_conclusion,
}
APPLICATION_RULES = TaskRules(
    question=strange_reference_of_question,
    facts=tuple((name, _OWN.get(name, check)) for name, check in FACT_CHECKS),
)
"""The rules for an answer that applies a rule to a case."""


def conclusion_fault(
    *, question: str, answer: str, evidence: str, case: str, limit: str, language: str
) -> Dropped | None:
    """Return a fault if a case's value or a rule's limit is invented, or if the conclusion contradicts their order.

    Args:
        question: the question, with the case.
        answer: the answer.
        evidence: the quotes of the rule.
        case: the value of the case that the limit decides, as written in the question or answer; may be empty.
        limit: the limit, as written in the evidence; may be empty.
        language: the language of all of them.
    """
    if not case or not limit:
        return None if not case and not limit else Dropped("wrong_fields", "'case' and 'limit' must both be given.")
    asked, rule = read_statement(question, language), read_statement(evidence, language)
    limits = [value for value in rule.values if any(same_value(one, value) for one in read_values(limit, language))]
    if not limits:
        return Dropped("value_not_in_evidence", f"The limit '{limit}' is not in the evidence.")
    derived = _derived_of(asked, rule)
    values = [
        one for one in read_values(case, language) if any(same_value(one, other) for other in (*asked.values, *derived))
    ]
    if not values:
        return Dropped("case_not_in_question", f"The value '{case}' is neither in the question nor computed from it.")
    is_kept = _is_kept(values, limits, asked)
    expected = _expected(question, is_kept, language) if is_kept is not None else None
    says_yes = _says_yes(answer, language)
    if expected is None or says_yes is None or expected == says_yes:
        return None
    conclusion = "keeps" if is_kept else "breaks"
    return Dropped(
        "conclusion_differs", f"The case, {case}, {conclusion} the limit, {limit}; the answer says the opposite."
    )


def says_yes_or_no(answer: str, language: str) -> bool:
    """Return whether an answer begins with yes or no."""
    return compiled_ignoring_case(language_rules(language).statements.yes_or_no).match(answer) is not None


def _says_yes(answer: str, language: str) -> bool | None:
    if not says_yes_or_no(answer, language):
        return None
    return compiled_ignoring_case(_cues(language).says_no).match(answer) is None


def _expected(question: str, is_kept: bool, language: str) -> bool | None:
    """Return whether yes is right; None if the question does not plainly ask whether a limit is kept or broken."""
    spans = sentence_spans(question, start=0, end=len(question))
    last = question[spans[-1].start :] if spans else question
    cues = _cues(language)
    kept = compiled_ignoring_case(cues.asks_kept).search(last) is not None
    broken = compiled_ignoring_case(cues.asks_broken).search(last) is not None
    if kept == broken or compiled_ignoring_case(language_rules(language).statements.negations).search(last):
        return None
    return is_kept if kept else not is_kept


def _cues(language: str) -> CueRules:
    return language_rules(language).cues


def _is_kept(values: list[StatedValue], limits: list[StatedValue], asked: Statement) -> bool | None:
    """Return whether a value keeps a limit; None unless all that can be compared agree."""
    found = {_keeps(value, limit) for value in values for limit in limits} - {None}
    if not found:
        found = {_ends_in_time(value, limit, asked) for value in values for limit in limits} - {None}
    return found.pop() if len(found) == 1 else None


def _keeps(value: StatedValue, limit: StatedValue) -> bool | None:
    bound = limit.bound or limit.anchor
    if bound is None or (limit.bound is None and limit.quantity.date is None):
        return None
    return _holds(value.quantity, bound, limit.quantity)


def _ends_in_time(value: StatedValue, limit: StatedValue, asked: Statement) -> bool | None:
    """Return whether a day lies within a period that is counted from the only other day of the case."""
    day = value.quantity.date
    if day is None or limit.bound is None or not limit.bound.is_upper:
        return None
    others = {other.quantity for other in asked.values if other.quantity.date not in (None, day)}
    if len(others) != 1:
        return None
    lengths = [
        one for one in computed_values([value.quantity], list(others)) if one.unit == limit.quantity.unit and one.unit
    ]
    held = {_holds(length, limit.bound, limit.quantity) for length in lengths}
    return held.pop() if len(held) == 1 else None


def _fits(case: Quantity, stated: StatedValue) -> bool:
    return stated.bound is not None and _holds(case, stated.bound, stated.quantity) is True


def _holds(value: Quantity, bound: Bound, limit: Quantity) -> bool | None:
    """Return whether a value is inside a bound; None if the two cannot be compared."""
    if value.date is not None and limit.date is not None:
        earlier, later = is_earlier(value.date, limit.date), is_earlier(limit.date, value.date)
        if earlier is None or later is None:
            return None
        return not later if bound.is_upper else not earlier
    if value.kind is not QuantityKind.NUMBER or limit.kind is not QuantityKind.NUMBER or value.unit != limit.unit:
        return None
    match bound:
        case Bound.AT_MOST | Bound.BEFORE:
            return value.number <= limit.number
        case Bound.LESS_THAN:
            return value.number < limit.number
        case Bound.AT_LEAST | Bound.AFTER:
            return value.number >= limit.number
        case Bound.MORE_THAN:
            return value.number > limit.number


def _derived(claim: Claim) -> list[StatedValue]:
    return _derived_of(claim.asked, claim.evidence)


def _derived_of(asked: Statement, rule: Statement) -> list[StatedValue]:
    case = [value.quantity for value in asked.values if not value.is_list_mark]
    known = [value.quantity for value in rule.values if not value.is_list_mark]
    return [
        StatedValue(0, 0, quantity, bound=None, anchor=None, is_word=False) for quantity in computed_values(case, known)
    ]
