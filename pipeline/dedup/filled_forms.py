"""Decides whether one of two texts is the other with its blanks filled in: a draft and its executed form.

Used by `dedup.relations`: the draft of a contract differs from the signed one in dates and names, as another contract
does, but only where the draft has blanks. Cost: as `dedup.versions`, and nothing if neither text has a blank.
"""

from __future__ import annotations

import re

from pipeline.dedup.blanks import blank_pattern
from pipeline.dedup.versions import Difference, differences, is_fact

_BLANK = "□"
_WORD = re.compile(rf"{_BLANK}|\d+(?:[.,:/-]\d+)*|[^\W\d_]+")


def is_filled_form(first: str, second: str) -> bool:
    """Return whether the texts differ in facts only where one of them, always the same, has a blank or nothing."""
    blank = blank_pattern()
    marked, num_blanks = blank.subn(f" {_BLANK} ", first)
    other_marked, num_other_blanks = blank.subn(f" {_BLANK} ", second)
    if not (num_blanks or num_other_blanks):
        return False
    num_filled = [0, 0]
    empty_sides: set[int] = set()
    for difference in differences(marked, other_marked, word=_WORD):
        sides = (difference.first, difference.second)
        blank_sides = [side for side in (0, 1) if _BLANK in sides[side]]
        if len(blank_sides) == 2:
            continue
        if blank_sides:
            side = blank_sides[0]
            if sides[1 - side]:
                num_filled[side] += 1
            if _is_fact_without_blank(difference, side):
                return False
            empty_sides.add(side)
        elif is_fact(difference):
            if all(sides):
                return False
            empty_sides.add(0 if not difference.first else 1)
    return sum(num_filled) > 0 and len(empty_sides) == 1


def _is_fact_without_blank(difference: Difference, side: int) -> bool:
    """Return whether the side with the blank also states facts that the other side does not have."""
    words = tuple(word for word in (difference.first, difference.second)[side] if word != _BLANK)
    other = (difference.first, difference.second)[1 - side]
    missing = tuple(word for word in words if word not in other and any(map(str.isdigit, word)))
    return bool(missing)
