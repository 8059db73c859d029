"""Tells whether a text stops before its end.

Takes the last characters of a document; returns whether they end within a sentence, or in a note that says that the
rest is missing. Used by `dedup.appraisal`. A text counts as cut off only if its last line cannot be the end of a text:
many documents end in a name, an address or a table row without a full stop.
"""

from __future__ import annotations

import re

from pipeline.languages import any_of, final_syllables

_CUT_END = re.compile(rf"(?:\.\.\.|…)$|{any_of(lambda rules: rules.standing.cut_end)}", re.IGNORECASE)
_UNFINISHED_END = re.compile(any_of(lambda rules: rules.standing.unfinished_end), re.IGNORECASE)
_OPEN_END = re.compile(r"[(\[{]$|[^\W\d_]-$")
"""An opening bracket, or a hyphen that divides a word."""
_ENDS = re.compile(r"""[.!?。:;)\]}>"'”’」』…|*_`~=-]$""")
_MIN_WORDS, _MIN_CHARS = 3, 12
_END_CHARS = 60
"""The length of the end of a line in which its last words are looked for."""
_SENTENCE_WORDS = 8
"""A line of this many words, most of them without a capital letter, is a sentence and not a name or an address."""
_PUNCTUATED_SHARE = 0.7
_MIN_SENTENCES = 3
_OPENING, _CLOSING = "([{", ")]}"
_OPEN_CODE = re.compile(r"(?:[-+*/%=<>&|,.(\[{\\]|\b(?:and|or|not|in|is|if|else|for|return|import|from|def|class))$")


def is_cut_off(tail: str, *, is_code: bool) -> bool:
    """Return whether a document whose last characters are `tail` stops before its end."""
    lines = [line.strip() for line in tail.split("\n") if line.strip()]
    if not lines:
        return False
    if is_code:
        return _OPEN_CODE.search(lines[-1]) is not None
    last = lines[-1]
    end = last[-_END_CHARS:]
    if _CUT_END.search(end):
        return True
    num_words = len(last.split())
    if num_words < _MIN_WORDS or len(last) < _MIN_CHARS:
        return False
    return (
        _UNFINISHED_END.search(end) is not None
        or _OPEN_END.search(end) is not None
        or (_is_open_sentence(last) and _punctuates(lines[:-1]))
    )


def _is_open_sentence(line: str) -> bool:
    words = line.split()
    capitals = sum(word[0].isupper() or word[0].isdigit() for word in words)
    return len(words) >= _SENTENCE_WORDS and capitals <= 0.4 * len(words) and not _ends_sentence(line)


def _punctuates(lines: list[str]) -> bool:
    """Return whether nearly all long lines of a text end like a sentence."""
    long = [line for line in lines if len(line.split()) >= _SENTENCE_WORDS]
    return len(long) >= _MIN_SENTENCES and sum(map(_ends_sentence, long)) >= _PUNCTUATED_SHARE * len(long)


def _ends_sentence(line: str) -> bool:
    return _ENDS.match(line[-1:]) is not None or line.endswith(final_syllables())
