"""The recipe section with the thresholds of the checks that a chat teacher's rows must pass."""

from __future__ import annotations

from pydantic import PositiveInt

from pipeline.config.base import RecipeSection, Share


class WrittenChecksRecipe(RecipeSection):
    """Thresholds of the checks of written rows in chat form. Synonyms count as missing words, so they are low.

    Values, names, bounds, negations and exchanged values have no threshold: one that differs rejects the row. The
    checks run in this order: language, repetition, leaked prompt, obeyed instruction, question, copy, grounding,
    values, names, bounds, negation, association, support.
    """

    max_quotes: PositiveInt = 3
    """The maximum number of quotes that prove an answer."""
    min_answer_support: Share = 0.35
    """The minimum share of the answer's words and values that are in the evidence, its lines, the headings above it or
    the question."""
    min_new_support: Share = 0.15
    """The same for the words that the question does not have, if there are at least four."""
    min_question_grounding: Share = 0.3
    """The minimum share of the question's words that are in the document."""
    max_document_share: Share = 0.5
    """The maximum length of an answer, as a share of the document."""
    max_question_likeness: Share = 0.85
    """The maximum share of words that two questions about a document with equal values and names have in common."""
    min_sentence_support: Share = 0.35
    """The minimum share of the words and values of each sentence of a summary that are in the section."""
    min_summary_coverage: Share = 0.2
    """The minimum share of the section's sentences that a summary covers."""
    max_summary_share: Share = 0.8
    """The maximum length of a summary, as a share of the section."""
    max_document_summary_share: Share = 0.5
    """The maximum length of a summary of a whole document, as a share of the document."""
    min_document_coverage: Share = 0.5
    """The minimum share of a document's text in the segments that a summary of the whole document touches. A summary
    made of section summaries must touch four in five of them."""
