from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import fsspec
import pytest
from fsspec.registry import _registry

from pipeline.config.build import InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.errors import InputError, MissingExtraError


def write(folder: Path, contents: Mapping[str, str]) -> None:
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_discover_folder_finds_files_recursively_in_order(tmp_path: Path) -> None:
    write(tmp_path, {"b.txt": "b", "a/z.md": "z", "a/scan.pdf": "%PDF", ".hidden/x.txt": "x", "a/.git/y": "y"})
    items = discover([InputSource(path=str(tmp_path))]).items
    assert [item.key for item in items] == ["a/scan.pdf", "a/z.md", "b.txt"]
    assert [item.uri for item in items] == [f"{tmp_path}/{item.key}" for item in items]


def test_discover_moved_folder_keeps_keys(tmp_path: Path) -> None:
    contents = {"x/one.txt": "1", "two.md": "2"}
    write(tmp_path / "here", contents)
    write(tmp_path / "there/deep", contents)
    here, there = (discover([InputSource(path=str(tmp_path / name))]).items for name in ("here", "there/deep"))
    assert [item.key for item in here] == [item.key for item in there] == ["two.md", "x/one.txt"]


def test_discover_single_file_and_glob_show_the_path_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"in/a.txt": "a", "in/b.md": "b", "in/deep/c.txt": "c"})
    monkeypatch.chdir(tmp_path)
    (single,) = discover([InputSource(path="in/a.txt")]).items
    assert (single.key, single.uri) == ("a.txt", "in/a.txt")
    globbed = discover([InputSource(path="in/**/*.txt")]).items
    assert [(item.key, item.uri) for item in globbed] == [("a.txt", "in/a.txt"), ("deep/c.txt", "in/deep/c.txt")]


def test_discover_folder_with_magic_characters_in_its_name_is_read_as_folder(tmp_path: Path) -> None:
    write(tmp_path / "scans [2024]", {"a.txt": "a"})
    assert [item.key for item in discover([InputSource(path=str(tmp_path / "scans [2024]"))]).items] == ["a.txt"]


def test_discover_missing_path_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as caught:
        discover([InputSource(path=str(tmp_path / "nowhere"))])
    assert caught.value.remedy


def test_discover_pattern_without_match_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing matches"):
        discover([InputSource(path=str(tmp_path / "*.docx"))])


def test_discover_folder_with_nothing_but_noise_says_so(tmp_path: Path) -> None:
    write(tmp_path, {".git/config": "x", "__pycache__/a.pyc": "x"})
    with pytest.raises(InputError, match="No documents found"):
        discover([InputSource(path=str(tmp_path))])


def test_discover_unknown_protocol_is_an_input_error() -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        discover([InputSource(path="gopher7://host/x")])


@pytest.mark.parametrize(("url", "package", "extra"), [("s3://b/x", "s3fs", "aws"), ("gs://b/x", "gcsfs", "gcp")])
def test_discover_bucket_without_its_package_names_the_extra(
    url: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(_registry, url.partition(":")[0], raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"longdoc-pipeline\[{extra}\]"):
        discover([InputSource(path=url)])


def test_discover_remote_filesystem_keeps_the_protocol() -> None:
    with fsspec.open("memory://discover/legal/lease.txt", "w") as file:
        file.write("lease")
    (item,) = discover([InputSource(path="memory://discover")]).items
    assert (item.key, item.uri, item.path) == (
        "legal/lease.txt",
        "memory://discover/legal/lease.txt",
        "memory:///discover/legal/lease.txt",
    )


def test_discover_source_tree_becomes_one_item_beside_single_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "notes.txt": "n",
            "app/pyproject.toml": "[project]",
            "app/src/a.py": "a = 1",
            "app/logo.png": "x",
            "app/vendor/setup.py": "s",
            "app/plugins/x/setup.py": "s",
            "vendor/offer.txt": "o",
        },
    )
    found = discover([InputSource(path=str(tmp_path))])
    items = found.items
    assert [item.key for item in items] == ["app", "app/logo.png", "notes.txt", "vendor/offer.txt"]
    assert [member.path for member in items[0].members] == ["plugins/x/setup.py", "pyproject.toml", "src/a.py"]
    assert [(one.source_uri, one.reason) for one in found.skipped] == [(f"{tmp_path}/app/vendor/setup.py", "vendored")]
    assert items[0].num_bytes == sum(member.num_bytes for member in items[0].members)


def test_discover_join_file_and_tree_override_detection(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "a", "lib/b.py": "b", "setup.py": "s"})
    apart = discover([InputSource(path=str(tmp_path), join=Joining.FILE)]).items
    together = discover([InputSource(path=str(tmp_path / "lib"), join=Joining.TREE)]).items
    assert [item.key for item in apart] == ["a.py", "lib/b.py", "setup.py"]
    assert [len(item.members) for item in together] == [1]


def test_discover_overlapping_inputs_take_each_file_once(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "a", "b.txt": "b"})
    items = discover([InputSource(path=str(tmp_path / "a.txt")), InputSource(path=str(tmp_path))]).items
    assert [(item.key, item.source_index) for item in items] == [("a.txt", 0), ("b.txt", 1)]


def test_discover_equal_keys_of_two_inputs_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, {"x/a.txt": "same", "y/a.txt": "same"})
    items = discover([InputSource(path=str(tmp_path / "x")), InputSource(path=str(tmp_path / "y"))]).items
    assert [item.key for item in items] == ["a.txt", "a.txt#2"]


def test_discover_bundled_part_has_the_keys_of_the_whole() -> None:
    whole = {item.key: item.uri for item in discover([InputSource(path="bundled:")]).items}
    part = {item.key: item.uri for item in discover([InputSource(path="bundled:legal/en")]).items}
    assert len(part) >= 3
    assert part.items() <= whole.items()
    assert all(uri == f"bundled:{key}" for key, uri in whole.items())
