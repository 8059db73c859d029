"""Patterns for speakers' names, and the labels of forms, notes and logs that look like names.

The labels come from all languages; the language of a document does not matter.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.languages import letters_of, together

MAX_NAME_WORDS = 6
MASK = r"\[[A-Z][A-Z_]{2,24}\]"
"""The placeholder for a masked name or number."""
FIRST = rf"(?:{MASK}|[^\W\d]|[@$~]|\+\d|[\u2600-\u27bf\U0001f300-\U0001faff])"
"""The first character of a name: a letter, a sign that services put before names, or an emoji. A mask counts too."""
NAME = rf"{FIRST}[^:：\n\[\]<>{{}}|\"“”\\=]{{0,47}}?(?:{MASK}|\([^()\n:]{{1,80}}\))?"
"""A name without colons, square or angle brackets, quotation marks or signs of code. Round brackets may end it, and may
be long."""

_LOG_LEVELS = frozenset(["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "SEVERE"])


@cache
def _labels() -> frozenset[str]:
    return together(lambda rules: rules.turns.labels)


@cache
def _question_labels() -> frozenset[str]:
    return together(lambda rules: rules.turns.question_labels)


def is_label(name: str) -> bool:
    """Return whether a word before a colon is a label of a form, a note or a log rather than a speaker."""
    return name.casefold() in _labels()


def is_of_questions(name: str) -> bool:
    """Return whether a word is the `Q` or `A` of written questions and answers, such as an FAQ."""
    return name.casefold() in _question_labels()


def is_name(name: str) -> bool:
    """Return whether a name can be a speaker's. It has few words, none of them the end of a sentence or a log level.

    Words in brackets do not count: `Hon. Mary Park (Minister of Health, North)`.
    """
    plain = _BRACKETS.sub("", name)
    words = plain.split()
    if not 0 < len(words) <= MAX_NAME_WORDS or is_label(name) or _INNER_END.search(plain):
        return False
    return words[0] not in _LOG_LEVELS


_BRACKETS = re.compile(r"\([^()\n]*\)")
_UNCASED = letters_of(lambda rules: rules.detection.letters if rules.detection.owns_script else "")
_INNER_END = re.compile(rf"[!?;…]|,\s.*,\s|[^\W\d_]{{5,}}\.\s|(?<![^\W\d_])[a-z{_UNCASED}]{{3,}}\.\s")
"""Signs that a sentence ended before the colon. `Mr.`, `Prof.` and `Hon.` are too short to match."""
