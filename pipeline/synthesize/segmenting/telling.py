"""Counts the characters of a text that tell something: its sentences, but not titles, lists of names or numbers.

A teacher can ask about sentences. Of a table of contents, a title page or a column of figures it can only ask where
something stands. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from pipeline.languages import any_of, language_rules
from pipeline.synthesize.sentences import sentence_spans

_TERMINAL = re.compile(r"[.!?。:;][\"'”’»)\]`*_]*$")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_MIN_WORDS = 4
_MIN_WORDS_WITHOUT_END = 6
"""A line without final punctuation may be a title, so it needs more words."""
_MIN_FUNCTION_SHARE = 0.15
_MIN_FUNCTION_SHARE_WITHOUT_END = 0.3
_MIN_LETTER_SHARE = 0.45
_MIN_CHARS = 12
_MAX_REMEMBERED_WORDS = 1 << 16


def told_chars(text: str, *, start: int, end: int, language: str) -> int:
    """Return the number of characters in the sentences of `text[start:end]`.

    A line that is no sentence counts if it is long and has many small words, as items of a list do:
    `- Press the button until the light turns green`.
    """
    return sum(
        span.end - span.start
        for span in sentence_spans(text, start=start, end=end)
        if is_telling(text[span.start : span.end], language)
    )


def is_telling(sentence: str, language: str) -> bool:
    """Return whether a text reads as a sentence or as a phrase of one, rather than as a name, a title or a row."""
    if len(sentence) < _MIN_CHARS:
        return False
    words = _WORD.findall(sentence)
    letters = sum(map(len, words))
    if letters < _MIN_LETTER_SHARE * len(sentence):
        return False
    has_end = _TERMINAL.search(sentence) is not None or _predicate().search(sentence) is not None
    # A language with particles and endings says the same in fewer words.
    least = (_MIN_WORDS if has_end else _MIN_WORDS_WITHOUT_END) - bool(language_rules(language).words.particles)
    if len(words) < least:
        return False
    if language_rules(language).words.is_function_word is None:
        return has_end
    share = sum(_is_function_word(word, language) for word in words) / len(words)
    return share >= (_MIN_FUNCTION_SHARE if has_end else _MIN_FUNCTION_SHARE_WITHOUT_END)


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def _is_function_word(word: str, language: str) -> bool:
    known = language_rules(language).words.is_function_word
    return known is not None and known(word)


@cache
def _predicate() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.headings.predicate))
