"""Asks questions with exact answers about the structure of documents: the pure twin of `AskStructural`.

No model is asked. Takes the documents of a corpus row one by one, because the synthesize stage plans a teacher's
questions in between, or a whole row. Used by `transforms.ask_structural` and the synthesize stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.build import StructuralRecipe
from pipeline.records import Candidate, Context, Rejection
from pipeline.synthesize.members import DocumentView, about_row, document_views
from pipeline.synthesize.question_limits import question_limits
from pipeline.synthesize.structural.candidates import QuestionLimits, candidates_across, structural_candidates
from pipeline.tokens.encode import count_tokens

Derived = tuple[list[Candidate], list[Rejection]]
"""Structural questions, and those that were rejected."""


@dataclass(frozen=True, slots=True)
class StructuralAsker:
    """Asks about documents and rows."""

    recipe: StructuralRecipe
    tokenizer: str
    """The reference of the student's tokenizer, which measures the length of answers; empty if they may be long."""
    seed: int

    def about(self, view: DocumentView) -> Derived:
        """Return the questions about one document of a row, with offsets in that document."""
        return structural_candidates(view.context, limits=self._limits(view), seed=self.seed)

    def across(self, row: Context) -> Derived:
        """Return the questions across the documents of a joined row; none about any other row."""
        view = DocumentView(context=row, row=row, index=None)
        return candidates_across(row, limits=self._limits(view), seed=self.seed)

    def about_all(self, row: Context) -> Derived:
        """Return all questions about a row."""
        candidates: list[Candidate] = []
        rejections: list[Rejection] = []
        for view in document_views(row):
            found, refused = self.about(view)
            candidates += [about_row(candidate, view) for candidate in found]
            rejections += refused
        found, refused = self.across(row)
        return candidates + found, rejections + refused

    def _limits(self, view: DocumentView) -> QuestionLimits:
        return question_limits(view, self.recipe, count_tokens=self._count_tokens)

    def _count_tokens(self, texts: Sequence[str]) -> list[int]:
        return count_tokens(texts, self.tokenizer) if self.tokenizer else [0] * len(texts)
