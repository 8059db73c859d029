"""Facts from the prose of manuals: what something does or is used for, its purpose or best way, and why it is so.

Comes in: a `Manual`; goes out: `Findings` of the tasks `entry` and `passage`. One sentence says both what the question
is about and the answer. A subject that two sentences of a section speak of is left alone. Linear; sentences have
limited length.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.languages import Language, compiled, language_rules
from pipeline.synthesize.structural.blocks import without_emphasis
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.requirements import openings

_MAX_CHARS = 400
_MAX_SENTENCES = 200
"""Of a section whose subjects are looked for in all its sentences."""
_MARKS = '`*“”"‘’ '
_MARK = re.compile(r"[`“”‘’]|(?<!\S)\*+(?=\S)|(?<=\S)\*+(?!\S)")
_LINK = re.compile(r"\]\(|\]\[|\[[A-Z]{3}")
_FIRST = re.compile(r"(?:(?:The|A|An) )?(?P<name>`[^`]*`|\*+[^*]*\*+|“[^”]*”|\S+)")
_ABOUT_TERM = frozenset({QuestionForm.ENTRY_USE, QuestionForm.ENTRY_ROLE})


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence that says something of a subject."""

    subject: str
    topic: str
    answer: str
    place: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Patterns:
    by_form: tuple[tuple[QuestionForm, tuple[re.Pattern[str], ...]], ...]
    clause_end: str
    vague: re.Pattern[str]
    openings: re.Pattern[str]


def use_facts(*, manual: Manual) -> Findings:
    """What the things that a manual names do, and what they are used for."""
    return _findings(manual, (QuestionForm.ENTRY_USE, QuestionForm.ENTRY_ROLE))


def reason_facts(*, manual: Manual) -> Findings:
    """Why things are as a manual says, and what it says of their purposes, advantages and best ways."""
    return _findings(manual, (QuestionForm.PASSAGE_REASON, QuestionForm.PASSAGE_TRAIT))


def _findings(manual: Manual, forms: Sequence[QuestionForm]) -> Findings:
    patterns = _patterns(manual.language)
    wanted = [(form, found) for form, found in patterns.by_form if form in forms and found]
    told: dict[tuple[QuestionForm, int, str], list[_Told]] = defaultdict(list)
    topics: Counter[tuple[int, str]] = Counter()
    said: dict[int, list[str]] = defaultdict(list)
    for span in manual.sentences if wanted else ():
        place = manual.place_of(span.start)
        if place is None or place.is_entry:
            continue
        sentence = manual.marked_sentence(span)
        topic = _topic(sentence)
        topics[place.start, topic] += 1
        said[place.start].append(_MARK.sub("", sentence).casefold())
        if len(sentence) > _MAX_CHARS or _LINK.search(sentence) or patterns.openings.match(sentence):
            continue
        for form, found in wanted:
            match = next((match for pattern in found if (match := pattern.fullmatch(sentence))), None)
            subject = _subject(match, patterns, form) if match is not None else ""
            if subject:
                one = _Told(subject, topic, manual.sentence(span), place.name, span)
                told[form, place.start, subject.casefold()].append(one)
                break
    facts = [
        _fact(manual, form, found[0])
        for (form, start, _), found in told.items()
        if len(found) == 1
        and found[0].answer
        and (form not in _ABOUT_TERM or (topics[start, found[0].topic] == 1 and _is_said_once(found[0], said[start])))
    ]
    return Findings(facts=tuple(facts), refusals=())


def _is_said_once(told: _Told, sentences: Sequence[str]) -> bool:
    """Whether no other sentence of a section speaks of a subject, so that nothing else is told of it."""
    if len(sentences) > _MAX_SENTENCES:
        return False
    return sum(told.subject.casefold() in sentence for sentence in sentences) == 1


def _subject(match: re.Match[str], patterns: _Patterns, form: QuestionForm) -> str:
    """What a sentence is about, as a question names it; empty where only other sentences explain it."""
    groups = match.groupdict()
    said = groups.get("clause") or groups.get("case") or groups.get("term") or ""
    if patterns.vague.search(said.strip(_MARKS)):
        return ""
    if form in _ABOUT_TERM:
        return _MARK.sub("", said).strip()
    return without_emphasis(f"{said}{patterns.clause_end}" if groups.get("clause") else said)


def _topic(sentence: str) -> str:
    match = _FIRST.match(sentence)
    return match["name"].strip(_MARKS).casefold() if match else ""


def _fact(manual: Manual, form: QuestionForm, told: _Told) -> StructuralFact:
    lead = language_rules(manual.language).manual.under.format(name=told.place)
    slot = "term" if form in _ABOUT_TERM else "case"
    return make_fact(form=form, slots={"lead": lead, slot: told.subject}, answer=told.answer, spans=[told.span])


@cache
def _patterns(language: Language) -> _Patterns:
    rules = language_rules(language).manual.prose
    given = (
        (QuestionForm.ENTRY_USE, rules.uses),
        (QuestionForm.ENTRY_ROLE, rules.roles),
        (QuestionForm.PASSAGE_REASON, rules.reasons),
        (QuestionForm.PASSAGE_TRAIT, rules.traits),
    )
    return _Patterns(
        by_form=tuple((form, tuple(re.compile(pattern) for pattern in found)) for form, found in given),
        clause_end=rules.reason_clause_end,
        vague=compiled(rules.vague_subjects),
        openings=openings(),
    )
