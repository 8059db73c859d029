"""Checks that a follow-up question asks for something that the turn before it has not said."""

from __future__ import annotations

from pipeline.records import Dropped
from pipeline.synthesize.verify.reading import read_statement, same_value
from pipeline.synthesize.verify.support import KnownWords
from pipeline.synthesize.verify.value_check import values_of

_MIN_NEW_SHARE = 0.25


def answered_before(
    *, question: str, answer: str, before_question: str, before_answer: str, language: str
) -> Dropped | None:
    """Return a fault if the answer of the turn before answers a follow-up question already; None if it does not.

    It does if it has the same values, or if it leaves almost no word of the new answer unsaid. The words of the
    follow-up question count as said.

    Args:
        question: the follow-up question.
        answer: its answer.
        before_question: the question of the turn before.
        before_answer: the answer of the turn before.
        language: the language of all texts.
    """
    stated, asked = read_statement(answer, language), read_statement(question, language)
    before = read_statement(before_answer, language)
    values, said = list(values_of(stated)), list(values_of(before))
    new_values = [value for value in values if not any(same_value(value, other) for other in said)]
    gone = [value for value in said if not any(same_value(other, value) for other in values)]
    if values and not new_values and not gone:
        return Dropped("answered_before", "The answer has the same values as the answer of the turn before.")
    known = KnownWords((before, asked, read_statement(before_question, language)))
    words = {word.stem for word in stated.words}
    new = {word for word in words if not known.has(word)}
    if not new_values and (not new or len(new) < _MIN_NEW_SHARE * len(words)):
        detail = f"{len(new)} of {len(words)} words of the answer are new after the turn before."
        return Dropped("answered_before", detail, float(len(new)))
    return None
