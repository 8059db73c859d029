"""Makes facts from a manual's sentences about a subject: what it does or is used for, its purpose, its reason.

Takes a `Manual` and forms with the patterns of their sentences; returns facts. Used by the tasks `entry` and
`passage`. One sentence gives both the subject of the question and the answer. A subject is skipped if several
sentences of a section match the same form for it.
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
"""The maximum number of sentences in a section in which a subject is looked up."""
_MARKS = '`*“”"‘’ '
_MARK = re.compile(r"[`“”‘’]|(?<!\S)\*+(?=\S)|(?<=\S)\*+(?!\S)")
"""A quotation mark, or asterisks around words."""
_LINK = re.compile(r"\]\(|\]\[|\[[A-Z]{3}")
"""Part of a link, or of a placeholder in capitals, such as the pseudonyms of personal data."""
_FIRST = re.compile(r"(?:(?:The|A|An) )?(?P<name>`[^`]*`|\*+[^*]*\*+|“[^”]*”|\S+)")
"""The first word or marked name of a sentence, after an article."""


@dataclass(frozen=True, eq=False, slots=True)
class About:
    """A form whose question names a subject."""

    form: Form
    slot: str
    """`term` for a name that no other sentence of its section mentions; `case` for other subjects."""
    patterns: tuple[str, ...]
    """Patterns of whole sentences, with a group `term`, `case` or `clause`."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence about a subject."""

    subject: str
    topic: str
    """The first word or marked name of the sentence."""
    answer: str
    place: str
    """The name of the section."""
    span: Span


def subject_facts(manual: Manual, asked: Sequence[About]) -> list[StructuralFact]:
    """Return at most one fact for each subject, form and section; a sentence has the first form that matches."""
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
                found = _Told(subject, topic, manual.sentence(span), place.name, span)
                told[about, place.start, subject.casefold()].append(found)
                break
    return [
        _fact(manual, about, same[0])
        for (about, start, _), same in told.items()
        if len(same) == 1
        and same[0].answer
        and (about.slot != _TERM or (topics[start, same[0].topic] == 1 and _is_mentioned_once(same[0], said[start])))
    ]


def _is_mentioned_once(told: _Told, sentences: Sequence[str]) -> bool:
    """Return whether only one sentence of a section mentions a subject; False for a very long section."""
    if len(sentences) > _MAX_SENTENCES:
        return False
    return sum(told.subject.casefold() in sentence for sentence in sentences) == 1


def _subject(match: re.Match[str], about: About, language: Language) -> str:
    """Return the subject of a sentence as a question names it; empty if it is too vague without other sentences."""
    groups = match.groupdict()
    said = groups.get("clause") or groups.get("case") or groups.get("term") or ""
    if _vague(language).search(said.strip(_MARKS)):
        return ""
    if about.slot == _TERM:
        return _MARK.sub("", said).strip()
    clause_end = language_rules(language).manual.prose.reason_clause_end
    return without_emphasis(f"{said}{clause_end}" if groups.get("clause") else said)


def _topic(sentence: str) -> str:
    """Return the first word or marked name of a sentence, in lower case."""
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
