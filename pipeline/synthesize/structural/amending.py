"""Finds the provisions that an amendment in the text changes, and limits questions about them to the original wording.

Takes a text, its `Outline` and its `References`; returns indexes, an outline or a slot. Used by `reading`, `statements`
and several tasks for legal texts. The time is linear in the number of references and provisions.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.citations import References
from pipeline.synthesize.structural.provisions import Outline, Provision

_CHANGE = re.compile(any_of(lambda rules: rules.legal.changes))
"""A word by which an amendment changes a provision."""


def amended_provisions(*, text: str, outline: Outline, references: References) -> frozenset[int]:
    """Return the indexes of the provisions that an amendment changes.

    A line of the amendment mentions the provision and has a word of change, and the provision is in a different part.
    """
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
    """Flag the given provisions, the provisions around them and the provisions inside them as amended."""
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
    changed = tuple(
        replace(provision, is_amended=True) if index in flagged else provision
        for index, provision in enumerate(outline.provisions)
    )
    return Outline(parts=outline.parts, provisions=changed)


def amendment_lead(provision: Provision, language: Language) -> dict[str, str]:
    """Return the slot that limits a question to a provision's original wording; empty if it has no amendment."""
    return {"lead": language_rules(language).frames.before_amendment} if provision.is_amended else {}
