"""Patterns and tests for speakers' names.

Labels of forms, notes and logs (`Date:`, `Note:`) look like names. They are listed in `pipeline.languages`; the lists
of all languages apply to every text.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.documents.pseudonyms import PSEUDONYM
from pipeline.languages import letters_of, together

MAX_NAME_WORDS = 6
MASK = rf"(?:{PSEUDONYM}|\[[A-Z][A-Z_]{{2,24}}\])"
"""A placeholder for a name: ours, or that of an anonymised transcript, such as `[NAME]`."""
FIRST = rf"(?:{MASK}|[^\W\d]|[@$~]|\+\d|[\u2600-\u27bf\U0001f300-\U0001faff])"
"""The beginning of a name: a placeholder, a letter, a sign such as `@`, an emoji, or `+` and a digit."""
NAME = rf"{FIRST}[^:：\n\[\]<>{{}}|\"“”\\=]{{0,47}}?(?:{MASK}|\([^()\n:]{{1,80}}\))?"
"""A name, with a remark in round brackets if one follows: `Mary Park (Minister of Health)`.

Apart from placeholders, it has no square bracket, angle bracket, brace, colon, double quotation mark, `|`, `\\` or `=`.
"""

_LOG_LEVELS = frozenset(["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "SEVERE"])


@cache
def _labels() -> frozenset[str]:
    return together(lambda rules: rules.turns.labels)


@cache
def _question_labels() -> frozenset[str]:
    return together(lambda rules: rules.turns.question_labels)


def is_label(name: str) -> bool:
    """Return whether the text before a colon is a label of a form, note or log, and so not a speaker."""
    return name.casefold() in _labels()


def is_question_label(name: str) -> bool:
    """Return whether the text before a colon is the `Q` or `A` of written questions and answers, as in an FAQ."""
    return name.casefold() in _question_labels()


def is_name(name: str) -> bool:
    """Return whether a text can be a speaker's name.

    A name has at most `MAX_NAME_WORDS` words, does not begin with a log level, is not a label, and contains no end of a
    sentence. Text in round brackets is ignored: `Hon. Mary Park (Minister of Health, North)`.
    """
    plain = _BRACKETS.sub("", name)
    words = plain.split()
    if not 0 < len(words) <= MAX_NAME_WORDS or is_label(name) or _INNER_END.search(plain):
        return False
    return words[0] not in _LOG_LEVELS


_BRACKETS = re.compile(r"\([^()\n]*\)")
_UNCASED = letters_of(lambda rules: rules.detection.letters if rules.detection.owns_script else "")
_INNER_END = re.compile(rf"[!?;…]|,\s.*,\s|[^\W\d_]{{5,}}\.\s|(?<![^\W\d_])[a-z{_UNCASED}]{{3,}}\.\s")
"""Shows that a sentence ended before the colon, or that the text is a list with two commas.

`Mr.`, `Prof.` and `Hon.` do not match: they have a capital letter and are too short.
"""
