from __future__ import annotations

import pytest

from pipeline.documents.file_roles import is_project_file, noise_reason
from pipeline.documents.opening import Compression
from pipeline.documents.projects import is_source_file
from pipeline.documents.readers import kind_of, readers


def format_of(name: str) -> str:
    reader = kind_of(name).reader
    return reader.name if reader is not None else "unsupported"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contracts/lease.txt", "text"),
        ("README", "text"),
        ("docs/guide.rst", "rst"),
        ("Manual.MD", "markdown"),
        ("meeting.vtt", "subtitles"),
        ("film.srt", "subtitles"),
        ("index.htm", "html"),
        ("rows.ndjson", "json_lines"),
        ("rows.parquet", "parquet"),
        ("src/main.rs", "code"),
        ("Makefile", "code"),
        ("scan.pdf", "pdf"),
        ("계약서.hwp", "hwp"),
    ],
)
def test_kind_of_name_gives_format(name: str, expected: str) -> None:
    assert format_of(name) == expected
    assert not kind_of(name).compression


def test_kind_of_gz_name_looks_through_compression() -> None:
    assert format_of("chats/2024.jsonl.gz") == "json_lines"
    assert kind_of("chats/2024.jsonl.gz").compression is Compression.GZIP


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".git/config", "version_control"),
        ("docs/.cache/x.txt", "hidden"),
        ("a/__pycache__/x.pyc", "cache"),
        ("web/node_modules/left-pad/index.js", "dependency"),
        ("poetry.lock", "lock_file"),
        ("draft.lock", "lock_file"),
        ("a/.DS_Store", "hidden"),
        ("lib/x.so", "compiled"),
        ("go.sum", "lock_file"),
        ("js/app.min.js", "minified"),
        ("js/app.js.map", "source_map"),
        ("api/user_pb2.py", "generated"),
        ("api/user.pb.go", "generated"),
        ("~$lease.docx", "temporary"),
        ("photos/Thumbs.db", "system_file"),
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
        ("text", "txt text log fountain"),
        ("rst", "rst rest"),
        ("asciidoc", "adoc asciidoc"),
        ("latex", "tex latex ltx"),
        ("org", "org"),
        ("subtitles", "vtt srt"),
        ("markdown", "md markdown mdown mkd"),
        ("html", "html htm xhtml"),
        ("eml", "eml emlx"),
        ("msg", "msg"),
        ("mbox", "mbox mbx"),
        ("mhtml", "mhtml mht"),
        ("epub", "epub"),
        ("warc", "warc"),
        ("ipynb", "ipynb"),
        ("xml", "xml nxml dbk docbook tei"),
        ("arrow", "arrow arrows feather ipc"),
        ("json_lines", "jsonl ndjson jsonlines"),
        ("json", "json"),
        ("parquet", "parquet pq"),
        ("code", "py c h cc cpp hpp java kt scala go rs js jsx ts tsx vue rb php swift cs lua pl r sh sql proto"),
        ("code", "graphql css scss toml ini cfg conf yaml yml cmake gradle dart ex erl hs ml clj el asm s"),
        ("pdf", "pdf"),
        ("hwp", "hwp hwt"),
        ("hwpx", "hwpx"),
        ("docx", "docx docm dotx dotm"),
        ("doc", "doc dot"),
        ("odt", "odt ott fodt"),
        ("odp", "odp otp fodp"),
        ("rtf", "rtf"),
        ("xlsx", "xlsx xlsm xltx xltm"),
        ("xls", "xls xlt"),
        ("ods", "ods ots fods"),
        ("csv", "csv tsv tab"),
        ("pptx", "pptx pptm ppsx ppsm potx potm"),
        ("ppt", "ppt pps pot"),
        ("unsupported", "png gz2 exe"),
    ],
)
def test_kind_of_every_suffix(expected: str, suffixes: str) -> None:
    names = [f"a.{suffix}" for suffix in suffixes.split()]
    assert [name for name in names if format_of(name) != expected] == []
    assert [name for name in names if format_of(name.upper()) != expected] == []


@pytest.mark.parametrize(
    ("name", "expected", "gzipped"),
    [
        ("README", "text", False),
        ("README.gz", "text", True),
        (".bashrc", "text", False),
        ("dir.py/notes", "text", False),
        ("Dockerfile", "code", False),
        ("cmakelists.txt", "code", False),
        ("a.py.gz", "code", True),
        ("a.tar.gz", "tar", True),
    ],
)
def test_kind_of_names_without_a_suffix_and_compressed_ones(name: str, expected: str, gzipped: bool) -> None:
    assert (format_of(name), bool(kind_of(name).compression)) == (expected, gzipped)


@pytest.mark.parametrize(
    ("reason", "names"),
    [
        ("hidden", ".a/b.txt .a a/.b/c.txt"),
        ("dependency", "site-packages/a.py bower_components/a.js x.egg-info/PKG a/node_modules/b/.c"),
        ("cache", "__pycache__/a x/__pycache__/y/z.txt"),
        ("version_control", ".git/config a/.svn/x.txt CVS/Root"),
        ("lock_file", "package-lock.json yarn.lock pnpm-lock.yaml go.sum Cargo.lock a/FLAKE.LOCK bun.lockb"),
        ("system_file", "Thumbs.db desktop.ini"),
        ("compiled", "a.pyc a.pyo a.o a.a a.lib a.dll a.dylib a.exe a.class a.jar a.obj a.wasm A.SO"),
        ("source_map", "a.js.map app.map"),
        ("minified", "a.min.js a.min.css"),
        ("generated", "a_pb2.py a_pb2_grpc.py a.pb.go a.pb.h A.Designer.cs a.g.dart"),
        ("temporary", "a.swp a.partial ~$계약서.docx"),
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


def test_readers_have_one_way_to_read_each() -> None:
    found = readers()
    assert len(found) >= 7
    assert [
        reader.name for reader in found.values() if [reader.convert, reader.read, reader.members].count(None) != 2
    ] == []
    assert [name for name, reader in found.items() if name != reader.name] == []
