"""Makes files that break readers. All are small, or made of one chunk, so the whole zoo takes two seconds."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from documents.readers.pdf_pages import Page, pdf
from prose import document

MEBIBYTE = 1 << 20
LONG_NAME = "n" * 251 + ".txt"
CP949_NAME = "계약서.txt".encode("cp949")


def make_zoo(folder: Path, outside: Path) -> None:
    """Write the zoo.

    Args:
        folder: an empty folder.
        outside: a folder that nothing may be written to; links and members of archives lead there.
    """
    _plain_files(folder)
    _bombs(folder)
    _archives(folder, outside)
    _links_and_special_files(folder, outside)
    _projects(folder)


def _prose(seed: int, language: str = "en") -> str:
    return document(language, seed, num_sentences=25)


def _put(folder: Path, contents: Mapping[str, str | bytes]) -> None:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _plain_files(folder: Path) -> None:
    _put(
        folder,
        {
            "lease.txt": _prose(1),
            "계약서.txt": _prose(2, "ko"),
            "cp949.txt": _prose(3, "ko").encode("cp949"),
            "empty.txt": b"",
            "nul.txt": _prose(4).replace(" the ", "\0the\0", 2),
            "nuls.txt": _prose(4).replace(" ", "\0"),
            "noise.bin": bytes(range(256)) * 40,
            "locked.pdf": pdf([Page().image()], is_encrypted=True),
            "scan": pdf([Page().image()] * 3),
            "cut.txt.gz": gzip.compress(_prose(5).encode())[:-200],
            "cut.docx": b"PK\x03\x04" + bytes(range(200)),
            "surrogates.jsonl": json.dumps({"text": _prose(6) + "\ud83d \udc00", "title": "\ud800"}) + "\n",
            "nested.json": "[" * 100_000,
            "tags.html": "<div>" * 100_000 + "x",
            "closed.html": "<b>" * 100_000 + "x" + "</b>" * 100_000,
            "tags.xml": "<a>" * 100_000 + "x" + "</a>" * 100_000,
            "laughs.xml": _laughs(),
            "two\nlines.txt": _prose(7),
            LONG_NAME: _prose(8),
            ".hidden/notes.txt": "x",
            ".env": "x",
            ".git/config": "x",
            "node_modules/left-pad/index.js": "x",
            "poetry.lock": "x",
            "grown.log": _prose(9),
            "zz_gone.txt": _prose(10),
            "no_file.txt": _prose(11),
            "no_folder/lease.txt": _prose(12),
        },
    )
    (Path(os.fsdecode(os.fsencode(folder) + b"/" + CP949_NAME))).write_text(_prose(13, "ko"))
    line = b"word " * (MEBIBYTE // 5)
    with (folder / "line.txt").open("wb") as text, (folder / "line.jsonl").open("wb") as rows:
        rows.write(b'{"text": "')
        for _ in range(200):
            text.write(line)
            rows.write(line)
        rows.write(b'"}\n')


def _laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a>&l9;</a>'


def _bombs(folder: Path) -> None:
    """A gibibyte each."""
    zeros = gzip.compress(bytes(64 * MEBIBYTE), compresslevel=1)
    (folder / "bomb.txt.gz").write_bytes(zeros * 16)
    inner = _zipped({"zeros.txt": bytes(64 * MEBIBYTE)})
    (folder / "bomb.zip").write_bytes(_zipped({f"{number}.zip": inner for number in range(16)}))
    (folder / "bomb.docx").write_bytes(
        _zipped(
            {
                "[Content_Types].xml": b"<Types/>",
                "word/document.xml": b"<a>" + b"x" * (160 * MEBIBYTE),
            }
        )
    )


def _zipped(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _archives(folder: Path, outside: Path) -> None:
    with tarfile.open(folder / "escape.tar", "w") as archive:
        for number, name in enumerate(["../up.txt", f"{outside}/absolute.txt", "in/../../../up.txt", "inside.txt"]):
            data = _prose(20 + number).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, kind, target in (
            ("out.txt", tarfile.SYMTYPE, f"{outside}/secret.txt"),
            ("twin.txt", tarfile.LNKTYPE, "inside.txt"),
            ("circle", tarfile.SYMTYPE, "circle"),
            ("pipe", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    data = _zipped({"lease.txt": _prose(30).encode()})
    for number in range(5):
        data = _zipped({f"{number}.zip": data})
    (folder / "nested.zip").write_bytes(data)
    korean_name = _zipped({"XXXXXX.txt": _prose(31, "ko").encode()}).replace(b"XXXXXX", CP949_NAME[:6])
    (folder / "korean.zip").write_bytes(korean_name)
    broken = bytearray(_zipped({"a.txt": _prose(32).encode(), "b.txt": _prose(33).encode()}))
    broken[60:90] = zlib.compress(b"other")[:10] * 3
    (folder / "damaged.zip").write_bytes(broken)


def _links_and_special_files(folder: Path, outside: Path) -> None:
    (outside / "secret.txt").write_text(_prose(40))
    for name, target in {
        "loop": "loop",
        "ping": "pong",
        "pong": "ping",
        "up": ".",
        "again.txt": "lease.txt",
        "out.txt": str(outside / "secret.txt"),
        "out": str(outside),
        "broken.txt": "nothing",
    }.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.txt")


def _projects(folder: Path) -> None:
    draw = random.Random(7)
    words = ("width", "depth", "margin", "offset", "angle", "weight", "speed", "level", "count", "scale", "limit")
    code = "".join(
        f"def {draw.choice(words)}_{n}({one}: int, {other}: float) -> float:\n"
        f'    """Return the {draw.choice(words)} by {draw.choice(words)}."""\n'
        f"    return {one} * {draw.random():.6f} + {other} ** {draw.randint(2, 999)}\n\n"
        for n, (one, other) in enumerate(draw.sample(words, 2) for _ in range(30))
    )
    _put(
        folder,
        {
            "app/pyproject.toml": '[project]\nname = "app"\n',
            "app/src/area.py": code,
            "app/src/app.js": "a(b);" * 4000,
            "app/src/user_pb2.py": code,
            "app/src/client.go": "// Code generated by gen. DO NOT EDIT.\npackage a\n",
            "app/data/rows.json": json.dumps({"rows": "x" * 15_000}),
            "app/third_party/z/z.py": code,
            "site/package.json": '{"name": "site"}',
            "site/docs/lease.md": _prose(50),
        },
    )
