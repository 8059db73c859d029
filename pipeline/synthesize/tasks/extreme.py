"""The task `extreme` asks for the largest and smallest sum of money that a provision or the whole document states.

A scope is asked about only if every sum in it is read as a value of the same currency, and if it has no money in
another form. Scopes with provisions in doubt or amended, with sums outside provisions, or with too many sums, are
refused. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.languages import language_rules
from pipeline.languages.legal_rules import MoneyRules
from pipeline.languages.values import Money
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.flattening import has_blocks, num_items
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import ENTRY, WHOLE, Outline, Provision, label_spans
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

_COMPUTED = frozenset({Trait.COMPUTED})
EXTREME_LARGEST = Form(
    "extreme.largest",
    {
        "en": (
            "what is the largest sum of money mentioned in {clause}? Give the amount, then quote its sentence.",
            "which of the amounts of money in {clause} is the highest? Give it and quote the sentence that names it.",
        ),
        "ko": (
            "{clause}에 나오는 금액 가운데 가장 큰 것은 얼마입니까? 금액을 답하고 그 문장을 옮겨 적어 주십시오.",
            "{clause}의 금액 중 최고액은 얼마입니까? 금액과 함께 그 금액이 나오는 문장을 적어 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_COMPUTED,
)
EXTREME_SMALLEST = Form(
    "extreme.smallest",
    {
        "en": (
            "what is the smallest sum of money mentioned in {clause}? Give the amount, then quote its sentence.",
            "which of the amounts of money in {clause} is the lowest? Give it and quote the sentence that names it.",
        ),
        "ko": (
            "{clause}에 나오는 금액 가운데 가장 작은 것은 얼마입니까? 금액을 답하고 그 문장을 옮겨 적어 주십시오.",
            "{clause}의 금액 중 최저액은 얼마입니까? 금액과 함께 그 금액이 나오는 문장을 적어 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_COMPUTED,
)
EXTREME_LARGEST_OF_ALL = Form(
    "extreme.largest_of_all",
    {
        "en": (
            "what is the largest sum of money stated anywhere in this document, and which provision states it?",
            "among all amounts of money in this document, which is the highest? Give the amount and the provision.",
        ),
        "ko": (
            "이 문서에 나오는 금액 가운데 가장 큰 것은 얼마이며, 어느 조항에 있습니까?",
            "이 문서의 모든 금액 중 최고액과 그 금액이 적힌 조항을 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_COMPUTED,
)
EXTREME_SMALLEST_OF_ALL = Form(
    "extreme.smallest_of_all",
    {
        "en": (
            "what is the smallest sum of money stated anywhere in this document, and which provision states it?",
            "among all amounts of money in this document, which is the lowest? Give the amount and the provision.",
        ),
        "ko": (
            "이 문서에 나오는 금액 가운데 가장 작은 것은 얼마이며, 어느 조항에 있습니까?",
            "이 문서의 모든 금액 중 최저액과 그 금액이 적힌 조항을 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_COMPUTED,
)
_MIN_VALUES = 3
_MAX_SUMS = 40
_MAX_PLACES = 2
_MAX_SENTENCE_CHARS = 600
_GOES_ON = re.compile(r"\s?(?:[kKmMbB]n?\b|mil\b|trillion|[-–—~∼/]\s?\d)|[.,]?\d")
"""Text after a sum that may change its value: `$3M`, `$1-2 million`."""


_ENDS_IN_NUMBER = re.compile(r"\d\s?[.)]$")
"""A number with a point at the end of a text: a date or the mark of a list item."""
_DATE_CHARS = 12


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum of money with the innermost provision around it, or -1."""

    span: Span
    value: Money | None
    provision: int


def extreme_facts(reading: Reading) -> Findings:
    """Return facts about the largest and smallest sums of the document and of its outermost provisions."""
    rules = language_rules(reading.language).legal.money
    outline = reading.provisions
    if rules is None or not outline.provisions:
        return Findings(facts=(), unasked=())
    sums = _sums(reading.text, outline, rules)
    by_root: dict[int, list[_Sum]] = defaultdict(list)
    for item in sums:
        by_root[_root(outline, item.provision)].append(item)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    document = Span(0, len(reading.text))
    scopes = [(root, _body(outline, root), found) for root, found in sorted(by_root.items()) if root >= 0]
    if len(by_root) > 1 and reading.context.num_parts == 1:
        scopes.append((-1, document, sums))
    for root, body, found in scopes:
        if len({item.value for item in found}) < _MIN_VALUES:
            continue
        if problem := _problem(reading.text, outline, rules, root, body, found):
            subject = outline.provisions[root].label if root >= 0 else "document"
            unasked.append(_refuse(subject, problem, found[0].span))
            continue
        facts.extend(_facts(reading, outline, root, found))
    return without_markup(Findings(facts=tuple(facts), unasked=tuple(unasked)))


def _sums(text: str, outline: Outline, rules: MoneyRules) -> list[_Sum]:
    found = []
    for match in rules.money.finditer(text):
        is_cut = _GOES_ON.match(text, match.end()) is not None
        value = None if is_cut else rules.read(match.group())
        found.append(_Sum(Span(*match.span()), value, outline.at(match.start())))
    return found


def _root(outline: Outline, index: int) -> int:
    """Return the outermost provision around a provision that is not a container; -1 if there is none."""
    while index >= 0:
        parent = outline.provisions[index].parent
        if parent < 0 or outline.provisions[parent].is_container:
            return -1 if outline.provisions[index].is_container else index
        index = parent
    return -1


def _body(outline: Outline, index: int) -> Span:
    return Span(outline.provisions[index].start, outline.provisions[index].body.end)


def _problem(text: str, outline: Outline, rules: MoneyRules, root: int, body: Span, found: Sequence[_Sum]) -> str:
    """Return why the sums of a scope cannot be compared, or may be incomplete; empty if neither is so."""
    if len(found) > _MAX_SUMS:
        return "list_too_long"
    if any(item.value is None for item in found):
        return "unread_sum"
    if len({item.value.currency for item in found if item.value is not None}) > 1:
        return "several_currencies"
    if any(item.provision < 0 for item in found):
        return "outside_provisions"
    around = [outline.provisions[item.provision] for item in found]
    if doubtful := next((provision for provision in around if provision.doubt), None):
        return doubtful.doubt.value
    if any(provision.is_amended for provision in around):
        return "amended"
    if root < 0 and any(provision.noun in (ENTRY, WHOLE) for provision in around):
        return "mixed_list"
    if root >= 0 and not outline.provisions[root].title and outline.provisions[root].noun != ENTRY:
        return "untitled_item"  # a number alone may be part of a sentence: `6.5 percentage points`
    if rules.other is not None:
        for match in rules.other.finditer(text, body.start, body.end):
            if not any(item.span.start <= match.start() < item.span.end for item in found):
                return "other_money"
    return "masked" if has_pseudonym("\n".join(quote(text, item.span) for item in found)) else ""


def _facts(reading: Reading, outline: Outline, root: int, found: Sequence[_Sum]) -> list[StructuralFact]:
    """Return the facts about the largest and the smallest sum of a scope."""
    values = {item.value.minor_units for item in found if item.value is not None}
    named = {"clause": outline.provisions[root].named} if root >= 0 else {}
    largest = EXTREME_LARGEST if root >= 0 else EXTREME_LARGEST_OF_ALL
    smallest = EXTREME_SMALLEST if root >= 0 else EXTREME_SMALLEST_OF_ALL
    facts = []
    for form, value in ((largest, max(values)), (smallest, min(values))):
        best = [item for item in found if item.value is not None and item.value.minor_units == value]
        indexes = list(dict.fromkeys(item.provision for item in best))
        if not value or len(indexes) > _MAX_PLACES:
            continue
        written = one_line(quote(reading.text, best[0].span))
        spans = [_sentence(reading.text, outline.provisions[item.provision], item) for item in found]
        if root >= 0:
            whole = _sentence(reading.text, outline.provisions[best[0].provision], best[0])
            told = one_line(quote(reading.text, whole))
            if len(best) > 1 or told == written or not _is_whole(reading.text, whole):
                continue
        else:
            told = language_rules(reading.language).join_names([outline.provisions[index].named for index in indexes])
            spans += [span for at in indexes for span in label_spans(text=reading.text, outline=outline, index=at)]
        facts.append(make_fact(form=form, slots=named, answer=f"{written}: {told}", spans=spans))
    return facts


def _sentence(text: str, provision: Provision, item: _Sum) -> Span:
    """Return the sentence of a sum; the sum alone if the sentence is long."""
    for span in sentences(text, provision.body.start, provision.body.end):
        if span.start <= item.span.start and item.span.end <= span.end:
            return span if span.end - span.start <= _MAX_SENTENCE_CHARS else item.span
    return item.span


def _is_whole(text: str, sentence: Span) -> bool:
    """Return whether a sentence has its own ends, and is not cut at the point of a date: `on 2009. 12. 31.`.

    Several items of a list are not one sentence.
    """
    before = text[max(0, sentence.start - _DATE_CHARS) : sentence.start].rstrip()
    inside = text[sentence.start : sentence.end].rstrip()
    line = text.rfind("\n", 0, sentence.start) + 1
    if has_blocks(inside) or num_items(text[line : sentence.end]) > 1:
        return False
    return inside.endswith((".", "!", "?", "。")) and not any(map(_ENDS_IN_NUMBER.search, (before, inside)))


def _refuse(subject: str, reason: str, span: Span) -> Unasked:
    detail = f"the sums of money of {subject!r} cannot all be read and compared"
    return not_asked(task=TASK.name, subject=subject, reason=reason, detail=detail, span=span)


TASK = StructuralTask(
    name="extreme",
    order=210,
    finds={"legal": extreme_facts},
    forms=(EXTREME_LARGEST, EXTREME_SMALLEST, EXTREME_LARGEST_OF_ALL, EXTREME_SMALLEST_OF_ALL),
    thresholds=thresholds_in(globals()),
)
