"""Finds where a text states a number, in figures and in words, and reads its value.

Pure, apart from a cache of the values in the last documents. Used by `altered_numbers` and `stated_numbers`. Cost: one
reading of the values in a document, which takes a second for half a megabyte.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from pipeline.languages import Language, language_rules
from pipeline.languages.quantities import FoundQuantity

RUN = re.compile(r"\d(?:[\d.,:/-]*\d)?")
"""Figures with the signs between them, such as `1,200.50`, `2024-05-01` and `4.2.1`."""
PLAIN = re.compile(r"(?:[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?")
"""A run that is one number."""
_WITH_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DOTS = re.compile(r"\..*\.")
"""Dots that make several numbers of a run, as in a date."""
_NAME_BEFORE = re.compile(r"[\w#§.,:/+-]\Z")
_NAME_BEHIND = re.compile(r"[A-Za-z_]")
_IN_BRACKETS = re.compile(r"\(\s*\Z")
_BRACKET_BEHIND = re.compile(r"\s?\(\s*(?=[^\W\d])")
_CLOSING = re.compile(r"\s*\)")
_AROUND_CHARS = 60
MIN_YEAR, _MAX_YEAR = 1000, 2100
PASSAGE_CHARS = 400
"""How far on both sides of a number its passage reaches."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The number in words that stands beside a number in figures, as in `thirty (30)` and `30 (thirty)`."""

    start: int
    end: int
    whole_start: int
    whole_end: int
    """Both numbers with the brackets."""


def only_number(text: str) -> str | None:
    """Return the only number of a text, if it is in figures and no part of a name; else None."""
    runs = list(RUN.finditer(text))
    if len(runs) != 1 or not PLAIN.fullmatch(runs[0].group()) or is_part_of_name(text, runs[0]):
        return None
    return runs[0].group()


def is_part_of_name(text: str, run: re.Match[str]) -> bool:
    """Return whether letters or signs beside a run make it a part of an identifier or a larger number."""
    return bool(_NAME_BEFORE.search(text[max(0, run.start() - 1) : run.start()]) or _NAME_BEHIND.match(text, run.end()))


def values(run: str) -> list[Decimal]:
    """Return the numbers in a run of figures: one, unless signs join several, as in `2.5/1` and `2024-05-01`."""
    parts = [
        dotted for part in re.split("[:/-]", run) for dotted in (part.split(".") if _DOTS.search(part) else [part])
    ]
    numbers = [number for part in parts for number in ([part] if _WITH_COMMAS.fullmatch(part) else part.split(","))]
    return [value_of(number) for number in numbers if number.strip(".")]


def value_of(number: str) -> Decimal:
    """Return the value of a number in figures."""
    return Decimal(number.replace(",", "")).normalize()


def is_year(number: str) -> bool:
    """Return whether a number may be a year: any whole number from 1000 to 2100 without separators."""
    return number.isdecimal() and len(number) == 4 and MIN_YEAR <= int(number) <= _MAX_YEAR


@lru_cache(maxsize=32)
def quantities(text: str, language: Language) -> tuple[FoundQuantity, ...]:
    """Return the values that a text states, those that win an overlap first."""
    return tuple(language_rules(language).statements.find_quantities(text))


def quantities_at(text: str, runs: Sequence[re.Match[str]], language: Language) -> list[FoundQuantity]:
    """Return the values of a text that some of its figures are in."""
    found = quantities(text, language)
    return [one for one in found if any(one.start <= run.start() < one.end for run in runs)]


def states_number(text: str, value: Decimal, words: str) -> bool:
    """Return whether a text has a number in figures, or in these words, if there are any."""
    in_figures = any(value in values(run.group()) for run in RUN.finditer(text))
    return in_figures or bool(words and words_pattern(words).search(text))


def in_words(value: Decimal, language: Language) -> str:
    """Return a whole number in words; empty if the language's rules have no words for it."""
    return language_rules(language).statements.number_in_words(int(value)) if value == int(value) else ""


@cache
def words_pattern(words: str) -> re.Pattern[str]:
    """Return a pattern of a number in words, which is as long as the words, whatever its letter case and hyphens."""
    spaced = re.escape(words).replace(r"\ ", r"\s").replace(r"\-", r"[-\s]")
    return re.compile(rf"(?<![\w-]){spaced}(?!\w)", re.IGNORECASE)


def words_beside(text: str, run: re.Match[str], words: str) -> Beside | None:
    """Return the number in words beside a run; None if these words are not there."""
    if not words:
        return None
    pattern = words_pattern(words)
    if opening := _IN_BRACKETS.search(text, max(0, run.start() - _AROUND_CHARS), run.start()):
        closing = _CLOSING.match(text, run.end())
        found = list(pattern.finditer(text, max(0, opening.start() - len(words) - 1), opening.start()))
        if closing and found and not text[found[-1].end() : opening.start()].strip():
            return Beside(found[-1].start(), found[-1].end(), found[-1].start(), closing.end())
    elif opening := _BRACKET_BEHIND.match(text, run.end()):
        match = pattern.match(text, opening.end())
        closing = _CLOSING.match(text, match.end()) if match else None
        if match and closing:
            return Beside(match.start(), match.end(), run.start(), closing.end())
    return None


def has_other_form_beside(text: str, run: re.Match[str]) -> bool:
    """Return whether a run is in brackets, or words in brackets come behind it: either may repeat the number."""
    is_in_brackets = _IN_BRACKETS.search(text, max(0, run.start() - _AROUND_CHARS), run.start()) is not None
    return is_in_brackets or _BRACKET_BEHIND.match(text, run.end()) is not None
