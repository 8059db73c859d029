"""Finds complete runs of numbered labels, and the first numbers that a run does not reach.

A run is a sequence of labels that differ in their last number only, from 1 to the last, without a gap: `Section 4.1` to
`Section 4.6`. `is_number_absent` searches the raw text, so that a label which the parser missed is found. Used by the
task `absent_provision`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LAST_NUMBER = re.compile(r"(?P<begin>.*?)(?P<number>\d{1,3})(?P<end>\D?)", re.DOTALL)
_MIN_RUN = 3
_NOUN_CHARS = 40
_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_CIRCLED_ONE = ord("①")
_NUM_CIRCLED = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Labels numbered from 1 to the last."""

    begin: str
    """The label before its last number: `Section 4.`."""
    end: str
    """The label after it: 조 of 제4조."""
    members: tuple[int, ...]
    """Indexes of the labels, in the order of their numbers."""

    @property
    def last(self) -> int:
        """The last number."""
        return len(self.members)

    def label(self, number: int) -> str:
        """Return the label that a number would have."""
        return f"{self.begin}{number}{self.end}"


def runs_of(labels: Sequence[str]) -> Iterator[Run]:
    """Yield the runs of at least three labels; labels with the same beginning and end that are no run are left out."""
    groups: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for index, label in enumerate(labels):
        if match := _LAST_NUMBER.fullmatch(label):
            groups[match["begin"], match["end"]].append((int(match["number"]), index))
    for (begin, end), found in groups.items():
        if len(found) >= _MIN_RUN and [number for number, _ in found] == list(range(1, len(found) + 1)):
            yield Run(begin, end, tuple(index for _, index in found))


def is_number_absent(*, text: str, run: Run, number: int) -> bool:
    """Return whether the text shows no label with this number: not at the start of a line, nor after the label's noun.

    A number of several parts, such as 4.9, must not occur at all. Roman and circled numbers count too.
    """
    if path := _path(run):
        return re.search(rf"(?<![\d.]){re.escape(path)}{number}(?!\d)", text) is None
    if opens_line(text=text, run=run, number=number):
        return False
    noun = run.begin.strip().split(" ")[-1]
    forms = _forms(number)
    if run.end and re.search(rf"(?<!\d){number}\s*{re.escape(run.end)}", text):
        return False
    is_word = noun.isascii() and noun != ""
    mention = rf"{re.escape(noun)}[^\n]{{0,{_NOUN_CHARS}}}?(?<![\w.])(?:{forms})"
    return not (is_word and re.search(mention, text, re.IGNORECASE))


def opens_line(*, text: str, run: Run, number: int) -> bool:
    """Return whether a line begins with this number, which may then be a label that the parser missed."""
    if path := _path(run):
        return re.search(rf"^[^\w\n]*{re.escape(path)}{number}(?!\d)", text, re.MULTILINE) is not None
    noun = re.escape(run.begin.strip())
    pattern = rf"^[^\w\n]*(?:{noun}\s*)?(?:{_forms(number)})"
    return re.search(pattern, text, re.MULTILINE | re.IGNORECASE) is not None


def _path(run: Run) -> str:
    """Return the numbers before the last one, with their dots: `4.` of `Section 4.`; empty for a single number."""
    match = re.search(r"[\d.]*$", run.begin)
    assert match is not None
    return match.group() if "." in match.group() else ""


def _forms(number: int) -> str:
    """Return a pattern for a number in digits, in Roman letters or in a circle; 0 has digits only."""
    forms = [rf"{number}(?!\d)"]
    if number:
        forms.append(rf"{_roman(number)}(?!\w)")
    if 0 < number <= _NUM_CIRCLED:
        forms.append(chr(_CIRCLED_ONE + number - 1))
    return "|".join(forms)


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        while number >= value:
            written += letters
            number -= value
    return written
