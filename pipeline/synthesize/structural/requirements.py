"""Facts of the task `passage` from prose: what a section requires, forbids or recommends.

Comes in: a `Manual`; goes out: `Findings`. A section is asked about where exactly one of its sentences says so, and
that sentence stands by itself: it points back at nothing. Linear in the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache

from pipeline.languages import Language, any_of, language_rules
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.manuals import Manual, Place

_MIN_CHARS = 20
_MAX_CHARS = 300


def requirement_facts(*, manual: Manual) -> Findings:
    """What the sections of a manual require, forbid and recommend."""
    patterns = _patterns(manual.language)
    found: dict[tuple[int, QuestionForm], list[Span]] = defaultdict(list)
    sections: dict[int, Place] = {}
    rules = language_rules(manual.language).manual.prose
    weak = re.compile(rules.weak_duties) if rules.weak_duties else None
    num_weak: Counter[int] = Counter()
    for span in manual.sentences:
        section = manual.place_of(span.start)
        if section is None or section.is_entry:
            continue
        sections[section.start] = section
        sentence = manual.sentence(span)
        form = next((form for form, pattern in patterns if pattern.search(sentence)), None)
        if form is not None:
            found[section.start, form].append(span)
        if weak is not None and form is not QuestionForm.PASSAGE_BAN and weak.search(sentence):
            num_weak[section.start] += 1
    facts: list[StructuralFact] = []
    for (start, form), spans in found.items():
        section = sections[start]
        if len(spans) > 1 or (form is QuestionForm.PASSAGE_DUTY and num_weak[start] > 1):
            continue
        answer = manual.sentence(spans[0])
        if _MIN_CHARS <= len(answer) <= _MAX_CHARS and not _points_back().search(answer) and _is_plain(answer):
            facts.append(make_fact(form=form, slots={"title": section.name}, answer=answer, spans=spans))
    return Findings(facts=tuple(facts), refusals=())


def _is_plain(answer: str) -> bool:
    return not answer.endswith((":", "：")) and not any(mark in answer for mark in ("](", "][", "<!--"))


@cache
def _patterns(language: Language) -> tuple[tuple[QuestionForm, re.Pattern[str]], ...]:
    """What is looked for in a sentence, first what forbids."""
    rules = language_rules(language).manual.prose
    given = (
        (QuestionForm.PASSAGE_BAN, rules.bans),
        (QuestionForm.PASSAGE_ADVICE, rules.advice),
        (QuestionForm.PASSAGE_DUTY, rules.duties),
    )
    return tuple((form, re.compile(pattern)) for form, pattern in given if pattern)


@cache
def _points_back() -> re.Pattern[str]:
    first = any_of(lambda rules: rules.asking.points_back_first)
    openings = any_of(lambda rules: rules.manual.openings)
    return re.compile(rf"^(?:(?i:{first})(?![A-Za-z])|{openings})")
