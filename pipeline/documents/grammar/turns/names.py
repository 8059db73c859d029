"""What can stand where a speaker's name stands, and the labels of forms, notes and logs that cannot.

The labels are words of all languages: no document is asked which it is in.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import letters_of, together

MAX_NAME_WORDS = 6
MASK = r"\[[A-Z][A-Z_]{2,24}\]"
"""A name or number that masking took out."""
FIRST = rf"(?:{MASK}|[^\W\d]|[@$~]|\+\d|[\u2600-\u27bf\U0001f300-\U0001faff])"
"""What a name begins with: a letter, a sign that services put before names, or an emoji."""
NAME = rf"{FIRST}[^:：\n\[\]<>{{}}|\"“”\\=]{{0,47}}?(?:{MASK}|\([^()\n:]{{1,80}}\))?"
"""Holds no colon, bracket, quotation mark or sign of code; round brackets at its end may be long."""

_LOG_LEVELS = frozenset(["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "SEVERE"])


@cache
def _labels() -> frozenset[str]:
    return together(lambda rules: rules.turns.labels)


@cache
def _question_labels() -> frozenset[str]:
    return together(lambda rules: rules.turns.question_labels)


def is_label(name: str) -> bool:
    """Whether a word before a colon is the label of a form, a note or a log, whose lines nobody says."""
    return name.casefold() in _labels()


def is_of_questions(name: str) -> bool:
    """Whether it is the `Q` or `A` of questions and answers that nobody said, as of frequently asked ones."""
    return name.casefold() in _question_labels()


def is_name(name: str) -> bool:
    """Whether it can be a speaker's: not too many words, none of them the end of a sentence or the level of a log.

    What brackets say behind a name may be as long as it likes: `Hon. Mary Park (Minister of Health, North)`.
    """
    plain = _BRACKETS.sub("", name)
    words = plain.split()
    if not 0 < len(words) <= MAX_NAME_WORDS or is_label(name) or _INNER_END.search(plain):
        return False
    return words[0] not in _LOG_LEVELS


_BRACKETS = re.compile(r"\([^()\n]*\)")
_UNCASED = letters_of(lambda rules: rules.detection.letters if rules.detection.owns_script else "")
_INNER_END = re.compile(rf"[!?;…]|,\s.*,\s|[^\W\d_]{{5,}}\.\s|(?<![^\W\d_])[a-z{_UNCASED}]{{3,}}\.\s")
"""Signs that a sentence ended before the colon; `Mr.`, `Prof.` and `Hon.` are shorter."""
