"""Decides whether two similar texts are versions of each other: their differences are mostly numbers, dates and names.

Used by `transforms.find_clusters` for near duplicates in domains where such facts define a document: two leases written
on the same form are two documents. Cost: the texts are compared sentence by sentence, then the sentences that differ
are compared word by word, which is quadratic in the words of a differing block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.languages import all_rules, any_of, together

_LEAST_FACT_SHARE = 0.5
"""Minimum share of facts among the differences of versions. In randomly edited copies, the share is about a tenth."""
_MAX_BLOCK_WORDS = 1_500
"""Maximum length of a block that is compared word by word. In a longer block, each ten words count as a difference."""
_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+")
"""A number, such as `4,800` or `2024-01-31`, or a run of letters."""
_NUMERAL = re.compile(any_of(lambda rules: rules.versions.numeral))
_NAME_LABELS = together(lambda rules: rules.versions.name_labels)
_DATE_WORDS = together(lambda rules: rules.versions.date_words)


@dataclass(frozen=True, slots=True)
class Difference:
    """Words of two texts that differ at the same point; one side may be empty."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    before: str
    """The word before the difference, which both texts share; empty at the start of a differing block, and throughout a
    block longer than `_MAX_BLOCK_WORDS`."""


def are_versions(first: str, second: str) -> bool:
    """Return whether the texts differ and at least half of their differences consist of numbers, dates or names."""
    num_facts = num_others = 0
    for difference in differences(first, second):
        if is_fact(difference):
            num_facts += 1
        else:
            num_others += 1
    return num_facts > 0 and num_facts >= _LEAST_FACT_SHARE * (num_facts + num_others)


def differences(first: str, second: str, *, word: re.Pattern[str] = _WORD) -> Iterator[Difference]:
    """Yield the words that differ, in text order. Spacing and punctuation are ignored.

    Args:
        first, second: the texts.
        word: the pattern of a word.
    """
    lines, other_lines = _sentences(first, word), _sentences(second, word)
    for tag, start, end, other_start, other_end in SequenceMatcher(None, lines, other_lines, False).get_opcodes():
        if tag != "equal":
            words = [one for line in lines[start:end] for one in line]
            other_words = [one for line in other_lines[other_start:other_end] for one in line]
            yield from _word_differences(words, other_words)


def is_fact_word(word: str) -> bool:
    """Return whether a word is a number, in digits or in words, or belongs to a date."""
    return _is_number(word) or word.lower() in _DATE_WORDS


def _sentences(text: str, word: re.Pattern[str]) -> list[tuple[str, ...]]:
    pieces = re.split(r"(?<=[.!?。;])\s+|\n", text)
    return [words for piece in pieces if (words := tuple(word.findall(piece)))]


def _word_differences(words: Sequence[str], other_words: Sequence[str]) -> Iterator[Difference]:
    if max(len(words), len(other_words)) > _MAX_BLOCK_WORDS:
        for index in range(0, max(len(words), len(other_words)), 10):
            yield Difference(tuple(words[index : index + 10]), tuple(other_words[index : index + 10]), "")
        return
    for tag, start, end, other_start, other_end in SequenceMatcher(None, words, other_words, False).get_opcodes():
        if tag != "equal":
            yield Difference(
                first=tuple(words[start:end]),
                second=tuple(other_words[other_start:other_end]),
                before=words[start - 1] if start else "",
            )


def is_fact(difference: Difference) -> bool:
    """Return whether a difference consists of numbers, dates or names."""
    sides = difference.first + difference.second
    if all(map(is_fact_word, sides)):
        return True
    if not (difference.first and difference.second):
        return False
    if difference.before.lower() in _NAME_LABELS:
        return True
    return all(is_fact_word(word) or _is_name(word) for word in sides)


def _is_number(word: str) -> bool:
    return any(character.isdigit() for character in word) or _NUMERAL.fullmatch(word) is not None


def _is_name(word: str) -> bool:
    return word[0].isupper() or any(rules.versions.is_personal_name(word) for _, rules in all_rules())
