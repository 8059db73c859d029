from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.names import printable_name
from pipeline.documents.opening import open_source

ODD_NAMES = [
    *(
        b"a\nb.txt",
        b"tab\t.txt",
        b"#1.txt",
        b"what?.txt",
        b"star*.txt",
        b"a::b.txt",
        b"zip::c.txt",
        b"[x].txt",
        b"-rf.txt",
    ),
    *(b"\xff\xfe.txt", b"caf\xe9.txt", b"back\\slash.txt", b"\\xff\\xfe.txt", b"~a.txt", b"file:a.txt", b"%41.txt"),
    *("\u202egnp.txt".encode(), unicodedata.normalize("NFD", "계약서.txt").encode(), "계약서.txt".encode()),
    *(b"x" * 251 + b".txt", b" .txt", b"a .txt", "\u200b.txt".encode()),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ODD_NAMES:
        (tmp_path / os.fsdecode(name)).write_bytes(b"text of " + name)
    return tmp_path


def test_discover_odd_names_are_each_read_under_a_printable_uri_of_their_own(folder: Path) -> None:
    items = discover([InputSource(path=str(folder))]).items
    assert len(items) == len(ODD_NAMES)
    uris = [item.uri for item in items]
    assert len(set(uris)) == len({item.key for item in items}) == len(items)
    assert all(uri.encode() and "\n" not in uri and uri.isprintable() for uri in uris)
    for item in items:
        with open_source(item.path) as file:
            assert file.read() == b"text of " + os.fsencode(item.path).rsplit(b"/", 1)[-1]


def shown(folder: Path) -> list[tuple[str, str]]:
    items = discover([InputSource(path=str(folder))]).items
    return [(item.key, item.uri.removeprefix(str(folder))) for item in items]


def test_discover_odd_names_are_stable_and_do_not_depend_on_the_folder(folder: Path) -> None:
    before = shown(folder)
    assert shown(folder.rename(folder.parent / "elsewhere")) == before


@pytest.mark.parametrize("name", [b"a::b.txt", b"file:a.txt", b"~a.txt", b"[x].txt"])
def test_discover_an_odd_name_given_as_input_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: bytes
) -> None:
    monkeypatch.chdir(folder)
    (item,) = discover([InputSource(path=os.fsdecode(name))]).items
    assert (item.key, item.uri) == (os.fsdecode(name), os.fsdecode(name))


def test_open_source_refuses_what_has_become_a_fifo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(OSError, match="regular file"), open_source(str(tmp_path / "a.txt")):
        pass


@given(st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
def test_printable_name_prints_and_tells_names_apart(one: bytes, other: bytes) -> None:
    left, right = (os.fsdecode(name) for name in (one, other))
    assert printable_name(left).encode()
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in printable_name(left))
    if printable_name(left) == printable_name(right):
        assert unicodedata.normalize("NFC", left) == unicodedata.normalize("NFC", right)


def test_printable_name_ordinary_names_stay() -> None:
    assert printable_name("계약/2024 (1)_최종.txt") == "계약/2024 (1)_최종.txt"
    assert printable_name(os.fsdecode(b"caf\xe9\n.txt")) == "caf\\xe9\\x0a.txt"
