"""Records what mentions of provisions resolve to: provisions of the document, provisions of other laws, or doubt.

Created by `resolving`; used by `amending` and the task `cross_reference`. The time of `outermost` and `is_within` is
proportional to the depth of a provision.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.provisions import Outline


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of a provision by its number."""

    source: int
    """Index of the innermost provision that contains the mention; -1 if no provision does."""
    target: int
    """Index of the mentioned provision, or of the innermost known provision around it."""
    name: str
    """The mentioned provision or range, in the form used in answers: `Section 4.1(a)`, `Section 3 to Section 5`."""
    span: Span


@dataclass(frozen=True, slots=True)
class Citation:
    """A mention of provisions of another law, with the name of the law."""

    source: int
    """Index of the innermost provision that contains the citation; -1 if no provision does."""
    span: Span
    cited: frozenset[tuple[str, str]]
    """The name of the law, without spaces, and the key of each cited provision."""


@dataclass(frozen=True, slots=True)
class References:
    """All resolved references, and what is known about the unresolved ones."""

    resolved: tuple[Reference, ...]
    unclear: frozenset[int]
    """Indexes of the provisions that an unclear mention may refer to, or that a range includes without naming them."""
    unclear_sources: frozenset[int]
    """Indexes of the provisions with an unclear mention, or with a mention of a provision in a range and outside it."""
    foreign: tuple[Citation, ...] = ()
    """The citations, except in provisions that also mention another law without naming it."""


def outermost(outline: Outline, index: int) -> int:
    """Return the index of the article or section to which an item belongs; `index` itself if the provision is no item.

    Section 4(a) belongs to Section 4, and 제4조제2항 to 제4조; Section 4.1 is no item of Section 4.
    """
    provision = outline.provisions[index]
    while provision.parent >= 0:
        above = outline.provisions[provision.parent]
        if above.is_container or not provision.path.startswith(above.path):
            break
        if provision.path.startswith(f"{above.path}."):
            break
        index, provision = provision.parent, above
    return index


def is_within(outline: Outline, source: int, target: int) -> bool:
    """Return whether the provision `source` is the provision `target` or is inside it."""
    while source >= 0:
        if source == target:
            return True
        source = outline.provisions[source].parent
    return False
