"""The task `terms` asks which terms a provision defines.

A provision is asked about only if all of it is a list of definitions: every item inside it begins with one defined
term, or every paragraph below its first words that does not go on with the one above; and no term has a second name or
is defined in brackets inside another definition: `for one year ("Term")`.
Other provisions that define several terms are refused. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from pipeline.records import TaskFamily
from pipeline.synthesize.composed.counted_list import counted_list
from pipeline.synthesize.structural.definitions import Definition, find_definitions
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, trim
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import Outline, label_spans
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

TERMS_OF = Form(
    "terms.of",
    {
        "en": (
            "which terms does {clause} define? Give their number, then list them in the order of the text.",
            "how many terms are defined in {clause}, and which? List them in order.",
        ),
        "ko": (
            "{clause}에서 정의하는 용어는 모두 몇 개입니까? 개수를 밝히고 나오는 순서대로 적어 주십시오.",
            "{clause}에는 어떤 용어들이 정의되어 있습니까? 개수와 함께 순서대로 모두 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED}),
)
_MIN_TERMS = 3
_MAX_TERMS = 40
_BEFORE_TERM = re.compile(r"[\s\"“”‘’'「」『』*_#>\-•·\d().①-⑳]{0,8}?(?:[Tt]he (?:term|word) )?[\"“‘'「『*_]{0,3}")

_IN_BRACKETS = re.compile(r"[(（][^()（）\n]{0,60}[\"“「][^\"“”「」\n]{1,60}[\"”」][^()（）\n]{0,20}[)）]")
"""A quoted name in brackets: `("Term")`, `(이하 “기간”이라 한다)`."""
_LINE = re.compile(r"[^\n]+")
_GOES_ON = re.compile(r"[a-z]|\((?:[a-z]|[ivx]{1,5}|\d{1,2})\)\s|[-•]\s")
"""The beginning of a paragraph that goes on with the definition above: in lower case, or an item of it."""


def term_facts(reading: Reading) -> Findings:
    """Return a fact for each provision that is a list of definitions."""
    text, outline = reading.text, reading.provisions
    definitions = sorted(
        find_definitions(text=text, outline=outline, language=reading.language), key=lambda item: item.whole
    )
    starts = [item.whole.start for item in definitions]
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for index, provision in enumerate(outline.provisions):
        is_outermost = provision.parent < 0 or outline.provisions[provision.parent].is_container
        if not is_outermost or provision.is_container:
            continue
        first, last = bisect_left(starts, provision.body.start), bisect_left(starts, provision.body.end)
        inside = definitions[first:last]
        if len(inside) < _MIN_TERMS:
            continue
        if problem := _problem(text, outline, index, inside):
            unasked.append(_refuse(provision.label, problem, provision.body))
            continue
        answer = counted_list([one_line(item.term) for item in inside], reading.language)
        spans = [Span(item.whole.start, item.meaning.start) for item in inside]
        spans += label_spans(text=text, outline=outline, index=index)
        facts.append(make_fact(form=TERMS_OF, slots={"clause": provision.named}, answer=answer, spans=spans))
    return without_markup(Findings(facts=tuple(facts), unasked=tuple(unasked)))


def _problem(text: str, outline: Outline, index: int, inside: Sequence[Definition]) -> str:
    """Return why a list of terms may be incomplete; empty if it is certain."""
    provision = outline.provisions[index]
    if provision.doubt:
        return provision.doubt.value
    if provision.is_amended:
        return "amended"
    if len(inside) > _MAX_TERMS:
        return "list_too_long"
    if len({item.term.casefold() for item in inside}) < len(inside) or not all(item.is_only_name for item in inside):
        return "several_names"
    if _IN_BRACKETS.search(text, provision.body.start, provision.body.end):
        return "term_in_brackets"
    items = _items(outline, index)
    blocks = items or _paragraphs(text, provision.body)
    if any(outline.provisions[at].doubt for at in _inside(outline, index)):
        return "missing_number"
    firsts = [next((at for at, block in enumerate(blocks) if _begins(text, block, item)), -1) for item in inside]
    if -1 in firsts or firsts[0] or len(set(firsts)) < len(firsts):
        return "uncertain_entries"
    others = [block for at, block in enumerate(blocks) if at not in firsts]
    goes_on = not items and all(_GOES_ON.match(text, block.start) for block in others)
    return "uncertain_entries" if others and not goes_on else ""


def _inside(outline: Outline, index: int) -> list[int]:
    """Return the provisions directly inside a provision."""
    return [at for at in range(index + 1, len(outline.provisions)) if outline.provisions[at].parent == index]


def _items(outline: Outline, index: int) -> list[Span]:
    """Return the texts of the provisions directly inside a provision."""
    return [outline.provisions[at].body for at in _inside(outline, index)]


def _paragraphs(text: str, body: Span) -> list[Span]:
    """Return the paragraphs of a text without the first if it announces the list, without a quoted term."""
    found = [trim(text, *match.span()) for match in _LINE.finditer(text, body.start, body.end)]
    found = [span for span in found if span.end > span.start]
    is_lead = bool(found) and not re.search(r"[\"“”「」]", text[found[0].start : found[0].end])
    return found[1:] if is_lead else found


def _begins(text: str, block: Span, item: Definition) -> bool:
    """Return whether a definition begins a block, apart from quotation marks and the mark of an item."""
    inside = block.start <= item.whole.start < block.end
    return inside and _BEFORE_TERM.fullmatch(text, block.start, item.whole.start) is not None


def _refuse(subject: str, reason: str, span: Span) -> Unasked:
    detail = f"the terms that {subject!r} defines cannot be listed with certainty"
    return not_asked(task=TASK.name, subject=subject, reason=reason, detail=detail, span=span)


TASK = StructuralTask(
    name="terms",
    order=230,
    finds={"legal": term_facts},
    forms=(TERMS_OF,),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.in_all,),
)
