import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config.start import FolderAccess, Start
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.folders import open_output_folder, refuse_inside_build, settle_files
from pipeline.io.lease import hold_folder


def test_open_output_folder_makes_it_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    open_output_folder(str(target), start=Start.RESUME, marker_files=["manifest.json"], access=FolderAccess.UMASK)
    assert target.is_dir()
    assert list(target.iterdir()) == []


def test_resume_keeps_and_fresh_removes_what_an_earlier_run_left(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "x").write_text("x")
    open_output_folder(str(tmp_path), start=Start.RESUME, marker_files=["manifest.json"], access=FolderAccess.UMASK)
    assert (tmp_path / "cache" / "x").is_file()
    open_output_folder(str(tmp_path), start=Start.FRESH, marker_files=["manifest.json"], access=FolderAccess.UMASK)
    assert list(tmp_path.iterdir()) == []


def test_fresh_refuses_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="this command did not write"):
        open_output_folder(str(tmp_path), start=Start.FRESH, marker_files=["manifest.json"], access=FolderAccess.UMASK)
    assert (tmp_path / "thesis.docx").is_file()


def test_open_output_folder_below_a_file_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="Cannot write"):
        open_output_folder(
            str(tmp_path / "file" / "out"),
            start=Start.RESUME,
            marker_files=["manifest.json"],
            access=FolderAccess.UMASK,
        )


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("usual_umask")
def test_private_folder_is_made_0700_and_one_that_is_there_is_tightened(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    assert mode_of(old) == 0o755
    for folder in (tmp_path / "new", old):
        open_output_folder(str(folder), start=Start.RESUME, marker_files=[], access=FolderAccess.PRIVATE)
        assert mode_of(folder) == 0o700


@pytest.mark.usefixtures("usual_umask")
def test_folder_and_files_that_are_handed_on_follow_the_umask(tmp_path: Path) -> None:
    open_output_folder(str(tmp_path / "model"), start=Start.RESUME, marker_files=[], access=FolderAccess.UMASK)
    files.write_text(str(tmp_path / "model" / "logs" / "metrics.jsonl"), "{}")
    assert mode_of(tmp_path / "model") == mode_of(tmp_path / "model" / "logs") == 0o755
    assert mode_of(tmp_path / "model" / "logs" / "metrics.jsonl") == 0o644


@pytest.mark.usefixtures("usual_umask")
def test_settled_files_have_the_mode_of_the_umask_and_nothing_is_added(tmp_path: Path) -> None:
    for name in ("model.safetensors", "sub/shard.bin"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
    settle_files(tmp_path)
    assert {path.name: mode_of(path) for path in tmp_path.rglob("*.*")} == {
        "model.safetensors": 0o644,
        "shard.bin": 0o644,
    }


@pytest.mark.parametrize("output", [".", "model", "a/b"])
def test_folder_inside_a_build_folder_is_refused_with_another(tmp_path: Path, output: str) -> None:
    build = tmp_path / "build"
    (build / "sft").mkdir(parents=True)
    (build / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="build folder") as refused:
        refuse_inside_build(str(build / output), what="model folder")
    assert str(tmp_path / "model") in refused.value.remedy
    (tmp_path / "link").symlink_to(build)
    with pytest.raises(InputError, match="build folder"):
        refuse_inside_build(str(tmp_path / "link" / output), what="model folder")


def test_folder_beside_a_build_or_below_another_manifest_is_fine(tmp_path: Path) -> None:
    (tmp_path / "build" / "sft").mkdir(parents=True)
    (tmp_path / "build" / "manifest.json").write_text("{}")
    (tmp_path / "manifest.json").write_text('{"name": "an extension of a browser"}')
    refuse_inside_build(str(tmp_path / "model"), what="model folder")
    refuse_inside_build("gs://bucket/build/model", what="model folder")


def test_fresh_keeps_the_lease_of_the_run_that_asks_for_it(tmp_path: Path) -> None:
    with hold_folder(str(tmp_path), command="build-sft"):
        (tmp_path / "manifest.json").write_text("{}")
        open_output_folder(str(tmp_path), start=Start.FRESH, marker_files=["manifest.json"], access=FolderAccess.UMASK)
        assert [path.name for path in tmp_path.iterdir()] == [files.LEASE_FILE]


def test_fresh_in_a_folder_with_nothing_but_a_lease_is_fine(tmp_path: Path) -> None:
    with hold_folder(str(tmp_path), command="build-sft"):
        open_output_folder(str(tmp_path), start=Start.FRESH, marker_files=["manifest.json"], access=FolderAccess.UMASK)
