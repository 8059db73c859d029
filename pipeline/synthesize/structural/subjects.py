"""Sentences of a manual about a subject: what it does or is used for, its purpose, its reason.

Takes a `Manual` and forms with the patterns of their sentences; returns facts. Used by the tasks `entry` and
`passage`. One sentence gives both the subject of the question and the answer. A subject that two sentences of
a section match is skipped. Linear; sentences have limited length.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.languages import Language, compiled, language_rules
from pipeline.synthesize.structural.blocks import without_emphasis
from pipeline.synthesize.structural.facts import Span, StructuralFact, make_fact
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.prose import openings
from pipeline.synthesize.structural.task import Form

_TERM = "term"
_MAX_CHARS = 400
_MAX_SENTENCES = 200
"""Most sentences of a section in which a subject is looked up."""
_MARKS = '`*“”"‘’ '
_MARK = re.compile(r"[`“”‘’]|(?<!\S)\*+(?=\S)|(?<=\S)\*+(?!\S)")
_LINK = re.compile(r"\]\(|\]\[|\[[A-Z]{3}")
_FIRST = re.compile(r"(?:(?:The|A|An) )?(?P<name>`[^`]*`|\*+[^*]*\*+|“[^”]*”|\S+)")


@dataclass(frozen=True, eq=False, slots=True)
class About:
    """A form whose question names a subject."""

    form: Form
    slot: str
    """`term` for the name of a thing that no other sentence of its section mentions; `case` for other subjects."""
    patterns: tuple[str, ...]
    """Patterns of whole sentences, with a group `term`, `case` or `clause`."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence about a subject."""

    subject: str
    topic: str
    answer: str
    place: str
    span: Span


def subject_facts(manual: Manual, asked: Sequence[About]) -> list[StructuralFact]:
    """Return what a manual says about subjects, one fact each; if two forms match a sentence, the first one counts."""
    wanted = [(about, _compiled(about.patterns)) for about in asked if about.patterns]
    told: dict[tuple[About, int, str], list[_Told]] = defaultdict(list)
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
        if len(sentence) > _MAX_CHARS or _LINK.search(sentence) or openings().match(sentence):
            continue
        for about, patterns in wanted:
            match = next((match for pattern in patterns if (match := pattern.fullmatch(sentence))), None)
            subject = _subject(match, about, manual.language) if match is not None else ""
            if subject:
                one = _Told(subject, topic, manual.sentence(span), place.name, span)
                told[about, place.start, subject.casefold()].append(one)
                break
    return [
        _fact(manual, about, found[0])
        for (about, start, _), found in told.items()
        if len(found) == 1
        and found[0].answer
        and (about.slot != _TERM or (topics[start, found[0].topic] == 1 and _is_said_once(found[0], said[start])))
    ]


def _is_said_once(told: _Told, sentences: Sequence[str]) -> bool:
    """Return whether no other sentence of a section mentions a subject."""
    if len(sentences) > _MAX_SENTENCES:
        return False
    return sum(told.subject.casefold() in sentence for sentence in sentences) == 1


def _subject(match: re.Match[str], about: About, language: Language) -> str:
    """Return the subject of a sentence as a question names it; empty if only other sentences explain it."""
    groups = match.groupdict()
    said = groups.get("clause") or groups.get("case") or groups.get("term") or ""
    if _vague(language).search(said.strip(_MARKS)):
        return ""
    if about.slot == _TERM:
        return _MARK.sub("", said).strip()
    clause_end = language_rules(language).manual.prose.reason_clause_end
    return without_emphasis(f"{said}{clause_end}" if groups.get("clause") else said)


def _topic(sentence: str) -> str:
    match = _FIRST.match(sentence)
    return match["name"].strip(_MARKS).casefold() if match else ""


def _fact(manual: Manual, about: About, told: _Told) -> StructuralFact:
    lead = language_rules(manual.language).manual.under.format(name=told.place)
    slots = {"lead": lead, about.slot: told.subject}
    return make_fact(form=about.form, slots=slots, answer=told.answer, spans=[told.span])


@cache
def _vague(language: Language) -> re.Pattern[str]:
    return compiled(language_rules(language).manual.prose.vague_subjects)


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)
