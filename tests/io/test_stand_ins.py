"""A folder in memory stands in for one that is not touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.io import files
from pipeline.io.guards import filesystem_of
from pipeline.io.listing import file_state, file_states
from pipeline.io.stand_ins import standing_in


@pytest.mark.parametrize(
    "root", ["gs://bucket-that-no-one-asks/out", "s3://bucket/out/", "relative/out", "/absolute/out"]
)
def test_files_below_the_folder_are_written_and_read_under_their_own_names(root: str) -> None:
    path = files.join(root, "work", "part-00000.parquet")
    with standing_in(root):
        assert not files.exists(path) and files.list_files(root) == [] and file_state(path) is None
        files.write_text(path, "rows")
        assert files.list_files(root) == [path]
        assert {name: state.num_bytes for name, state in file_states(root, max_depth=2).items()} == {path: 4}
        with files.open_binary(path) as file:
            assert file.read() == b"rows"
        files.remove_file(path)
        assert not files.exists(path)


def test_stand_in_leaves_nothing_behind_and_covers_only_its_folder(tmp_path: Path) -> None:
    own, beside = tmp_path / "out", tmp_path / "out-2"
    with standing_in(str(own)):
        files.write_text(f"{own}/a", "in memory")
        files.write_text(f"{beside}/a", "on the disk")
    assert not own.exists() and (beside / "a").read_text(encoding="utf-8") == "on the disk"
    assert not files.exists(f"{own}/a")
    with standing_in(str(own)):
        assert not files.exists(f"{own}/a"), "each stand-in begins empty"
    assert filesystem_of(str(own))[1] == str(own)
