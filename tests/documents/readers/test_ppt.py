"""ppt files: conversion by LibreOffice, and refusals."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from office_files import convert, ole
from slide_files import MadeSlide, pptx, shape

from pipeline.documents.readers import libreoffice, reader_of_content, readers
from pipeline.documents.readers.reader import FileKind, RefusedFileError

SLIDES = ole("PowerPoint Document")


def test_ppt_file_is_read_as_the_pptx_file_that_libreoffice_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made.pptx").write_bytes(pptx(MadeSlide([shape("옛 발표", kind="title"), shape("본문", index="1")])))
    program = tmp_path / "soffice"
    program.write_text(
        f"""#!{sys.executable}
import pathlib, shutil, sys
assert sys.argv[sys.argv.index("--convert-to") + 1] == "pptx"
out = sys.argv[sys.argv.index("--outdir") + 1]
pathlib.Path(out).mkdir()
shutil.copy({str(tmp_path / "made.pptx")!r}, out + "/document.pptx")
""",
        encoding="utf-8",
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert convert(SLIDES, reader="ppt").text == "# 옛 발표\n\n- 본문\n"


def test_without_libreoffice_the_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "_PROGRAMS", ())
    with pytest.raises(RefusedFileError) as refused:
        convert(SLIDES, reader="ppt")
    assert refused.value.reason == "legacy_format"
    assert ".pptx" in refused.value.message


@pytest.mark.parametrize("data", [ole("EncryptedPackage"), SLIDES + b"\xf6\x0f\0\0\0\0\x14\0\0\0\xdf\xc4\xd1\xf3"])
def test_encrypted_file_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedFileError) as refused:
        convert(data, reader="ppt")
    assert refused.value.reason == "encrypted"


def test_file_of_another_kind_raises_an_error_and_ppt_is_recognised_by_content() -> None:
    with pytest.raises(Exception, match="not a presentation"):
        convert(b"hello", reader="ppt")
    assert reader_of_content(SLIDES, FileKind(None)) is readers()["ppt"]
