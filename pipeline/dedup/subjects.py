"""Decides whether a text is about something that another text is not about, by the words of its title.

A page about `git-diff-files` can share nearly all of its text with the page about `git-diff`, and the help on one field
with the help on another. What tells them apart is their titles, if a word of the title is also what the text is about:
it recurs in this text, and the other text hardly has it. In an edited copy, a word that was changed in the title stands
unchanged in the rest. Used by `dedup.relations`. Cost: one search of both texts for each word of the title.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.dedup.appraisal import tells_standing
from pipeline.dedup.siblings import is_number_or_version, is_same_word
from pipeline.documents.pseudonyms import PSEUDONYM

_MIN_COUNT = 2
_FACTOR = 3
"""A word is the subject of one text if it occurs this many times as often there as in the other."""
_MIN_LETTERS = 2
_MAX_WORDS = 16
"""A longer title is a sentence of the text, which has no other one."""
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_PSEUDONYM = re.compile(PSEUDONYM)


def has_own_subject(text: str, title: str, *, other: str, other_title: str) -> bool:
    """Return whether a word of a title names a subject that the other text does not have.

    Args:
        text: the text with the title.
        title: its title; it need not be in the text.
        other: the text it is compared with.
        other_title: the title of that text.
    """
    words, other_words = _title_words(title), _title_words(other_title)
    if len(words) > _MAX_WORDS:
        return False
    own = [word for word in words if not any(word in known or is_same_word(word, known) for known in other_words)]
    lower, other_lower = (text.casefold(), other.casefold()) if own else ("", "")
    return any(
        (count := lower.count(word)) >= _MIN_COUNT and count >= _FACTOR * other_lower.count(word) for word in own
    )


def have_other_titles(title: str, other_title: str) -> bool:
    """Return whether each of two titles has a word that the other lacks; sentences that stand for a title never do."""
    words, other_words = _title_words(title), _title_words(other_title)
    if max(len(words), len(other_words)) > _MAX_WORDS:
        return False
    return _has_own_word(words, other_words) and _has_own_word(other_words, words)


def _has_own_word(words: Sequence[str], other_words: Sequence[str]) -> bool:
    return any(not any(word == known or is_same_word(word, known) for known in other_words) for word in words)


def _title_words(title: str) -> list[str]:
    """Return the different words of a title in lower case, without numbers, versions, and words such as `draft`."""
    found = dict.fromkeys(_WORD.findall(_PSEUDONYM.sub(" ", title).casefold()))
    return [
        word
        for word in found
        if len(word) >= _MIN_LETTERS and not is_number_or_version(word) and not tells_standing(word)
    ]
