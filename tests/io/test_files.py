import os
from pathlib import Path

import fsspec
import pytest

from pipeline.errors import InputError
from pipeline.io import files


def test_open_atomic_block_that_fails_keeps_the_old_content(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    files.write_json(path, {"n": 1})

    def fail() -> None:
        with files.open_atomic(path) as file:
            file.write(b"half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail()
    assert files.read_json(path) == {"n": 1}


def test_transactional_write_that_fails_is_discarded_and_one_that_ends_is_committed(tmp_path: Path) -> None:
    # The way of object stores, on the one filesystem at hand that keeps fsspec's transactional protocol.
    path = tmp_path / "object.json"

    def fail() -> None:
        with files._committed(fsspec.filesystem("file"), str(path), "wb") as file:
            file.write(b"half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail()
    assert not path.exists()
    with files._committed(fsspec.filesystem("file"), str(path), "wb") as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"


def test_list_files_is_sorted_and_leaves_out_partial_files(tmp_path: Path) -> None:
    for name in ("b.parquet", "a.parquet", "sub/c.parquet", "d.parquet.partial", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    names = [Path(path).relative_to(tmp_path).as_posix() for path in files.list_files(str(tmp_path), suffix=".parquet")]
    assert names == ["a.parquet", "b.parquet", "sub/c.parquet"]


def test_files_on_a_remote_style_filesystem_keep_their_protocol() -> None:
    root = "memory://bucket/build"
    files.write_text(files.join(root, "sft", "README.md"), "한글")
    assert files.list_files(root) == ["memory://bucket/build/sft/README.md"] or files.list_files(root) == [
        "memory:///bucket/build/sft/README.md"
    ]
    with files.open_binary(files.list_files(root)[0]) as file:
        assert file.read().decode() == "한글"
    files.remove_folder(root)
    assert files.list_files(root) == []
    assert not fsspec.filesystem("memory").exists("/bucket/build/sft")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_open_atomic_without_permission_names_the_path_and_the_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Cannot write") as raised:
        files.write_text(str(tmp_path / "x" / "y.txt"), "text")
    assert "--output" in raised.value.remedy
