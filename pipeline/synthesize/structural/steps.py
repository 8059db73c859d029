"""Facts of the task `steps`: numbered procedures, whole, step by step, and what follows what.

Comes in: text and the named sections of its outline; goes out: `Findings`. A procedure is a list numbered from 1 with
at least three items (`1.`, `1)`, `Step 1:`, `1단계`); continuation lines and nested bullets belong to their step. A
section with two such lists, or without a name of its own, is refused. Linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, any_of, language_rules
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.layout import Line, one_line, quote, sentences, split_lines

_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?:(\d{1,2})[.)]|"
    rf"{any_of(lambda rules: rules.manual.step_label)})[ \t]+(?=\S)"
)
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_MIN_STEPS = 3
_MAX_PREVIOUS_CHARS = 120
_MIN_PREVIOUS_CHARS = 8


@dataclass(frozen=True, slots=True)
class _Step:
    number: int
    whole: Span
    """With its number."""
    body: Span


def step_facts(*, text: str, sections: Sequence[NamedSection], language: Language) -> Findings:
    """Facts about the procedures of a document."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    for section in sections:
        lists = _procedures(text, section)
        if not lists:
            continue
        problem = _problem(section, len(lists))
        if problem:
            refusals.append(_refuse(section, lists[0], *problem))
            continue
        facts.extend(_procedure_facts(text, section.name, lists[0], language))
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _procedure_facts(text: str, title: str, steps: Sequence[_Step], language: Language) -> list[StructuralFact]:
    whole = Span(steps[0].whole.start, steps[-1].whole.end)
    firsts = [_first_sentence(text, step) for step in steps]
    is_procedure = _tells_what_to_do(firsts, language)
    facts = [
        make_fact(
            form=QuestionForm.STEPS_ALL if is_procedure else QuestionForm.STEPS_ITEMS,
            slots={"title": title},
            answer="\n".join(f"{step.number}. {_outdented(text, step)}" for step in steps),
            spans=[whole],
        )
    ]
    facts += [
        make_fact(
            form=QuestionForm.STEPS_ONE if is_procedure else QuestionForm.STEPS_ITEM,
            slots={"title": title, "number": str(step.number)},
            answer=_outdented(text, step),
            spans=[step.whole],
        )
        for step in steps
    ]
    if not is_procedure:
        return facts
    facts.append(
        make_fact(
            form=QuestionForm.STEPS_COUNT,
            slots={"title": title},
            answer=language_rules(language).frames.step_count.format(count=len(steps)),
            spans=[steps[-1].whole],
        )
    )
    for index, step in enumerate(steps):
        previous = firsts[index - 1] if index else ""
        if _MIN_PREVIOUS_CHARS <= len(previous) <= _MAX_PREVIOUS_CHARS and firsts.count(previous) == 1:
            facts.append(
                make_fact(
                    form=QuestionForm.STEPS_NEXT,
                    slots={"title": title, "previous": previous},
                    answer=_outdented(text, step),
                    spans=[steps[index - 1].whole, step.whole],
                )
            )
    return facts


def _tells_what_to_do(sentences_of_steps: Sequence[str], language: Language) -> bool:
    """Whether most items of a list are instructions; the others are read as a plain enumeration."""
    pattern = language_rules(language).manual.instruction
    if pattern is None:
        return False
    told = sum(pattern.search(sentence) is not None for sentence in sentences_of_steps)
    return told * 2 > len(sentences_of_steps)


def _procedures(text: str, section: NamedSection) -> list[list[_Step]]:
    lines = [
        Line(start=section.start + line.start, end=section.start + line.end, text=line.text)
        for line in split_lines(text[section.start : section.end])
    ]
    lists: list[list[_Step]] = []
    current: list[tuple[int, re.Match[str], Line, int]] = []
    in_fence = False
    previous_blank = False
    for line in lines:
        if _FENCE.match(line.text):
            in_fence = not in_fence
        item = None if in_fence else _ITEM.match(line.text)
        blank = not line.text.strip()
        if item is not None:
            number = int(next(number for number in item.groups()[1:] if number))
            indent = len(item["indent"].expandtabs(4))
            if current and indent == current[0][3] and number == current[-1][0] + 1:
                current.append((number, item, line, indent))
            elif number == 1 and not (current and indent > current[0][3]):
                _close(text, lists, current, line.start)
                current = [(number, item, line, indent)]
            elif current and indent <= current[0][3]:
                _close(text, lists, current, line.start)
                current = []
        elif current and previous_blank and not blank and _indent(line.text) <= current[0][3] and not in_fence:
            _close(text, lists, current, line.start)
            current = []
        previous_blank = blank
    _close(text, lists, current, section.end)
    return lists


def _close(
    text: str, lists: list[list[_Step]], current: Sequence[tuple[int, re.Match[str], Line, int]], end: int
) -> None:
    """Turn the items gathered so far into a procedure, if they are enough."""
    if len(current) < _MIN_STEPS:
        return
    starts = [line.start for _, _, line, _ in current] + [end]
    steps = []
    for index, (number, item, line, _) in enumerate(current):
        body_start = line.start + item.end()
        body_end = body_start + len(text[body_start : starts[index + 1]].rstrip())
        whole = Span(line.start + item.end("indent"), body_end)
        steps.append(_Step(number=number, whole=whole, body=Span(body_start, body_end)))
    lists.append(steps)


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _outdented(text: str, step: _Step) -> str:
    return re.sub(r"\n[ \t]+(?=[^\s*+-])", " ", quote(text, step.body)).strip()


def _first_sentence(text: str, step: _Step) -> str:
    first = next(sentences(text, step.body.start, step.body.end), step.body)
    return one_line(quote(text, first)).rstrip(".")


def _problem(section: NamedSection, count: int) -> tuple[str, str] | None:
    if not section.title or not section.name:
        return "unnamed_section", f"the section of a numbered list has no heading of its own: {section.title!r}"
    if count > 1:
        return "several_lists", f"{count} numbered lists stand under {section.name!r}"
    return None


def _refuse(section: NamedSection, steps: Sequence[_Step], reason: str, detail: str) -> Refusal:
    return Refusal(
        task=StructuralTask.STEPS,
        subject=section.name or section.title,
        reason=reason,
        detail=detail,
        span=Span(steps[0].whole.start, steps[-1].whole.end),
    )
