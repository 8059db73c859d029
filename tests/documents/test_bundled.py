"""Bundled documents have the same paths and versions on every machine that has the wheel."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.config.build import InputSource, Joining
from pipeline.documents import bundled
from pipeline.documents.bundled import bundled_file, bundled_folder, bundled_version
from pipeline.documents.discovery import discover
from pipeline.documents.items import SourceItem
from pipeline.documents.opening import open_source
from pipeline.documents.versions import is_unchanged


def items_of(*paths: str, join: Joining = Joining.AUTO) -> list[SourceItem]:
    return list(discover([InputSource(path=path, join=join) for path in paths]).items)


def test_items_name_bundled_documents_without_the_folder_of_this_machine() -> None:
    items = items_of("bundled:")
    assert len(items) > 20
    for item in items:
        assert item.path.startswith("bundled:") and bundled_folder() not in repr(item)
        if not item.members:
            with open_source(item.path) as file:
                assert file.read() == Path(bundled_file(item.path)).read_bytes()
            assert is_unchanged(item.path, item.version)


def test_source_tree_keeps_the_prefix_and_its_files_their_versions() -> None:
    (tree,) = items_of("bundled:code", join=Joining.TREE)
    assert tree.path.startswith("bundled:code") and len(tree.members) > 1
    assert all(is_unchanged(f"{tree.path}/{member.path}", member.version) for member in tree.members)


def test_file_of_two_overlapping_inputs_belongs_to_the_first() -> None:
    whole = items_of("bundled:legal")
    assert [item.path for item in items_of("bundled:legal", "bundled:legal/en")] == [item.path for item in whole]


def test_version_is_of_the_content_and_not_of_the_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (path, *_) = [item.path for item in items_of("bundled:legal/en")]
    version = bundled_version(path)
    copy = Path(shutil.copytree(bundled_folder(), tmp_path / "elsewhere"))
    monkeypatch.setattr(bundled, "bundled_folder", lambda: str(copy))
    file = Path(bundled_file(path))
    os.utime(file, (1, 1))
    assert file.is_relative_to(copy) and bundled_version(path) == version and is_unchanged(path, version)
    file.write_text("changed", encoding="utf-8")
    assert not is_unchanged(path, version)
    file.unlink()
    assert not is_unchanged(path, version)


@pytest.mark.parametrize("path", ["bundled:../secrets", "bundled:legal/../../x"])
def test_path_that_leads_out_of_the_folder_is_refused(path: str) -> None:
    with pytest.raises(AssertionError):
        bundled_file(path)
