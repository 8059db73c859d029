"""Finds the reason why a question cannot be used, from the question and its answer alone.

A question is asked about a whole document. It must therefore name its subject, and neither refer to a passage nor use
a pronoun for something outside the question. It must also be in the document's language, must not be a yes-or-no
question and must not contain its answer. Used by `synthesize.written`; the reasons are codes in `rejected/`.
"""

from __future__ import annotations

import re

from pipeline.languages import any_of, language_rules
from pipeline.records import Dropped
from pipeline.synthesize.words import content_stems, is_in_language, normalized, numbers, tokens

_REFERS = re.compile(any_of(lambda rules: rules.asking.refers), re.IGNORECASE)
"""Words that refer to the passage that the teacher saw, such as "the above passage"."""
MAX_QUESTION_CHARS = 400
_MIN_SUBJECT_STEMS = 2


def question_fault(question: str, *, answer: str, language: str) -> Dropped | None:
    """Return the first reason why a question cannot be asked about a whole document; None if it can."""
    for fault in (
        shape_fault(question, language),
        reference_fault(question, language),
        subject_fault(question),
        _answer_fault(question, answer),
    ):
        if fault is not None:
            return fault
    return None


def shape_fault(question: str, language: str) -> Dropped | None:
    """Return a fault if a question is in the wrong language, too long, no question, or a yes-or-no question."""
    if not is_in_language(question, language):
        return Dropped("wrong_language", f"The question is not written in '{language}'.")
    if "\n" in question or len(question) > MAX_QUESTION_CHARS:
        return Dropped(
            "not_a_question",
            f"It has several lines or more than {MAX_QUESTION_CHARS} characters ({len(question)}).",
            None,
        )
    asking = language_rules(language).asking
    asks, ends = asking.asks.search(question), asking.ends.search(question)
    if asking.requests and asking.requests.search(question) and not asks:
        return None
    if not ends:
        return Dropped("not_a_question", "It does not end like a question.")
    if not asks:
        return Dropped("yes_no_question", "It has no question word, so yes or no would answer it.")
    return None


def reference_fault(question: str, language: str) -> Dropped | None:
    """Return a fault if a question refers to a passage, or uses a pronoun for something outside it."""
    refers = _REFERS.search(question)
    if refers:
        return Dropped("refers_to_passage", f"'{refers.group()}' means nothing to a reader of the whole document.")
    pronoun = language_rules(language).asking.pronoun.search(question)
    if pronoun:
        return Dropped(
            "unresolved_pronoun", f"'{pronoun.group().strip()}' refers to something the question does not name.", None
        )
    return None


def subject_fault(question: str) -> Dropped | None:
    """Return a fault if a question has too few content words or repeats three words in a row."""
    stems = content_stems(question)
    if len(set(stems)) < _MIN_SUBJECT_STEMS:
        return Dropped(
            "generic_question",
            "It has too few content words to identify one place in a document.",
            float(len(set(stems))),
        )
    words = [token.lower() for token in tokens(question)]
    pairs = list(zip(words, words[1:], words[2:], strict=False))
    if len(pairs) != len(set(pairs)):
        return Dropped("repeats_itself", "It contains the same three words in a row twice.")
    return None


def _answer_fault(question: str, answer: str) -> Dropped | None:
    if not answer.strip():
        return Dropped("empty_answer", "The answer is empty.")
    in_answer, in_question = set(numbers(answer)), set(numbers(question))
    if normalized(answer) in normalized(question) or (in_answer and in_answer <= in_question):
        return Dropped("answer_in_question", "The question already contains its answer.")
    stems = set(content_stems(answer))
    if not in_answer and stems and stems <= set(content_stems(question)):
        return Dropped("answer_in_question", "Every word of the answer is in the question.")
    return None
