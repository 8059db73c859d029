"""What fits into the window of the teacher and the judge: answers, instructions, segments, and the rest for a document.

The room is the same for all rounds and for both models, so that a long document is cut into the same pieces in all of
them. `check_window` refuses a window that leaves no room, before a build reads its documents. Used by
`written.document`, which cuts them, and by the plan of a build.
"""

from __future__ import annotations

from pipeline.config.build import PromptForm, SynthesizeRecipe
from pipeline.errors import RecipeError

PROMPT_ROOM_TOKENS = 2000
"""Tokens for the instructions, the example and the chat markup around the document and the segment. The judge's prompt
needs most: 730 to 1,230 tokens in English, up to 2,450 characters in Korean."""
MOST_PASSAGES = 2
"""The most segments that a prompt shows."""
TOKENIZER_MARGIN = 1.1
"""Assumed maximum number of teacher tokens for one student token; `num_tokens` counts the student's tokens."""
COMPLETION_PROMPT_TOKENS = 600
"""Tokens of a prompt in completion form: worked examples and a sentence, or a section."""


def window_tokens(recipe: SynthesizeRecipe) -> int:
    """Return the smallest window of the models that are asked."""
    judge = recipe.judging_teacher
    return min(asked.max_model_tokens for asked in (recipe.teacher, judge) if asked is not None)


def answer_tokens(recipe: SynthesizeRecipe) -> int:
    """Return the length of the longest answer in any round."""
    verdict = recipe.written.verdicts.max_verdict_tokens if recipe.judging_teacher else 0
    return max(recipe.teacher.max_answer_tokens, verdict)


def document_tokens(window: int, *, answers: int, segment: int) -> int:
    """Return the room for a document in a prompt in chat form; negative if there is none.

    Args:
        window: the models' window, in tokens, as are the others.
        answers: the longest answer.
        segment: the longest segment.
    """
    return window - answers - MOST_PASSAGES * segment - PROMPT_ROOM_TOKENS


def check_window(recipe: SynthesizeRecipe) -> None:
    """Check that a prompt can show a segment and as much of its document.

    Raises:
        RecipeError: the window of the teacher or the judge is too small for that.
    """
    if not recipe.written.tasks:
        return
    window, answers, segment = window_tokens(recipe), answer_tokens(recipe), recipe.written.segment_tokens
    if recipe.teacher.prompt_form is PromptForm.CHAT:
        least = window + segment - document_tokens(window, answers=answers, segment=segment)
        shown = f"{PROMPT_ROOM_TOKENS} for instructions, {MOST_PASSAGES} segments and as much of their document with "
        shown += f"{segment} each, {answers} for the longest answer"
    else:
        least = COMPLETION_PROMPT_TOKENS + answers
        shown = f"{COMPLETION_PROMPT_TOKENS} for the prompt, {answers} for the answer"
    if window >= least:
        return
    judge = recipe.judge if recipe.judging_teacher is not None else None
    of = "judge" if judge is not None and judge.max_model_tokens == window else "teacher"
    raise RecipeError(
        f"synthesize.{of}.max_model_tokens is {window}, but a request can need {least} tokens: {shown}.",
        remedy=_remedy(recipe, of=of, least=least),
    )


def _remedy(recipe: SynthesizeRecipe, *, of: str, least: int) -> str:
    shorter = ["max_answer_tokens of the teacher"]
    if recipe.teacher.prompt_form is PromptForm.CHAT:
        shorter.append("written.segment_tokens")
    if recipe.judging_teacher is not None:
        shorter.append("written.verdicts.max_verdict_tokens")
    return (
        f"If the model has a longer window, set synthesize.{of}.max_model_tokens to at least {least}, and start its "
        f"server with as much. Otherwise, lower {' or '.join(shorter)} in synthesize, or take another model."
    )
