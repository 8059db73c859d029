"""The task `steps` asks about the numbered lists of a manual: the whole list, one step, the next step, how many steps.

A question names a list by its section if the section has a unique name and no other numbered list, otherwise by the
line that announces the list. A list that neither identifies is refused. Questions call the items of a procedure steps;
they call other lists numbered lists. Time is linear in the length of the text, except that the steps of a list are
compared with each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from pipeline.documents.grammar.manual.bullets import BULLETS
from pipeline.documents.grammar.manual.steps import PROCEDURE
from pipeline.languages import any_of, language_rules
from pipeline.languages.heading_rules import has_predicate
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural.blocks import LIST_END, shown_width, without_emphasis
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import sentences, with_plain_digits
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.own_text import without_foreign
from pipeline.synthesize.structural.prose import openings
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

STEPS_ALL = Form(
    "steps.all",
    {
        "en": (
            "list the steps under “{title}” in order.",
            "what are the numbered steps given under “{title}”, in order?",
            "which steps does “{title}” consist of? Give them all, in order.",
        ),
        "ko": (
            "“{title}”의 단계를 순서대로 모두 적어 주십시오.",
            "“{title}”에 나온 절차를 번호 순서대로 알려 주십시오.",
            "“{title}” 항목의 모든 단계를 차례대로 답해 주십시오.",
        ),
    },
)
STEPS_ONE = Form(
    "steps.one",
    {
        "en": (
            "what is step {number} under “{title}”?",
            "under “{title}”, what does step {number} say?",
        ),
        "ko": (
            "“{title}”의 {number}단계는 무엇입니까?",
            "“{title}”에서 {number}번째로 할 일은 무엇입니까?",
        ),
    },
)
STEPS_NEXT = Form(
    "steps.next",
    {
        "en": (
            "under “{title}”, which step comes right after “{previous}”?",
            "in the procedure “{title}”, what is to be done directly after “{previous}”?",
        ),
        "ko": (
            "“{title}”에서 “{previous}” 바로 다음 단계는 무엇입니까?",
            "“{title}” 절차에서 “{previous}” 다음에는 무엇을 해야 합니까?",
        ),
    },
)
STEPS_COUNT = Form(
    "steps.count",
    {
        "en": ("how many numbered steps are there under “{title}”?",),
        "ko": ("“{title}”{title|은} 모두 몇 단계로 되어 있습니까?",),
    },
    traits=frozenset({Trait.QUOTED_NAMES}),
)
STEPS_ITEMS = Form(
    "steps.items",
    {
        "en": (
            "give the numbered list under “{title}” in full.",
            "which items does the numbered list under “{title}” contain, in order?",
        ),
        "ko": (
            "“{title}”에 나오는 번호 목록을 순서대로 모두 적어 주십시오.",
            "“{title}” 항목의 번호 목록에는 무엇무엇이 있습니까? 차례대로 답해 주십시오.",
        ),
    },
)
STEPS_ITEM = Form(
    "steps.item",
    {
        "en": (
            "what is number {number} of the numbered list under “{title}”?",
            "under “{title}”, what does item {number} of the numbered list say?",
        ),
        "ko": (
            "“{title}”의 번호 목록에서 {number}번은 무엇입니까?",
            "“{title}”에 나오는 번호 목록의 {number}번 항목을 알려 주십시오.",
        ),
    },
)
_MIN_LIST_ITEMS = 3
_MAX_PREVIOUS_CHARS = 120
_MIN_PREVIOUS_WIDTH = 8
_MIN_LEAD_WIDTH = 24
_MIN_ITEM_WIDTH = 12


def step_facts(reading: Reading) -> Findings:
    """Return facts about the procedures and other numbered lists of a manual."""
    manual = reading.manual
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    lists = _lists(manual)
    starts = [node.start for node in manual.nodes if node.kind is NodeKind.STEPS and node.sort != BULLETS]
    leads = Counter(whole.value for whole, _ in lists if whole.value)
    for whole, steps in lists:
        section = manual.section_of(whole)
        lead = without_emphasis(whole.value.rstrip(":： "))
        count = section.num_within(starts)
        if section.name and count == 1:
            facts.extend(_list_facts(manual, section.name, whole, steps))
        elif (
            manual.words is None
            and shown_width(lead) >= _MIN_LEAD_WIDTH
            and leads[whole.value] == 1
            and not openings().match(lead)
        ):
            facts.extend(_list_facts(manual, lead, whole, steps))
        else:
            unasked.append(_refuse(manual, whole, count))
    return without_foreign(Findings(facts=tuple(facts), unasked=tuple(unasked)), manual.language)


def _lists(manual: Manual) -> list[tuple[Node, list[Node]]]:
    """Return the numbered lists with their items, without short lists and lists inside a note or an entry.

    A procedure is never too short.
    """
    others = [node for node in manual.nodes if node.kind in (NodeKind.NOTE, NodeKind.ENTRY)]
    found: list[tuple[Node, list[Node]]] = []
    at = 0
    reach = 0
    for node in manual.nodes:
        while at < len(others) and others[at].start <= node.start:
            reach = max(reach, others[at].end)
            at += 1
        if node.kind is NodeKind.STEPS and node.start >= reach:
            found.append((node, []))
        elif node.kind is NodeKind.STEP and found and manual.nodes[node.parent] is found[-1][0]:
            found[-1][1].append(node)
    return [
        (whole, steps)
        for whole, steps in found
        if whole.sort == PROCEDURE or (whole.sort != BULLETS and len(steps) >= _MIN_LIST_ITEMS)
    ]


def _list_facts(manual: Manual, title: str, whole: Node, steps: Sequence[Node]) -> list[StructuralFact]:
    blocks = [manual.block(step.body, step.end) for step in steps]
    texts = [LIST_END.sub("", block) for block in blocks]
    if not all(texts) or _are_one_sentence(blocks):
        return []
    ends_open = any(_has_open_end(manual, step) for step in steps[:-1])
    spans = [Span(step.start, step.end) for step in steps]
    instructs = whole.sort == PROCEDURE and not _collects().search(whole.value)
    facts = []
    if not ends_open:
        answer = "\n".join(f"{step.label}. {body}" for step, body in zip(steps, texts, strict=True))
        form = STEPS_ALL if instructs else STEPS_ITEMS
        facts.append(make_fact(form=form, slots={"title": title}, answer=answer, spans=[Span(whole.start, whole.end)]))
    facts += [
        make_fact(
            form=STEPS_ONE if instructs else STEPS_ITEM,
            slots={"title": title, "number": step.label},
            answer=body,
            spans=[span],
        )
        for step, body, span in zip(steps, texts, spans, strict=True)
        if step.label in re.findall(r"\d+", with_plain_digits(manual.text[step.start : step.body]))
        and shown_width(body) >= _MIN_ITEM_WIDTH
        and _open_item().match(body) is None
        and not (ends_open and step is steps[-1])
    ]
    if not instructs:
        return facts
    if len(steps) >= _MIN_LIST_ITEMS:
        facts.append(
            make_fact(
                form=STEPS_COUNT,
                slots={"title": title},
                answer=language_rules(manual.language).frames.step_count.format(count=len(steps)),
                spans=[spans[-1]],
            )
        )
    firsts = [_first_sentence(manual, step) for step in steps]
    for index in range(1, len(steps) - ends_open):
        previous = firsts[index - 1]
        is_quotable = shown_width(previous) >= _MIN_PREVIOUS_WIDTH and len(previous) <= _MAX_PREVIOUS_CHARS
        if is_quotable and firsts.count(previous) == 1:
            facts.append(
                make_fact(
                    form=STEPS_NEXT,
                    slots={"title": title, "previous": previous},
                    answer=texts[index],
                    spans=[spans[index - 1], spans[index]],
                )
            )
    return facts


def _are_one_sentence(items: Sequence[str]) -> bool:
    """Return whether the items are parts of a single sentence, which the last item completes."""
    *earlier, last = (item.rstrip(" .") for item in items)
    is_open = any(LIST_END.search(item) for item in earlier)
    return is_open and has_predicate(last) and not any(map(has_predicate, earlier))


def _has_open_end(manual: Manual, step: Node) -> bool:
    """Return whether a paragraph of an item is indented no more than the item's number.

    It is then uncertain where the last item of the list ends.
    """
    text = manual.text
    indent = step.start - (text.rfind("\n", 0, step.start) + 1)
    lines = text[step.body : step.end].split("\n")
    return any(
        not above.strip() and below.strip() and len(below) - len(below.lstrip()) <= indent
        for above, below in pairwise(lines)
    )


@cache
def _collects() -> re.Pattern[str]:
    """Return a pattern of words that announce a list other than a procedure, such as a checklist or alternatives."""
    return re.compile(any_of(lambda rules: rules.manual.collecting), re.IGNORECASE)


@cache
def _open_item() -> re.Pattern[str]:
    """Return a pattern of the start of an item that only continues the sentence above the list."""
    return re.compile(any_of(lambda rules: rules.manual.open_item))


def _first_sentence(manual: Manual, step: Node) -> str:
    first = next(sentences(manual.text, step.body, step.end), Span(step.body, step.end))
    return manual.sentence(first).rstrip(".")


def _refuse(manual: Manual, whole: Node, count: int) -> Unasked:
    section = manual.section_of(whole)
    reason = "several_lists" if section.name and count > 1 else "unnamed_section"
    detail = (
        f"{section.name!r} has {count} numbered lists"
        if reason == "several_lists"
        else f"the heading above a numbered list is missing or not unique: {section.title!r}"
    )
    return not_asked(
        task=TASK.name,
        subject=section.name or section.title,
        reason=reason,
        detail=detail,
        span=Span(whole.start, whole.end),
    )


TASK = StructuralTask(
    name="steps",
    order=90,
    finds={"manual": step_facts},
    forms=(STEPS_ALL, STEPS_ONE, STEPS_NEXT, STEPS_COUNT, STEPS_ITEMS, STEPS_ITEM),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.step_count,),
)
