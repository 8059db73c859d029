from __future__ import annotations

import pytest

from pipeline.documents.formats import Format, is_project_file, kind_of, noise_reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contracts/lease.txt", Format.TEXT),
        ("README", Format.TEXT),
        ("docs/guide.rst", Format.TEXT),
        ("Manual.MD", Format.MARKDOWN),
        ("meeting.vtt", Format.TEXT),
        ("film.srt", Format.TEXT),
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
    ("path", "reason"),
    [
        (".git/config", "hidden"),
        ("a/__pycache__/x.pyc", "dependency"),
        ("web/node_modules/left-pad/index.js", "dependency"),
        ("poetry.lock", "lock_file"),
        ("draft.lock", "lock_file"),
        ("a/.DS_Store", "hidden"),
        ("lib/x.so", "generated"),
    ],
)
def test_noise_reason_caches_locks_and_hidden_files_are_told_apart(path: str, reason: str) -> None:
    assert noise_reason(path) == reason


@pytest.mark.parametrize("path", ["a/b.txt", "scan.pdf", "Cargo.toml", "photos/site.png"])
def test_noise_reason_documents_and_unsupported_formats_have_none(path: str) -> None:
    assert noise_reason(path) == ""


def test_is_project_file_known_names_true() -> None:
    assert is_project_file("pyproject.toml")
    assert is_project_file("Shop.csproj")
    assert not is_project_file("README.md")
