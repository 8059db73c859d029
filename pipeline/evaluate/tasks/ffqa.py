"""Free-form question answering on one's own documents, after Giraffe's FFQA (arXiv 2308.10882, section 4.2).

The answer is short and stands verbatim in the document. The document is cut to each length with the answer at its
start, in its middle and at its end, and the question comes after it. The prompt is that of the published data set, and
its translation.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.answers import answer_tokens, token_f1
from pipeline.evaluate.documents.cut_prompts import CutQuestion, ask_about_cuts
from pipeline.evaluate.documents.look_ups import asks_for_phrase, is_short, left_out, look_ups, one_line
from pipeline.evaluate.documents.presence import contains_answer
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.evaluate.wordings import languages_of

NAME: Literal["ffqa"] = "ffqa"


class FfqaOptions(EvaluationTaskOptions):
    """Questions with short verbatim answers about documents that are cut to each length."""

    task: Literal["ffqa"] = NAME
    max_items: PositiveInt = 20
    """The number of questions at each length; each is asked with the answer at up to three places."""
    max_answer_words: PositiveInt = 5
    """Questions with longer answers are left out."""
    max_answer_tokens: PositiveInt = 50
    """The longest answer of the model, if the gold answer is not longer than half of it. 50 as published."""


def ask(asking: Asking) -> Asked:
    """Return the prompts of all questions at all lengths and places."""
    options: FfqaOptions = asking.options
    assert asking.material is not None, "the task needs a build"
    skipped = Counter(left_out(asking.material, asking.seed))
    questions = []
    for look_up in look_ups(asking.material, asking.seed):
        answer = one_line(look_up.answer)
        if look_up.language not in languages_of(NAME):
            skipped["no_words_in_the_language"] += 1
        elif not is_short(answer, max_words=options.max_answer_words):
            skipped["answer_too_long"] += 1
        elif not asks_for_phrase(look_up):
            skipped["answer_is_no_phrase"] += 1
        else:
            questions.append(CutQuestion(look_up, look_up.document.text, answer))
    return ask_about_cuts(
        NAME,
        questions,
        max_items=options.max_items,
        max_answer_tokens=options.max_answer_tokens,
        asking=asking,
        skipped=skipped,
    )


def score(prompt: Prompt, answer: str) -> Scores:
    """Return the published presence accuracy, whether the answer contains the gold answer, and F1 and exact match."""
    (gold,) = prompt.gold
    tokens, wanted = answer_tokens(answer), answer_tokens(gold)
    return {
        "accuracy": float(contains_answer(answer, gold)),
        "f1": token_f1(tokens, wanted),
        "exact": float(tokens == wanted),
    }


TASK = AnswerTask(
    name=NAME,
    title="FFQA",
    about=(
        "Asks for a short answer in a held-out document that is cut to the length, with the answer at its start, in "
        "its middle and at its end (arXiv 2308.10882)."
    ),
    options=FfqaOptions,
    ask=ask,
    score=score,
    measure="accuracy",
    measures=("f1", "exact"),
)
