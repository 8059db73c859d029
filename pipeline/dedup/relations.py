"""Decides from the texts of two similar documents how they are related: copies, versions, or different documents.

Used by `transforms.find_clusters` for every pair whose shingles are similar enough, and for every text that seems to be
contained in another. What decides is whether each of the two has something of its own: sentences that the other does
not have (`dedup.own_text`), or a subject (`dedup.subjects`). If both do, they are different documents, however much
they share. If only the longer one does, it contains the other. Cost: see these modules and `dedup.versions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.dedup.clusters import Relation
from pipeline.dedup.filled_forms import is_filled_form
from pipeline.dedup.items import letter_case
from pipeline.dedup.own_text import PhraseText
from pipeline.dedup.siblings import are_siblings
from pipeline.dedup.standing import has_weaker_claim, unpacked_standing, with_equal_claims
from pipeline.dedup.subjects import has_own_subject, have_other_titles
from pipeline.dedup.versions import are_versions

_MAX_OWN_SHARE = 0.01
"""The largest share of own text that a copy or an excerpt may have."""
_MAX_GARBLED_SHARE = 0.03
"""The same if one of the texts cannot be read well: what seems to be its own may be the same words, garbled."""


@dataclass(frozen=True, slots=True)
class Side:
    """A document of a pair."""

    text: str
    title: str
    phrases: PhraseText
    standing: int
    """See `dedup.standing`."""

    def has_own_part(self, other: Side) -> bool:
        """Return whether the document has sentences or a subject that the other one does not have."""
        return self.phrases.own_share(other.phrases) > _MAX_OWN_SHARE or has_own_subject(
            self.text, self.title, other=other.text, other_title=other.title
        )


def side_of(*, text: str, title: str, domain: str, standing: int) -> Side:
    """Return a document as a side of pairs; its text is read as phrases once."""
    return Side(text=text, title=title, phrases=PhraseText(text, letter_case(domain)), standing=standing)


def relation_of_near_texts(first: Side, second: Side, *, similarity: float) -> Relation | None:
    """Return NEAR, CONTAINED if the longer document also has parts of its own, or None for different documents.

    Args:
        first, second: the documents.
        similarity: the Jaccard similarity of their shingles.
    """
    if are_siblings(first.text, second.text, similarity=similarity):
        return None
    return _relation_by_own_parts(first, second)


def relation_of_possible_versions(first: Side, second: Side, *, similarity: float) -> Relation:
    """Return VERSION, NEAR or CONTAINED for documents of domains whose versions are kept.

    A draft whose blanks the other text fills in is a near duplicate of it and no version.

    Args:
        first, second: the documents.
        similarity: the Jaccard similarity of their shingles.
    """
    if is_filled_form(first.text, second.text):
        return Relation.NEAR
    if are_versions(first.text, second.text) or are_siblings(first.text, second.text, similarity=similarity):
        return Relation.VERSION
    return _relation_by_own_parts(first, second) or Relation.VERSION


def is_excerpt(shorter: Side, longer: Side) -> bool:
    """Return whether a document, most of whose shingles a longer one contains, has nothing of its own."""
    return not shorter.has_own_part(longer)


def _relation_by_own_parts(first: Side, second: Side) -> Relation | None:
    """Return the relation of two similar texts; None if each has parts of its own."""
    standings = unpacked_standing(first.standing), unpacked_standing(second.standing)
    if standings[0].legibility != standings[1].legibility:
        shares = first.phrases.own_share(second.phrases), second.phrases.own_share(first.phrases)
        return None if min(shares) > _MAX_GARBLED_SHARE else Relation.NEAR
    has_own = first.has_own_part(second), second.has_own_part(first)
    if all(has_own):
        return None
    if any(has_own) and have_other_titles(first.title, second.title):
        fuller, other = (first, second) if has_own[0] else (second, first)
        if has_weaker_claim(fuller.standing, other.standing):
            # The version or the date of another document is no reason to drop this one.
            return None
    longer = 0 if len(first.text) > len(second.text) else 1
    if has_own[longer] and with_equal_claims(first.standing, second.standing):
        return Relation.CONTAINED
    return Relation.NEAR
