"""Decides whether two similar texts are siblings: one skeleton, filled in for different subjects.

The manual of a device and the manual of another one, the pages about two servers and the bills that amend two acts can
share most of their sentences, and are still no copies: the name of the subject is replaced consistently. In an edited
copy, hardly any replacement occurs twice. Used by `transforms.find_clusters` for near duplicates of all domains. Cost:
two word counts; only if each text has words of its own that recur, the texts are compared word by word (see
`dedup.versions`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import product

from pipeline.dedup.appraisal import UNDECODED
from pipeline.dedup.blanks import blank_pattern
from pipeline.dedup.versions import Difference, differences, is_fact_word
from pipeline.documents.pseudonyms import PSEUDONYM
from pipeline.languages import all_rules

_MIN_REPEATS, _LEAST_SHARE = 3, 0.05
_FEW_REPEATS, _LARGE_SHARE = 2, 0.25
"""How often the same replacement must occur, and in which share of the differences; for a large share, two are enough.
Of 150 copies with 5 to 20% of the words edited, none has a replacement of this kind that occurs twice."""
_SIMILAR = 0.8
"""Texts of at least this similarity need many repeats and a large share; shorter lists of differences prove less."""
_OWN_FACTOR = 4
"""A word belongs to one text if it occurs this many times as often there as in the other."""
_MAX_SPELLING_LETTERS = 2
_SUBJECT_WORD = re.compile(r"[^\W\d_]+(?:-?\d+[^\W_]*)?|\d+(?:[.,:/-]\d+)*")
"""A word, a word with a number such as `X100` or `DS-40`, or a number."""
_PSEUDONYM = re.compile(PSEUDONYM)
_UNDECODED = [re.compile(pattern) for pattern in UNDECODED]
_HAN = re.compile(r"[\u3400-\u9fff]")


def are_siblings(first: str, second: str, *, similarity: float) -> bool:
    """Return whether the texts differ mostly because the same names are replaced again and again.

    Args:
        first, second: the texts.
        similarity: the Jaccard similarity of their shingles.
    """
    first, second = _without_gaps(first), _without_gaps(second)
    counts, other_counts = _word_counts(first), _word_counts(second)
    own, other_own = _own_words(counts, other_counts), _own_words(other_counts, counts)
    if not (own and other_own):
        return False
    found = list(differences(first, second, word=_SUBJECT_WORD))
    replaced: Counter[tuple[str, str]] = Counter()
    for difference in found:
        replaced.update(_replacements(difference, own, other_own))
    num_repeats = max(replaced.values(), default=0)
    share = num_repeats / max(1, len(found))
    if similarity >= _SIMILAR:
        return num_repeats >= _MIN_REPEATS and share >= _LARGE_SHARE
    return (num_repeats >= _MIN_REPEATS and share >= _LEAST_SHARE) or (
        num_repeats >= _FEW_REPEATS and share >= _LARGE_SHARE
    )


def _without_gaps(text: str) -> str:
    """Return the text without masked values, which are numbered anew in each document, blanks and undecoded letters."""
    for pattern in (_PSEUDONYM, blank_pattern(), *_UNDECODED):
        text = pattern.sub(" ", text)
    return text


def _word_counts(text: str) -> Counter[str]:
    return Counter(word.lower() for word in _SUBJECT_WORD.findall(text))


def _own_words(counts: Counter[str], other_counts: Counter[str]) -> set[str]:
    """Return the words that recur in a text, are rare in the other, and may name a subject."""
    return {
        word
        for word, count in counts.items()
        if count >= _FEW_REPEATS
        and count >= _OWN_FACTOR * other_counts[word]
        and len(word) > 1
        and not is_number_or_version(word)
    }


def is_number_or_version(word: str) -> bool:
    """Return whether a word can differ between two editions of one text: a number, a date or a version."""
    if not any(map(str.isdigit, word)):
        return is_fact_word(word)
    return not word[0].isalpha() or any(
        re.fullmatch(rules.standing.version_label, word) for _, rules in all_rules() if rules.standing.version_label
    )


def _replacements(difference: Difference, own: set[str], other_own: set[str]) -> set[tuple[str, str]]:
    firsts = {word.lower() for word in difference.first} & own
    seconds = {word.lower() for word in difference.second} & other_own
    return {pair for pair in product(firsts, seconds) if not is_same_word(*pair)}


def is_same_word(first: str, second: str) -> bool:
    """Return whether the words are forms or spellings of one word: `licence` and `license`, 자녀 and 자녀를."""
    if bool(_HAN.search(first)) != bool(_HAN.search(second)):
        return True
    if first.startswith(second) or second.startswith(first):
        return True
    letters, others = unicodedata.normalize("NFD", first), unicodedata.normalize("NFD", second)
    start = _num_shared(letters, others)
    end = _num_shared(letters[start:][::-1], others[start:][::-1])
    middles = letters[start : len(letters) - end], others[start : len(others) - end]
    if any(character.isdigit() for character in "".join(middles)):
        return False
    return max(map(len, middles)) <= _MAX_SPELLING_LETTERS < min(len(letters), len(others)) - _MAX_SPELLING_LETTERS


def _num_shared(first: str, second: str) -> int:
    """Return the length of the longest beginning that two strings share."""
    return next(
        (index for index, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
