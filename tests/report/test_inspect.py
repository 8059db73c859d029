"""`pipeline inspect DIR`: the report of whatever kind of folder, written anew unless a run is at work there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lease_holder import Holder
from sample_folders import write_sample_build, write_sample_training

from pipeline.cli.app import run


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    write = {"build": write_sample_build, "training": write_sample_training}[request.param]
    return Path(write(tmp_path / "out"))


@pytest.mark.parametrize("folder", ["build", "training"], indirect=True)
def test_inspect_writes_the_report_anew_and_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = folder / "report.html"
    page.write_text("old", encoding="utf-8")
    assert run(["inspect", str(folder), "--no-browser"]) == 0
    assert capsys.readouterr().out.strip() == str(page.resolve())
    assert "<html" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["training"], indirect=True)
def test_inspect_beside_a_run_shows_the_report_as_it_stands(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = folder / "report.html"
    page.unlink(missing_ok=True)
    owner = Holder(folder)
    assert owner.hold() == "held False"
    try:
        assert run(["inspect", str(folder), "--no-browser"]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert "has no report yet" in said and str(owner.process.pid) in said and "Wait until that run ends" in said
        page.write_text("old", encoding="utf-8")
        assert run(["inspect", str(folder), "--no-browser"]) == 0
        printed = " ".join(capsys.readouterr().out.split())
        assert "this is the existing report" in printed and printed.endswith(str(page.resolve()))
        assert page.read_text(encoding="utf-8") == "old"
    finally:
        owner.end()


def test_inspect_of_another_folder_says_what_it_looks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(tmp_path), "--no-browser"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    for record in ("manifest.json", "training.json", "evaluation.json"):
        assert record in said
    assert "Give the output folder of build-sft, finetune or evaluate." in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["build"], indirect=True)
def test_inspect_takes_a_copy_as_it_takes_the_folder(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert run(["inspect", str(copy), "--no-browser"]) == 0
    assert (copy / "report.html").is_file()
