"""Reading order of the shapes of a slide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.readers.presentations.order import MAX_SHAPES, Box, reading_order


def test_order_of_the_file_is_kept_where_a_reader_would_not_object() -> None:
    columns = [Box(0, 0, 40, 10), Box(0, 20, 40, 60), Box(50, 0, 40, 10), Box(50, 20, 40, 60)]
    assert reading_order(columns) == [0, 1, 2, 3]
    rows = [columns[0], columns[2], columns[1], columns[3]]
    assert reading_order(rows) == [0, 1, 2, 3]


def test_shape_above_and_shape_to_the_left_come_first() -> None:
    assert reading_order([Box(0, 50, 100, 10), Box(0, 0, 100, 10)]) == [1, 0]
    assert reading_order([Box(50, 0, 40, 10), Box(0, 2, 40, 10)]) == [1, 0]
    assert reading_order([Box(0, 0, 40, 10), Box(20, 5, 40, 10)]) == [0, 1], "overlapping shapes keep their order"
    assert reading_order([None, Box(0, 50, 10, 10), Box(0, 0, 10, 10), None]) == [0, 2, 1, 3]


def test_shape_that_waits_for_a_circle_of_others_comes_after_it() -> None:
    # 1 is left of 2, 2 left of 3, 3 above 4, and 4 above 1; 4 lies across 2. Shape 0 is below shape 1.
    circle = [Box(0, 100, 30, 20), Box(40, 20, 10, 100), Box(60, 0, 30, 40), Box(0, 50, 90, 10)]
    below = Box(0, 200, 30, 10)
    assert reading_order(circle) == [0, 1, 2, 3]
    assert reading_order([below, *circle]) == [1, 2, 3, 4, 0]


def test_many_shapes_keep_their_order() -> None:
    boxes = [Box(0, -index * 10, 5, 5) for index in range(MAX_SHAPES + 1)]
    assert reading_order(boxes) == list(range(MAX_SHAPES + 1))
    assert reading_order(boxes[:-1]) == list(range(MAX_SHAPES))[::-1]


_numbers = st.integers(-50, 50)


@given(st.lists(st.none() | st.builds(Box, _numbers, _numbers, _numbers, _numbers), max_size=12))
def test_every_shape_is_read_once(boxes: list[Box | None]) -> None:
    assert sorted(reading_order(boxes)) == list(range(len(boxes)))
