"""Proves that a list of numbered items has no gap, so that a parser cannot have missed one in the middle.

Pure. Used by the tasks that list everything inside a provision or below a heading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_LAST_NUMBER = re.compile(r"(?P<first>.*?)(?P<number>\d{1,4})(?P<inserted>(?:[^\W\d]{1,3}\d{1,3})?)\D{0,3}", re.DOTALL)
"""The number at the end of a label: 4.1, `Section 7`, 제3조, 제3조의2 (`inserted`: an article added later)."""


def counts_up(labels: Sequence[str], *, first: int | None = None) -> bool:
    """Return whether the numbers at the ends of labels count up by one: `4.1`, `4.2`, `4.3`.

    Labels must be equal before the number. An inserted number (제3조의2) may follow the number that it extends, also
    counting up: 제3조, 제3조의2, 제3조의3, 제4조.

    Args:
        labels: The labels, in document order.
        first: The number that the list must begin with; any if None.
    """
    found = [_LAST_NUMBER.fullmatch(label.strip()) for label in labels]
    matches = [match for match in found if match is not None]
    if not matches or len(matches) < len(found) or len({match["first"] for match in matches}) > 1:
        return False
    numbers = [(int(match["number"]), _inserted(match["inserted"])) for match in matches]
    if numbers[0][1] or (first is not None and numbers[0][0] != first):
        return False
    return all(_is_next(one, other) for one, other in pairwise(numbers))


def _inserted(words: str) -> int:
    """Return the number of an inserted label, such as 2 of 제3조의2; 0 for others."""
    return int("".join(filter(str.isdigit, words)) or 0)


def _is_next(one: tuple[int, int], other: tuple[int, int]) -> bool:
    if other[1]:
        return other[0] == one[0] and other[1] == (one[1] + 1 if one[1] else 2)
    return other[0] == one[0] + 1
