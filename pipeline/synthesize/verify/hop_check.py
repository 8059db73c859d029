"""Checks that a question needs two places of a document, the one to find the other.

Compares words and values. Whether the question can be answered without one of the places is tried with a model by the
attempts of the judge's round.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.quantities import QuantityKind
from pipeline.records import Dropped
from pipeline.synthesize.verify.reading import Statement, read_statement, same_value
from pipeline.synthesize.verify.support import KnownWords
from pipeline.synthesize.words import normalized

_NUMBER_OF_PLACE = re.compile(r"\d[\d.]*")


def hop_fault(*, bridge: str, question: str, answer: str, passages: Sequence[str], language: str) -> Dropped | None:
    """Return the first fault of a question that should need two places; None if there is none.

    Args:
        bridge: what both places have and what leads from the one to the other, such as a defined term.
        question: the question, which must not name the bridge.
        answer: the answer.
        passages: the two places, each with the headings above it.
        language: the language of all texts.
    """
    read = [read_statement(passage, language) for passage in passages]
    link, asked, stated = (read_statement(text, language) for text in (bridge, question, answer))
    if not normalized(bridge):
        return Dropped("bridge_not_shared", "The reply names nothing that leads from one place to the other.")
    for number, passage in enumerate(read, start=1):
        if not _holds(passage, link):
            return Dropped("bridge_not_shared", f"'{bridge}' is not in segment {number}.")
    if _holds(asked, link):
        return Dropped("bridge_in_question", f"The question already names '{bridge}', so one place answers it.")
    if _needs_both(asked, stated, *read):
        return None
    return Dropped("one_segment_suffices", "The question has words of one segment only, which also has the answer.")


def _holds(text: Statement, words: Statement) -> bool:
    """Return whether a text has all words and values of another."""
    if normalized(words.text) in normalized(text.text):
        return True
    known = KnownWords((text,))
    if not words.words and not words.values:
        return False
    if not all(known.has(word.stem) for word in words.words):
        return False
    for value in words.values:
        if any(same_value(value, other) for other in text.values):
            continue
        number = _NUMBER_OF_PLACE.search(value.quantity.label)
        is_place = value.quantity.kind is QuantityKind.PLACE
        if (
            not is_place
            or number is None
            or not re.search(rf"(?<![\w.]){re.escape(number[0])}(?![\w]|\.\d)", text.text)
        ):
            return False
    return True


def _needs_both(asked: Statement, stated: Statement, one: Statement, other: Statement) -> bool:
    """Return whether a question has words that only the one place has, and words that only the other has.

    The words of what is asked may be a paraphrase. The question then has words of the one place, and the answer a value
    that only the other has.
    """
    words = [_words_only_in(asked, one, other), _words_only_in(asked, other, one)]
    values = [_values_only_in(stated, one, other), _values_only_in(stated, other, one)]
    return all(words) or any(words[i] and values[1 - i] and not values[i] for i in (0, 1))


def _words_only_in(text: Statement, one: Statement, other: Statement) -> bool:
    """Return whether a text has a word or value that the one source has and the other has not."""
    in_one, in_other = KnownWords((one,)), KnownWords((other,))
    found = any(in_one.has(word.stem) and not in_other.has(word.stem) for word in text.words)
    return found or _values_only_in(text, one, other)


def _values_only_in(text: Statement, one: Statement, other: Statement) -> bool:
    for value in text.values:
        known, excluded = (any(same_value(value, v) for v in source.values) for source in (one, other))
        if known and not excluded:
            return True
    return False
