"""Facts of the task `passage` from prose: what a section forbids or recommends.

Comes in: a `Manual`; goes out: `Findings`. A section is asked about where exactly one of its sentences says so, and
that sentence stands by itself: it points back at nothing. No other word of the section, in a list or a note either, may
say so. Linear in the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from pipeline.languages import Language, any_of, language_rules
from pipeline.synthesize.structural.blocks import shown_width
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.manuals import Manual, Place

_MIN_WIDTH = 20
_MAX_CHARS = 300


def requirement_facts(*, manual: Manual) -> Findings:
    """What the sections of a manual forbid and recommend."""
    patterns = _patterns(manual.language)
    found: dict[tuple[int, QuestionForm], list[Span]] = defaultdict(list)
    sections: dict[int, Place] = {}
    rules = language_rules(manual.language).manual.prose
    weak = {QuestionForm.PASSAGE_BAN: rules.weak_bans, QuestionForm.PASSAGE_ADVICE: rules.weak_advice}
    for span in manual.sentences:
        section = manual.place_of(span.start)
        if section is None or section.is_entry:
            continue
        sections[section.start] = section
        sentence = manual.sentence(span)
        form = next((form for form, pattern in patterns if pattern.search(sentence)), None)
        if form is not None:
            found[section.start, form].append(span)
    facts: list[StructuralFact] = []
    for (start, form), spans in found.items():
        section = sections[start]
        whole = manual.finder.at(start)
        if len(spans) > 1 or not whole.is_leaf:
            continue
        around = f"{manual.text[whole.start : spans[0].start]}\n{manual.text[spans[0].end : whole.end]}"
        if weak[form] and re.search(weak[form], around):
            continue
        answer = manual.sentence(spans[0])
        if (
            shown_width(answer) >= _MIN_WIDTH
            and len(answer) <= _MAX_CHARS
            and not points_back().search(answer)
            and _is_plain(answer)
        ):
            facts.append(make_fact(form=form, slots={"title": section.name}, answer=answer, spans=spans))
    return Findings(facts=tuple(facts), refusals=())


def _is_plain(answer: str) -> bool:
    return (
        not answer.endswith((":", "：", ".."))
        and not re.search(r"\s\[\d{1,3}\]", answer)
        and not any(mark in answer for mark in ("](", "][", "<!--"))
    )


@cache
def _patterns(language: Language) -> tuple[tuple[QuestionForm, re.Pattern[str]], ...]:
    """What is looked for in a sentence, first what forbids."""
    rules = language_rules(language).manual.prose
    given = (
        (QuestionForm.PASSAGE_BAN, rules.bans),
        (QuestionForm.PASSAGE_ADVICE, rules.advice),
    )
    return tuple((form, re.compile(pattern)) for form, pattern in given if pattern)


@cache
def openings() -> re.Pattern[str]:
    """Matches words at the start of a sentence that goes on with the one before."""
    return re.compile(any_of(lambda rules: rules.manual.openings))


@cache
def points_back() -> re.Pattern[str]:
    """Matches the start of a sentence that needs the one before it."""
    first = any_of(lambda rules: rules.asking.points_back_first)
    return re.compile(rf"^(?:(?i:{first})(?![A-Za-z])|{openings().pattern})")
