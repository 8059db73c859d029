"""The task `ruling` asks what an entry of a digest decides, and what the parts and fields of a judgment say.

A digest is a document that collects rulings. Each ruling is an entry: a provision of the outline whose noun is `ENTRY`.
An entry is refused if its label or its end is uncertain. The question for the whole decision is refused if its text is
too short or too long, is cut off, is damaged or only names the issue, if the title already tells the decision, or if
the title names several issues and the text does not. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.languages import language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.languages.ruling_rules import RulingRules
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote, trim
from pipeline.synthesize.structural.provisions import ENTRY, Outline, Provision, part_heading
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

RULING_HOLDING = Form(
    "ruling.holding",
    {
        "en": (
            "what does {label} hold?",
            "what is decided in {label}?",
        ),
        "ko": (
            "{label}에서는 무엇이라고 판단하거나 회신하고 있습니까?",
            "{label}의 판단 또는 회신 내용은 무엇입니까?",
            "{label}에 대한 결론은 무엇이라고 적혀 있습니까?",
        ),
    },
)
RULING_POINT = Form(
    "ruling.point",
    {
        "en": ("what does point [{number}] of {label} say?",),
        "ko": (
            "{label}의 요지 가운데 [{number}]에는 무엇이라고 적혀 있습니까?",
            "{label}에서 [{number}]번 요지의 내용은 무엇입니까?",
        ),
    },
)
RULING_ORDER = Form(
    "ruling.order",
    {
        "en": (
            "how is the case in {label} disposed of?",
            "what order does {label} end with?",
        ),
        "ko": (
            "{label}의 주문은 무엇입니까?",
            "{label:은} 어떻게 처리되었습니까? 주문을 적어 주십시오.",
        ),
    },
)
RULING_DATE = Form(
    "ruling.date",
    {
        "en": (
            "what is the date of {label}?",
            "which date is given for {label}?",
        ),
        "ko": (
            "{label}의 날짜는 언제입니까?",
            "이 문서에서 {label}에는 어떤 날짜가 붙어 있습니까?",
        ),
    },
)
RULING_SOURCE = Form(
    "ruling.source",
    {
        "en": ("which ruling does {label} name as its source?",),
        "ko": (
            "{label}에서 근거로 밝힌 문서의 번호와 날짜는 무엇입니까?",
            "{label}의 끝에 적힌 회신 번호는 무엇입니까?",
        ),
    },
)
RULING_PART = Form(
    "ruling.part",
    {
        "en": (
            "what does the part “{part}” of this document say?",
            "what is stated under “{part}” in this document?",
        ),
        "ko": (
            "이 문서의 “{part}” 부분에는 무엇이라고 적혀 있습니까?",
            "이 문서에서 “{part}”{part|으로} 적힌 내용은 무엇입니까?",
        ),
    },
)
RULING_FIELD = Form(
    "ruling.field",
    {
        "en": (
            "what is given as “{field}” at the head of this document?",
            "what does this document state for “{field}”?",
        ),
        "ko": (
            "이 문서의 첫머리에 “{field}”{field|으로} 적힌 것은 무엇입니까?",
            "이 문서에 적힌 “{field}” 항목의 내용은 무엇입니까?",
        ),
    },
)
_OPENING_CHARS = 4000
_MAX_PART_CHARS = 1200
_MIN_CHARS = 12
_LIST = re.compile(r"[․ㆍ·].*[^)]$")
"""A value with a middle dot that does not end in a bracket: a list of names, which may continue on the next line."""
_MIN_ORDER_CHARS = 24
"""Minimum length of an order; a shorter one usually only dismisses the case."""
_HEADING = re.compile(
    r"\n[ \t]*\n[ \t]*(?:[IVX]{1,4}\.[ \t]+\S[^\n]{2,80}|[A-Z]\.[ \t]+[A-Z][^\n.]{2,60}"
    r"|[A-Z][A-Z ,&'’-]{4,80})[ \t]*\n[ \t]*\n"
)
"""A heading inside a part, between blank lines: `II. THE FACTS`. A different part may begin there."""
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def ruling_facts(reading: Reading) -> Findings:
    """Return facts about rulings and judgments."""
    text, outline = reading.text, reading.provisions
    rules = language_rules(reading.language).legal.rulings
    if rules is None:
        return Findings(facts=(), unasked=())
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for provision in outline.provisions:
        if provision.noun != ENTRY:
            continue
        if provision.doubt:
            unasked.append(_refuse(provision, provision.doubt.value, provision.doubt_detail))
            continue
        facts += _entry_facts(text, outline, provision, rules, unasked)
    facts += _part_facts(text, outline, rules)
    facts += _field_facts(text, rules)
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _entry_facts(
    text: str, outline: Outline, provision: Provision, rules: RulingRules, unasked: list[Unasked]
) -> Iterator[StructuralFact]:
    """Yield the facts about one entry of a digest; if its decision is refused, append the refusal to `unasked`."""
    part = outline.parts[provision.part]
    if provision.title:
        return  # an article of a statute decides nothing
    heading = part_heading(text=text, part=part)
    label = provision.label
    paragraphs = list(_paragraphs(text, provision.body))
    if not paragraphs:
        return
    cut = _order_start(text, paragraphs, rules)
    order = Span(paragraphs[cut].start, paragraphs[-1].end) if cut < len(paragraphs) else None
    held = _without_breaks(text, Span(paragraphs[0].start, paragraphs[cut - 1].end), rules)
    title = rules.verdict_tail.sub("", part.title) if rules.verdict_tail else part.title
    is_told = rules.states is not None and rules.states.search(title) is not None
    ordered = quote(text, order) if order is not None else ""
    if order is not None and len(ordered) >= _MIN_ORDER_CHARS and not is_told and not rules.damaged.search(ordered):
        yield make_fact(form=RULING_ORDER, slots={"label": label}, answer=ordered, spans=[heading, order])
    points = list(_points(text, held, rules))
    for number, point in points:
        yield make_fact(
            form=RULING_POINT,
            slots={"label": label, "number": number},
            answer=quote(text, point),
            spans=[heading, point],
        )
    problem = _problem(quote(text, held), rules)
    if problem is None and rules.question is not None and rules.question.search(quote(text, held)):
        problem = "no_holding", "its text only names the issue"
    if problem is None and is_told:
        problem = "told_by_title", "its title says what was decided"
    if problem is None and rules.issues and rules.issues.search(title) and not rules.issues.search(quote(text, held)):
        problem = "one_of_several", "its title names several issues, but its text decides only one"
    if not points and problem is None:
        yield make_fact(form=RULING_HOLDING, slots={"label": label}, answer=quote(text, held), spans=[heading, held])
    elif not points and problem is not None:
        unasked.append(_refuse(provision, *problem))
        if order is None and part.name[:1].isdigit() and part.name not in label:
            yield make_fact(form=RULING_DATE, slots={"label": label}, answer=part.name, spans=[heading])
    source = rules.source.search(text, held.start, held.end) if rules.source else None
    if source is not None and source.end() == held.end:
        yield make_fact(
            form=RULING_SOURCE,
            slots={"label": label},
            answer=source["number"],
            spans=[heading, Span(*source.span("number"))],
        )


def _order_start(text: str, paragraphs: Sequence[Span], rules: RulingRules) -> int:
    """Return the index of the order's first paragraph, at least 1; the number of paragraphs if there is no order."""
    start = len(paragraphs)
    while start > 1 and rules.order.fullmatch(quote(text, paragraphs[start - 1])):
        start -= 1
    return start


def _without_breaks(text: str, span: Span, rules: RulingRules) -> Span:
    """Return a span without a leading bullet and without line-break marks, such as `<br>`, at either end.

    The span is returned unchanged if the language has no pattern for such marks.
    """
    if rules.line_break is None:
        return span
    start, end = span.start, span.end
    if rules.bullet is not None and (bullet := rules.bullet.match(text, start, end)):
        start = bullet.end()
    if lead := rules.line_break.match(text, start, end):
        start = lead.end()
    for mark in rules.line_break.finditer(text, start, end):
        if mark.end() == end:
            end = mark.start()
    return trim(text, start, max(start, end))


def _points(text: str, held: Span, rules: RulingRules) -> Iterator[tuple[str, Span]]:
    """Yield the usable points of a holding.

    The whole holding must consist of two or more points, numbered from 1 and separated by line-break marks.
    """
    if rules.point is None or rules.line_break is None:
        return
    starts = [held.start, *(mark.end() for mark in rules.line_break.finditer(text, held.start, held.end))]
    ends = [*(mark.start() for mark in rules.line_break.finditer(text, held.start, held.end)), held.end]
    found: list[tuple[str, Span]] = []
    for start, end in zip(starts, ends, strict=True):
        span = trim(text, start, end)
        match = rules.point.match(text, span.start, span.end)
        if match is None or int(match["number"]) != len(found) + 1:
            return
        found.append((match["number"], Span(match.end(), span.end)))
    if len(found) > 1:
        yield from ((number, span) for number, span in found if _problem(quote(text, span), rules) is None)


def _problem(held: str, rules: RulingRules) -> tuple[str, str] | None:
    """Return the reason and detail why a text cannot be an answer; None if it can."""
    if len(held) < _MIN_CHARS or len(held) > rules.max_holding_chars:
        return "text_length", (
            f"its text has {len(held)} characters; it must have {_MIN_CHARS} to {rules.max_holding_chars}"
        )
    if rules.damaged.search(held):
        return "damaged_text", "its text contains stray marks or leaves something out"
    if not rules.finished.search(held) or held.count("(") != held.count(")"):
        return "unfinished_text", "its text is cut off"
    return None


def _part_facts(text: str, outline: Outline, rules: RulingRules) -> Iterator[StructuralFact]:
    """Yield facts about the parts of a judgment whose names are unique."""
    counts = Counter(part.name.casefold() for part in outline.parts)
    for part in outline.parts:
        if part.kind is not PartSort.JUDGMENT or counts[part.name.casefold()] > 1:
            continue
        body = quote(text, part.body)
        if _HEADING.search(f"\n{body}\n\n"):
            continue
        if _MIN_CHARS <= len(body) <= _MAX_PART_CHARS and not rules.damaged.search(body):
            yield make_fact(
                form=RULING_PART,
                slots={"part": part.name},
                answer=body,
                spans=[part_heading(text=text, part=part), part.body],
            )


def _field_facts(text: str, rules: RulingRules) -> Iterator[StructuralFact]:
    """Yield facts about fields: lines with a label and a value near the top of a text, such as a judgment or a bill."""
    found: list[tuple[str, str, Span]] = []
    start = 0
    for line in text[:_OPENING_CHARS].split("\n"):
        match = rules.field.fullmatch(line)
        if match is not None and start + len(line) < len(text):
            label = match["label"] if match["label"].isascii() else "".join(match["label"].split())
            span = Span(start + match.start("label"), start + match.end("value"))
            found.append((label, one_line(match["value"]), span))
        start += len(line) + 1
    counts = Counter(label for label, _, _ in found)
    for label, value, span in found:
        if counts[label] == 1 and not value.endswith((",", "․", "ㆍ", "·")) and not _LIST.search(value):
            yield make_fact(form=RULING_FIELD, slots={"field": label}, answer=value, spans=[span])


def _paragraphs(text: str, body: Span) -> Iterator[Span]:
    """Yield the paragraphs of a text, which are separated by blank lines."""
    start = body.start
    for match in _BLANK_LINE.finditer(text, body.start, body.end):
        span = trim(text, start, match.start())
        if span.end > span.start:
            yield span
        start = match.end()
    span = trim(text, start, body.end)
    if span.end > span.start:
        yield span


def _refuse(provision: Provision, reason: str, detail: str) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=provision.label,
        reason=reason,
        detail=f"{provision.label}: {detail}",
        span=Span(provision.start, max(provision.start + 1, provision.body.end)),
    )


TASK = StructuralTask(
    name="ruling",
    order=70,
    finds={"legal": ruling_facts},
    forms=(RULING_HOLDING, RULING_POINT, RULING_ORDER, RULING_DATE, RULING_SOURCE, RULING_PART, RULING_FIELD),
    thresholds=thresholds_in(globals()),
)
