"""Archives: every member is read, refused or skipped; nothing is written outside the temporary folder."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.config.build import InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import (
    Extract,
    Failed,
    NotRead,
    Reading,
    ReadLimits,
    ReadOptions,
    ReadSettings,
    Skipped,
)
from pipeline.documents.reading import read_segment

LIMITS = ReadLimits(10_000_000, 50, 60, 2**30)
TEXT = "1. Rent. The tenant pays the rent every month.\n"


def read(path: Path, limits: ReadLimits = LIMITS) -> list[Reading]:
    (item,) = discover([InputSource(path=str(path), join=Joining.FILE)]).items
    settings = ReadSettings("text", "title", limits, ReadOptions())
    return list(read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings))


def said(readings: list[Reading], archive: Path) -> dict[str, str]:
    """Text, reason or error of each member, by its name."""
    found = {}
    for reading in readings:
        name = reading.uri.removeprefix(f"{archive}!/").removeprefix(str(archive))
        if isinstance(reading, Extract):
            found[name] = reading.text
        elif isinstance(reading, NotRead):
            found[name] = reading.why.reason
        elif isinstance(reading, Skipped):
            found[name] = f"skipped {reading.reason}"
        else:
            found[name] = type(reading.error).__name__
    assert len(found) == len(readings), "each member once"
    return found


def zipped(members: Mapping[str | zipfile.ZipInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(members: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members.items():
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.name = name
            if isinstance(data, bytes):
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    return stream.getvalue()


def link(kind: bytes, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


def test_members_of_a_zip_are_documents_of_their_own_formats(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    rows = b'{"text": "first"}\n{"text": "second"}\n'
    path.write_bytes(
        zipped({"a/lease.txt": TEXT.encode(), "b/page.html": b"<h1>Title</h1><p>Body", "rows.jsonl": rows})
    )
    readings = read(path)
    texts = [
        (reading.uri, reading.offset, reading.text.strip()) for reading in readings if isinstance(reading, Extract)
    ]
    assert texts == [
        (f"{path}!/a/lease.txt", 0, TEXT.strip()),
        (f"{path}!/b/page.html", 0, "# Title\n\nBody"),
        (f"{path}!/rows.jsonl", 0, "first"),
        (f"{path}!/rows.jsonl", 18, "second"),
    ]


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "tar.zst"])
def test_tar_is_read_through_every_compression(tmp_path: Path, suffix: str) -> None:
    data = tarred({"lease.txt": TEXT.encode()})
    if suffix.endswith("gz"):
        data = gzip.compress(data)
    elif suffix.endswith("bz2"):
        import bz2

        data = bz2.compress(data)
    elif suffix.endswith("xz"):
        data = lzma.compress(data)
    elif suffix.endswith("zst"):
        data = pa.compress(data, codec="zstd", asbytes=True)
    path = tmp_path / f"papers.{suffix}"
    path.write_bytes(data)
    assert said(read(path), path) == {"lease.txt": TEXT}


def test_links_noise_and_paths_that_lead_out_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "papers.tar"
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    path.write_bytes(
        tarred(
            {
                "../out.txt": TEXT.encode(),
                "/abs.txt": TEXT.encode(),
                "in/../../x.txt": TEXT.encode(),
                "link.txt": link(tarfile.SYMTYPE, str(secret)),
                "hard.txt": link(tarfile.LNKTYPE, "lease.txt"),
                "deep/soft.txt": link(tarfile.SYMTYPE, "../lease.txt"),
                "deep/folder": link(tarfile.SYMTYPE, "../.git"),
                "deep/up.txt": link(tarfile.SYMTYPE, "../../etc/passwd"),
                "chain": link(tarfile.SYMTYPE, "deep/soft.txt"),
                "gone": link(tarfile.SYMTYPE, "nothing.txt"),
                "one": link(tarfile.SYMTYPE, "two"),
                "two": link(tarfile.SYMTYPE, "one"),
                "pipe": link(tarfile.FIFOTYPE, ""),
                ".git/config": b"x",
                "lease.txt": TEXT.encode(),
            }
        )
    )
    assert said(read(path), path) == {
        "../out.txt": "unsafe_path",
        "abs.txt": "unsafe_path",
        "in/../../x.txt": "unsafe_path",
        "link.txt": "skipped link_outside",
        "hard.txt": "skipped link_inside",
        "deep/soft.txt": "skipped link_inside",
        "deep/folder": "skipped link_inside",
        "deep/up.txt": "skipped link_outside",
        "chain": "skipped link_inside",
        "gone": "skipped link_broken",
        "one": "skipped link_broken",
        "two": "skipped link_broken",
        "pipe": "skipped special_file",
        ".git/config": "skipped version_control",
        "lease.txt": TEXT,
    }
    assert sorted(found.name for found in tmp_path.iterdir()) == ["papers.tar", "secret.txt"]


def test_link_and_encrypted_member_of_a_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = bytearray(zipped({"plain.txt": TEXT.encode(), info: b"/etc/passwd", "__MACOSX/._plain.txt": b"x"}))
    path = tmp_path / "papers.zip"
    path.write_bytes(data)
    assert said(read(path), path) == {
        "plain.txt": TEXT,
        "link.txt": "skipped link_outside",
        "__MACOSX/._plain.txt": "skipped hidden",
    }
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # the central directory says that the first member is encrypted
    path.write_bytes(data)
    assert said(read(path), path)["plain.txt"] == "encrypted"


def test_members_with_equal_names_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "papers.tar"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for text in (TEXT, "Changed. " + TEXT, "Changed. " + TEXT):
            info = tarfile.TarInfo("lease.txt")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    path.write_bytes(stream.getvalue())
    assert said(read(path), path) == {
        "lease.txt": TEXT,
        "lease.txt~2": "Changed. " + TEXT,
        "lease.txt~3": "Changed. " + TEXT,
    }


def test_name_in_cp949_is_decoded(tmp_path: Path) -> None:
    data = zipped({"XXXX.txt": TEXT.encode()}).replace(b"XXXX", "계약".encode("cp949"))
    path = tmp_path / "papers.zip"
    path.write_bytes(data)
    assert said(read(path), path) == {"계약.txt": TEXT}


def test_nested_archives_are_read_to_a_limit(tmp_path: Path) -> None:
    data = zipped({"lease.txt": TEXT.encode()})
    for number in range(3):
        data = zipped({f"inner{number}.zip": data})
    path = tmp_path / "papers.zip"
    path.write_bytes(data)
    assert said(read(path), path) == {"inner2.zip!/inner1.zip!/inner0.zip!/lease.txt": TEXT}
    path.write_bytes(zipped({"x.zip": data}))
    assert list(said(read(path), path).values()) == ["nested_archives"]


def test_bomb_is_stopped_at_the_limit_that_all_archives_share(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({"a.txt": TEXT.encode(), "b.txt": b"\0" * 60_000_000, "c.txt": TEXT.encode()}))
    assert said(read(path), path) == {"a.txt": TEXT, "b.txt": "inflated"}
    inner = zipped({"zeros.txt": b"\0" * 2_000_000})
    path.write_bytes(zipped({f"{number}.zip": inner for number in range(40)}))
    assert path.stat().st_size < 200_000
    verdicts = said(read(path), path)
    assert list(verdicts.values())[-1] == "inflated"
    assert len(verdicts) < 10


def test_damaged_archive_is_dead_after_the_members_before_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "papers.tar.gz"
    data = gzip.compress(tarred({"a.txt": TEXT.encode(), "b.txt": b"y" * 100_000}))
    path.write_bytes(data[:-20])
    (failed,) = read(path)
    assert isinstance(failed, Failed)
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 nothing")
    (failed,) = read(tmp_path / "x.zip")
    assert isinstance(failed, Failed) and isinstance(failed.error, zipfile.BadZipFile)
    (tmp_path / "y.zip").write_bytes(zipped({}))
    assert said(read(tmp_path / "y.zip"), tmp_path / "y.zip") == {"": "empty"}


def test_seven_zip_is_read(tmp_path: Path) -> None:
    try:
        import libarchive
    except (ImportError, OSError, TypeError):  # what the package raises without the system library
        pytest.skip("libarchive is not installed on this system")
    path = tmp_path / "papers.7z"
    (tmp_path / "계약.txt").write_text(TEXT)
    with libarchive.file_writer(str(path), "7zip") as archive:
        archive.add_file_from_memory("문서/계약.txt", len(TEXT), TEXT.encode())
        archive.add_file_from_memory("b.txt", 1, b"x")
    assert said(read(path), path) == {"문서/계약.txt": TEXT, "b.txt": "x"}


def test_archive_without_a_suffix_is_told_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "papers"
    path.write_bytes(zipped({"lease.txt": TEXT.encode()}))
    assert said(read(path), path) == {"lease.txt": TEXT}
    (tmp_path / "README").write_text(TEXT)
    assert said(read(tmp_path / "README"), tmp_path / "README") == {"": TEXT}
