"""Tells whether one turn of a conversation gives away the answer of a later one. Pure.

Takes two candidates about one context. Used by `conversations`, which arranges turns so that no such pair is in the
wrong order, and by `follow_ups`. Cost: the words of both turns.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from pipeline.records import Candidate, TaskFamily

_WORD = re.compile(r"\w+")
_MIN_WORDS_TO_COMPARE = 5
"""Number of different words from which an answer counts as given away if most of its words were said before."""
_GIVEN_AWAY_SHARE = 0.8
_ITEM_JOINTS = re.compile(r"\n+|; ")
_CLOSING_REMARK = re.compile(r"(?<=\S) \([^()]*\)?$")
"""What an item says in brackets at its end, such as the file of a function; the rest is enough to give it away."""


def gives_away(earlier: Candidate, later: Candidate) -> bool:
    """Return whether a turn says the answer of another: its question or answer contains it, or most of its words."""
    said = _Said.of(earlier)
    items = [_CLOSING_REMARK.sub("", item) for item in _items(later.answer)]
    if items and all(_is_said(item, said.text) for item in items):
        return True
    words = _words(later.answer)
    if len(words) >= _MIN_WORDS_TO_COMPARE and len(words & said.words) >= _GIVEN_AWAY_SHARE * len(words):
        return True
    return _quotes_evidence(said, later) or _follows_first(earlier, said, later)


def _quotes_evidence(said: _Said, later: Candidate) -> bool:
    """Return whether a turn quotes all the evidence of another one, apart from what the other question says itself."""
    asked = _words(later.question)
    quotes = [_flat(quote) for quote in _long_quotes(later)]
    unsaid = [quote for quote in quotes if not frozenset(_WORD.findall(quote)) <= asked]
    return bool(unsaid) and all(quote in said.text for quote in unsaid)


def _follows_first(earlier: Candidate, said: _Said, later: Candidate) -> bool:
    """Return whether a turn says where a reference leads that another one asks to follow, read from the same words."""
    if later.family != TaskFamily.MULTI_HOP:
        return False
    first = _flat(later.answer.partition(": ")[0].partition(" → ")[0])
    shares_words = any(_flat(quote) in _flat(other) for quote in _long_quotes(later) for other in _long_quotes(earlier))
    is_quoted = any(_flat(quote) in said.text for quote in _long_quotes(later))
    return bool(first) and (shares_words or is_quoted) and _is_said(first, said.text)


def _long_quotes(candidate: Candidate) -> list[str]:
    """Return the evidence that has enough words to be told from a mere label."""
    return [item.quote for item in candidate.evidence if len(_words(item.quote)) >= _MIN_WORDS_TO_COMPARE]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a turn says, in one line of lower-case text, and its words."""

    text: str
    words: Set[str]

    @staticmethod
    def of(turn: Candidate) -> _Said:
        text = _flat(f"{turn.question}\n{turn.answer}")
        return _Said(text, frozenset(_WORD.findall(text)))


def _items(answer: str) -> list[str]:
    """Return the parts of an answer: the entries of a list, or the whole answer."""
    return [item for part in _ITEM_JOINTS.split(answer) if (item := _flat(part).strip(" .,;:!?·-–—*|\"'“”‘’「」()"))]


def _is_said(item: str, text: str) -> bool:
    """Return whether a text contains the item. Letters of an alphabet and digits must not continue at either end.

    Korean particles are attached to words, so Hangul may continue.
    """
    start = text.find(item)
    while start >= 0:
        end = start + len(item)
        if not (_continues(text[start - 1 : start], item[0]) or _continues(text[end : end + 1], item[-1])):
            return True
        start = text.find(item, start + 1)
    return False


def _continues(char: str, own: str) -> bool:
    return char.isascii() and char.isalnum() and own.isascii() and own.isalnum()


def _words(text: str) -> Set[str]:
    return frozenset(_WORD.findall(_flat(text)))


def _flat(text: str) -> str:
    return " ".join(text.casefold().replace("`", "").split())
