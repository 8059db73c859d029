"""Decides by name whether a file is noise, which is never read, or a project file, which marks a source tree's root.

Used when folders are listed, archives are read and source trees are found. No file is opened; `generated_code` decides
by content.
"""

from __future__ import annotations


def noise_reason(relative_path: str) -> str:
    """Return the reason to skip a file as noise; empty for a file to read.

    The reasons are `hidden`, `version_control`, `dependency`, `cache`, `lock_file`, `minified`, `source_map`,
    `generated` (such as protocol buffers), `compiled`, `temporary` and `system_file` (such as `Thumbs.db`).
    """
    *folders, name = relative_path.split("/")
    return next((reason for folder in folders if (reason := folder_noise(folder))), "") or file_noise(name)


def folder_noise(name: str) -> str:
    """Return the reason to skip everything below a folder with this name; empty for a folder to read."""
    if name in _VERSION_CONTROL:
        return "version_control"
    if name.startswith("."):
        return "hidden"
    if name in _CACHE_FOLDERS:
        return "cache"
    return "dependency" if name in _DEPENDENCY_FOLDERS or name.endswith(".egg-info") else ""


def file_noise(name: str) -> str:
    """Return the reason to skip a file with this name; empty for a file to read."""
    lowered = name.lower()
    if name.startswith("."):
        return "hidden"
    if lowered in _LOCK_NAMES or lowered.endswith(".lock"):
        return "lock_file"
    if lowered in _SYSTEM_FILES:
        return "system_file"
    if lowered.startswith("~$"):  # what Office writes beside a file that is open
        return "temporary"
    return next((reason for reason, suffixes in _NOISE_SUFFIXES.items() if lowered.endswith(suffixes)), "")


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
_VERSION_CONTROL = names_in(".git .hg .svn .bzr CVS")
_CACHE_FOLDERS = names_in("__pycache__")
_DEPENDENCY_FOLDERS = names_in("node_modules site-packages bower_components jspm_packages")
_LOCK_NAMES = names_in("""
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock uv.lock pdm.lock pipfile.lock cargo.lock
    composer.lock gemfile.lock go.sum go.work.sum flake.lock bun.lockb gradle.lockfile packages.lock.json
""")
_SYSTEM_FILES = names_in("thumbs.db desktop.ini")
_NOISE_SUFFIXES = {
    "minified": (".min.js", ".min.mjs", ".min.cjs", ".min.css"),
    "source_map": (".map",),
    "generated": (
        *("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", ".pb.go", ".pb.gw.go", ".pb.cc", ".pb.h", ".pb.swift", ".pb.dart"),
        *("_pb.js", "_pb.d.ts", "_pb.ts", "_pb.rb", ".g.dart", ".freezed.dart", ".g.cs", ".designer.cs"),
    ),
    "compiled": (
        *(".pyc", ".pyo", ".pyd", ".so", ".o", ".a", ".lib", ".dll", ".dylib", ".exe", ".class", ".jar", ".obj"),
        ".wasm",
    ),
    "temporary": (".swp", ".swo", ".partial", ".crdownload"),
}
