"""`packs.parquet` written in blocks and read back by source and split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import DamagedFileError
from pipeline.io.packs import PackTable, PackTerms, PackWriter, read_pack_terms, read_packs
from pipeline.io.parts import read_part
from pipeline.records import RowSource, Split, TrainingPack

TERMS = PackTerms("owner/model", "f" * 32, "<|endoftext|>", (8, 16), (8,))


def table(*packs: tuple[int, list[tuple[str, int, int]]]) -> PackTable:
    pieces = [piece for _, members in packs for piece in members]
    lengths = np.array([length for _, _, length in pieces], dtype=np.int64)
    starts = np.cumsum([0, *(len(members) for _, members in packs)])
    return PackTable(
        capacities_P=np.array([capacity for capacity, _ in packs], dtype=np.int64),
        costs_P=np.array([sum(n**2 for _, _, n in members) for _, members in packs], dtype=np.int64),
        starts=starts,
        row_ids_N=pa.array([row_id for row_id, _, _ in pieces], pa.large_string()),
        offsets_N=np.array([offset for _, offset, _ in pieces], dtype=np.int64),
        lengths_N=lengths,
    )


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "packs.parquet")
    with PackWriter(path, TERMS) as writer:
        train = table((8, [("a", 0, 3), ("b", 0, 4)]), (16, [("c", 0, 12)]))
        writer.add(train, source=RowSource.SFT, split=Split.TRAIN)
        writer.add(table(), source=RowSource.SFT, split=Split.VALIDATION)
        writer.add(table((8, [("d", 0, 8)])), source=RowSource.CORPUS, split=Split.TRAIN)
        writer.add(table((8, [("e", 5, 2), ("한글", 0, 6)])), source=RowSource.CORPUS, split=Split.TRAIN)
    return path


def test_blocks_of_one_source_and_split_are_read_as_one_table(path: str) -> None:
    found = read_packs(path, source=RowSource.CORPUS, split=Split.TRAIN)
    assert len(found) == 2
    assert found.starts.tolist() == [0, 1, 3]
    assert found.row_ids_N.to_pylist() == ["d", "e", "한글"]
    assert found.offsets_N.tolist() == [0, 5, 0]
    assert found.lengths_N.tolist() == [8, 2, 6]
    assert found.capacities_P.tolist() == [8, 8]
    assert found.costs_P.tolist() == [64, 40]
    assert len(read_packs(path, source=RowSource.SFT, split=Split.VALIDATION)) == 0


def test_rows_are_the_record_and_numbered_over_the_file(path: str) -> None:
    packs = list(read_part(path, TrainingPack))
    assert [pack.pack for pack in packs] == [0, 1, 2, 3]
    assert packs[0] == TrainingPack(0, "sft", "train", 8, ("a", "b"), (0, 0), (3, 4), 25)
    assert packs[3].row_ids == ("e", "한글")


def test_terms_stand_in_the_metadata(path: str) -> None:
    assert read_pack_terms(path) == TERMS


def test_file_appears_only_when_all_is_written(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), PackWriter(str(tmp_path / "packs.parquet"), TERMS) as writer:
        writer.add(table((8, [("a", 0, 3)])), source=RowSource.SFT, split=Split.TRAIN)
        raise RuntimeError
    assert not (tmp_path / "packs.parquet").exists()


@pytest.mark.parametrize(
    ("pack", "complaint"),
    [
        ((8, [("a", 0, 8)]), ""),
        ((8, [("a", 0, 9)]), "a row is longer than its pack"),
        ((8, [("a", 0, 8), ("b", 0, 0)]), ""),
        ((8, [("a", 0, 8), ("b", 0, 1)]), "the rows of a pack are longer than the pack"),
        ((8, [("a", -1, 3)]), "a row has no id, or a negative offset or length"),
        ((8, [("a", 0, -1)]), "a row has no id, or a negative offset or length"),
        ((1 << 40, [("a", 0, 1)]), ""),
        (((1 << 40) + 1, [("a", 0, 1)]), "a row is longer than its pack"),
    ],
)
def test_plan_that_no_build_writes_is_damaged(
    tmp_path: Path, pack: tuple[int, list[tuple[str, int, int]]], complaint: str
) -> None:
    path = str(tmp_path / "packs.parquet")
    with PackWriter(path, TERMS) as writer:
        writer.add(table((4, [("ok", 0, 4)]), pack), source=RowSource.SFT, split=Split.TRAIN)
    assert writer.written.num_bytes == Path(path).stat().st_size
    if not complaint:
        assert len(read_packs(path, source=RowSource.SFT, split=Split.TRAIN)) == 2
        return
    with pytest.raises(DamagedFileError) as raised:
        read_packs(path, source=RowSource.SFT, split=Split.TRAIN)
    assert raised.value.message == f"{path} is damaged: ValueError: {complaint}."
    assert raised.value.remedy == "Run build-sft again: it rebuilds the file."
    assert len(read_packs(path, source=RowSource.CORPUS, split=Split.TRAIN)) == 0, "of what is asked for alone"


def test_file_that_is_no_plan_is_damaged_and_one_that_is_not_there_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "packs.parquet"
    with pytest.raises(FileNotFoundError):
        read_pack_terms(str(path))
    path.write_bytes(b"PAR1 nothing PAR1")
    for read in (read_pack_terms, lambda name: read_packs(name, source=RowSource.SFT, split=Split.TRAIN)):
        with pytest.raises(DamagedFileError, match="is damaged: Arrow"):
            read(str(path))
    pq.write_table(pa.table({"pack": [1]}), path)
    with pytest.raises(DamagedFileError, match="is damaged: KeyError: 'tokenizer'"):
        read_pack_terms(str(path))
