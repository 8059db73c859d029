"""A disk that is full: said in one sentence, nothing half-written left, what was there before kept.

A limit on the size of files (EFBIG) stands in for the full disk, since every machine lets a test set it.
"""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import DiskFullError
from pipeline.io import full_disk

LIMIT_BYTES = 100_000


def run_limited(code: str, folder: Path) -> list[str]:
    """Run code in a process whose files must not grow beyond the limit; what it printed."""
    prelude = (
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT_BYTES}, {LIMIT_BYTES}))\n"
        "from pathlib import Path\n"
        "from pipeline.errors import DiskFullError\n"
        "from pipeline.io import files\n"
        f"folder = Path({str(folder)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", prelude + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_write_that_does_not_fit_names_path_bytes_and_remedy_and_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    code = """
try:
    with files.open_atomic(str(folder / "a.bin")) as file:
        for _ in range(20):
            file.write(b"x" * 10_000)
except DiskFullError as error:
    print(error.exit_code, error.message, error.remedy, sep="|")
"""
    (said,) = run_limited(code, tmp_path)
    exit_code, message, remedy = said.split("|")
    assert exit_code == "1"
    assert str(tmp_path / "a.bin") in message
    assert "bytes;" in message and "bytes are free" in message
    assert "run the same command again" in remedy and "--output" in remedy
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"


@pytest.mark.parametrize(
    "write",
    [
        'files.write_json(str(folder / "a.json"), "x" * 200_000)',
        'files.write_text(str(folder / "a.json"), "x" * 200_000)',
        # Not one call of `write` fails here: what is buffered does not fit when the file ends.
        'file = files.open_atomic(str(folder / "a.json"))\n    with file as f:\n'
        '        f.write(b"x" * 99_999)\n        f.write(b"xx")',
    ],
)
def test_every_kind_of_write_tells_a_full_disk(tmp_path: Path, write: str) -> None:
    code = f"try:\n    {write}\nexcept DiskFullError as error:\n    print(error.message)\n"
    (said,) = run_limited(code, tmp_path)
    assert str(tmp_path / "a.json") in said
    assert list(tmp_path.iterdir()) == []


def test_parquet_part_on_a_full_disk_is_told_as_such_through_arrow(tmp_path: Path) -> None:
    code = """
import os
import pyarrow as pa
import pyarrow.parquet as pq
table = pa.table({"text": [os.urandom(1000).hex() for _ in range(500)]})
try:
    with files.open_atomic(str(folder / "part.parquet")) as file, pq.ParquetWriter(file, table.schema) as writer:
        writer.write_table(table)
except DiskFullError as error:
    print(error.message)
"""
    (said,) = run_limited(code, tmp_path)
    assert "part.parquet" in said
    assert list(tmp_path.iterdir()) == []


def test_other_errors_are_not_taken_for_a_full_disk() -> None:
    with pytest.raises(PermissionError), full_disk.explained_full_disk("/somewhere"):
        raise PermissionError(errno.EACCES, "no")


def test_full_disk_is_explained_where_the_folder_is_not_made_yet(tmp_path: Path) -> None:
    error = full_disk.disk_full(str(tmp_path / "a" / "b" / "c.bin"), "No space left on device")
    assert isinstance(error, DiskFullError)
    assert str(tmp_path) in error.remedy
    assert "of it" not in error.message
