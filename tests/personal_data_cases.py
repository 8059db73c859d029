"""Texts with and without personal data, for tests and for `benchmarks.personal_data`.

The files in `tests/clean/personal_data/` hold one text a line. `⟦kind|value⟧` must be masked. `⏎` is a line end. `~` in
a value is a check digit, and `!` is a wrong one; both are computed here, independently of the code under test.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "clean" / "personal_data"
_VALUE = re.compile(r"[⟦⟪](?P<kind>[a-z_]+)\|(?P<value>[^⟧⟫]*)[⟧⟫]")


@dataclass(frozen=True, slots=True)
class Case:
    """A text, and what must be masked in it."""

    file: str
    text: str
    values: frozenset[tuple[int, int, str]]
    """Start, end and kind."""


def cases(name: str) -> list[Case]:
    """The texts of the files whose names start with `name`: `positive` or `negative`."""
    return [
        _case(path.name, line)
        for path in sorted(FOLDER.glob(f"{name}*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("# ")
    ]


def _case(file: str, line: str) -> Case:
    text, values, end = "", set(), 0
    line = line.replace("⏎", "\n")
    for match in _VALUE.finditer(line):
        text += line[end : match.start()]
        end = match.end()
        value = with_check_digits(match["kind"], match["value"])
        if match.group().startswith("⟦"):
            values.add((len(text), len(text) + len(value), match["kind"]))
        text += value
    return Case(file, text + line[end:], frozenset(values))


def with_check_digits(kind: str, value: str) -> str:
    """The value with its check digits in place of `~` or `!`."""
    if "~~" in value or "!!" in value:
        country = value[:2]
        body = re.sub(r"\s", "", value[4:])
        right = iban_digits(country, body)
        return value.replace("~~", f"{right:02d}").replace("!!", f"{(right + 1) % 97:02d}")
    if not value.endswith(("~", "!")):
        return value
    digits = [int(char) for char in value if char.isdigit()]
    right = _CHECKS[kind](digits)
    return value[:-1] + str(right if value.endswith("~") else (right + 3) % 10)


def iban_digits(country: str, body: str) -> int:
    """ISO 13616: 98 minus the remainder of the number with the country and 00 at its end."""
    remainder = 0
    for char in f"{body}{country}00":
        for digit in str(int(char, 36)):
            remainder = (remainder * 10 + int(digit)) % 97
    return 98 - remainder


def luhn_digit(digits: list[int]) -> int:
    """ISO/IEC 7812-1: what makes the sum of the digits, every second one doubled from the right, end with 0."""
    total = 0
    for place, digit in enumerate(reversed(digits), start=1):
        total += digit if place % 2 == 0 else sum(divmod(2 * digit, 10))
    return -total % 10


def person_digit(digits: list[int]) -> int:
    """Residents: 11 minus the remainder by 11. Foreigners, whose seventh digit is 5 to 8: 13 minus it."""
    remainder = 0
    for weight, digit in zip([2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5], digits, strict=True):
        remainder = (remainder + weight * digit) % 11
    return ((13 if digits[6] >= 5 else 11) - remainder) % 10


def registration_digit(digits: list[int]) -> int:
    """Businesses have nine digits before the check digit; corporations have twelve, weighted 1 and 2 in turn."""
    if len(digits) == 12:
        return -(sum(digits[0::2]) + 2 * sum(digits[1::2])) % 10
    a, b, c, d, e, f, g, h, i = digits
    tens, ones = divmod(5 * i, 10)
    return -(a + d + g + 3 * (b + e + h) + 7 * (c + f) + tens + ones) % 10


_CHECKS: dict[str, Callable[[list[int]], int]] = {
    "card": luhn_digit,
    "rrn": person_digit,
    "brn": registration_digit,
}


@dataclass(slots=True)
class Score:
    """Counts of values by kind."""

    right: Counter[str]
    missed: Counter[str]
    wrong: Counter[str]
    faults: list[str]

    def precision(self, kind: str | None = None) -> float:
        """The share of what was found that is right; 1.0 if nothing was found."""
        right, wrong = self._sum(self.right, kind), self._sum(self.wrong, kind)
        return right / (right + wrong) if right + wrong else 1.0

    def recall(self, kind: str | None = None) -> float:
        """The share of what is to be found that was found."""
        right, missed = self._sum(self.right, kind), self._sum(self.missed, kind)
        return right / (right + missed) if right + missed else 1.0

    @staticmethod
    def _sum(counts: Counter[str], kind: str | None) -> int:
        return counts.total() if kind is None else counts[kind]


def score(texts: list[Case], find: Callable[[str], Iterator[tuple[int, int, str]]]) -> Score:
    """Compare what a function finds with what is in the texts. Start, end and kind must agree."""
    result = Score(Counter(), Counter(), Counter(), [])
    for case in texts:
        found = set(find(case.text))
        result.right.update(kind for _, _, kind in found & case.values)
        result.missed.update(kind for _, _, kind in case.values - found)
        result.wrong.update(kind for _, _, kind in found - case.values)
        for start, end, kind in sorted(case.values - found):
            result.faults.append(f"missed {kind} {case.text[start:end]!r} in {case.text!r}")
        for start, end, kind in sorted(found - case.values):
            result.faults.append(f"wrong {kind} {case.text[start:end]!r} in {case.text!r}")
    return result
