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
    return _project_key(name) in _PROJECT_LANGUAGES


def project_languages(name: str) -> frozenset[str]:
    """Return the suffixes of the source files that a project file is about; empty for other files."""
    return _PROJECT_LANGUAGES.get(_project_key(name), frozenset())


def is_tool_file(name: str) -> bool:
    """Return whether a project file also lies beside prose, because tools for sites and formatters need it."""
    return name in _TOOL_NAMES


def _project_key(name: str) -> str:
    """Return the name of a project file, or its suffix if files of this kind have any name."""
    suffix = name[name.rfind(".") :] if "." in name else name
    return suffix if suffix in _PROJECT_SUFFIXES and suffix != name else name


def names_in(text: str) -> frozenset[str]:
    """Return the names in a text in which white space separates them."""
    return frozenset(text.split())


_PYTHON, _RUBY, _SCALA = names_in("py pyi pyx"), names_in("rb"), names_in("scala java")
_C = names_in("c h cc cpp cxx hpp hh hxx m mm")
_JVM, _DOTNET = names_in("java kt kts scala groovy"), names_in("cs fs vb")
_PROJECT_LANGUAGES = {
    **dict.fromkeys(("pyproject.toml", "setup.py", "setup.cfg"), _PYTHON),
    "package.json": names_in("js jsx mjs cjs ts tsx vue svelte"),
    "Cargo.toml": names_in("rs"),
    "go.mod": names_in("go"),
    **dict.fromkeys(("CMakeLists.txt", "meson.build"), _C),
    **dict.fromkeys(("pom.xml", "build.gradle", "build.gradle.kts"), _JVM),
    "composer.json": names_in("php"),
    **dict.fromkeys(("Gemfile", ".gemspec"), _RUBY),
    "mix.exs": names_in("ex exs"),
    "build.sbt": _SCALA,
    "Package.swift": names_in("swift"),
    **dict.fromkeys((".csproj", ".sln"), _DOTNET),
    ".cabal": names_in("hs"),
}
"""Suffixes of source files by the name of a project file, or by its suffix if the name varies."""
_PROJECT_SUFFIXES = names_in(".csproj .sln .cabal .gemspec")
_TOOL_NAMES = names_in("package.json Gemfile")
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
