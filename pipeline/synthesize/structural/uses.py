"""Facts from the prose of manuals: what something is used for, and why something is so.

Comes in: a `Manual`; goes out: `Findings` of the tasks `entry` and `passage`. One sentence says both what the question
is about and the answer. A subject that two sentences of a section speak of in this way is left alone. Linear;
sentences have limited length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from pipeline.languages import Language, any_of, language_rules
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, make_fact
from pipeline.synthesize.structural.manuals import Manual

_MARKS = '`*“”"‘’ '
_LINK = re.compile(r"\]\(|\]\[|\[[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class _Patterns:
    uses: tuple[re.Pattern[str], ...]
    reasons: tuple[re.Pattern[str], ...]
    vague: re.Pattern[str]
    openings: re.Pattern[str]


def use_facts(*, manual: Manual) -> Findings:
    """What the things that a manual names are used for."""
    patterns = _patterns(manual.language)
    return _found(manual, patterns, patterns.uses, QuestionForm.ENTRY_USE, "term")


def reason_facts(*, manual: Manual) -> Findings:
    """Why things are as a manual says."""
    patterns = _patterns(manual.language)
    return _found(manual, patterns, patterns.reasons, QuestionForm.PASSAGE_REASON, "case")


def _found(
    manual: Manual, patterns: _Patterns, wanted: tuple[re.Pattern[str], ...], form: QuestionForm, group: str
) -> Findings:
    told: dict[tuple[int, str], list[tuple[str, str, Span]]] = defaultdict(list)
    for span in manual.sentences if wanted else ():
        sentence = manual.marked_sentence(span)
        match = next((match for pattern in wanted if (match := pattern.fullmatch(sentence))), None)
        if match is None or patterns.openings.match(sentence) or _LINK.search(sentence):
            continue
        subject = match[group].strip(_MARKS) if form is QuestionForm.ENTRY_USE else match[group]
        place = manual.place_of(span.start)
        if place is not None and not patterns.vague.search(subject):
            told[place.start, subject.casefold()].append((subject, place.name, span))
    under = language_rules(manual.language).manual.under
    facts = []
    for found in told.values():
        subject, name, span = found[0]
        if len(found) == 1:
            slots = {"lead": under.format(name=name), group: subject}
            facts.append(make_fact(form=form, slots=slots, answer=manual.sentence(span), spans=[span]))
    return Findings(facts=tuple(facts), refusals=())


@cache
def _patterns(language: Language) -> _Patterns:
    rules = language_rules(language).manual.prose
    return _Patterns(
        uses=tuple(re.compile(pattern) for pattern in rules.uses),
        reasons=tuple(re.compile(pattern) for pattern in rules.reasons),
        vague=re.compile(rules.vague_subjects or "(?!)"),
        openings=re.compile(any_of(lambda rules: rules.manual.openings)),
    )
