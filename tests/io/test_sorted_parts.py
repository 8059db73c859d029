"""Slices of sorted parts, by the statistics of their row groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.io.parts import write_part
from pipeline.io.sorted_parts import read_between, read_integers


@dataclass(frozen=True, slots=True)
class Placed:
    place: int
    name: str


VALUES = [0, 0, *range(3, 900), 900, 900, 2**62]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = str(tmp_path_factory.mktemp("sorted") / "part-00000.parquet")
    write_part(target, [Placed(value, f"n{number}") for number, value in enumerate(VALUES)], Placed)
    return target


@given(st.sampled_from([-5, 0, 1, 2, 255, 258, 600, 899, 900, 2**62]), st.integers(-1, 2**62))
def test_slice_of_a_sorted_part_has_all_records_between_two_values(path, first, last):
    found = list(read_between(path, Placed, "place", first, last))
    assert found == [Placed(value, f"n{n}") for n, value in enumerate(VALUES) if first <= value <= last]
    pieces = list(read_integers([path, path], "place", first, last))
    read = np.concatenate(pieces).tolist() if pieces else []
    assert len([value for value in read if first <= value <= last]) == 2 * len(found)
