"""Files of a finished build as readers outside the build take them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import DamagedFileError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger
from pipeline.io.listing import file_state
from pipeline.io.outputs import built_files, is_data_file, list_data_files
from pipeline.io.written import write_bytes


@pytest.fixture
def folder(tmp_path: Path) -> BuildFolder:
    build = BuildFolder(str(tmp_path))
    for unit in ("00000", "00001"):
        with UnitLedger(folder=build, stage="pack", unit_id=unit, fingerprint="f") as ledger:
            ledger.add_parts(write_bytes(build.corpus_part(4096, unit), b"rows of " + unit.encode()))
    return build


def names(paths: list[str], folder: BuildFolder) -> list[str]:
    return [folder.relative(path) for path in paths]


def test_readers_take_the_files_that_reports_list_and_no_stranger(folder: BuildFolder) -> None:
    write_bytes(folder.corpus_part(4096, "00099"), b"stray")
    found = built_files(folder, "corpus", stage="pack")
    assert names(found, folder) == [f"corpus/bucket=4096/part-0000{index}.parquet" for index in (0, 1)]


@pytest.mark.parametrize("damage", ["deleted", "truncated"])
def test_readers_refuse_a_build_with_a_file_that_is_missing_or_cut_off(folder: BuildFolder, damage: str) -> None:
    path = Path(folder.corpus_part(4096, "00001"))
    path.unlink() if damage == "deleted" else path.write_bytes(b"rows")
    with pytest.raises(DamagedFileError, match=r"part-00001\.parquet (is missing|has 4 bytes instead of 13)") as raised:
        built_files(folder, "corpus", stage="pack")
    assert "Run the build" in raised.value.remedy


def test_folder_without_reports_is_listed_as_it_is(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    write_bytes(folder.sft_part("train", "00000", "parquet"), b"rows")
    assert names(built_files(folder, "sft", stage="export"), folder) == ["sft/train-00000.parquet"]
    assert built_files(folder, "tokens", stage="export") == []


def test_data_files_are_those_directly_in_an_output_or_in_a_bucket(folder: BuildFolder) -> None:
    for name in (
        "corpus/notes.parquet",
        "corpus/other/part.parquet",
        "corpus/bucket=1/x.txt",
        "corpus/bucket=1/a/b.parquet",
    ):
        write_bytes(f"{folder.root}/{name}", b"x")
    found = set(list_data_files(folder, "corpus"))
    assert found == {*(f"corpus/bucket=4096/part-0000{index}.parquet" for index in (0, 1)), "corpus/notes.parquet"}
    assert is_data_file("packs.parquet", "packs.parquet")
    assert not is_data_file("sft/axolotl-out/train.jsonl", "sft")


def test_state_of_a_file_that_was_replaced_and_given_its_old_time_is_another(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"one")
    before, times = file_state(str(path)), path.stat()
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "new").write_bytes(b"two")
    os.utime(tmp_path / "new", ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "new").replace(path)
    after = file_state(str(path))
    assert before is not None and after is not None
    assert path.stat().st_mtime_ns == times.st_mtime_ns and before.num_bytes == after.num_bytes
    assert after.changed_ns > before.changed_ns
