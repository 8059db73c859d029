"""Replaces a number by another one everywhere in a document, so that only a reader of the document knows it.

Takes a document and an answer with one number. Returns the document and the answer with another number, or why this
would spoil the document. The rules are Giraffe's (arXiv 2308.10882, section 4.2): a year, which is any whole number
from 1000 to 2100 that has no unit, moves by up to ten; any other number becomes a random one with as many digits. The
text keeps its length. Separators stay, and so do the zeros at the end of a whole number: 1,200 becomes 3,400. A number
that is also written in words becomes one with words of the same length: `thirty (30)` becomes `eighty (80)`. The new
number keeps its order among those of the same unit in its passage, and a percentage up to 100 does not exceed 100.

Left alone are documents in which the number would also be a heading's, a provision's or an identifier's, a part of a
date (years excepted), in another form, or in words that cannot be replaced, or that mention it in the question. So are
numbers that others give (see `computable_numbers`), because the original could be worked out. Used by `altqa`. Cost:
that of `number_places`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from random import Random

from pipeline.evaluate.documents.computable_numbers import is_computable, is_computable_year
from pipeline.evaluate.documents.number_places import (
    MIN_YEAR,
    PASSAGE_CHARS,
    PLAIN,
    RUN,
    has_other_form_beside,
    in_words,
    is_part_of_name,
    is_year,
    only_number,
    quantities,
    quantities_at,
    states_number,
    value_of,
    values,
    words_beside,
    words_pattern,
)
from pipeline.languages import Language
from pipeline.languages.quantities import RATIO, FoundQuantity, QuantityKind, same_quantity

_LABEL_BEFORE = re.compile(r"(?:^|\n)[ \t>*|#(\[]*\Z")
_LABEL_BEHIND = re.compile(r"[.)\]]|[ \t]*(?:\n|\Z)")
_MAX_YEARS_APART = 10
_MAX_DRAWS = 300
_ZEROS_AT_END = re.compile(r"(?<=\d)[0,]*0\Z")
_LEAST_IN_WORDS = 2
"""`One` is mostly a pronoun."""
_LEAST_BARE_WORD = 10
"""A smaller number in words without a unit may only count what the text lists: `two conditions`."""
_ALL = Fraction(1)
_NO_UNITS = frozenset({"", "month"})
"""1987년 is a year, though it can be read as so many years, which are counted in months."""
_LENGTHS_OF_TIME = frozenset({"day", "minute"})


class Spoilt(StrEnum):
    """Why a number cannot be replaced."""

    NO_NUMBER = "answer_without_one_plain_number"
    IN_QUESTION = "number_in_the_question"
    NAME = "number_in_a_name"
    HEADING = "number_in_a_heading"
    PLACE = "number_of_a_provision"
    DATE = "number_in_a_date"
    WORDS = "number_in_words"
    OTHER_FORM = "number_in_another_form"
    COMPUTABLE = "number_that_others_give"
    NO_OTHER = "no_other_number"


@dataclass(frozen=True, slots=True)
class Altered:
    """A document and an answer with another number."""

    text: str
    """As long as the original."""
    answer: str
    old: str
    """The original number without separators."""
    new: str
    old_words: str = ""
    """The original number in words; empty if the document does not have it in words."""
    new_words: str = ""


def alter_number(
    text: str, *, question: str, answer: str, titles: Sequence[str], language: Language, random: Random
) -> Altered | Spoilt:
    """Return the document with another number in the place of the answer's number, or why this is not possible.

    Args:
        text: the document.
        question: must not hold the number.
        answer: must hold exactly one number in figures, which may stand beside its words.
        titles: the titles of the document's sections.
        language: the language of the document, whose dates and values are read.
        random: draws the new number.
    """
    number = only_number(answer)
    if number is None:
        return Spoilt.NO_NUMBER
    value = value_of(number)
    words = in_words(value, language) if value >= _LEAST_IN_WORDS else ""
    if states_number(question, value, words):
        return Spoilt.IN_QUESTION
    runs = [run for run in RUN.finditer(text) if value in values(run.group())]
    as_year = is_year(number) and not _has_unit(text, runs, language)
    for one in quantities(answer, language):
        if (spoilt := _spoilt_kind(one, as_year)) is not None:
            return spoilt
    places = _places(text, runs, number, words, titles, as_year, language)
    if isinstance(places, Spoilt):
        return places
    if is_computable_year(text, runs, language) if as_year else is_computable(text, runs, value, language):
        return Spoilt.COMPUTABLE
    known = {
        Fraction(stated) for run in RUN.finditer(f"{text}\n{question}\n{answer}") for stated in values(run.group())
    }
    known.update(one.quantity.number for one in quantities(text, language) if one.quantity.kind is QuantityKind.NUMBER)
    limits = _limits(text, runs, number, as_year, language)
    for drawn in _drawn_years(number, random) if as_year else _drawn(number, random):
        new = Fraction(value_of(drawn))
        new_words = in_words(value_of(drawn), language) if places.words else ""
        if new not in known and limits.allow(new) and (not places.words or len(new_words) == len(words)):
            spoken = words_pattern(words).finditer(answer) if places.words else ()
            return Altered(
                text=_replaced(text, runs, drawn, places.words, new_words),
                answer=_replaced(answer, list(RUN.finditer(answer)), drawn, list(spoken), new_words),
                old=number.replace(",", ""),
                new=drawn.replace(",", ""),
                old_words=words if places.words else "",
                new_words=new_words,
            )
    return Spoilt.NO_OTHER


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a number stands in words, besides its places in figures."""

    words: list[re.Match[str]]


def _places(
    text: str,
    runs: Sequence[re.Match[str]],
    number: str,
    words: str,
    titles: Sequence[str],
    as_year: bool,
    language: Language,
) -> _Places | Spoilt:
    """Return where a number stands in words, or the first reason why its places cannot all be replaced."""
    value = value_of(number)
    beside = set()
    for run in runs:
        if not PLAIN.fullmatch(run.group()) or is_part_of_name(text, run):
            return Spoilt.NAME
        before, behind = text[max(0, run.start() - 40) : run.start()], text[run.end() : run.end() + 40]
        if _LABEL_BEFORE.search(before) and _LABEL_BEHIND.match(behind):
            return Spoilt.HEADING
        if has_other_form_beside(text, run):
            words_of_run = words_beside(text, run, words)
            if words_of_run is None:
                return Spoilt.WORDS
            beside.add(words_of_run.start)
        if len(run.group().partition(".")[2]) != len(number.partition(".")[2]):
            return Spoilt.OTHER_FORM
    if as_year and re.search(rf"(?<![\d/])(?:['’]{number[2:]}|{number[2:]}/\d+)(?!\d)", text):
        return Spoilt.OTHER_FORM  # Directive 96/9/EC is of 1996
    if any(states_number(title, value, words if beside else "") for title in titles):
        return Spoilt.HEADING
    return _places_in_words(text, runs, value, words, beside, as_year, language)


def _places_in_words(
    text: str,
    runs: Sequence[re.Match[str]],
    value: Decimal,
    words: str,
    beside: set[int],
    as_year: bool,
    language: Language,
) -> _Places | Spoilt:
    """Return where a number stands in words, or why the values that the document states forbid a replacement."""
    found = quantities(text, language)
    holding = quantities_at(text, runs, language)
    for one in holding:
        if (spoilt := _spoilt_kind(one, as_year)) is not None:
            return spoilt
    numbers = [one for one in holding if one.quantity.kind is QuantityKind.NUMBER]
    same = {Fraction(value)} | {one.quantity.number for one in numbers}
    times = [one for one in numbers if one.quantity.unit in _LENGTHS_OF_TIME]
    bare: set[int] = set()
    for one in found:
        if one.quantity.kind is not QuantityKind.NUMBER or one in holding:
            continue
        if one.quantity.number not in same and not any(
            one.quantity.unit in _LENGTHS_OF_TIME and same_quantity(one.quantity, time.quantity) for time in times
        ):
            continue
        if any(char.isdigit() for char in text[one.start : one.end]):
            return Spoilt.OTHER_FORM
        match = words_pattern(words).match(text, one.start) if words else None
        if match is None:
            return Spoilt.WORDS
        if match.start() not in beside | bare:
            goes_on = text[match.end() : match.end() + 1] == "-"
            if not one.quantity.unit and (goes_on or value < _LEAST_BARE_WORD):
                return Spoilt.WORDS
            bare.add(match.start())
    starts = beside | bare
    every = words_pattern(words).finditer(text) if starts else ()
    return _Places([match for match in every if match.start() in starts])


def _has_unit(text: str, runs: Sequence[re.Match[str]], language: Language) -> bool:
    """Return whether a number is one of a unit somewhere, so that it is no year: `1000 times`."""
    return any(one.quantity.unit not in _NO_UNITS for one in quantities_at(text, runs, language))


def _spoilt_kind(found: FoundQuantity, as_year: bool) -> Spoilt | None:
    """Return why no number in a value of this kind can be replaced."""
    if found.quantity.kind in (QuantityKind.PLACE, QuantityKind.MARK):
        return Spoilt.PLACE
    return Spoilt.DATE if found.quantity.kind is QuantityKind.DATE and not as_year else None


@dataclass(frozen=True, slots=True)
class _Limits:
    """Between which numbers, both excluded, a new number must be so that its passages stay consistent."""

    low: Fraction | None
    high: Fraction | None

    def allow(self, number: Fraction) -> bool:
        return (self.low is None or number > self.low) and (self.high is None or number < self.high)


def _limits(text: str, runs: Sequence[re.Match[str]], number: str, as_year: bool, language: Language) -> _Limits:
    """Return the next numbers of the same unit in the passages of a number: `at least 30%, at most 40%`."""
    value = Fraction(value_of(number))
    near: list[Fraction] = []
    if as_year:
        passages = [text[max(0, run.start() - PASSAGE_CHARS) : run.end() + PASSAGE_CHARS] for run in runs]
        years = [run.group() for passage in passages for run in RUN.finditer(passage) if is_year(run.group())]
        near = [Fraction(year) for year in years]
    elif value:
        found = [one for one in quantities(text, language) if one.quantity.kind is QuantityKind.NUMBER]
        for run in runs:
            for held in found:
                if held.quantity.unit and held.start <= run.start() < held.end:
                    factor = held.quantity.number / value
                    near += [
                        one.quantity.number / factor
                        for one in found
                        if one.quantity.unit == held.quantity.unit
                        and one.end > run.start() - PASSAGE_CHARS
                        and one.start < run.end() + PASSAGE_CHARS
                    ]
                    if held.quantity.unit == RATIO and held.quantity.number <= _ALL:
                        near.append((_ALL / factor) + 1)
    below, above = [one for one in near if one < value], [one for one in near if one > value]
    return _Limits(max(below, default=None), min(above, default=None))


def _drawn_years(year: str, random: Random) -> Iterator[str]:
    """Yield the years up to ten apart from a year, in random order."""
    years = [int(year) + apart for apart in range(-_MAX_YEARS_APART, _MAX_YEARS_APART + 1) if apart]
    random.shuffle(years)
    yield from (str(other) for other in years if other >= MIN_YEAR)


def _drawn(number: str, random: Random) -> Iterator[str]:
    """Yield other numbers of the same form, in random order."""
    for _ in range(_MAX_DRAWS):
        drawn = "".join(random.choice("0123456789") if char.isdecimal() else char for char in number)
        leading = random.choice("123456789") if number[0] != "0" else "0"
        drawn = leading + drawn[1:]
        zeros = None if "." in number else _ZEROS_AT_END.search(number)
        if zeros:
            last = random.choice("123456789")
            drawn = drawn[: zeros.start() - 1] + last + zeros.group()
        yield drawn


def _replaced(
    text: str, runs: Sequence[re.Match[str]], new: str, words: Sequence[re.Match[str]], new_words: str
) -> str:
    """Return a text with the new number for each run, with separators where the run has them, and for its words."""
    plain = new.replace(",", "")
    whole, dot, decimals = plain.partition(".")
    grouped = f"{int(whole):,}{dot}{decimals}"
    edits = [(run.start(), run.end(), grouped if "," in run.group() else plain) for run in runs]
    edits += [(match.start(), match.end(), _written_as(match.group(), new_words)) for match in words]
    parts, end = [], 0
    for start, stop, written in sorted(edits):
        parts += [text[end:start], written]
        end = stop
    return "".join([*parts, text[end:]])


def _written_as(old: str, words: str) -> str:
    """Return a number in words with the letter case and hyphens of another one."""
    written = words if "-" in old else words.replace("-", " ")
    if old.isupper():
        return written.upper()
    if old.istitle():
        return written.title()
    return written.capitalize() if old[:1].isupper() else written
