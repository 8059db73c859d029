"""Finds what the sections of a manual forbid and recommend.

Takes a `Manual`; returns sentences with their kind of requirement. Used by the task `passage`. A section must have
exactly one sentence of the kind, no subsections and a unique name, and the sentence must make sense without the one
before it. The rest of the section, including lists and notes, must not contain weaker words of the same kind.
"""

from __future__ import annotations

import re
from collections import defaultdict
from enum import Enum, auto
from functools import cache

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.blocks import shown_width
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.manuals import Manual, Place, Told
from pipeline.synthesize.structural.prose import points_back

_MIN_WIDTH = 20
_MAX_CHARS = 300


class Requirement(Enum):
    """The kind of a requirement; a sentence has the first kind that matches."""

    BAN = auto()
    ADVICE = auto()


def find_requirements(manual: Manual) -> list[tuple[Requirement, Told]]:
    """Return what the sections of a manual forbid and recommend; the subject of each is the section's name."""
    patterns = _patterns(manual.language)
    found: dict[tuple[int, Requirement], list[Span]] = defaultdict(list)
    sections: dict[int, Place] = {}
    rules = language_rules(manual.language).manual.prose
    weak = {Requirement.BAN: rules.weak_bans, Requirement.ADVICE: rules.weak_advice}
    for span in manual.sentences:
        section = manual.place_of(span.start)
        if section is None or section.is_entry:
            continue
        sections[section.start] = section
        sentence = manual.sentence(span)
        kind = next((kind for kind, pattern in patterns if pattern.search(sentence)), None)
        if kind is not None:
            found[section.start, kind].append(span)
    told: list[tuple[Requirement, Told]] = []
    for (start, kind), spans in found.items():
        whole = manual.finder.at(start)
        if len(spans) > 1 or not whole.is_leaf:
            continue
        around = f"{manual.text[whole.start : spans[0].start]}\n{manual.text[spans[0].end : whole.end]}"
        if weak[kind] and re.search(weak[kind], around):
            continue
        answer = manual.sentence(spans[0])
        if (
            shown_width(answer) >= _MIN_WIDTH
            and len(answer) <= _MAX_CHARS
            and not points_back().search(answer)
            and _is_plain(answer)
        ):
            told.append((kind, Told(sections[start].name, answer, spans[0])))
    return told


def _is_plain(answer: str) -> bool:
    """Return whether a sentence announces nothing and contains no markup or footnote number."""
    return (
        not answer.endswith((":", "：", ".."))
        and not re.search(r"\s\[\d{1,3}\]", answer)
        and not any(mark in answer for mark in ("](", "][", "<!--"))
    )


@cache
def _patterns(language: Language) -> tuple[tuple[Requirement, re.Pattern[str]], ...]:
    rules = language_rules(language).manual.prose
    given = ((Requirement.BAN, rules.bans), (Requirement.ADVICE, rules.advice))
    return tuple((kind, re.compile(pattern)) for kind, pattern in given if pattern)
