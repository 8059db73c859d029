"""Free-form question answering on one's own documents, after Giraffe's FFQA (arXiv 2308.10882, section 4.2).

The answer is short and stands verbatim in the document. The document is cut to each length with the answer at its
start, in its middle and at its end, and the question comes after it. The prompt is that of the published data set, and
its translation.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pipeline.evaluate.documents.cut_prompts import CutOptions, CutQuestion, ask_about_cuts, phrase_look_ups
from pipeline.evaluate.documents.presence import contains_answer
from pipeline.evaluate.documents.stated_numbers import STATED_NUMBER, is_in_words_too
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.scoring.answers import answer_tokens, token_f1

NAME: Literal["ffqa"] = "ffqa"


class FfqaOptions(CutOptions):
    """Questions with short verbatim answers about documents that are cut to each length."""

    task: Literal["ffqa"] = NAME


def ask(asking: Asking) -> Asked:
    """Return the prompts of all questions at all lengths and places."""
    skipped: Counter[str] = Counter()
    questions = []
    for look_up, answer in phrase_look_ups(NAME, asking, skipped):
        if look_up.task == STATED_NUMBER and is_in_words_too(look_up):
            skipped["number_in_words"] += 1  # the score compares words, and an answer may have either
        else:
            questions.append(CutQuestion(look_up, look_up.document.text, answer))
    return ask_about_cuts(NAME, questions, asking=asking, skipped=skipped)


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
