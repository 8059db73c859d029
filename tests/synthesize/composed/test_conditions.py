"""Conditions on rows: what is selected meets both, and each of the two is needed."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.conditions import above, equal_conditions, joint_conditions

ROWS = st.lists(st.tuples(*[st.sampled_from(["yes", "Yes", "no", "no, see b"])] * 3), min_size=2, max_size=8)


@given(ROWS)
def test_equal_conditions_select_all_rows_with_the_value_and_no_value_is_part_of_another(
    rows: list[tuple[str, ...]],
) -> None:
    for found in equal_conditions(rows, (0, 1, 2)):
        cells = [row[found.column].casefold() for row in rows]
        assert found.rows == tuple(index for index, cell in enumerate(cells) if cell == found.value.casefold())
        assert all(cell == found.value.casefold() or found.value.casefold() not in cell for cell in cells)


@given(ROWS)
def test_joint_conditions_select_fewer_rows_than_each_condition(rows: list[tuple[str, ...]]) -> None:
    for one, other, both in joint_conditions(equal_conditions(rows, (0, 1, 2))):
        assert set(both) == set(one.rows) & set(other.rows)
        assert 0 < len(both) < min(len(one.rows), len(other.rows))


@given(ROWS, st.data())
def test_above_selects_the_rows_of_a_condition_over_a_limit_of_the_table(
    rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    numbers = [Fraction(data.draw(st.integers(0, 5))) for _ in rows]
    for condition in equal_conditions(rows, (0,)):
        for limit, both in above(condition, numbers):
            assert both == tuple(row for row in condition.rows if numbers[row] > numbers[limit])
            assert 0 < len(both) < len(condition.rows)
            assert len(both) < sum(number > numbers[limit] for number in numbers)
