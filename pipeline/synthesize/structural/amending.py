"""Finds the provisions that an amendment in the text changes, and limits questions about them to the original wording.

Takes a text, its `Outline` and its `References`; returns indexes, an outline or a slot. Used by `reading`, `statements`
and several tasks for legal texts. An amendment may change a provision by its number, change a whole annexed part by its
name, or only repeat the sum that it replaces. When in doubt, a provision counts as amended. The time is linear in the
number of references and provisions; each amendment is also searched for the names of the parts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.citations import References
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.provisions import Outline, Provision

_CHANGE = re.compile(any_of(lambda rules: rules.legal.changes))
"""A word by which an amendment changes a provision."""
_LONG_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,]*\d)|(?<![\d.,])\d{5,}(?![\d.,]*\d)")
"""A number that seldom occurs by chance: `84,000`. Years and numbers of clauses are shorter."""


def amended_provisions(*, text: str, outline: Outline, references: References) -> frozenset[int]:
    """Return the indexes of the provisions that an amendment changes.

    A provision of the amendment has a word of change and mentions the changed provision, its part, or a long number
    that an earlier part also has.
    """
    changing = [span for span in _amending(outline, len(text)) if _CHANGE.search(text, span.start, span.end)]
    starts = [span.start for span in changing]
    found = set()
    for reference in references.resolved:
        at = bisect_right(starts, reference.span.start) - 1
        is_changing = at >= 0 and reference.span.start < changing[at].end
        if is_changing and outline.provisions[reference.target].part != outline.part_at(reference.span.start):
            found.add(reference.target)
    by_part: dict[int, list[int]] = defaultdict(list)
    for index, provision in enumerate(outline.provisions):
        by_part[provision.part].append(index)
    for part in _changed_parts(text, outline, changing):
        found.update(by_part[part])
    return frozenset(found | _with_changed_number(text, outline, changing))


def _amending(outline: Outline, num_chars: int) -> Iterator[Span]:
    """Yield the text of each amendment in pieces, each of which begins at a provision or at the start of a part."""
    bounds = sorted({*(one.start for one in outline.provisions), *(part.start for part in outline.parts), num_chars})
    for start, end in pairwise(bounds):
        if outline.parts[outline.part_at(start)].kind is PartSort.AMENDMENT:
            yield Span(start, end)


def _changed_parts(text: str, outline: Outline, changing: list[Span]) -> Iterator[int]:
    """Yield the indexes of the parts that a piece of an amendment names: `the prices in Annex 1 are increased`."""
    for at, part in enumerate(outline.parts if changing else ()):
        if not part.name or part.kind is PartSort.MAIN:
            continue
        name = r"\s*".join(map(re.escape, re.findall(r"[^\W\d_]+|\d+|[^\w\s]", part.name)))
        named = re.compile(rf"(?<!\w){name}(?!\d|[.-]\d|[A-Za-z])", re.IGNORECASE)
        if any(named.search(text, span.start, span.end) and outline.part_at(span.start) > at for span in changing):
            yield at


def _with_changed_number(text: str, outline: Outline, changing: list[Span]) -> set[int]:
    """Return the provisions with a long number that an amendment below repeats: `from EUR 84,000 to EUR 78,000`."""
    last: dict[str, int] = {}
    for span in changing:
        for match in _LONG_NUMBER.finditer(text, span.start, span.end):
            last[match.group()] = outline.part_at(span.start)
    found = set()
    for match in _LONG_NUMBER.finditer(text) if last else ():
        holder = outline.at(match.start())
        if holder >= 0 and outline.part_at(match.start()) < last.get(match.group(), -1):
            found.add(holder)
    return found


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
