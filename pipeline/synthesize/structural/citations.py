"""What mentions of provisions resolve to: provisions of the document, provisions of other laws, or doubt.

Created by `resolving`, used by `references`. `outermost` and `is_within` cost the depth of a provision.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.provisions import Outline


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of a provision by its number."""

    source: int
    """Index of the innermost provision that holds the mention, -1 outside all provisions."""
    target: int
    name: str
    """The name in the mention, which may be finer than the target."""
    span: Span


@dataclass(frozen=True, slots=True)
class Citation:
    """A mention of provisions of another law, by its name."""

    source: int
    """Index of the innermost provision that holds the citation."""
    span: Span
    cited: frozenset[tuple[str, str]]
    """Law and key of each provision."""


@dataclass(frozen=True, slots=True)
class References:
    """All resolved references, and what is known about the others."""

    resolved: tuple[Reference, ...]
    unclear: frozenset[int]
    """Provisions that an unclear mention may refer to."""
    unclear_sources: frozenset[int]
    """Provisions that hold an unclear mention."""
    foreign: tuple[Citation, ...] = ()
    """Mentions of other laws that name them."""


def outermost(outline: Outline, index: int) -> int:
    """Return the article or section that a provision belongs to; an article or section returns itself."""
    provision = outline.provisions[index]
    while provision.parent >= 0:
        above = outline.provisions[provision.parent]
        if above.is_container or not provision.path.startswith(above.path):
            break
        if provision.path[len(above.path)] == ".":
            break
        index, provision = provision.parent, above
    return index


def is_within(outline: Outline, source: int, target: int) -> bool:
    """Return whether `source` is `target` or is inside it."""
    while source >= 0:
        if source == target:
            return True
        source = outline.provisions[source].parent
    return False
