from pathlib import Path

import pytest

from pipeline.config.start import FolderAccess, Start
from pipeline.errors import InputError
from pipeline.io.folders import open_output_folder


def test_open_output_folder_makes_it_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    open_output_folder(str(target), start=Start.RESUME, marks=["manifest.json"], access=FolderAccess.UMASK)
    assert target.is_dir()
    assert list(target.iterdir()) == []


def test_resume_keeps_and_fresh_removes_what_an_earlier_run_left(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "x").write_text("x")
    open_output_folder(str(tmp_path), start=Start.RESUME, marks=["manifest.json"], access=FolderAccess.UMASK)
    assert (tmp_path / "cache" / "x").is_file()
    open_output_folder(str(tmp_path), start=Start.FRESH, marks=["manifest.json"], access=FolderAccess.UMASK)
    assert list(tmp_path.iterdir()) == []


def test_fresh_refuses_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="not ours"):
        open_output_folder(str(tmp_path), start=Start.FRESH, marks=["manifest.json"], access=FolderAccess.UMASK)
    assert (tmp_path / "thesis.docx").is_file()


def test_open_output_folder_below_a_file_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="Cannot write"):
        open_output_folder(
            str(tmp_path / "file" / "out"), start=Start.RESUME, marks=["manifest.json"], access=FolderAccess.UMASK
        )
