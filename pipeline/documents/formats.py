"""Which file names hold what: text, markup, rows, code, or nothing we read.

In: a file name. Out: a `Format` and whether it is compressed. Used by all of `documents`; nothing is opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """How a file is read."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON_LINES = "json_lines"
    JSON = "json"
    PARQUET = "parquet"
    CODE = "code"
    TREE = "tree"
    """A source tree: a folder whose files are one document."""
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file name says."""

    format: Format
    gzipped: bool


def kind_of(name: str) -> FileKind:
    """Format by suffix; `.gz` is looked through. A name without a suffix (README, Makefile) is text or code."""
    base = name.rsplit("/", 1)[-1].lower()
    gzipped = base.endswith(".gz")
    if gzipped:
        base = base[: -len(".gz")]
    if base in _CODE_NAMES:
        return FileKind(Format.CODE, gzipped)
    stem, dot, suffix = base.rpartition(".")
    if not dot or not stem:
        return FileKind(Format.TEXT, gzipped)
    return FileKind(_FORMATS.get(suffix, Format.UNSUPPORTED), gzipped)


def noise_reason(relative_path: str) -> str:
    """Why nobody means this file when naming a folder, as it is counted; empty for a file to read.

    The reasons are `hidden`, `dependency`, `lock_file` and `generated` (caches, compiled objects, minified scripts).
    """
    *folders, name = relative_path.split("/")
    return next((reason for folder in folders if (reason := folder_noise(folder))), "") or file_noise(name)


def folder_noise(name: str) -> str:
    """The reason for all that stands below a folder of this name."""
    if name.startswith("."):
        return "hidden"
    return "dependency" if name in _NOISE_FOLDERS or name.endswith(".egg-info") else ""


def file_noise(name: str) -> str:
    """The reason for one file."""
    lowered = name.lower()
    if name.startswith("."):
        return "hidden"
    if lowered in _LOCK_NAMES or lowered.endswith(".lock"):
        return "lock_file"
    return "generated" if lowered.endswith(_NOISE_SUFFIXES) else ""


def is_project_file(name: str) -> bool:
    """Whether a file marks its folder as the root of a source tree."""
    return name in _PROJECT_NAMES or name.endswith((".csproj", ".sln", ".cabal", ".gemspec"))


def is_source_file(name: str) -> bool:
    """Whether a file is written in a programming language, and not configuration or style of something else."""
    kind = kind_of(name)
    suffix = name.rsplit("/", 1)[-1].lower().rpartition(".")[2]
    return (
        kind.format is Format.CODE
        and not kind.gzipped
        and suffix not in _CONFIGURATION
        and not _CONFIG_NAME.search(name)
    )


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROJECT_NAMES = _names("""
    pyproject.toml setup.py setup.cfg package.json Cargo.toml go.mod CMakeLists.txt meson.build pom.xml build.gradle
    build.gradle.kts composer.json Gemfile mix.exs build.sbt Package.swift
""")
_CONFIGURATION = _names("""
    css scss less toml ini cfg conf yaml yml cmake gradle tf bat sh bash zsh ps1 makefile dockerfile rakefile gemfile
    jenkinsfile vagrantfile procfile
""")
_CONFIG_NAME = re.compile(r"(?:^|/)(?:setup\.py|conf\.py|[\w.-]+\.config\.[cm]?[jt]s|\w+file\.js|sidebars\.js)$")
_CODE_NAMES = _names("makefile dockerfile rakefile gemfile jenkinsfile vagrantfile procfile cmakelists.txt")
_NOISE_FOLDERS = _names("__pycache__ node_modules site-packages bower_components")
_LOCK_NAMES = _names("""
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock uv.lock pdm.lock pipfile.lock cargo.lock
    composer.lock gemfile.lock go.sum flake.lock thumbs.db desktop.ini
""")
_NOISE_SUFFIXES = tuple(
    sorted(
        _names("""
            .pyc .pyo .pyd .so .o .a .lib .dll .dylib .exe .class .jar .obj .wasm .map .min.js .min.css .swp .partial
        """)
    )
)
_BY_FORMAT = {
    Format.TEXT: _names("txt text rst adoc asciidoc log tex org vtt srt fountain"),
    Format.MARKDOWN: _names("md markdown mdown mkd"),
    Format.HTML: _names("html htm xhtml"),
    Format.JSON_LINES: _names("jsonl ndjson jsonlines"),
    Format.JSON: _names("json"),
    Format.PARQUET: _names("parquet pq"),
    Format.CODE: _names("""
        py pyi pyx pxd c h cc cpp cxx hpp hh hxx java kt kts scala go rs js jsx mjs cjs ts tsx vue svelte rb php swift m
        mm cs fs lua pl pm r jl sh bash zsh ps1 bat sql proto graphql css scss less toml ini cfg conf yaml yml cmake
        gradle groovy dart ex exs erl hs ml mli clj el vim tf asm s
    """),
}
_FORMATS = {suffix: fmt for fmt, suffixes in _BY_FORMAT.items() for suffix in suffixes}
