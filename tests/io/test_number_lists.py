from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.io.parts import PartWriter, read_part, read_part_with_lists, read_rows, read_rows_with_lists


@dataclass(frozen=True, slots=True)
class Named:
    name: str


LISTS = ("token_ids", "starts")
NUMBERS = st.lists(st.integers(0, 2**32 - 1), max_size=30)


def write(path: str, rows: list[tuple[list[int], list[int]]]) -> None:
    with PartWriter(path, Named, LISTS) as writer:
        for index, (ids, starts) in enumerate(rows):
            lists = dict(zip(LISTS, (np.array(ids, dtype=np.uint32), np.array(starts, dtype=np.uint32)), strict=True))
            writer.add(Named(str(index)), lists)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(rows=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=200))
def test_part_writer_lists_come_back_as_arrays(tmp_path: Path, rows: list[tuple[list[int], list[int]]]) -> None:
    path = str(tmp_path / "part.parquet")
    write(path, rows)
    found = list(read_part_with_lists(path, Named, LISTS))
    assert [(record.name, *(lists[name].tolist() for name in LISTS)) for record, lists in found] == [
        (str(index), ids, starts) for index, (ids, starts) in enumerate(rows)
    ]
    assert all(lists[name].dtype == np.uint32 for _, lists in found for name in LISTS)
    chosen = sorted({0, len(rows) - 1, len(rows) // 2})
    picked = read_rows_with_lists(path, chosen, Named, ("starts",))
    assert {row: lists["starts"].tolist() for row, (_, lists) in picked.items()} == {
        row: rows[row][1] for row in chosen
    }
    assert all(list(lists) == ["starts"] for _, lists in picked.values())


def test_part_writer_lists_stay_out_of_what_reads_records(tmp_path: Path) -> None:
    path = str(tmp_path / "part.parquet")
    write(path, [([1, 2], []), ([], [7])])
    assert list(read_part(path, Named)) == [Named("0"), Named("1")]
    assert read_rows(path, [1], Named) == {1: Named("1")}
    schema = pq.read_schema(path)
    assert schema.names == ["name", *LISTS]
    assert schema.field("token_ids").type.value_type == pa.uint32()


def test_part_writer_lists_count_towards_its_buffer(tmp_path: Path) -> None:
    path = str(tmp_path / "part.parquet")
    with PartWriter(path, Named, ("token_ids",)) as writer:
        for index in range(9):
            writer.add(Named(str(index)), {"token_ids": np.zeros(4 * 2**20, dtype=np.uint32)})
    assert pq.read_metadata(path).num_row_groups == 3
