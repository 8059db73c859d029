"""doc files: conversion by LibreOffice, refusal without it, and files of other formats named .doc."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from office_files import convert, docx, ole, paragraph

from pipeline.config.build import InputSource
from pipeline.documents import isolation
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers import libreoffice
from pipeline.documents.readers.reader import (
    Extract,
    NotRead,
    ParserError,
    Reading,
    ReadLimits,
    ReadOptions,
    ReadSettings,
    RefusedFileError,
)
from pipeline.documents.reading import read_segment

WORD = ole("WordDocument")
LIMITS = ReadLimits(2**26, 200, 30, 2**30)


def read_path(path: Path) -> Reading:
    (item,) = discover([InputSource(path=str(path))]).items
    segment = Segment(item, 0, TO_THE_END, item.num_bytes)
    (reading,) = read_segment(segment, ReadSettings("text", "title", LIMITS, ReadOptions()))
    return reading


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program named soffice on the path."""
    program = folder / "soffice"
    program.write_text(f"#!{sys.executable}\n{script}", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_doc_file_is_read_as_the_docx_file_that_libreoffice_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made.docx").write_bytes(docx(paragraph("제1조 (목적)")))
    script = f"""
import pathlib, shutil, sys
profile = next(word for word in sys.argv if word.startswith("-env:UserInstallation=file://"))
settings = pathlib.Path(profile.partition("file://")[2], "user", "registrymodifications.xcu").read_text()
assert "DisableMacrosExecution" in settings and "--headless" in sys.argv
out, source = sys.argv[sys.argv.index("--outdir") + 1], sys.argv[-1]
assert pathlib.Path(source).read_bytes().startswith(b"\\xd0\\xcf\\x11\\xe0")
pathlib.Path(out).mkdir()
shutil.copy({str(tmp_path / "made.docx")!r}, pathlib.Path(out, "document.docx"))
"""
    install(tmp_path, monkeypatch, script)
    assert convert(WORD, reader="doc").text == "제1조 (목적)\n"


def test_doc_file_that_libreoffice_cannot_read_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "import sys; sys.exit('source file could not be loaded')")
    with pytest.raises(ParserError, match="source file could not be loaded"):
        convert(WORD, reader="doc")


def test_doc_file_without_libreoffice_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "_PROGRAMS", ("no-such-program",))
    with pytest.raises(RefusedFileError, match=r"install LibreOffice, or save the file as \.docx") as refused:
        convert(WORD, reader="doc")
    assert refused.value.reason == "legacy_format"


def test_encrypted_doc_file_is_refused() -> None:
    stream = b"\xec\xa5\xc1\0".ljust(11, b"\0") + b"\x01"
    for data in (WORD + stream.ljust(512, b"\0"), ole("EncryptedPackage")):
        with pytest.raises(RefusedFileError) as refused:
            convert(data, reader="doc")
        assert refused.value.reason == "encrypted"


def test_libreoffice_that_hangs_is_stopped_with_the_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    install(tmp_path, monkeypatch, f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    isolation._PARSER.stop()  # its process knows the old path
    with pytest.raises(ParserError, match="max_parser_seconds"):
        isolation.convert_isolated("doc", WORD, ReadOptions(), ReadLimits(2**26, 200, 4, 2**30))
    isolation._PARSER.stop()
    status = Path(f"/proc/{pid.read_text()}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


@pytest.mark.parametrize(
    ("content", "reader", "text"),
    [
        (b"<html><body><h1>Notice</h1><p>Rinse.</p></body></html>", "html", "# Notice"),
        (b"\xef\xbb\xbf<!-- made by hand --><!DOCTYPE html><p>Rinse.</p>", "html", "Rinse."),
        ("<html><body>한글</body></html>".encode("utf-16"), "html", "한글"),
        (docx(paragraph("본문")), "docx", "본문"),
        (b"{\\rtf1\\ansi Plain rich text.}", "rtf", "Plain rich text."),
        (b"Only words.\n", "text", "Only words."),
    ],
)
def test_other_formats_named_doc_are_told_by_content(tmp_path: Path, content: bytes, reader: str, text: str) -> None:
    path = tmp_path / "notice.doc"
    path.write_bytes(content)
    reading = read_path(path)
    assert isinstance(reading, Extract)
    assert reading.format == reader
    assert text in reading.text


def test_piece_of_html_without_a_beginning_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "piece.html"
    path.write_bytes(b"<p>One</p><p>Two</p>")
    reading = read_path(path)
    assert isinstance(reading, Extract)
    assert (reading.format, reading.text.split()) == ("html", ["One", "Two"])


def test_encrypted_office_file_named_doc_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "locked.doc"
    path.write_bytes(ole("EncryptedPackage"))
    reading = read_path(path)
    assert isinstance(reading, NotRead)
    assert reading.why.reason == "encrypted"
