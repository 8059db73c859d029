"""Folders as people have them: links, special files, locked folders, hidden and generated files."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.errors import InputError

NOBODY = 65534


def keys(path: Path | str, *, follow_links: bool = False) -> list[str]:
    return [item.key for item in discover([InputSource(path=str(path), follow_links=follow_links)]).items]


def skipped(path: Path | str, *, follow_links: bool = False) -> dict[str, int]:
    return dict(discover([InputSource(path=str(path), follow_links=follow_links)]).skipped.counts)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "in" / "deep" / "b.txt").write_text("b")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("s")
    return tmp_path / "in"


def test_discover_what_nobody_means_is_counted_by_reason(root: Path) -> None:
    for name in (".archive/2023.txt", ".archive/2024.txt", "node_modules/x/readme.md", "draft.lock", "app.map"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    assert skipped(root) == {"dependency": 1, "source_map": 1, "hidden": 2, "lock_file": 1}
    assert keys(root) == ["a.txt", "deep/b.txt"]
    named = discover([InputSource(path=str(root))]).skipped
    assert [(one.reason, one.source_uri.removeprefix(f"{root}/")) for one in named] == [
        ("source_map", "app.map"),
        ("lock_file", "draft.lock"),
        ("hidden", ".archive/2023.txt"),
        ("hidden", ".archive/2024.txt"),
        ("dependency", "node_modules/x/readme.md"),
    ]


def test_discover_names_everything_that_is_left_out_in_the_order_of_names(root: Path) -> None:
    (root / ".cache").mkdir()
    names = [f"{number:04d}.txt" for number in range(300)]
    for name in reversed(names):
        (root / ".cache" / name).touch()
    found = discover([InputSource(path=str(root))]).skipped
    assert found.counts == {"hidden": 300}
    assert [one.source_uri.rsplit("/", 1)[1] for one in found] == names, "the same order on every filesystem"


def test_discover_links_out_of_the_folder_are_counted_and_followed_only_on_request(root: Path) -> None:
    (root / "file.txt").symlink_to(root.parent / "outside" / "secret.txt")
    (root / "folder").symlink_to(root.parent / "outside")
    assert keys(root) == ["a.txt", "deep/b.txt"]
    assert skipped(root) == {"link_outside": 2}
    followed = keys(root, follow_links=True)
    assert sorted(followed) in (["a.txt", "deep/b.txt", "file.txt"], ["a.txt", "deep/b.txt", "folder/secret.txt"])
    assert skipped(root, follow_links=True) == {"link_followed": 1, "link_inside": 1}


def test_discover_links_inside_the_folder_give_each_file_once(root: Path) -> None:
    (root / "again.txt").symlink_to(root / "a.txt")
    (root / "deep" / "up").symlink_to(root)
    (root / "gone.txt").symlink_to(root / "nothing.txt")
    (root / "self").symlink_to(root / "self")
    for follow in (False, True):
        assert keys(root, follow_links=follow) == ["a.txt", "deep/b.txt"]
        assert skipped(root, follow_links=follow) == {"link_broken": 2, "link_inside": 2}


def test_discover_a_link_to_a_file_in_a_hidden_folder_is_read_under_the_links_name(root: Path) -> None:
    (root / ".store").mkdir()
    (root / ".store" / "blob").write_text("x")
    (root / "model.txt").symlink_to(root / ".store" / "blob")
    assert keys(root) == ["a.txt", "deep/b.txt", "model.txt"]


def test_discover_a_link_to_a_hidden_folder_is_followed_and_each_target_listed_once(root: Path) -> None:
    (root / ".store" / "v3" / "up").parent.mkdir(parents=True)
    (root / ".store" / "v3" / "up").symlink_to(root / ".store")
    for name in ("x.txt", "y.txt"):
        (root / ".store" / "v3" / name).write_text(name)
    (root / "current").symlink_to(root / ".store" / "v3")
    (root / "other").symlink_to(root / ".store")
    (root / "a_single.txt").symlink_to(root / ".store" / "v3" / "y.txt")
    assert keys(root) == ["a.txt", "a_single.txt", "current/x.txt", "deep/b.txt"]
    assert skipped(root) == {"hidden": 3, "link_followed": 2, "link_inside": 2}


def test_discover_a_pattern_follows_a_link_to_a_folder_that_it_leaves_out(root: Path) -> None:
    (root / "pick").symlink_to(root / "deep")
    assert keys(f"{root}/pick*") == ["pick/b.txt"]
    assert keys(f"{root}/*") == ["a.txt", "deep/b.txt"]


def test_discover_overlapping_inputs_list_each_path_once(root: Path) -> None:
    for name in (".hidden/x.txt", "deep/.y", "app/setup.py", "app/main.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("x = 1")
    inputs = [InputSource(path=str(path)) for path in (root / ".hidden", root / "app" / "main.py", root, root / "deep")]
    found = discover(inputs)
    assert [item.uri.removeprefix(f"{root}/") for item in found.items] == [
        *(".hidden/x.txt", "app/main.py", "a.txt", "app/setup.py", "deep/b.txt")
    ]
    assert [one.source_uri.removeprefix(f"{root}/") for one in found.skipped] == ["deep/.y"]


def test_discover_skipped_names_that_differ_in_normalisation_stay_different(root: Path) -> None:
    for name in ("가.lock", "\u1100\u1161.lock"):
        (root / name).write_text("x")
    uris = [one.source_uri for one in discover([InputSource(path=str(root))]).skipped]
    assert len(uris) == len(set(uris)) == 2


def test_discover_loops_of_folders_outside_end(root: Path) -> None:
    (root.parent / "outside" / "back").symlink_to(root)
    (root.parent / "outside" / "self").symlink_to(root.parent / "outside")
    (root / "out").symlink_to(root.parent / "outside")
    assert keys(root, follow_links=True) == ["a.txt", "deep/b.txt", "out/secret.txt"]


def test_discover_fifos_and_sockets_are_counted_and_never_opened(root: Path) -> None:
    os.mkfifo(root / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "s.txt"))
        assert keys(root) == ["a.txt", "deep/b.txt"]
    assert skipped(root) == {"special_file": 2}
    with pytest.raises(InputError, match="neither a file nor a folder"):
        keys(root / "pipe.txt")


def test_discover_a_folder_of_links_alone_says_how_to_read_them(root: Path) -> None:
    (root.parent / "links").mkdir()
    (root.parent / "links" / "a").symlink_to(root)
    with pytest.raises(InputError, match="follow_links: true"):
        keys(root.parent / "links")


def test_discover_glob_counts_only_what_it_names(root: Path) -> None:
    (root / ".x.txt").write_text("x")
    (root / "b.lock").write_text("x")
    (root / "l.txt").symlink_to(root.parent / "outside" / "secret.txt")
    assert keys(f"{root}/*.txt") == ["a.txt"]
    assert skipped(f"{root}/*.txt") == {"hidden": 1, "link_outside": 1}
    assert keys(f"{root}/de*") == ["deep/b.txt"]
    assert keys(f"{root}/**/*.txt") == ["a.txt", "deep/b.txt"]


def test_discover_locked_folder_and_file_are_items_that_failed() -> None:
    """In a child of another user, because nothing is locked for root."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "deep").mkdir()
        (root / "locked").mkdir()
        for name in ("a.txt", "deep/b.txt", "locked/x.md"):
            (root / name).write_text("x")
        root.chmod(0o755)
        (root / "locked").chmod(0)
        (root / "deep").chmod(0o444)
        items = _as_nobody(lambda: [(item.key, item.failure) for item in discover([InputSource(path=folder)]).items])
        (root / "locked").chmod(0o755)
        (root / "deep").chmod(0o755)
    assert [tuple(item) for item in items] == [
        ("a.txt", ""),
        ("deep/b.txt", "PermissionError: Permission denied"),
        ("locked", "PermissionError: Permission denied"),
    ]


def _as_nobody(question: Callable[[], object]) -> Any:
    """The answer of a forked child without privileges, through JSON."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            answer = json.dumps(question())
        except BaseException as error:  # noqa: BLE001  # the parent has to hear of it
            answer = json.dumps(repr(error))
        os.write(sending, answer.encode())
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as file:
        answer = json.load(file)
    os.waitpid(child, 0)
    return answer


def test_discover_a_link_into_a_sibling_whose_name_begins_alike_is_a_link_outside(root: Path) -> None:
    sibling = root.parent / f"{root.name}-private"
    sibling.mkdir()
    (sibling / "secret.txt").write_text("s")
    (root / "secret.txt").symlink_to(sibling / "secret.txt")
    assert keys(root) == ["a.txt", "deep/b.txt"]
    assert skipped(root) == {"link_outside": 1}


def _version(path: Path) -> str:
    (item,) = discover([InputSource(path=str(path))]).items
    return item.version


def _change_until_seen(path: Path, content: bytes) -> None:
    """Write in place and give the old time back, until the clock of the filesystem has moved on."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_version_of_a_file_changes_with_its_bytes_though_size_and_time_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"the rent is 100")
    before = _version(path)
    assert _version(path) == before
    _change_until_seen(path, b"the rent is 900")
    assert _version(path) != before
