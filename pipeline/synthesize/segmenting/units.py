"""Joins the units of a document into segments: whole units, up to a length, within a section or over short ones.

A unit is what a segment has whole or not at all: a paragraph, a turn of a dialogue, a function. Between two units that
are not in one run, something was left out, so no segment has both. Time is linear in the number of units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.synthesize.sentences import Span


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a text that is never cut, `text[start:end]`."""

    start: int
    end: int
    run: int
    """Units with the same number follow each other with nothing left out in between."""
    group: int
    """The number of the section, scene or file that the unit is in."""
    level: int
    """The depth of that section, from 1; 0 if no segment may leave the section."""
    num_told: int
    """How many characters tell something: sentences, speech, code. Headings, tables and lists of names tell nothing."""
    is_bound: bool = False
    """Whether the unit says little without the next one: a heading, or the sentence before a list."""
    is_heading: bool = False


def filled_segments(
    units: Sequence[Unit], *, max_chars: int, filled_chars: int, min_told: int, min_told_share: float
) -> list[Span]:
    """Return segments of at most `max_chars` characters, each of consecutive units.

    A segment leaves its section only while it is short, only for a section that fits into it whole, and only for a
    section that is not above its first one. Units longer than `max_chars` are in no segment.

    Args:
        units: the units in order.
        max_chars: the maximum length of a segment.
        filled_chars: the length from which a segment does not go on in the next section.
        min_told: the minimum of characters that tell something.
        min_told_share: the minimum of these characters as a share of the segment's length.
    """
    segments: list[Span] = []
    for _, run in groupby((unit for unit in units if unit.end - unit.start <= max_chars), key=lambda unit: unit.run):
        for joined in _joined(list(_bound(list(run), max_chars)), max_chars, filled_chars):
            last = max((index for index, unit in enumerate(joined) if not unit.is_heading), default=-1)
            told = sum(unit.num_told for unit in joined)
            if last >= 0 and told >= min_told:
                span = Span(start=joined[0].start, end=joined[last].end)
                if told >= min_told_share * (span.end - span.start):
                    segments.append(span)
    return segments


def _bound(units: Sequence[Unit], max_chars: int) -> Iterator[Unit]:
    """Yield the units; each bound one is joined to the next, if both fit. A heading without text below is left out."""
    current: Unit | None = None
    for unit in units:
        if current is None or (current.is_heading and unit.is_heading and unit.level <= current.level):
            current = unit
        elif current.is_bound and unit.end - current.start <= max_chars and _stays(current, unit):
            current = Unit(
                start=current.start,
                end=unit.end,
                run=unit.run,
                group=unit.group,
                level=min(current.level, unit.level),
                num_told=current.num_told + unit.num_told,
                is_bound=unit.is_bound,
                is_heading=current.is_heading and unit.is_heading,
            )
        else:
            if not current.is_heading:
                yield current
            current = unit
    if current is not None and not current.is_heading:
        yield current


def _stays(above: Unit, unit: Unit) -> bool:
    """Return whether a unit is in the section of the one above it, or is below its heading."""
    return unit.group == above.group or (above.is_heading and unit.level > above.level > 0)


def _joined(units: Sequence[Unit], max_chars: int, filled_chars: int) -> Iterator[list[Unit]]:
    ends = _group_ends(units)
    current: list[Unit] = []
    for index, unit in enumerate(units):
        if current and _may_join(current, unit, ends[index], max_chars, filled_chars):
            current.append(unit)
            continue
        if current:
            yield current
        current = [unit]
    if current:
        yield current


def _may_join(current: Sequence[Unit], unit: Unit, group_end: int, max_chars: int, filled_chars: int) -> bool:
    first, last = current[0], current[-1]
    if unit.group == last.group:
        return unit.end - first.start <= max_chars
    is_inside = 0 < first.level <= unit.level
    return is_inside and last.end - first.start < filled_chars and group_end - first.start <= max_chars


def _group_ends(units: Sequence[Unit]) -> list[int]:
    """Return for each unit where the last unit of its group ends."""
    ends = [unit.end for unit in units]
    for index in range(len(units) - 2, -1, -1):
        if units[index].group == units[index + 1].group:
            ends[index] = ends[index + 1]
    return ends
