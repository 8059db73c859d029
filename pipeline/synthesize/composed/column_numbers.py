"""Reads the cells of a table column as exact numbers of one unit, so that they can be compared and added up. Pure.

A column is read only if every cell is a number with the same sign or unit around it, or nothing around any of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_CELL = re.compile(
    r"(?P<before>(?:US\$|[$€£¥₩])?) ?(?P<number>[+\-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
    r"(?P<space> ?)(?P<after>(?:%|[^\W\d_]{1,8}\.?)?)"
)


@dataclass(frozen=True, slots=True)
class Column:
    """The numbers of a column, with what stands before and after each of them."""

    cells: tuple[str, ...]
    """The cells as written."""
    numbers: tuple[Fraction, ...]
    num_decimals: int
    """The largest number of decimals of a cell."""
    has_commas: bool
    before: str
    after: str
    """The unit, with the space before it."""

    @property
    def has_unit(self) -> bool:
        """Whether the cells have a currency sign or a unit."""
        return bool(self.before or self.after)

    def written(self, number: Fraction) -> str:
        """Return a number as the cells write theirs."""
        scaled = number * 10**self.num_decimals
        assert scaled.denominator == 1, f"{number} has more decimals than its column"
        whole, rest = divmod(abs(int(scaled)), 10**self.num_decimals)
        digits = f"{whole:,}" if self.has_commas else str(whole)
        if self.num_decimals:
            digits += f".{rest:0{self.num_decimals}}"
        return f"{'-' if scaled < 0 else ''}{self.before}{digits}{self.after}"


def read_column(cells: Sequence[str]) -> Column | None:
    """Return the numbers of a column; None if a cell is not a number or has another unit than the first."""
    matches = [_CELL.fullmatch(cell.strip()) for cell in cells]
    found = [match for match in matches if match is not None]
    if not found or len(found) < len(matches):
        return None
    if len({(match["before"], match["after"]) for match in found}) > 1:
        return None
    numbers = [match["number"].replace(",", "").replace("−", "-") for match in found]
    return Column(
        cells=tuple(match.group() for match in found),
        numbers=tuple(Fraction(number) for number in numbers),
        num_decimals=max(len(number.partition(".")[2]) for number in numbers),
        has_commas=any("," in match["number"] for match in found),
        before=found[0]["before"],
        after=f"{found[0]['space']}{found[0]['after']}" if found[0]["after"] else "",
    )
