"""Finds the roots of source trees, and orders and joins a tree's files.

`discovery` passes the relative paths of an input's files and gets the roots. `readers.tree` passes decoded texts and
gets one text, in which a line `# file: relative/path` precedes each file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from pipeline.documents.file_roles import is_project_file, names_in
from pipeline.documents.items import TreeMember
from pipeline.documents.licences import is_licence_file
from pipeline.documents.names import folder_of
from pipeline.documents.readers import kind_of

FILE_LINE = "# file: "
"""Prefix of the line before each file of a joined tree; `grammar.code` parses the line."""

LONG_LINE_CHARS = 5000
"""The maximum length of a line that a person may have written, in characters."""


def find_tree_roots(relative_paths: Sequence[str]) -> list[str]:
    """Return the folders that are projects and not inside another project. The input's root is the empty string.

    A folder is a project if it contains a project file, or a Python package next to a `test` or `tests` folder. A
    folder with many more pages than source files, such as the source of a documentation site, is not a project; there,
    each page is a document.
    """
    marked = {folder_of(path) for path in relative_paths if is_project_file(path.rsplit("/", 1)[-1])}
    packages = {folder_of(folder_of(path)) for path in relative_paths if path.endswith("/__init__.py")}
    rooted = [f"/{path}" for path in relative_paths]
    tested = {path.split(name, 1)[0].lstrip("/") for path in rooted for name in _TEST_FOLDERS if name in path}
    candidates = marked | (packages & tested)
    contents = _contents(relative_paths, candidates)
    roots: list[str] = []
    for folder in sorted(candidates):
        is_inside = any(not root or folder.startswith(root + "/") for root in roots)
        if not is_inside and contents[folder].is_project:
            roots.append(folder)
    return roots


@dataclass(slots=True)
class _Contents:
    """The number of source files and pages below a folder."""

    num_sources: int = 0
    num_pages: int = 0
    """Number of prose files, without those that accompany code, such as README and CHANGES."""

    @property
    def is_project(self) -> bool:
        return self.num_pages <= _MAX_PAGES_PER_SOURCE * self.num_sources


def _contents(paths: Sequence[str], folders: Set[str]) -> dict[str, _Contents]:
    found = {folder: _Contents() for folder in folders}
    for path in paths:
        is_source, is_page = is_source_file(path), _is_page(path)
        folder = path
        while (is_source or is_page) and folder:
            folder = folder_of(folder)
            if folder in found:
                found[folder].num_sources += is_source
                found[folder].num_pages += is_page
    return found


def _is_page(path: str) -> bool:
    stem = path.rsplit("/", 1)[-1].split(".", 1)[0].lower()
    return _is_prose(path) and stem not in _BESIDE_CODE and not is_licence_file(path)


def _is_prose(path: str) -> bool:
    reader = kind_of(path).reader
    return reader is not None and reader.is_page


def is_source_file(name: str) -> bool:
    """Return whether a file is source code, not configuration or a style sheet."""
    suffix = name.rsplit("/", 1)[-1].lower().rpartition(".")[2]
    kind = kind_of(name)
    is_code = kind.reader is not None and kind.reader.is_code and not kind.compression
    return is_code and suffix not in _CONFIGURATION and not _CONFIG_NAME.search(name)


def is_member(path: str) -> bool:
    """Return whether a file becomes part of its tree's document: uncompressed code, configuration, JSON or prose."""
    kind = kind_of(path)
    return not kind.compression and kind.reader is not None and kind.reader.may_join_trees


def members_within(members: Sequence[TreeMember], max_bytes: int) -> tuple[list[TreeMember], list[TreeMember]]:
    """Return the members that fit within `max_bytes`, and the dropped members. The largest are dropped first."""
    excess = sum(member.num_bytes for member in members) - max_bytes
    dropped: set[str] = set()
    for member in sorted(members, key=lambda member: (-member.num_bytes, member.path)):
        if excess <= 0:
            break
        dropped.add(member.path)
        excess -= member.num_bytes
    return (
        [member for member in members if member.path not in dropped],
        [member for member in members if member.path in dropped],
    )


def long_lines_share(text: str) -> float:
    """Return the share of a file's characters that are in lines longer than `LONG_LINE_CHARS`, from 0 to 1."""
    return sum(len(line) for line in text.split("\n") if len(line) > LONG_LINE_CHARS) / max(1, len(text))


def reading_order(paths: Iterable[str]) -> list[str]:
    """Return the paths in the order README, project files, code, other prose, examples, tests, without licence files.

    Each group is sorted by path. Only README and project files in the tree's root come first.
    """
    return sorted((path for path in paths if not is_licence_file(path)), key=lambda path: (_rank(path), path))


def join_tree(texts: Mapping[str, str]) -> str:
    """Join decoded files into one document, in the mapping's order, without the files that have no text."""
    return "\n\n".join(f"{FILE_LINE}{path}\n\n{text.strip()}" for path, text in texts.items() if text.strip())


_CONFIGURATION = names_in("""
    css scss less toml ini cfg conf yaml yml cmake gradle tf bat sh bash zsh ps1 makefile dockerfile rakefile gemfile
    jenkinsfile vagrantfile procfile
""")
_CONFIG_NAME = re.compile(r"(?:^|/)(?:setup\.py|conf\.py|[\w.-]+\.config\.[cm]?[jt]s|\w+file\.js|sidebars\.js)$")
_TEST_FOLDERS = ("/tests/", "/test/")
_BESIDE_CODE = frozenset(
    {"authors", "changelog", "changes", "code_of_conduct", "contributing", "contributors", "governance", "history"}
    | {"install", "maintainers", "news", "notice", "readme", "requirements", "security", "todo"}
)
_MAX_PAGES_PER_SOURCE = 2
"""The maximum number of pages per source file in a project. Code repositories have at most one, documentation sites
twenty or more."""


def _rank(path: str) -> int:
    folders, name = path.lower().split("/")[:-1], path.lower().rsplit("/", 1)[-1]
    if not folders and name.startswith("readme"):
        return 0
    if any(folder in ("test", "tests", "testing", "__tests__", "spec") for folder in folders) or name.startswith(
        "test_"
    ):
        return 5
    if any(folder in ("example", "examples", "demo", "demos", "benchmarks") for folder in folders):
        return 4
    if not folders and is_project_file(path):
        return 1
    return 3 if _is_prose(path) else 2
