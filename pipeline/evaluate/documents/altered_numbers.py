"""Replaces a number by another one everywhere in a document, so that only a reader of the document knows it.

Takes a document and an answer with one number. Returns the document and the answer with another number, or why this
would spoil the document. The rules are Giraffe's (arXiv 2308.10882, section 4.2): a year, which is any whole number
from 1000 to 2100, moves by up to ten; any other number becomes a random one with as many digits. The text keeps its
length. Separators stay, and so do the zeros at the end of a whole number: 1,200 becomes 3,400.

Left alone are documents in which the number would also be a heading's, a provision's or an identifier's, a part of a
date (years excepted), written in words or in another form, or that mention it in the question. So are numbers that
others of the passage give as a product, quotient, sum or difference, because the original could be worked out. Used by
`altqa`. Cost: one reading of the values in a document, which takes a second for half a megabyte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from random import Random

from pipeline.languages import Language, language_rules
from pipeline.languages.quantities import FoundQuantity, QuantityKind

_RUN = re.compile(r"\d(?:[\d.,:/-]*\d)?")
"""Figures with the signs between them, such as `1,200.50`, `2024-05-01` and `4.2.1`."""
_PLAIN = re.compile(r"(?:[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?")
_WITH_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_JOINED = re.compile(r"[:/-]|\..*\.")
"""Signs that make several numbers of a run."""
_NAME_BEFORE = re.compile(r"[\w#§.,:/+-]\Z")
_NAME_BEHIND = re.compile(r"[A-Za-z_]")
_LABEL_BEFORE = re.compile(r"(?:^|\n)[ \t>*|#(\[]*\Z")
_LABEL_BEHIND = re.compile(r"[.)\]]|[ \t]*(?:\n|\Z)")
_IN_BRACKETS = re.compile(r"\(\s*\Z")
_WORDS_BEHIND = re.compile(r"\s?\(\s*[^\W\d]")
_MIN_YEAR, _MAX_YEAR, _MAX_YEARS_APART = 1000, 2100, 10
_MAX_DRAWS = 200
_ZEROS_AT_END = re.compile(r"(?<=\d)[0,]*0\Z")
_PASSAGE_CHARS = 400
"""How far on both sides of a number its passage reaches."""
_LEAST_SAYING = 100
"""Two of three related numbers are at least as large: small ones are products and sums of others by chance."""
_LEAST_PART = 2
_HUNDRED = 100
"""A percentage of a number is a product with a hundredth."""


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


def alter_number(
    text: str, *, question: str, answer: str, titles: Sequence[str], language: Language, random: Random
) -> Altered | Spoilt:
    """Return the document with another number in the place of the answer's number, or why this is not possible.

    Args:
        text: the document.
        question: must not hold the number.
        answer: must hold exactly one number.
        titles: the titles of the document's sections.
        language: the language of the document, whose dates and values are read.
        random: draws the new number.
    """
    number = _only_number(answer)
    if number is None:
        return Spoilt.NO_NUMBER
    value = _value(number)
    if any(value in _values(run.group()) for run in _RUN.finditer(question)):
        return Spoilt.IN_QUESTION
    is_year = _is_year(number)
    for one in _quantities(answer, language):
        if (spoilt := _spoilt_kind(one, is_year)) is not None:
            return spoilt
    runs = [run for run in _RUN.finditer(text) if value in _values(run.group())]
    if (spoilt := _spoilt(text, runs, number, titles, is_year, language)) is not None:
        return spoilt
    if not is_year and _is_computable(text, runs, value):
        return Spoilt.COMPUTABLE
    known = {value for run in _RUN.finditer(f"{text}\n{question}\n{answer}") for value in _values(run.group())}
    new = next((drawn for drawn in _drawn(number, random) if _value(drawn) not in known), None)
    if new is None:
        return Spoilt.NO_OTHER
    return Altered(
        text=_replaced(text, runs, new),
        answer=_replaced(answer, list(_RUN.finditer(answer)), new),
        old=number.replace(",", ""),
        new=new.replace(",", ""),
    )


def _only_number(answer: str) -> str | None:
    runs = list(_RUN.finditer(answer))
    if len(runs) != 1 or not _PLAIN.fullmatch(runs[0].group()) or _is_part_of_name(answer, runs[0]):
        return None
    return runs[0].group()


def _spoilt(
    text: str, runs: Sequence[re.Match[str]], number: str, titles: Sequence[str], is_year: bool, language: Language
) -> Spoilt | None:
    """Return the first reason why the runs with the number's value cannot all be replaced."""
    value = _value(number)
    for run in runs:
        if not _PLAIN.fullmatch(run.group()) or _is_part_of_name(text, run):
            return Spoilt.NAME
        before, behind = text[max(0, run.start() - 40) : run.start()], text[run.end() : run.end() + 40]
        if _LABEL_BEFORE.search(before) and _LABEL_BEHIND.match(behind):
            return Spoilt.HEADING
        if _IN_BRACKETS.search(before) or _WORDS_BEHIND.match(behind):
            return Spoilt.WORDS
        if len(run.group().partition(".")[2]) != len(number.partition(".")[2]):
            return Spoilt.OTHER_FORM
    if any(value in _values(run.group()) for title in titles for run in _RUN.finditer(title)):
        return Spoilt.HEADING
    return _spoilt_value(text, runs, value, is_year, language)


def _spoilt_value(
    text: str, runs: Sequence[re.Match[str]], value: Decimal, is_year: bool, language: Language
) -> Spoilt | None:
    """Return why the values that the document states forbid a replacement."""
    found = _quantities(text, language)
    holding = [one for one in found if any(one.start <= run.start() < one.end for run in runs)]
    for one in holding:
        if (spoilt := _spoilt_kind(one, is_year)) is not None:
            return spoilt
    same = {Fraction(value)} | {one.quantity.number for one in holding if one.quantity.kind is QuantityKind.NUMBER}
    for one in found:
        if one.quantity.kind is QuantityKind.NUMBER and one.quantity.number in same and one not in holding:
            return Spoilt.OTHER_FORM if any(char.isdigit() for char in text[one.start : one.end]) else Spoilt.WORDS
    return None


def _spoilt_kind(found: FoundQuantity, is_year: bool) -> Spoilt | None:
    """Return why no number in a value of this kind can be replaced."""
    if found.quantity.kind in (QuantityKind.PLACE, QuantityKind.MARK):
        return Spoilt.PLACE
    return Spoilt.DATE if found.quantity.kind is QuantityKind.DATE and not is_year else None


@lru_cache(maxsize=32)
def _quantities(text: str, language: Language) -> tuple[FoundQuantity, ...]:
    return tuple(language_rules(language).statements.find_quantities(text))


def _is_computable(text: str, runs: Sequence[re.Match[str]], value: Decimal) -> bool:
    """Return whether other numbers give a number: two of its passage, or one of its passage and one elsewhere.

    An example is a yearly rent beside its rate, if the area is in another provision.
    """
    anywhere = _other_values(text, value)
    for run in runs:
        near = _other_values(text[max(0, run.start() - _PASSAGE_CHARS) : run.end() + _PASSAGE_CHARS], value)
        for one in near:
            factors = (value / one, value * _HUNDRED / one, one / value, one * _HUNDRED / value, one * value / _HUNDRED)
            given = [other for other in factors if other in anywhere]
            given += [other for other in (value - one, one - value) if other in near]
            if any(other != one and sorted((value, one, other))[1] >= _LEAST_SAYING for other in given):
                return True
    return False


def _other_values(text: str, value: Decimal) -> set[Decimal]:
    """Return the numbers of a text other than this one, without those that are too small to say anything."""
    found = (number for run in _RUN.finditer(text) for number in _values(run.group()))
    return {number for number in found if number != value and number >= _LEAST_PART}


def _is_part_of_name(text: str, run: re.Match[str]) -> bool:
    return bool(_NAME_BEFORE.search(text[max(0, run.start() - 1) : run.start()]) or _NAME_BEHIND.match(text, run.end()))


def _values(run: str) -> list[Decimal]:
    """Return the numbers in a run of figures: one, unless signs such as hyphens join several."""
    parts = re.split(r"[:/.-]", run) if _JOINED.search(run) else [run]
    numbers = [number for part in parts for number in ([part] if _WITH_COMMAS.fullmatch(part) else part.split(","))]
    return [_value(number) for number in numbers if number.strip(".")]


def _value(number: str) -> Decimal:
    return Decimal(number.replace(",", "")).normalize()


def _is_year(number: str) -> bool:
    return number.isdecimal() and len(number) == 4 and _MIN_YEAR <= int(number) <= _MAX_YEAR


def _drawn(number: str, random: Random) -> Iterator[str]:
    """Yield other numbers of the same form, in random order."""
    if _is_year(number):
        years = [int(number) + apart for apart in range(-_MAX_YEARS_APART, _MAX_YEARS_APART + 1) if apart]
        random.shuffle(years)
        yield from (str(year) for year in years if year >= _MIN_YEAR)
        return
    for _ in range(_MAX_DRAWS):
        drawn = "".join(random.choice("0123456789") if char.isdecimal() else char for char in number)
        leading = random.choice("123456789") if number[0] != "0" else "0"
        drawn = leading + drawn[1:]
        zeros = None if "." in number else _ZEROS_AT_END.search(number)
        if zeros:
            last = random.choice("123456789")
            drawn = drawn[: zeros.start() - 1] + last + zeros.group()
        yield drawn


def _replaced(text: str, runs: Sequence[re.Match[str]], new: str) -> str:
    """Return a text with the new number for each run, with separators where the run has them."""
    plain = new.replace(",", "")
    whole, dot, decimals = plain.partition(".")
    grouped = f"{int(whole):,}{dot}{decimals}"
    parts, end = [], 0
    for run in runs:
        parts += [text[end : run.start()], grouped if "," in run.group() else plain]
        end = run.end()
    return "".join([*parts, text[end:]])
