from __future__ import annotations

import pytest

from pipeline.documents.formats import FileKind, Format, is_project_file, is_source_file, kind_of, noise_reason


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


@pytest.mark.parametrize(
    ("expected", "suffixes"),
    [
        (Format.TEXT, "txt text rst adoc asciidoc log tex org vtt srt fountain"),
        (Format.MARKDOWN, "md markdown mdown mkd"),
        (Format.HTML, "html htm xhtml"),
        (Format.JSON_LINES, "jsonl ndjson jsonlines"),
        (Format.JSON, "json"),
        (Format.PARQUET, "parquet pq"),
        (Format.CODE, "py c h cc cpp hpp java kt scala go rs js jsx ts tsx vue rb php swift cs lua pl r sh sql proto"),
        (Format.CODE, "graphql css scss toml ini cfg conf yaml yml cmake gradle dart ex erl hs ml clj el asm s"),
        (Format.UNSUPPORTED, "pdf docx hwp png zip gz2 csv xml exe"),
    ],
)
def test_kind_of_every_suffix(expected: Format, suffixes: str) -> None:
    names = [f"a.{suffix}" for suffix in suffixes.split()]
    assert [name for name in names if kind_of(name).format is not expected] == []
    assert [name for name in names if kind_of(name.upper()).format is not expected] == []


@pytest.mark.parametrize(
    ("name", "expected", "gzipped"),
    [
        ("README", Format.TEXT, False),
        ("README.gz", Format.TEXT, True),
        (".bashrc", Format.TEXT, False),
        ("dir.py/notes", Format.TEXT, False),
        ("Dockerfile", Format.CODE, False),
        ("cmakelists.txt", Format.CODE, False),
        ("a.py.gz", Format.CODE, True),
        ("a.tar.gz", Format.UNSUPPORTED, True),
    ],
)
def test_kind_of_names_without_a_suffix_and_compressed_ones(name: str, expected: Format, gzipped: bool) -> None:
    assert kind_of(name) == FileKind(expected, gzipped)


@pytest.mark.parametrize(
    ("reason", "names"),
    [
        ("hidden", ".a/b.txt .a a/.b/c.txt"),
        ("dependency", "site-packages/a.py bower_components/a.js x.egg-info/PKG a/node_modules/b/.c __pycache__/a"),
        (
            "lock_file",
            "package-lock.json yarn.lock pnpm-lock.yaml go.sum Cargo.lock Thumbs.db desktop.ini a/FLAKE.LOCK",
        ),
        (
            "generated",
            "a.pyc a.pyo a.o a.a a.lib a.dll a.dylib a.exe a.class a.jar a.obj a.wasm a.js.map a.min.js a.min.css",
        ),
        ("generated", "a.swp a.partial A.SO"),
        ("", "a.txt lock a.lockx min.js node_modules.txt"),
    ],
)
def test_noise_reason_of_every_kind(reason: str, names: str) -> None:
    assert [name for name in names.split() if noise_reason(name) != reason] == []


def test_source_files_are_programs_and_project_files_mark_a_root() -> None:
    sources = ["a.py", "x/a.rs", "a.SQL"]
    others = ["Makefile", "a.toml", "a.yaml", "a.css", "a.txt", "a.py.gz", "a.json"]
    assert [name for name in [*sources, *others] if is_source_file(name)] == sources
    projects = "pyproject.toml setup.py setup.cfg package.json Cargo.toml go.mod CMakeLists.txt meson.build pom.xml"
    projects += (
        " build.gradle build.gradle.kts composer.json Gemfile mix.exs build.sbt Package.swift a.sln a.cabal a.gemspec"
    )
    assert [name for name in projects.split() if not is_project_file(name)] == []
    assert [name for name in ("cargo.toml", "requirements.txt", "csproj", "Makefile") if is_project_file(name)] == []
