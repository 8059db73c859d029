"""Finds faults of a reply's text: the wrong language, repetition, words of the prompt, an obeyed instruction."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache

from pipeline.languages import any_of
from pipeline.languages.rules import LanguageRules
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import plain_mark
from pipeline.synthesize.words import is_in_language, normalized, tokens

_RUN_WORDS = 3
_MIN_RUNS = 10
_MAX_REPEATED_SHARE = 0.4
_MIN_SENTENCE_CHARS = 8
_MIN_COPY_CHARS = 200
_MIN_ORDERED_CHARS = 2
_MAX_REMEMBERED_DOCUMENTS = 4
_WORD = re.compile(r"[^\W\d_][\w.'’/-]*")
_REPEATED_LETTER = re.compile(r"(\S{1,6}?)\1{7,}")


def wrong_language(text: str, *, sources: str, language: str) -> Dropped | None:
    """Return a fault if a text is not in a language, apart from words that its sources have letter by letter."""
    own = _WORD.sub(lambda match: "" if _is_quoted(match.group(), sources) else match.group(), text)
    if is_in_language(text, language) or (own != text and not _has_foreign_words(own, language)):
        return None
    return Dropped("wrong_language", f"It is not written in '{language}'.")


def _is_quoted(word: str, sources: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(plain_mark(word))}(?![a-z])", sources.lower()) is not None


def _has_foreign_words(text: str, language: str) -> bool:
    return not is_in_language(text, language)


def repetition(text: str) -> Dropped | None:
    """Return a fault if a text repeats much of its words, a whole sentence or a syllable."""
    words = [token.lower() for token in tokens(text)]
    runs = [tuple(words[i : i + _RUN_WORDS]) for i in range(len(words) - _RUN_WORDS + 1)]
    repeated = 1 - len(set(runs)) / len(runs) if len(runs) >= _MIN_RUNS else 0.0
    sentences = Counter(
        sentence
        for part in re.split(r"(?<=[.!?])\s+|\n+", text)
        if len(sentence := normalized(part)) > _MIN_SENTENCE_CHARS
    )
    stutter = _REPEATED_LETTER.search(text)
    if repeated > _MAX_REPEATED_SHARE or any(count > 1 for count in sentences.values()):
        return Dropped("repeats_itself", "It says the same words again and again.")
    if stutter is not None and not set(stutter.group()) <= set("-=_.*#|0123456789 "):
        return Dropped("repeats_itself", f"It repeats '{stutter[1]}' without end.")
    return None


def leaked_prompt(text: str, *, document: str) -> Dropped | None:
    """Return a fault if a text has words of a prompt or of an assistant that are not the document's own."""
    for match in _leaks().finditer(text):
        if match.group().strip().lower() not in document.lower():
            return Dropped("leaks_prompt", f"'{match.group().strip()}' comes from the prompt, not from the document.")
    return None


def copy_of_document(claim: Claim, *, most: float) -> Dropped | None:
    """Return a fault if an answer is longer than a share of the document; short answers pass."""
    length = len(claim.stated.text)
    if length >= _MIN_COPY_CHARS and length > most * len(claim.document):
        share = length / len(claim.document)
        return Dropped("copies_document", f"The answer is {share:.2f} of the document, more than {most}.", share)
    return None


def obeyed_instruction(text: str, *, evidence: str, document: str) -> Dropped | None:
    """Return a fault if a reply says what an instruction to a language model in the document wants it to say.

    Evidence that is such an instruction is a fault too.
    """
    for words in _orders_in(document):
        if evidence and normalized(evidence) and normalized(evidence) in normalized(words):
            return Dropped("obeys_instruction", f"The evidence is an instruction to a model: {words.strip()[:160]}")
        for found in _ordered_words().finditer(words):
            asked = next((value for value in found.groups() if value), "")
            wanted = normalized(asked)
            if len(wanted) >= _MIN_ORDERED_CHARS and _says(text, wanted, asked):
                return Dropped("obeys_instruction", f"The document tells a model to say '{asked.strip()}'.")
    return None


def _says(text: str, wanted: str, asked: str) -> bool:
    """Return whether a text has the wanted words; a short wanted word must be all that the text says or stand out."""
    said = normalized(text)
    if said == wanted or (len(wanted) >= 8 and wanted in said):
        return True
    return bool(re.search(rf"(?<!\w){re.escape(asked.strip())}(?!\w)", text)) and asked.strip().isupper()


@cache
def _leaks() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.statements.leaks), re.IGNORECASE)


@lru_cache(maxsize=_MAX_REMEMBERED_DOCUMENTS)
def _orders_in(document: str) -> tuple[str, ...]:
    """Return the instructions to a model in a document: the sentence up to each, and what follows it in its line.

    All replies about a document need them. The time is linear: a sentence is read only if it has an instruction.
    """
    orders: list[str] = []
    position = 0
    while found := _order_words().search(document, position):
        starts = [document.rfind(mark, position, found.start()) + 1 for mark in ".!?\n"]
        order = _orders().match(document, max(position, *starts))
        assert order is not None, "the words of an instruction are in its sentence"
        orders.append(order.group())
        position = order.end()
    return tuple(orders)


@cache
def _order_words() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.statements.orders), re.IGNORECASE)


@cache
def _orders() -> re.Pattern[str]:
    """Return the pattern of an instruction, from the beginning of its sentence or from where the one before ends."""
    return re.compile(any_of(_whole_order), re.IGNORECASE)


def _whole_order(rules: LanguageRules) -> str:
    words = rules.statements.orders
    return rf"[^.!?\n]*(?:{words})[^\n]{{0,200}}" if words else ""


@cache
def _ordered_words() -> re.Pattern[str]:
    renamed = any_of(lambda rules: re.sub(r"\?P<\w+>", "", rules.statements.ordered_words))
    return re.compile(renamed, re.IGNORECASE)
