"""Says what may be asked about a document without a teacher. Used by the synthesize stage and by previews."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.config.build import StructuralRecipe
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.structural.candidates import QuestionLimits


def question_limits(
    view: DocumentView, recipe: StructuralRecipe, *, count_tokens: Callable[[Sequence[str]], list[int]]
) -> QuestionLimits:
    """Return the limits of the structural questions about a document.

    Args:
        view: the document.
        recipe: the section of the recipe.
        count_tokens: measures the length of answers, with the student's tokenizer.
    """
    return QuestionLimits(
        tasks=frozenset(recipe.tasks),
        max_questions=view.num_questions(per_10k_chars=recipe.questions_per_10k_chars, least=recipe.min_questions),
        count_tokens=count_tokens,
        max_answer_tokens=recipe.max_answer_tokens,
    )
