"""A file that changes between planning and reading is noticed, also where size and time of change stay."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from pipeline.config.build import InputSource, Joining
from pipeline.documents.discovery import check_unchanged, discover
from pipeline.documents.items import SourceItem
from pipeline.errors import StageError


def only_item(path: Path | str, **settings: object) -> SourceItem:
    (item,) = discover([InputSource(path=str(path), **settings)]).items  # type: ignore[arg-type]
    return item


def test_file_that_stays_is_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    item = only_item(tmp_path)
    check_unchanged(item)
    (tmp_path / "a.txt").read_text()
    check_unchanged(item)


def test_file_with_other_content_of_the_same_size_and_time_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    stat, item = path.stat(), only_item(tmp_path)
    path.write_text("two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(StageError, match=r"a\.txt changed while it was read") as raised:
        check_unchanged(item)
    assert "again" in raised.value.remedy
    assert only_item(tmp_path).version != item.version


def test_file_that_is_gone_has_changed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    item = only_item(tmp_path)
    (tmp_path / "a.txt").unlink()
    with pytest.raises(StageError, match="changed while it was read"):
        check_unchanged(item)


def test_file_of_a_source_tree_counts_for_the_tree(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    for name in ("src/a.py", "src/deep/b.py"):
        (tmp_path / name).write_text("x = 1\n")
    item = only_item(tmp_path / "src", join=Joining.TREE)
    assert len(item.members) == 2
    check_unchanged(item)
    (tmp_path / "src" / "deep" / "b.py").write_text("x = 2\n")
    with pytest.raises(StageError, match="changed while it was read"):
        check_unchanged(item)


def test_object_that_stays_is_unchanged_and_one_that_is_replaced_has_changed() -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe("/unchanged/a.txt", b"one")
    item = only_item("memory://unchanged")
    check_unchanged(item)
    fs.pipe("/unchanged/a.txt", b"two")
    with pytest.raises(StageError, match="changed while it was read"):
        check_unchanged(item)
    fs.rm("/unchanged", recursive=True)
