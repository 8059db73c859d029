"""Chooses conditions on the rows of a table that together select something that neither of them selects alone. Pure.

Rows are tuples of cells. Two cells are equal if they differ only in letter case and white space. A value is certain if
no other cell of its column contains it as a part, such as `Yes` and `Yes, see below`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Equal:
    """The condition that a column has a value."""

    column: int
    value: str
    """The value as the first matching cell writes it."""
    rows: tuple[int, ...]
    """The indexes of the rows that meet the condition."""


def equal_conditions(rows: Rows, columns: Sequence[int]) -> list[Equal]:
    """Return the certain values of the columns that several rows have, but not all."""
    found = []
    for column in columns:
        groups: dict[str, list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            groups[_folded(row[column])].append(index)
        found += [
            Equal(column, rows[indexes[0]][column], tuple(indexes))
            for value, indexes in groups.items()
            if 1 < len(indexes) < len(rows) and not any(value != other and value in other for other in groups)
        ]
    return found


def joint_conditions(conditions: Sequence[Equal]) -> Iterator[tuple[Equal, Equal, tuple[int, ...]]]:
    """Yield pairs of conditions on different columns, with the rows that meet both; each alone selects more rows."""
    for one, other in combinations(conditions, 2):
        both = tuple(sorted(set(one.rows) & set(other.rows)))
        if one.column != other.column and both and len(both) < min(len(one.rows), len(other.rows)):
            yield one, other, both


def above(condition: Equal, numbers: Sequence[Fraction]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield a row whose number is the limit, with the rows of a condition whose numbers are greater, if any are.

    The limit excludes a row that meets the condition, and another row of the table is above it without meeting it, so
    both conditions are needed.
    """
    limits: Mapping[Fraction, int] = {numbers[index]: index for index in reversed(range(len(numbers)))}
    for limit, index in sorted(limits.items()):
        both = tuple(row for row in condition.rows if numbers[row] > limit)
        num_above = sum(number > limit for number in numbers)
        if both and len(both) < len(condition.rows) and len(both) < num_above:
            yield index, both


def _folded(cell: str) -> str:
    return " ".join(cell.split()).casefold()
