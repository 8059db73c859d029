"""Provisions that a later amendment changes, and how a question about their original wording opens.

Takes a text, its `Outline` and `References`; returns indexes of provisions, and a slot of a question. Linear in the
references.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.citations import References
from pipeline.synthesize.structural.provisions import Outline, Provision

_CHANGE = re.compile(any_of(lambda rules: rules.legal.changes))


def amended_provisions(*, text: str, outline: Outline, references: References) -> frozenset[int]:
    """Return the provisions of the main part that a line of an amendment names together with a word of change."""
    found = set()
    for reference in references.resolved:
        part = outline.part_at(reference.span.start)
        if outline.parts[part].kind is not PartSort.AMENDMENT or outline.provisions[reference.target].part == part:
            continue
        line_start = text.rfind("\n", 0, reference.span.start) + 1
        line_end = text.find("\n", reference.span.end)
        if _CHANGE.search(text, line_start, line_end if line_end >= 0 else len(text)):
            found.add(reference.target)
    return frozenset(found)


def mark_amended(outline: Outline, amended: frozenset[int]) -> Outline:
    """Return the outline with the given provisions, what holds them and what they hold flagged as amended."""
    flagged = set(amended)
    for index in amended:
        parent = outline.provisions[index].parent
        while parent >= 0:
            flagged.add(parent)
            parent = outline.provisions[parent].parent
    for index, provision in enumerate(outline.provisions):
        parent = provision.parent
        while parent >= 0 and index not in flagged:
            if parent in amended:
                flagged.add(index)
            parent = outline.provisions[parent].parent
    changed = tuple(replace(p, is_amended=True) if i in flagged else p for i, p in enumerate(outline.provisions))
    return Outline(parts=outline.parts, provisions=changed)


def amendment_lead(provision: Provision, language: Language) -> dict[str, str]:
    """Return the slot that limits a question to the original wording of an amended provision; empty for others."""
    return {"lead": language_rules(language).frames.before_amendment} if provision.is_amended else {}
