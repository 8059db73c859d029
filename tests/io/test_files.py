import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import DiskFullError, InputError
from pipeline.io import files, full_disk, guards
from pipeline.io.layout import BuildFolder
from pipeline.io.listing import file_states
from pipeline.io.outputs import part_files

_OTHER_USER = 65534


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


def _committed_object(path: str) -> AbstractContextManager[files.AtomicFile]:
    return files._committed(fsspec.filesystem("file"), path, path)


def test_transactional_write_that_fails_is_discarded_and_one_that_ends_is_committed(tmp_path: Path) -> None:
    # The way of object stores, on the one filesystem at hand that keeps fsspec's transactional protocol.
    path = tmp_path / "object.json"

    def fail() -> None:
        with _committed_object(str(path)) as file:
            file.write(b"half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail()
    assert not path.exists()
    with _committed_object(str(path)) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"


def test_list_files_is_sorted_and_leaves_out_partial_files(tmp_path: Path) -> None:
    for name in ("b.parquet", "a.parquet", "sub/c.parquet", "d.parquet.partial", "g.parquet.1f.partial", "e.txt"):
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


def test_open_atomic_without_permission_names_the_path_and_the_remedy() -> None:
    folder = Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        os.chown(folder, _OTHER_USER, _OTHER_USER)  # a folder of pytest's is closed to others
    folder.chmod(0o500)
    path = str(folder / "x" / "y.txt")
    said = _said_to_another_user(lambda: files.write_text(path, "text"))
    folder.rmdir()
    assert said.startswith(f"InputError: Cannot write {path}") and "--output" in said


def _said_to_another_user(run: Callable[[], None]) -> str:
    """Return the error of a function in a child process, which has no rights of root."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgid(_OTHER_USER)
                os.setuid(_OTHER_USER)
            run()
        except InputError as error:
            os.write(writing, f"{type(error).__name__}: {error.message} {error.remedy}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def test_open_atomic_tells_size_and_hash_of_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    table = pa.table({"text": ["가나다" * 1000, "b"], "n": [1, 2]})
    with files.open_atomic(str(path)) as file, pq.ParquetWriter(file, table.schema) as writer:
        writer.write_table(table)
    assert file.num_bytes == path.stat().st_size > 0
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert pq.read_table(path) == table


def test_open_atomic_on_an_object_store_tells_size_and_hash() -> None:
    with files.open_atomic("memory://hashed/a.bin") as file:
        file.write(b"one")
        file.write(memoryview(b"two"))
    assert (file.num_bytes, file.sha256) == (6, hashlib.sha256(b"onetwo").hexdigest())


def test_two_writers_of_one_file_never_share_a_partial_one(tmp_path: Path) -> None:
    path = str(tmp_path / "a.txt")
    with files.open_atomic(path) as first:
        first.write(b"first " * 10_000)
        files.write_text(path, "second")
        assert len(list(tmp_path.glob("*.partial"))) == 1
    assert Path(path).read_bytes() == b"first " * 10_000
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


def test_open_atomic_is_on_the_disk_before_its_name_appears_and_then_its_folders_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "new" / "folder" / "a.json"
    flushed: list[tuple[Path, bool]] = []
    fsync = os.fsync

    def recorded(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append((path, target.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    files.write_text(str(target), "x")
    folders = [(path, named) for path, named in flushed if path.is_dir()]
    assert [path.suffix for path, named in flushed if path.suffix and not named] == [".partial"]
    assert folders == [(target.parent.parent, False), (tmp_path, False), (target.parent, True)]
    assert flushed[-1] == folders[-1]


def test_remove_partial_files_leaves_what_is_whole(tmp_path: Path) -> None:
    for name in ("a.json", "sub/b.json.77ab01ff.partial", "c.json.partial"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    files.remove_partial_files(str(tmp_path))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.json"]


def test_set_aside_numbers_what_was_damaged_before_and_hides_it(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    targets = []
    for content in ("first", "second", "third"):
        path.write_text(content)
        targets.append(files.set_aside(str(path)))
    names = ["manifest.json.damaged", "manifest.json.damaged-2", "manifest.json.damaged-3"]
    assert targets == [str(tmp_path / name) for name in names]
    assert [Path(target).read_text() for target in targets] == ["first", "second", "third"]
    assert files.list_files(str(tmp_path)) == []


def test_set_aside_on_an_object_store_moves_the_object() -> None:
    files.write_text("memory://aside/a.json", "half")
    target = files.set_aside("memory://aside/a.json")
    assert target.endswith("/aside/a.json.damaged")
    assert not files.exists("memory://aside/a.json")
    with files.open_binary(target) as file:
        assert file.read() == b"half"


@pytest.mark.parametrize("folder", ["build", "./build", "build/", "{here}/build", "file://{here}/build"])
def test_listed_paths_begin_as_the_folder_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    files.write_text(str(tmp_path / "build" / "corpus" / "a.parquet"), "a")
    given = folder.format(here=tmp_path)
    wanted = given.rstrip("/") + "/corpus/a.parquet"
    assert files.list_files(given) == [wanted] == list(file_states(given, max_depth=2))
    assert files.exists(wanted)
    assert part_files(BuildFolder(given), "corpus") == [wanted]


class LostError(Exception):
    """The folder belongs to another run now."""


def _lose(folder: str) -> None:
    def check() -> None:
        raise LostError

    guards.guard_folder(folder, check)


def test_file_whose_folder_is_lost_while_it_is_written_does_not_get_its_name(tmp_path: Path) -> None:
    folder = str(tmp_path)
    path = files.join(folder, "a.txt")
    files.write_text(path, "of the new owner")
    try:
        with pytest.raises(LostError), files.open_atomic(path) as file:
            file.write(b"of the old one")
            _lose(folder)
    finally:
        guards.unguard_folder(folder)
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"a.txt": "of the new owner"}


def test_object_whose_folder_is_lost_while_it_is_written_is_not_committed(tmp_path: Path) -> None:
    folder = str(tmp_path)
    try:
        with pytest.raises(LostError), _committed_object(files.join(folder, "a.txt")) as file:
            file.write(b"of the old one")
            _lose(folder)
    finally:
        guards.unguard_folder(folder)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: files.write_text(files.join(folder, "a.txt"), "x"),
        lambda folder: files.write_text(files.join(folder, "new/b.txt"), "x"),
        lambda folder: files.remove_file(files.join(folder, "a.txt")),
        lambda folder: files.move(files.join(folder, "a.txt"), files.join(folder, "b.txt")),
        lambda folder: files.set_aside(files.join(folder, "a.txt")),
        lambda folder: files.remove_folder(files.join(folder, "sub")),
        lambda folder: files.remove_folder(folder),
        lambda folder: files.empty_folder(folder),
    ],
)
@pytest.mark.parametrize("root", ["{here}/build", "memory://guarded/build"])
def test_nothing_is_changed_in_a_folder_that_is_lost(
    tmp_path: Path, root: str, change: Callable[[str], object]
) -> None:
    folder = root.format(here=tmp_path)
    for name in ("a.txt", "sub/c.txt"):
        files.write_text(files.join(folder, name), "whole")
    before = files.list_files(folder)
    _lose(folder)
    try:
        assert guards.is_guarded(folder)
        with pytest.raises(LostError):
            change(folder)
        assert files.list_files(folder) == before
        files.write_text(f"{folder}-2/a.txt", "a neighbour whose name begins alike")
    finally:
        guards.unguard_folder(folder)
    change(folder)


@pytest.mark.parametrize("way", ["local", "object store"])
def test_file_that_was_being_written_when_the_folder_was_lost_never_gets_its_name(tmp_path: Path, way: str) -> None:
    path = tmp_path / "build" / "part.parquet"
    files.write_text(str(path), "of the new owner")
    is_lost = []

    def check() -> None:
        if is_lost:
            raise RuntimeError("the folder is another run's")

    opened = files.open_atomic(str(path)) if way == "local" else _committed_object(str(path))
    guards.guard_folder(str(tmp_path / "build"), check)
    try:
        with pytest.raises(RuntimeError, match="another run's"), opened as file:
            file.write(b"of the old owner")
            is_lost.append(True)
    finally:
        guards.unguard_folder(str(tmp_path / "build"))
    assert path.read_text() == "of the new owner"
    assert [found.name for found in path.parent.iterdir()] == ["part.parquet"]


@pytest.mark.parametrize("act", [files.remove_file, files.remove_folder, files.empty_folder, files.set_aside])
def test_folder_that_was_lost_is_not_changed(tmp_path: Path, act: Callable[[str], object]) -> None:
    path = tmp_path / "build" / "work" / "part"
    files.write_text(str(path), "x")

    def lost() -> None:
        raise RuntimeError("lost")

    guards.guard_folder(str(tmp_path / "build" / ""), lost)
    assert guards.is_guarded(str(tmp_path / "build"))
    try:
        target = path.parent if act in (files.remove_folder, files.empty_folder) else path
        with pytest.raises(RuntimeError, match="lost"):
            act(str(target))
        assert path.read_text() == "x"
        other = tmp_path / "build-2" / "part"
        files.write_text(str(other), "another folder with the same beginning")
        files.remove_file(str(other))
    finally:
        guards.unguard_folder(str(tmp_path / "build"))
    act(str(target))
    assert not guards.is_guarded(str(tmp_path / "build"))
    assert not path.exists()


def test_empty_folder_keeps_its_own_lease_alone(tmp_path: Path) -> None:
    for name in (files.LEASE_FILE, "a.txt", "sub/b.txt", f"sub/{files.LEASE_FILE}"):
        files.write_text(str(tmp_path / "f" / name), "x")
    files.empty_folder(str(tmp_path / "f"))
    assert [path.name for path in (tmp_path / "f").rglob("*")] == [files.LEASE_FILE]
    files.empty_folder(str(tmp_path / "nowhere"))


def test_set_aside_gives_every_damaged_file_of_one_name_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for expected in ("a.json.damaged", "a.json.damaged-2", "a.json.damaged-3"):
        path.write_text(expected)
        assert files.set_aside(str(path)) == str(tmp_path / expected)
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {
        name: name for name in ("a.json.damaged", "a.json.damaged-2", "a.json.damaged-3")
    }
    assert files.list_files(str(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "is_hidden"),
    [
        ("a.parquet", False),
        (files.LEASE_FILE, True),
        ("a.json.1f2e.partial", True),
        ("a.json.damaged", True),
        ("a.json.damaged-2", True),
        ("step-000002.damaged/state.json", False),
        ("a.damaged.json", False),
        ("my.lease.json", False),
    ],
)
def test_file_that_is_written_set_aside_or_a_lease_is_hidden(name: str, is_hidden: bool) -> None:
    assert files.is_hidden(f"/build/{name}") is is_hidden


def test_partial_files_are_removed_and_whole_ones_stay(tmp_path: Path) -> None:
    for name in ("a.1f.partial", "sub/b.2e.partial", "sub/b", "partial"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    files.remove_partial_files(str(tmp_path))
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"sub/b", "partial"}


def test_moved_file_replaces_the_other_and_is_gone_from_its_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_text("old")
    files.move(str(tmp_path / "a"), str(tmp_path / "b" / "c"))
    assert (tmp_path / "b" / "c").read_text() == "new"
    assert not (tmp_path / "a").exists()
    files.write_text("memory://moves/a", "x")
    files.move("memory://moves/a", "memory://moves/deep/b")
    assert not files.exists("memory://moves/a")
    assert files.exists("memory://moves/deep/b")
    files.remove_folder("memory://moves")


@pytest.mark.parametrize(
    ("folder", "names", "path"),
    [
        ("/a", ("b",), "/a/b"),
        ("/a/", ("/b/", "c"), "/a/b/c"),
        ("gs://bucket/build/", ("sft",), "gs://bucket/build/sft"),
        ("/a", (), "/a"),
    ],
)
def test_names_are_joined_with_one_slash(folder: str, names: tuple[str, ...], path: str) -> None:
    assert files.join(folder, *names) == path


def test_full_disk_says_what_was_written_what_is_free_and_what_to_do(tmp_path: Path) -> None:
    error = full_disk.disk_full(str(tmp_path / "deep" / "part"), "No space left on device", num_bytes=1234)
    free = re.search(r"([\d,]+) bytes are free", error.message)
    assert free is not None
    assert error.message == (
        f"Cannot write {tmp_path}/deep/part: No space left on device after 1,234 bytes; {free[1]} bytes are free "
        "on that disk."
    )
    assert error.remedy == (
        f"Free space on the disk of {tmp_path}, or choose a different --output; then run the same command again. "
        "Finished work is kept."
    )
    assert "after" not in full_disk.disk_full(str(tmp_path), "x").message
    with pytest.raises(DiskFullError, match="Disk quota"), full_disk.explained_full_disk(str(tmp_path)):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
    with pytest.raises(PermissionError), full_disk.explained_full_disk(str(tmp_path)):
        raise PermissionError(errno.EACCES, "no")


def test_json_is_written_as_people_read_it(tmp_path: Path) -> None:
    files.write_json(str(tmp_path / "a.json"), {"이름": "가", "a": [1]})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n "이름": "가",\n "a": [\n  1\n ]\n}\n'


def test_folder_with_the_name_of_a_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    for path in ("out", "out/below"):
        with pytest.raises(InputError, match=r"Cannot create the folder .*out") as refused:
            files.make_folder(str(tmp_path / path))
        assert "--output" in refused.value.remedy
    files.make_folder(str(tmp_path / "new" / "below"))
    files.make_folder(str(tmp_path / "new" / "below"))
    assert (tmp_path / "new" / "below").is_dir()


def test_folder_is_not_made_by_a_process_that_no_longer_holds_its_parent(tmp_path: Path) -> None:
    def lost() -> None:
        raise InputError("lost", remedy="")

    guards.guard_folder(str(tmp_path), lost)
    try:
        with pytest.raises(InputError, match="lost"):
            files.make_folder(str(tmp_path / "new"))
    finally:
        guards.unguard_folder(str(tmp_path))
    assert not (tmp_path / "new").exists()


def test_unfinished_file_that_cannot_be_deleted_is_named() -> None:
    """In a child of another user, because root may delete everything."""
    with tempfile.TemporaryDirectory() as folder:
        unfinished = Path(folder) / "a.json.1f.partial"
        unfinished.write_text("x")
        Path(folder).chmod(0o555)
        text = _message_for_another_user(lambda: files.remove_partial_files(folder))
        Path(folder).chmod(0o755)
        assert unfinished.exists()
    assert text.startswith(f"Cannot delete the unfinished file {unfinished}: Permission denied.")
    assert "--output" in text


def _message_for_another_user(action: Callable[[], None]) -> str:
    """The message and remedy of the error that a forked child without privileges gets."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65_534)
            action()
        except InputError as error:
            os.write(sending, f"{error.message} {error.remedy}".encode())
        finally:
            os._exit(0)
    os.close(sending)
    os.waitpid(child, 0)
    with os.fdopen(receiving) as said:
        return said.read()
