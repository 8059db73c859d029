"""Filling to a length, against counting every number of units."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.haystacks.haystack import Filled, Needle, fill, interleaved


@given(
    base=st.integers(0, 50),
    units=st.lists(st.integers(1, 40), min_size=1, max_size=300),
    room=st.integers(0, 4000),
)
def test_fill_leaves_less_room_than_the_longest_unit_needs(base: int, units: list[int], room: int) -> None:
    filled = fill(lambda number: base + sum(units[:number]), room=room, max_units=len(units))
    if base > room:
        assert filled is None
        return
    assert filled is not None and filled.num_tokens == base + sum(units[: filled.num_units]) <= room
    assert filled.num_units == len(units) or room - filled.num_tokens < max(units)


@given(unit=st.integers(1, 60), base=st.integers(0, 400), room=st.integers(400, 200_000))
def test_fill_of_equal_units_takes_all_that_fit_with_few_counts(unit: int, base: int, room: int) -> None:
    counts: list[int] = []

    def count(number: int) -> int:
        counts.append(number)
        return base + unit * number

    assert fill(count, room=room) == Filled((room - base) // unit, base + (room - base) // unit * unit)
    assert len(counts) <= 5


@given(
    units=st.lists(st.text("ab", min_size=1, max_size=3), max_size=30),
    shares=st.lists(st.floats(0, 1), max_size=6),
)
def test_interleaved_keeps_all_units_in_order_and_needles_at_their_shares(
    units: list[str], shares: list[float]
) -> None:
    needles = [Needle(share, f"N{index}") for index, share in enumerate(shares)]
    parts = interleaved(units, needles)
    assert [part for part in parts if not part.startswith("N")] == units
    for needle in needles:
        before = [part for part in parts[: parts.index(needle.unit)] if not part.startswith("N")]
        assert len(before) == round(needle.share * len(units))
    assert len(parts) == len(units) + len(needles)
