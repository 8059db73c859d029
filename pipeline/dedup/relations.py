"""Decides from the texts of two near duplicates how they are related: copies, versions, or different documents.

Used by `stages.cluster` for every pair whose shingles are similar enough. Cost: see `dedup.versions`.
"""

from __future__ import annotations

from pipeline.dedup.clusters import Relation
from pipeline.dedup.filled_forms import is_filled_form
from pipeline.dedup.siblings import are_siblings
from pipeline.dedup.versions import are_versions


def relation_of_near_texts(first: str, second: str, *, similarity: float) -> Relation | None:
    """Return NEAR, or None for siblings, which are different documents.

    Args:
        first, second: the texts.
        similarity: the Jaccard similarity of their shingles.
    """
    return None if are_siblings(first, second, similarity=similarity) else Relation.NEAR


def relation_of_possible_versions(first: str, second: str, *, similarity: float) -> Relation:
    """Return VERSION or NEAR for texts of domains whose versions are kept.

    A draft whose blanks the other text fills in is a near duplicate of it and no version.

    Args:
        first, second: the texts.
        similarity: the Jaccard similarity of their shingles.
    """
    if is_filled_form(first, second):
        return Relation.NEAR
    is_version = are_versions(first, second) or are_siblings(first, second, similarity=similarity)
    return Relation.VERSION if is_version else Relation.NEAR
