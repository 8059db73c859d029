"""A file that changes between planning and reading is noticed, also where size and time of change stay."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec

from pipeline.config.build import InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.readers.reader import Extract, Failed, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment
from pipeline.documents.versions import is_unchanged

SETTINGS = ReadSettings("text", "title", ReadLimits(2**20, 200, 60, 2**30), ReadOptions())


def only_item(path: Path | str, **settings: object) -> SourceItem:
    (item,) = discover([InputSource(path=str(path), **settings)]).items  # type: ignore[arg-type]
    return item


def test_file_that_stays_is_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    item = only_item(tmp_path)
    (tmp_path / "a.txt").read_text()
    assert is_unchanged(item.path, item.version)


def test_file_with_other_content_of_the_same_size_and_time_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    stat, item = path.stat(), only_item(tmp_path)
    path.write_text("two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert not is_unchanged(item.path, item.version)
    assert only_item(tmp_path).version != item.version


def test_file_that_is_gone_has_changed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    item = only_item(tmp_path)
    (tmp_path / "a.txt").unlink()
    assert not is_unchanged(item.path, item.version)


def test_file_of_a_source_tree_that_changed_or_went_is_lost_alone(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    for name in ("src/a.py", "src/deep/b.py", "src/deep/c.py"):
        (tmp_path / name).write_text("x = 1\n")
    item = only_item(tmp_path / "src", join=Joining.TREE)
    (tmp_path / "src" / "deep" / "b.py").write_text("x = 2\n")
    (tmp_path / "src" / "deep" / "c.py").unlink()
    *failed, whole = read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), SETTINGS)
    assert {one.uri.rsplit("/", 1)[1]: type(one.error).__name__ for one in failed if isinstance(one, Failed)} == {
        "b.py": "ChangedFileError",
        "c.py": "FileNotFoundError",
    }
    assert isinstance(whole, Extract)
    assert whole.text == "# file: a.py\n\nx = 1"
    assert whole.members == (f"{tmp_path}/src/a.py",)


def test_object_that_stays_is_unchanged_and_one_that_is_replaced_has_changed() -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe("/unchanged/a.txt", b"one")
    item = only_item("memory://unchanged")
    assert is_unchanged(item.path, item.version)
    fs.pipe("/unchanged/a.txt", b"two")
    assert not is_unchanged(item.path, item.version)
    fs.rm("/unchanged", recursive=True)
