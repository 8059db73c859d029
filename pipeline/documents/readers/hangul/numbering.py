"""Computes the automatic numbers of paragraphs, such as `제1조`, `1.` and `가)`.

Neither format stores the number that a paragraph shows. A file stores, for each level of a numbering, the form of the
number (`제^1조`: `^1` is the number of the first level), the kind of digits, and the first number.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from pipeline.documents.readers.number_formats import numbered

MAX_LEVELS = 10
_PLACE = re.compile(r"\^(10|[1-9]|[nN])")
_FORMATS = {
    "DIGIT": "decimal",
    "CIRCLED_DIGIT": "decimalEnclosedCircle",
    "ROMAN_CAPITAL": "upperRoman",
    "ROMAN_SMALL": "lowerRoman",
    "LATIN_CAPITAL": "upperLetter",
    "LATIN_SMALL": "lowerLetter",
    "CIRCLED_LATIN_SMALL": "circledLetters",
    "CIRCLED_HANGUL_SYLLABLE": "circledGanada",
    "HANGUL_JAMO": "chosung",
    "CIRCLED_HANGUL_JAMO": "circledChosung",
    "HANGUL_PHONETIC": "koreanCounting",
    "IDEOGRAPH": "chineseCounting",
    "CIRCLED_IDEOGRAPH": "ideographEnclosedCircle",
    "DECAGON_CIRCLE_HANJA": "ideographTraditional",
}
"""Names in HWPX and in `number_formats`."""
_SERIES = {"DECAGON_CIRCLE": "갑을병정무기경신임계", "CIRCLED_LATIN_CAPITAL": "ⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏ"}
NUMBER_FORMATS = (
    "DIGIT",
    "CIRCLED_DIGIT",
    "ROMAN_CAPITAL",
    "ROMAN_SMALL",
    "LATIN_CAPITAL",
    "LATIN_SMALL",
    "CIRCLED_LATIN_CAPITAL",
    "CIRCLED_LATIN_SMALL",
    "HANGUL_SYLLABLE",
    "CIRCLED_HANGUL_SYLLABLE",
    "HANGUL_JAMO",
    "CIRCLED_HANGUL_JAMO",
    "HANGUL_PHONETIC",
    "IDEOGRAPH",
    "CIRCLED_IDEOGRAPH",
    "DECAGON_CIRCLE",
    "DECAGON_CIRCLE_HANJA",
)
"""Names in HWPX by their numbers in HWP 5 (Hangul file format 5.0, table 43)."""
_INITIALS, _VOWELS = "가나다라마바사아자차카타파하", "ㅏㅓㅗㅜㅡㅣ"
_SYLLABLES_OF_VOWEL = 28


@dataclass(frozen=True, slots=True)
class NumberLevel:
    """One level of a numbering."""

    form: str
    """Text with `^1` to `^10` for the numbers of levels, and `^n` (with a dot at the end) or
    `^N` (without it) for all numbers down to this level."""
    format: str = "DIGIT"
    """Kind of digits, by its name in HWPX."""
    start: int = 1


@dataclass(frozen=True, slots=True)
class Numbering:
    """A numbering by levels, from the highest."""

    levels: tuple[NumberLevel, ...]


class NumberCounter:
    """Counts the paragraphs of each numbering in document order."""

    def __init__(self, numberings: Mapping[int, Numbering]) -> None:
        self._numberings = numberings
        self._counts: dict[Hashable, list[int | None]] = {}

    def next_label(self, kind: str, number: int, level: int) -> str:
        """Count a paragraph and return its number as it is shown; empty if the level has none.

        Args:
            kind: kind of the paragraph's head. Outlines and numbered paragraphs are counted apart, even if they share a
                numbering.
            number: id of the numbering.
            level: level of the paragraph, from 0.
        """
        numbering = self._numberings.get(number)
        if numbering is None or not 0 <= level < len(numbering.levels):
            return ""
        counts = self._counts.setdefault((kind, number), [None] * MAX_LEVELS)
        for above in range(level):
            # A higher level that had no paragraph yet counts as if it had its first one.
            if counts[above] is None:
                counts[above] = numbering.levels[above].start
        count = counts[level]
        counts[level] = numbering.levels[level].start if count is None else count + 1
        counts[level + 1 :] = [None] * (MAX_LEVELS - level - 1)
        return _PLACE.sub(lambda place: _shown(place[1], numbering, counts, level), numbering.levels[level].form)


def shown_number(number: int, name: str) -> str:
    """Return a number in digits of a kind, by the kind's name in HWPX; in plain digits if the kind is unknown."""
    if name == "HANGUL_SYLLABLE":
        return _syllable(number)
    if name in _SERIES:
        return _SERIES[name][number - 1] if 0 < number <= len(_SERIES[name]) else str(number)
    return numbered(number, _FORMATS.get(name, "decimal"))


def _shown(place: str, numbering: Numbering, counts: list[int | None], level: int) -> str:
    if place in "nN":
        path = ".".join(_number(numbering, counts, above) for above in range(level + 1))
        return path + "." if place == "n" else path
    return _number(numbering, counts, int(place) - 1)


def _number(numbering: Numbering, counts: list[int | None], level: int) -> str:
    if level >= len(numbering.levels):
        return ""
    count = counts[level]
    return shown_number(numbering.levels[level].start if count is None else count, numbering.levels[level].format)


def _syllable(number: int) -> str:
    """Return the syllable of a number in the order of Korean official letters: 가 … 하, 거 … 허, 고 … 호."""
    vowel, initial = divmod(number - 1, len(_INITIALS))
    if number < 1 or vowel >= len(_VOWELS):
        return str(number)
    step = ord(_VOWELS[vowel]) - ord(_VOWELS[0])
    return chr(ord(_INITIALS[initial]) + step * _SYLLABLES_OF_VOWEL)
