"""Decides by name whether a file is noise, which is never read, or a project file, which marks a source tree's root.

Used when folders are listed and source trees are found. No file is opened.
"""

from __future__ import annotations


def noise_reason(relative_path: str) -> str:
    """Return the reason to skip a file as noise; empty for a file to read.

    The reasons are `hidden`, `dependency` (including `__pycache__`), `lock_file` (including `desktop.ini`) and
    `generated` (compiled objects, minified scripts, temporary files).
    """
    *folders, name = relative_path.split("/")
    return next((reason for folder in folders if (reason := folder_noise(folder))), "") or file_noise(name)


def folder_noise(name: str) -> str:
    """Return the reason to skip everything below a folder with this name; empty for a folder to read."""
    if name.startswith("."):
        return "hidden"
    return "dependency" if name in _NOISE_FOLDERS or name.endswith(".egg-info") else ""


def file_noise(name: str) -> str:
    """Return the reason to skip a file with this name; empty for a file to read."""
    lowered = name.lower()
    if name.startswith("."):
        return "hidden"
    if lowered in _LOCK_NAMES or lowered.endswith(".lock"):
        return "lock_file"
    return "generated" if lowered.endswith(_NOISE_SUFFIXES) else ""


def is_project_file(name: str) -> bool:
    """Return whether a file with this name marks its folder as the root of a source tree."""
    return name in _PROJECT_NAMES or name.endswith((".csproj", ".sln", ".cabal", ".gemspec"))


def names_in(text: str) -> frozenset[str]:
    """Return the names in a text in which white space separates them."""
    return frozenset(text.split())


_PROJECT_NAMES = names_in("""
    pyproject.toml setup.py setup.cfg package.json Cargo.toml go.mod CMakeLists.txt meson.build pom.xml build.gradle
    build.gradle.kts composer.json Gemfile mix.exs build.sbt Package.swift
""")
_NOISE_FOLDERS = names_in("__pycache__ node_modules site-packages bower_components")
_LOCK_NAMES = names_in("""
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock uv.lock pdm.lock pipfile.lock cargo.lock
    composer.lock gemfile.lock go.sum flake.lock thumbs.db desktop.ini
""")
_NOISE_SUFFIXES = tuple(
    sorted(
        names_in("""
            .pyc .pyo .pyd .so .o .a .lib .dll .dylib .exe .class .jar .obj .wasm .map .min.js .min.css .swp .partial
        """)
    )
)
