"""A build that others read: a damaged file is named with what mends it, a build at work is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import DamagedFileError, FolderBusyError
from pipeline.io.checksums import sum_of
from pipeline.io.finished_build import check_finished_build
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import hold_folder
from pipeline.io.ledger import PartRecord, ShardReport, write_shard_report

CORPUS, ROWS = "corpus/bucket=4096/part-00000.parquet", "sft/train-00000.parquet"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Two stages with a file each, and a file that nobody lists."""
    folder = BuildFolder(str(tmp_path / "build"))
    for stage, name in (("pack", CORPUS), ("export", ROWS)):
        path = tmp_path / "build" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(stage.encode() * 100)
        noted = sum_of(path)
        part = PartRecord(name, noted.num_bytes, noted.sha256)
        write_shard_report(folder, ShardReport(stage, "00000", "f", 1, 1, 0, 0, {}, (part,)))
    (tmp_path / "build" / "corpus" / "notes.txt").write_text("mine")
    return tmp_path / "build"


def test_whole_build_may_be_read(build: Path) -> None:
    check_finished_build(str(build), ("corpus", "sft"))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b"pack"), "has 4 bytes instead of 400"),
        (lambda path: path.write_bytes(b"pick" * 100), "has changed since it was written"),
    ],
)
def test_damaged_file_is_named_where_it_is_to_be_read(
    build: Path, damage: Callable[[Path], None], problem: str
) -> None:
    damage(build / CORPUS)
    with pytest.raises(DamagedFileError, match=rf"{CORPUS} {problem}\. Run the pipeline build-sft command"):
        check_finished_build(str(build), ("corpus", "packs.parquet"))
    check_finished_build(str(build), ("sft",))
    check_finished_build(str(build), ("corpus/bucket=409",))


def test_damaged_report_is_named(build: Path) -> None:
    report = Path(BuildFolder(str(build)).shard_report("export", "00000"))
    report.write_bytes(report.read_bytes()[:-5])
    with pytest.raises(DamagedFileError, match=r"00000\.json is damaged"):
        check_finished_build(str(build), ("sft",))


def test_build_at_work_is_not_read(build: Path) -> None:
    with hold_folder(str(build), command="build-sft"), pytest.raises(FolderBusyError, match="is being written"):
        check_finished_build(str(build), ("sft",))


def test_folder_of_copied_rows_may_be_read(tmp_path: Path) -> None:
    check_finished_build(str(tmp_path), ("sft",))
    check_finished_build(str(tmp_path / "nowhere"), ("sft",))
