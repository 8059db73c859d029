from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.compat.comparison import Expected, compare
from benchmarks.compat.loaders.examples_out import IGNORED, Example, unpacked

ROWS = st.lists(
    st.lists(st.integers(0, 9), min_size=4, max_size=12).map(lambda ids: Expected(tuple(ids), ((1, 2), (3, len(ids))))),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row.ids,
)
ROW = Expected((5, 6, 7, 8, 9, 2), ((1, 3), (4, 6)))


def loaded(row: Expected) -> Example:
    return Example(list(row.ids), list(row.labels))


@given(ROWS, st.randoms())
def test_rows_loaded_as_they_are_stored_are_equal_in_any_order(rows, random):
    examples = [loaded(row) for row in rows]
    random.shuffle(examples)
    result = compare("x: train", examples, rows)
    assert result.is_equal
    assert result.num_loss_tokens == result.num_expected_loss_tokens > 0


@given(ROWS)
def test_missing_or_doubled_row_is_not_equal(rows):
    examples = [loaded(row) for row in rows]
    assert not compare("x: train", examples[1:], rows).is_equal
    assert not compare("x: train", [*examples, examples[0]], rows).is_equal


@pytest.mark.parametrize(
    ("labels", "left_out", "last", "added", "is_almost_equal"),
    [
        ([IGNORED, 6, IGNORED, IGNORED, 9, IGNORED], 2, 2, 0, True),
        ([IGNORED, IGNORED, 7, IGNORED, 9, 2], 1, 0, 0, False),
        ([5, 6, 7, IGNORED, 9, 2], 0, 0, 1, False),
        ([IGNORED, 6, 7, IGNORED, 8, 2], 0, 0, 1, False),
    ],
    ids=["last tokens", "first token", "question", "other token"],
)
def test_tokens_that_differ_are_counted_by_kind(labels, left_out, last, added, is_almost_equal):
    result = compare("x: train", [Example(list(ROW.ids), labels)], [ROW])
    assert (result.num_left_out, result.num_last_left_out, result.num_added) == (left_out, last, added)
    assert (result.num_ids_equal, result.num_labels_equal) == (1, 0)
    assert (result.is_equal, result.is_equal_but_for_last_tokens) == (False, is_almost_equal)


@given(st.lists(st.lists(st.integers(0, 99), min_size=1), min_size=1))
def test_unpacked_takes_a_pack_apart(rows):
    ids = [token for row in rows for token in row]
    positions = [position for row in rows for position in range(len(row))]
    assert [one.ids for one in unpacked(ids, ids, positions)] == rows
    assert all(later == 0 or later == earlier + 1 for earlier, later in pairwise(positions))
