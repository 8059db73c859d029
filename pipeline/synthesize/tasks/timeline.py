"""The task `timeline` puts what a legal text dates in order: full dates of a provision, events, rulings of a digest.

The dates of a provision or of the document are listed only if every date in it is read as a value, no two are equal,
each is in a whole sentence of its own, and none is in brackets, like the dates of cited laws. A scope with too
many dates is asked about between two of them. Events are named in the words of their sentence, without the date. Time
is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.languages import Language, language_rules
from pipeline.languages.calendar_dates import CalendarDate, order_of
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import dated_events
from pipeline.synthesize.composed import dated_places as places
from pipeline.synthesize.composed.dated_events import event_beside
from pipeline.synthesize.composed.dated_places import DatedPlace, dated_places, own_stretches
from pipeline.synthesize.composed.spread import spread_over
from pipeline.synthesize.composed.strict_order import strict_order
from pipeline.synthesize.composed.triples import chosen_triples, shuffled_slots
from pipeline.synthesize.structural.facts import (
    Findings,
    Span,
    StructuralFact,
    Unasked,
    join_findings,
    make_fact,
    not_asked,
)
from pipeline.synthesize.structural.layout import one_line, quote
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import ENTRY, part_heading
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

TIMELINE_LIST = Form(
    "timeline.list",
    {
        "en": (
            "list every full date (day, month and year) in {clause}, earliest first, each with its sentence.",
            "which full dates, with day, month and year, does {clause} give? Put them in order of date, one a line, "
            "and quote the sentence of each.",
        ),
        "ko": (
            "{clause}에 연월일이 모두 적힌 날짜를 이른 것부터 순서대로 나열하고, 각각 그 문장을 옮겨 적어 주십시오.",
            "{clause}에서 연월일이 모두 적힌 날짜를 시간 순서대로 한 줄에 하나씩, 그 문장과 함께 정리해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
TIMELINE_ALL = Form(
    "timeline.all",
    {
        "en": (
            "list every full date (day, month and year) in this document, earliest first, each with its sentence.",
            "which full dates, with day, month and year, are given in this document? Put them in order of date, one a "
            "line, and quote the sentence of each.",
        ),
        "ko": (
            "이 문서에 연월일이 모두 적힌 날짜를 이른 것부터 순서대로 나열하고, 각각 그 문장을 옮겨 적어 주십시오.",
            "이 문서에서 연월일이 모두 적힌 날짜를 시간 순서대로 한 줄에 하나씩, 그 문장과 함께 정리해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
TIMELINE_BETWEEN = Form(
    "timeline.between",
    {
        "en": (
            "which full dates after {first} and before {last} are given in this document? Earliest first, each with "
            "its sentence.",
            "which full dates, with day, month and year, fall between {first} and {last} in this document, without "
            "these two? List them in order of date, each with its sentence.",
        ),
        "ko": (
            "연월일이 모두 적힌 날짜 중 {first}보다 늦고 {last}보다 이른 것을 차례로 그 문장과 함께 적어 주십시오.",
            "{first:과} {last} 사이(두 날짜 제외)에서 연월일이 모두 적힌 날짜를 순서대로 그 문장과 함께 적어 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
TIMELINE_ORDER = Form(
    "timeline.order",
    {
        "en": (
            "put these events of the document in order of date, earliest first, and give their dates: “{one}”; "
            "“{two}”; “{three}”.",
            "in which order did these happen according to this document: “{one}”, “{two}” and “{three}”? Give the date "
            "of each, earliest first.",
        ),
        "ko": (
            "“{one}”, “{two}”, “{three}”, 이 세 가지를 이 문서에 적힌 날짜가 이른 순서로 날짜와 함께 적어 주십시오.",
            "“{one}”, “{two}”, “{three}” 이 세 가지는 어떤 순서로 일어났습니까? 이 문서의 날짜를 밝혀 답해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
TIMELINE_FIRST = Form(
    "timeline.first",
    {
        "en": (
            "according to this document, which of these happened first: “{one}”, “{two}” or “{three}”? Give its date.",
            "of “{one}”, “{two}” and “{three}”, which is the earliest event in this document? Name its date.",
        ),
        "ko": (
            "“{one}”, “{two}”, “{three}” 가운데 이 문서에서 가장 먼저 일어난 일은 무엇입니까? 날짜도 답해 주십시오.",
            "이 문서에 따르면 “{one}”, “{two}”, “{three}” 중 가장 먼저 있었던 일은 무엇이며 언제입니까?",
        ),
    },
    family=TaskFamily.ORDER,
)
TIMELINE_RULINGS = Form(
    "timeline.rulings",
    {
        "en": (
            "put these in order of date, oldest first, and give the dates: {one}; {two}; {three}.",
            "in which order were these decided: {one}, {two} and {three}? Give the date of each, oldest first.",
        ),
        "ko": (
            "{one}, {two}, {three:을} 날짜가 오래된 것부터 날짜와 함께 순서대로 적어 주십시오.",
            "{one}, {two}, {three} 이 셋을 날짜가 이른 순서로 날짜를 밝혀 정리해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
_WHITE_SPACE = re.compile(r"\s+")
_MIN_DATES = 3
_MAX_DATES = 8
_MAX_BETWEEN = 5
_MAX_GROUPS = 6
_MAX_INTERVALS = 3
_MAX_ANSWER_CHARS = 1600
_MIN_APART = 400
"""The minimum number of characters between two events that are put in order."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A dated entry of a digest."""

    label: str
    date: str
    value: CalendarDate
    heading: Span


def timeline_facts(reading: Reading) -> Findings:
    """Return facts about the order of the dates of a legal text."""
    found = dated_places(
        text=reading.text, stretches=own_stretches(reading.provisions, len(reading.text)), language=reading.language
    )
    parts = (_scope_findings(reading, found), _event_findings(reading, found), _ruling_findings(reading))
    return without_markup(join_findings(parts))


def _scope_findings(reading: Reading, found: Sequence[DatedPlace]) -> Findings:
    """Return the facts that list all dates of a provision or of the document."""
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    listed = 0
    for provision in reading.provisions.provisions:
        inside = _inside(found, Span(provision.start, provision.body.end))
        if provision.start < listed or provision.is_container or not _MIN_DATES <= len(_full(inside)) <= _MAX_DATES:
            continue
        problem = provision.doubt.value or ("amended" if provision.is_amended else _problem(inside, _full(inside)))
        if problem:
            unasked.append(_refuse(provision.label, problem, provision.body))
            continue
        listed = provision.body.end
        facts.extend(_listed(reading, TIMELINE_LIST, {"clause": provision.named}, _full(inside)))
    full = _full(found)
    if reading.context.num_parts > 1 or len(full) < _MIN_DATES:
        return Findings(facts=tuple(facts), unasked=tuple(unasked))
    if any(place.value is None for place in found):
        unasked.append(_refuse("document", "unread_date", Span(0, len(reading.text))))
    elif len(full) <= _MAX_DATES:
        if problem := _problem(found, full):
            unasked.append(_refuse("document", problem, Span(0, len(reading.text))))
        else:
            facts.extend(_listed(reading, TIMELINE_ALL, {}, full))
    else:
        facts.extend(_intervals(reading, full))
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _full(found: Sequence[DatedPlace]) -> list[DatedPlace]:
    """Return the places of dates with year, month and day."""
    return [place for place in found if place.value is not None and place.value.is_full]


def _inside(found: Sequence[DatedPlace], scope: Span) -> list[DatedPlace]:
    return [place for place in found if scope.start <= place.date.start < scope.end]


def _problem(found: Sequence[DatedPlace], full: Sequence[DatedPlace]) -> str:
    """Return why the dates of a scope cannot be listed in order; empty if they can."""
    if any(place.value is None for place in found):
        return "unread_date"
    if any(place.is_in_brackets for place in full):
        return "date_in_brackets"
    spans = [place.sentence for place in full]
    if any(span is None for span in spans):
        return "no_whole_sentence"
    if len(set(spans)) < len(spans):
        return "several_dates_in_sentence"
    return "" if strict_order([_value(place) for place in full], order_of) else "equal_dates"


def _listed(
    reading: Reading, form: Form, slots: dict[str, str], full: Sequence[DatedPlace]
) -> Iterator[StructuralFact]:
    """Yield the fact that lists dates in order, each with its sentence."""
    order = strict_order([_value(place) for place in full], order_of)
    assert order is not None, "the dates of a scope have no certain order"
    lines = [
        f"{_written(reading.text, full[at].date)}: {one_line(quote(reading.text, _sentence(full[at])))}" for at in order
    ]
    if sum(map(len, lines)) <= _MAX_ANSWER_CHARS:
        yield make_fact(form=form, slots=slots, answer="\n".join(lines), spans=[_sentence(place) for place in full])


def _intervals(reading: Reading, full: Sequence[DatedPlace]) -> Iterator[StructuralFact]:
    """Yield facts about all dates between two dates of the document, which has too many to list."""
    ordered = sorted(full, key=lambda place: _key(_value(place)))
    days = [_key(_value(place)) for place in ordered]
    found: list[tuple[list[DatedPlace], DatedPlace, DatedPlace]] = []
    for at, place in enumerate(ordered):
        for end in range(at + _MIN_DATES + 1, min(len(ordered), at + _MAX_BETWEEN + 2)):
            inside = ordered[at + 1 : end]
            are_between = days[at] < days[at + 1] and days[end - 1] < days[end]
            if are_between and not _problem(inside, inside):
                found.append((inside, place, ordered[end]))
                break
    for inside, first, last in spread_over(found, _MAX_INTERVALS):
        slots = {"first": _written(reading.text, first.date), "last": _written(reading.text, last.date)}
        yield from _listed(reading, TIMELINE_BETWEEN, slots, inside)


def _event_findings(reading: Reading, found: Sequence[DatedPlace]) -> Findings:
    """Return the facts that put three dated events, far from each other, in order."""
    flat = one_line(reading.text)
    sentences = [place.sentence for place in found]
    fit: list[tuple[DatedPlace, str]] = []
    for place in _full(found):
        if place.sentence is None or place.is_in_brackets or sentences.count(place.sentence) > 1:
            continue
        event = event_beside(
            before=one_line(reading.text[place.sentence.start : place.date.start]),
            behind=_WHITE_SPACE.sub(" ", reading.text[place.date.end : place.sentence.end]),
            flat=flat,
            language=reading.language,
        )
        if event:
            fit.append((place, event))
    facts: list[StructuralFact] = []
    for group in chosen_triples(fit, _MAX_GROUPS, lambda group: _is_far_apart(reading, group)):
        facts.append(_ordered(reading, (TIMELINE_ORDER, TIMELINE_FIRST)[len(facts) % 2], group))
    return Findings(facts=tuple(facts), unasked=())


def _is_far_apart(reading: Reading, group: Sequence[tuple[DatedPlace, str]]) -> bool:
    """Return whether events have a certain order, and are far enough from each other to be worth asking about."""
    spans = [_sentence(place) for place, _ in group]
    is_near = any(other.start - one.end < _MIN_APART for one, other in pairwise(spans))
    return not is_near and strict_order([_value(place) for place, _ in group], order_of) is not None


def _ordered(reading: Reading, form: Form, group: Sequence[tuple[DatedPlace, str]]) -> StructuralFact:
    """Return the fact about the order of events."""
    order = strict_order([_value(place) for place, _ in group], order_of)
    assert order is not None, "the events of a group have no certain order"
    lines = [f"{_written(reading.text, group[at][0].date)}: {group[at][1]}" for at in order]
    answer = "\n".join(lines) if form is TIMELINE_ORDER else lines[0]
    spans = [_sentence(place) for place, _ in group]
    return make_fact(form=form, slots=shuffled_slots([words for _, words in group]), answer=answer, spans=spans)


def _ruling_findings(reading: Reading) -> Findings:
    """Return the facts that put three entries of a digest in order, from the dates in their heading lines."""
    outline = reading.provisions
    dated = [
        _Entry(provision.label, name, value, part_heading(text=reading.text, part=outline.parts[provision.part]))
        for provision in outline.provisions
        if provision.noun == ENTRY and not provision.doubt
        if (value := _only_date(name := outline.parts[provision.part].name, reading.language)) is not None
    ]
    facts = []
    for group in chosen_triples(dated, _MAX_GROUPS, _is_ordered):
        order = strict_order([entry.value for entry in group], order_of)
        assert order is not None, "the rulings of a group have no certain order"
        lines = [f"{group[at].date}: {group[at].label}" for at in order]
        slots, spans = shuffled_slots([entry.label for entry in group]), [entry.heading for entry in group]
        facts.append(make_fact(form=TIMELINE_RULINGS, slots=slots, answer="\n".join(lines), spans=spans))
    return Findings(facts=tuple(facts), unasked=())


def _is_ordered(group: Sequence[_Entry]) -> bool:
    """Return whether entries have a certain order, different labels, and no label that tells a date of the answer."""
    labels = {entry.label for entry in group}
    tells = any(entry.date in label for entry in group for label in labels)
    is_certain = strict_order([entry.value for entry in group], order_of) is not None
    return len(labels) == len(group) and not tells and is_certain


def _only_date(answer: str, language: Language) -> CalendarDate | None:
    """Return the date that an answer is; None unless it is one full date."""
    found = list(language_rules(language).values.find_dates(answer))
    value = found[0].value if len(found) == 1 else None
    return value if value is not None and value.is_full else None


def _value(place: DatedPlace) -> CalendarDate:
    assert place.value is not None, "a date without a value was not refused"
    return place.value


def _sentence(place: DatedPlace) -> Span:
    assert place.sentence is not None, "a date without a sentence was not refused"
    return place.sentence


def _key(value: CalendarDate) -> tuple[int, int, int]:
    assert value.year is not None and value.month is not None and value.day is not None, "the date is not full"
    return value.year, value.month, value.day


def _written(text: str, date: Span) -> str:
    return one_line(quote(text, date)).strip()


def _refuse(subject: str, reason: str, span: Span) -> Unasked:
    detail = f"the full dates of {subject!r} cannot all be read, quoted and put in order"
    return not_asked(task=TASK.name, subject=subject, reason=reason, detail=detail, span=span)


TASK = StructuralTask(
    name="timeline",
    order=330,
    finds={"legal": timeline_facts},
    forms=(TIMELINE_LIST, TIMELINE_ALL, TIMELINE_BETWEEN, TIMELINE_ORDER, TIMELINE_FIRST, TIMELINE_RULINGS),
    thresholds=thresholds_in(globals(), vars(places), vars(dated_events)),
)
