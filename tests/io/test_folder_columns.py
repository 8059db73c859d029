from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DamagedFileError
from pipeline.io.arrow import UnwritableRecordError
from pipeline.io.folder_columns import folder_value
from pipeline.io.parts import (
    PartWriter,
    read_files_columns,
    read_part,
    read_part_with_lists,
    read_parts,
    read_rows,
    write_part,
)
from pipeline.records import IN_FOLDER_NAME


@dataclass(frozen=True, slots=True)
class Sized:
    name: str
    size: int = field(metadata=IN_FOLDER_NAME)
    weight: float


ROWS = {4: [Sized("a", 4, 0.5), Sized("b", 4, 1.5)], 16: [Sized("c", 16, 2.5)]}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for size, rows in ROWS.items():
        assert write_part(f"{tmp_path}/all/size={size}/part-0.parquet", rows, Sized) == len(rows)
    return f"{tmp_path}/all"


def test_files_lack_the_column_and_every_reader_returns_it(folder: str) -> None:
    small, large = (f"{folder}/size={size}/part-0.parquet" for size in ROWS)
    assert pq.ParquetFile(small).schema_arrow.names == ["name", "weight"]
    assert list(read_part(small, Sized)) == ROWS[4]
    assert sorted(read_parts(folder, Sized), key=lambda row: row.name) == [*ROWS[4], *ROWS[16]]
    assert read_rows(small, [1], Sized) == {1: ROWS[4][1]}
    columns = read_files_columns([large, small], ["size", "name"])
    assert columns.select(["name", "size"]).to_pydict() == {"name": ["c", "a", "b"], "size": [16, 4, 4]}
    assert read_files_columns([small], ["name"]).to_pydict() == {"name": ["a", "b"]}


def test_folder_opens_with_hive_partitions_in_pandas_and_pyarrow(folder: str) -> None:
    expected = {row.name: row.size for rows in ROWS.values() for row in rows}
    frame = pd.read_parquet(folder)
    assert dict(zip(frame["name"], frame["size"].astype(int), strict=True)) == expected
    table = ds.dataset(folder, partitioning="hive").to_table(filter=ds.field("size") > 4)
    assert table.select(["name", "size"]).to_pydict() == {"name": ["c"], "size": [16]}
    assert pq.read_table(folder).num_rows == 3


def test_row_of_another_folder_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "size=4" / "part-0.parquet"
    with pytest.raises(UnwritableRecordError, match=r"Sized\.size: 16 does not belong into a folder of 4"):
        write_part(str(path), [*ROWS[4], *ROWS[16]], Sized)
    assert not path.exists()


def test_file_outside_its_folder_is_refused_with_its_path(folder: str, tmp_path: Path) -> None:
    moved = tmp_path / "part-0.parquet"
    (Path(folder) / "size=4" / "part-0.parquet").rename(moved)
    with pytest.raises(DamagedFileError, match=r"part-0\.parquet does not have the column 'size'"):
        list(read_part(str(moved), Sized))


def test_file_with_the_column_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "size=4").mkdir()
    path = str(tmp_path / "size=4" / "part-0.parquet")
    pq.write_table(pa.table({"name": ["a"], "size": [7], "weight": [1.0]}), path)
    assert list(read_part(path, Sized)) == [Sized("a", 7, 1.0)]


def test_folders_further_up_give_no_column(tmp_path: Path) -> None:
    path = str(tmp_path / "size=9" / "part" / "part-0.parquet")
    with pytest.raises(DamagedFileError):
        write_part(path, ROWS[4], Sized)
    with pytest.raises(DamagedFileError):
        folder_value(path, "size")


@given(st.integers(0, 10**18 - 1))
def test_folder_value_is_the_number_in_the_name(number: int) -> None:
    assert folder_value(f"/out/size=1/size={number}/part.parquet", "size") == number


def test_lists_have_the_types_that_the_writer_names(tmp_path: Path) -> None:
    path = str(tmp_path / "size=4" / "part-0.parquet")
    lists = {"ids": np.array([7, 2**31 - 1], np.uint32), "mask": np.array([0, 1], np.int8)}
    types = {"ids": pa.int32(), "mask": pa.int8()}
    with PartWriter(path, Sized, list(lists), list_types=types) as writer:
        writer.add(ROWS[4][0], lists)
    schema = pq.read_schema(path)
    assert {name: schema.field(name).type.value_type for name in lists} == types
    [(record, found)] = read_part_with_lists(path, Sized, ["ids", "mask"])
    assert record == ROWS[4][0]
    assert {name: numbers.tolist() for name, numbers in found.items()} == {"ids": [7, 2**31 - 1], "mask": [0, 1]}
