"""A strict order of values: the sorted one where all are comparable and differ, and nothing otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages.calendar_dates import CalendarDate, order_of
from pipeline.synthesize.composed.strict_order import strict_order

MONTHS = st.tuples(st.integers(2000, 2003), st.integers(1, 12))


@given(months=st.lists(MONTHS, min_size=1, max_size=8))
def test_strict_order_is_the_sorted_one_unless_two_are_equal(months: list[tuple[int, int]]) -> None:
    found = strict_order([CalendarDate(*month) for month in months], order_of)
    if len(set(months)) < len(months):
        assert found is None
    else:
        assert found is not None
        assert [months[at] for at in found] == sorted(months)


@given(months=st.lists(MONTHS, min_size=1, max_size=5, unique=True))
def test_strict_order_with_an_undecided_pair_is_refused(months: list[tuple[int, int]]) -> None:
    values = [CalendarDate(*month) for month in months] + [CalendarDate(months[0][0])]
    assert strict_order(values, order_of) is None
