"""Slices of sorted parts, by the statistics of their row groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.io.parts import SORTED_GROUP_RECORDS, write_whole_part
from pipeline.io.sorted_parts import read_between, read_integers


@dataclass(frozen=True, slots=True)
class Placed:
    place: int
    name: str


VALUES = [0, 0, *range(3, 2500), 2500, 2500, 2**62]


@pytest.fixture(scope="module", params=[None, "place"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    target = str(tmp_path_factory.mktemp("sorted") / "part-00000.parquet")
    records = (Placed(value, f"n{number}") for number, value in enumerate(VALUES))
    write_whole_part(target, records, Placed, sorted_by=request.param)
    return target


@given(st.sampled_from([-5, 0, 1, 2, 255, 258, 1023, 1026, 2499, 2500, 2**62]), st.integers(-1, 2**62))
def test_slice_of_a_sorted_part_has_all_records_between_two_values(path, first, last):
    found = list(read_between(path, Placed, "place", first, last))
    assert found == [Placed(value, f"n{n}") for n, value in enumerate(VALUES) if first <= value <= last]
    pieces = list(read_integers([path, path], "place", first, last))
    read = np.concatenate(pieces).tolist() if pieces else []
    assert len([value for value in read if first <= value <= last]) == 2 * len(found)


def test_slice_has_only_records_for_which_a_condition_is_true(path):
    found = read_between(path, Placed, "place", 100, 2**62, where=pc.is_in(pc.field("name"), pa.array(["n9", "n200"])))
    assert list(found) == [Placed(201, "n200")]


def test_footer_of_a_sorted_part_is_short(tmp_path):
    records = [Placed(value, f"n{value}") for value in range(3 * SORTED_GROUP_RECORDS)]
    path = str(tmp_path / "part-00000.parquet")
    write_whole_part(path, records, Placed, sorted_by="place")
    footer = pq.read_metadata(path)
    assert [footer.row_group(number).num_rows for number in range(footer.num_row_groups)] == [SORTED_GROUP_RECORDS] * 3
    of_columns = [footer.row_group(0).column(number) for number in range(2)]
    assert {one.path_in_schema: one.is_stats_set for one in of_columns} == {"place": True, "name": False}
