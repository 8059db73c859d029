"""Numbered sections of a manual as provisions, from the sections that the outline of the document found.

Comes in: `records.Section`s with titles such as `8.2 Descaling the brew circuit` or `3.2 급수와 배수 연결`; goes out:
an `Outline` whose labels are `section 8.2` and `3.2절`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages import Language, any_of, language_rules
from pipeline.records import Section
from pipeline.synthesize.structural.provisions import Mark, Outline, Part, PartKind, assemble, pretty_title

_NUMBERED = re.compile(
    r"[#*\s]*(?P<num>\d{1,3}(?:\.\d{1,3}){0,3})"
    rf"(?:\.|{any_of(lambda rules: rules.manual.section.suffix)})?\s+(?P<title>\D.*)$",
    re.DOTALL,
)

_HEADING_LINES = re.compile(r"[^\n]*(?:\n([=\-~^\"'*+.#:`])\1{2,}(?=\n|$))?")
"""A heading and the line that underlines it."""


def section_outline(*, text: str, sections: Sequence[Section], language: Language) -> Outline:
    """Sections whose title starts with a number; the others only end them."""
    marks = []
    for section in sections:
        match = _NUMBERED.match(section.title)
        if match is None:
            continue
        heading = _HEADING_LINES.match(text, section.start, section.end)
        marks.append(
            Mark(
                start=section.start,
                body_start=heading.end() if heading else section.end,
                depth=match["num"].count(".") + 1,
                noun="Section",
                key=match["num"],
                title=pretty_title(match["title"]),
                part=0,
            )
        )
    label = language_rules(language).manual.section.label
    labels = [label(mark.key, mark.depth) for mark in marks]
    numbered = {mark.start for mark in marks}
    headings = [section.start for section in sections if section.title and section.start not in numbered]
    main = Part(kind=PartKind.MAIN, title="", start=0)
    return assemble(text=text, parts=(main,), marks=marks, labels=labels, boundaries=headings)
