"""The recipe section with the limits on verdicts about written rows, and the kinds of attempts to answer again."""

from __future__ import annotations

from enum import StrEnum

from pydantic import NonNegativeInt, PositiveInt

from pipeline.config.base import RecipeSection, Share


class AttemptKind(StrEnum):
    """What a teacher sees when it answers a question again, without seeing the first answer."""

    WHOLE_DOCUMENT = "whole_document"
    """The document. Another answer than the first shows that one of them is wrong, or that the rest of the document
    distracts from the place of the answer."""
    CLOSED_BOOK = "closed_book"
    """The question alone, with the document's title. The same answer shows that the question needs no document."""
    WITHOUT_SEGMENT = "without_segment"
    """For a question about several segments: all of them but one, each left out in turn. The same answer shows that the
    segment left out is not needed."""


class JudgeRecipe(RecipeSection):
    """Limits on verdicts about written rows in chat form. Support and agreement are rated 1, 0.5 or 0.

    Without a judge, only the limits on agreement apply. An attempt then agrees (1) or disagrees (0) if its values and
    names can tell; otherwise the check is not made.
    """

    max_verdict_tokens: PositiveInt = 1536
    """The maximum length of a verdict, which rates each claim with a reason."""
    min_claim_support: Share = 0.5
    """The minimum support of each claim of the answer by the document."""
    min_mean_support: Share = 0.75
    """The minimum mean support of the claims."""
    max_support_without_quote: Share = 0.5
    """The maximum support of a claim if the document does not have the words that the judge quotes for it, or if the
    judge quotes none. It does not apply to answers that say what the document lacks."""
    max_missing_parts: NonNegativeInt = 0
    """The maximum number of important things that the question asks for and the answer does not give."""
    max_missing_points: NonNegativeInt = 1
    """The maximum number of important points that a summary leaves out."""
    min_agreement_with_document: Share = 0.5
    """The minimum agreement between the answer and a second one, given from the whole document."""
    max_agreement_without_document: Share = 0.5
    """The maximum agreement between the answer and one that was given without the document; 1 rejects no row."""
    max_agreement_without_segment: Share = 0.5
    """The maximum agreement between the answer and one that was given without one of the segments; 1 rejects no row."""
