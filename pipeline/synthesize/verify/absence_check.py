"""Checks an answer that says that a document does not say something, and what it says about the nearest matter.

The checks are lexical: they prove that no sentence of the document has the key words of the thing together, not that no
sentence means the thing. That is for the judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pipeline.languages import language_rules
from pipeline.languages.quantities import QuantityKind
from pipeline.records import Dropped
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.verify.reading import Statement, compiled_ignoring_case, plain_mark, read_statement, same_value
from pipeline.synthesize.words import content_stems

_MIN_STEM_CHARS = 2
_MAX_REMEMBERED_DOCUMENTS = 4
_MAX_REMEMBERED_WORDS = 1024
_MAX_REMEMBERED_SENTENCES = 65_536
_MIN_COMMON_CHARS = 5
_MAX_ENDING_CHARS = 2
"""Two stems with so many letters in common, of which one is so much longer, are forms of one word."""


def absence_fault(*, question: str, missing: str, refusal: str, document: str, language: str) -> Dropped | None:
    """Return the first fault of a refusal to answer; None if the thing is absent and the refusal says so.

    Args:
        question: the question.
        missing: the key words of the thing that the document does not say, as in the question.
        refusal: the sentence that says that the document does not say it.
        document: the text of the document.
        language: the language of all of them.
    """
    asked, stated = read_statement(question, language), read_statement(refusal, language)
    words = key_words(missing, language)
    if not words or not all(_has(question, word) for word in words):
        return Dropped("missing_not_asked", f"'{missing}' must be words of the question that name a thing.")
    sentence = sentence_with(words, document)
    if sentence:
        return Dropped("asked_thing_present", f"The document has '{missing}' together: {sentence[:160]}")
    if not compiled_ignoring_case(language_rules(language).answers.refusals).search(refusal):
        return Dropped("not_a_refusal", f"It does not say that the document lacks something: {refusal[:160]}")
    if not any(_has(refusal, word) for word in words):
        return Dropped("not_a_refusal", f"It does not name '{missing}', which the document lacks: {refusal[:160]}")
    return _more_than_asked(stated, asked, document)


def key_words(missing: str, language: str) -> Sequence[str]:
    """Return the stems and identifiers that name a thing, in lower case."""
    read = read_statement(missing, language)
    marks = [plain_mark(v.quantity.label) for v in read.values if v.quantity.kind is QuantityKind.MARK]
    stems = [word.stem.lower() for word in read.words]
    return [word for word in dict.fromkeys((*marks, *stems)) if len(word) >= _MIN_STEM_CHARS]


def sentence_with(words: Sequence[str], document: str) -> str:
    """Return the first sentence of a document that has all words; empty if none has.

    A word also counts in another form (removal, removed), inside a compound of a script without spaces, and inside an
    identifier (`retry` in `maxRetry`).
    """
    if not words:
        return ""
    return next((sentence for sentence in _sentences(document) if all(_has(sentence, word) for word in words)), "")


def _has(text: str, word: str) -> bool:
    if _beginning(word).search(text):
        return True
    return any(
        word.startswith(stem) and len(stem) >= _MIN_COMMON_CHARS and len(word) - len(stem) <= _MAX_ENDING_CHARS
        for stem in _stems(text)
    )


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def _beginning(word: str) -> re.Pattern[str]:
    begins = r"(?:(?<![A-Za-z0-9])|(?=[A-Z]))" if word.isascii() else ""
    return re.compile(rf"{begins}(?i:{re.escape(word)})")


@lru_cache(maxsize=_MAX_REMEMBERED_SENTENCES)
def _stems(sentence: str) -> frozenset[str]:
    return frozenset(content_stems(sentence))


@lru_cache(maxsize=_MAX_REMEMBERED_DOCUMENTS)
def _sentences(document: str) -> tuple[str, ...]:
    return tuple(document[span.start : span.end] for span in sentence_spans(document, start=0, end=len(document)))


def _more_than_asked(stated: Statement, asked: Statement, document: str) -> Dropped | None:
    """Return a fault if a refusal has a value or a name that the question lacks, or mostly other words."""
    for value in stated.values:
        if not value.is_list_mark and not any(same_value(value, other) for other in asked.values):
            written = stated.text[value.start : value.end].strip()
            return Dropped("value_not_in_evidence", f"'{written}' of the refusal is not in the question.")
    for word in stated.words:
        written = stated.text[word.start : word.end].lower()
        if word.is_name and written not in asked.text.lower() and written not in document.lower():
            return Dropped("name_not_in_evidence", f"'{written}' of the refusal is not in the question.")
    return None
