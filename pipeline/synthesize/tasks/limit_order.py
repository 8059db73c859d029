"""The task `limit_order` compares the time limits of several provisions: which is the longest, which order they have.

It composes what the task `deadline` proves: provisions that state only one time limit. Limits are compared as periods,
and only if their order is certain: 30 days and one month are not compared. Each of the facts passes the second reading
before it is used. Time is linear in the length of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.languages import Language, language_rules
from pipeline.languages.periods import Period, order_of_periods
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import triples
from pipeline.synthesize.composed.strict_order import strict_order
from pipeline.synthesize.composed.triples import chosen_triples, shuffled_slots
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.second_reading import SecondReading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

LIMIT_ORDER = Form(
    "limit_order.all",
    {
        "en": (
            "put the time limits in {one}, {two} and {three} in order of length, shortest first, and quote each.",
            "{one}, {two} and {three} each state one time limit. List them from the shortest to the longest, with the "
            "limits.",
        ),
        "ko": (
            "{one}, {two}, {three}에 적힌 기간을 짧은 것부터 순서대로, 기간과 함께 적어 주십시오.",
            "{one}, {two}, {three}에는 기간이 하나씩 나옵니다. 짧은 기간부터 조항과 기간을 나열해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
LIMIT_LONGEST = Form(
    "limit_order.longest",
    {
        "en": (
            "which of {one}, {two} and {three} states the longest time limit? Give the provision and the limit.",
            "of the time limits in {one}, {two} and {three}, which is the longest, and where does it stand?",
        ),
        "ko": (
            "{one}, {two}, {three} 가운데 가장 긴 기간이 적힌 조항은 어디입니까? 그 기간도 적어 주십시오.",
            "{one}, {two}, {three}에 나오는 기간 중 가장 긴 것은 무엇이며, 어느 조항에 있습니까?",
        ),
    },
    family=TaskFamily.ORDER,
)
_MAX_GROUPS = 4
_MIN_APART = 200
"""The minimum number of characters between two limits."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """The only time limit of a provision."""

    clause: str
    words: str
    period: Period
    spans: tuple[Span, ...]


def limit_order_facts(reading: Reading) -> Findings:
    """Return facts that compare the time limits of three provisions."""
    limits = list(_limits(reading))
    facts: list[StructuralFact] = []
    for group in chosen_triples(limits, _MAX_GROUPS, _is_worth_asking):
        facts.append(_compared((LIMIT_ORDER, LIMIT_LONGEST)[len(facts) % 2], group))
    return Findings(facts=tuple(facts), unasked=())


def _limits(reading: Reading) -> Iterator[_Limit]:
    """Yield the provisions with one time limit that is a period, from the task `deadline`."""
    found = reading.findings_of("deadline")
    single = [
        (fact, period)
        for fact in found.facts
        if fact.form.name == "deadline.only" and not dict(fact.slots).get("lead")
        if (period := _only_period(fact, reading.language)) is not None
    ]
    if len(single) < len(triples.SLOTS):
        return
    second = SecondReading(text=reading.text, findings=found, language=reading.language)
    for fact, period in single:
        if second.objection(fact) is None:
            yield _Limit(dict(fact.slots)["clause"], fact.answer, period, fact.spans)


def _only_period(fact: StructuralFact, language: Language) -> Period | None:
    """Return the period of a time limit; None unless the limit is one period.

    Some languages have different nouns for a last day and a period; then the limit must be called a period.
    """
    rules = language_rules(language)
    found = list(rules.values.find_periods(fact.answer))
    if len(found) != 1 or next(rules.values.find_dates(fact.answer), None) is not None or rules.legal.deadlines is None:
        return None
    period_noun = rules.legal.deadlines.noun(fact.answer[found[0].start : found[0].end])
    return found[0].value if dict(fact.slots)["noun"] == period_noun else None


def _is_worth_asking(group: Sequence[_Limit]) -> bool:
    """Return whether limits have a certain order, are in different provisions, and are not close to each other."""
    spans = [(limit.spans[0], limit.spans[-1]) for limit in group]
    is_near = any(other[0].start - one[1].end < _MIN_APART for one, other in pairwise(spans))
    is_certain = strict_order([limit.period for limit in group], order_of_periods) is not None
    return is_certain and not is_near and len({limit.clause for limit in group}) == len(group)


def _compared(form: Form, group: Sequence[_Limit]) -> StructuralFact:
    order = strict_order([limit.period for limit in group], order_of_periods)
    assert order is not None, "the limits of a group have no certain order"
    lines = [f"{group[at].clause}: {group[at].words}" for at in order]
    return make_fact(
        form=form,
        slots=shuffled_slots([limit.clause for limit in group]),
        answer="\n".join(lines) if form is LIMIT_ORDER else lines[-1],
        spans=[span for limit in group for span in limit.spans],
    )


TASK = StructuralTask(
    name="limit_order",
    order=360,
    finds={"legal": limit_order_facts},
    forms=(LIMIT_ORDER, LIMIT_LONGEST),
    thresholds=thresholds_in(globals(), vars(triples)),
)
