"""Altered numeric question answering on one's own documents, after Giraffe's AltQA (arXiv 2308.10882, section 4.2).

The answer has a number, which is replaced by another one everywhere in the document (see `altered_numbers`). So an
answer with the original number was not read but remembered: the share of such answers is the memory-leak rate. The
document is cut as in `ffqa`.
"""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import Literal

from pipeline.evaluate.documents.altered_numbers import Altered, Spoilt, alter_number
from pipeline.evaluate.documents.cut_prompts import CutOptions, CutQuestion, ask_about_cuts, phrase_look_ups
from pipeline.evaluate.documents.look_ups import LookUp
from pipeline.evaluate.documents.presence import contains_answer
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.identity import seeded_random
from pipeline.scoring.answers import answer_numbers, answer_tokens

NAME: Literal["altqa"] = "altqa"
OLD, NEW, ORIGINAL = "old_number", "new_number", "original_answer"
"""The notes of a prompt: both numbers without separators, and the answer that the original document gives."""
OLD_WORDS, NEW_WORDS = "old_words", "new_words"
"""The notes of a prompt whose document has the number in words too."""


class AltqaOptions(CutOptions):
    """Questions whose answer has a number that is replaced everywhere in the document."""

    task: Literal["altqa"] = NAME


def ask(asking: Asking) -> Asked:
    """Return the prompts of all questions whose number can be replaced, at all lengths and places."""
    skipped: Counter[str] = Counter()
    questions = []
    # The values of a document are read once if its questions follow each other.
    phrases = sorted(phrase_look_ups(NAME, asking, skipped), key=lambda found: found[0].document.doc_id)
    for look_up, answer in phrases:
        altered = _altered(look_up, answer, asking.seed)
        if isinstance(altered, Altered):
            notes = {OLD: altered.old, NEW: altered.new, ORIGINAL: answer}
            if altered.new_words:
                notes |= {OLD_WORDS: altered.old_words, NEW_WORDS: altered.new_words}
            questions.append(CutQuestion(look_up, altered.text, altered.answer, MappingProxyType(notes)))
        else:
            skipped[altered.value] += 1
    return ask_about_cuts(NAME, questions, asking=asking, skipped=skipped)


def score(prompt: Prompt, answer: str) -> Scores:
    """Return whether the new number was found, whether the original leaked instead, and whether the answer is exact.

    A number that the document also has in words may be answered in words. `leaked` is a rate, not a quality: 1 if the
    answer has the original number and not the new one.
    """
    found = _states(answer, prompt.notes[NEW], prompt.notes.get(NEW_WORDS, ""))
    (gold,) = prompt.gold
    return {
        "found": float(found),
        "leaked": float(not found and _states(answer, prompt.notes[OLD], prompt.notes.get(OLD_WORDS, ""))),
        "exact": float(answer_tokens(answer) == answer_tokens(gold)),
    }


def _states(answer: str, number: str, words: str) -> bool:
    return number in answer_numbers(answer) or bool(words and contains_answer(answer, words))


def _altered(look_up: LookUp, answer: str, seed: int) -> Altered | Spoilt:
    return alter_number(
        look_up.document.text,
        question=look_up.question,
        answer=answer,
        titles=[section.title for section in look_up.document.sections],
        language=look_up.language,
        random=seeded_random("altered number", seed, look_up.item),
    )


TASK = AnswerTask(
    name=NAME,
    title="AltQA",
    about=(
        "Asks for a number that was replaced everywhere in a held-out document, as FFQA does; `leaked` is the share of "
        "answers with the original number (arXiv 2308.10882)."
    ),
    options=AltqaOptions,
    ask=ask,
    score=score,
    measure="found",
    measures=("leaked", "exact"),
)
