from __future__ import annotations

import pytest

from pipeline.documents.formats import Format, is_noise, is_project_file, kind_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contracts/lease.txt", Format.TEXT),
        ("README", Format.TEXT),
        ("docs/guide.rst", Format.TEXT),
        ("Manual.MD", Format.MARKDOWN),
        ("index.htm", Format.HTML),
        ("rows.ndjson", Format.JSON_LINES),
        ("rows.parquet", Format.PARQUET),
        ("src/main.rs", Format.CODE),
        ("Makefile", Format.CODE),
        ("scan.pdf", Format.UNSUPPORTED),
        ("계약서.hwp", Format.UNSUPPORTED),
    ],
)
def test_kind_of_name_gives_format(name: str, expected: Format) -> None:
    assert kind_of(name).format is expected
    assert not kind_of(name).gzipped


def test_kind_of_gz_name_looks_through_compression() -> None:
    kind = kind_of("chats/2024.jsonl.gz")
    assert kind.format is Format.JSON_LINES
    assert kind.gzipped


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "a/__pycache__/x.pyc",
        "web/node_modules/left-pad/index.js",
        "poetry.lock",
        "a/.DS_Store",
        "lib/x.so",
    ],
)
def test_is_noise_caches_locks_and_hidden_files_true(path: str) -> None:
    assert is_noise(path)


@pytest.mark.parametrize("path", ["a/b.txt", "scan.pdf", "Cargo.toml", "photos/site.png"])
def test_is_noise_documents_and_unsupported_formats_false(path: str) -> None:
    assert not is_noise(path)


def test_is_project_file_known_names_true() -> None:
    assert is_project_file("pyproject.toml")
    assert is_project_file("Shop.csproj")
    assert not is_project_file("README.md")
