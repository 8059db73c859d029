"""Finds the folders that are code projects, and the documents that lie in a project but are not part of its code.

In: the sizes of an input's files by relative path. Out: the roots of source trees, and for each file of a tree its
role. Used by `discovery`, and by `stages.placement` for the repositories of single code files. No file is opened.
Time: linear in the number of files, times the depth of the folders.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.documents.file_roles import is_project_file, is_tool_file, names_in, project_languages
from pipeline.documents.licences import is_licence_file
from pipeline.documents.names import folder_of
from pipeline.documents.readers import kind_of


class TreeRole(StrEnum):
    """What a file below the root of a source tree is."""

    MEMBER = "member"
    """Code, its configuration, its data, and prose that accompanies it."""
    PAGE = "page"
    """A page of a folder of documentation. It is a document of its own, unless the recipe joins the whole folder."""
    OTHER = "other"
    """A file of a format that does not join trees."""
    VENDORED = "vendored"
    """A copy of another project."""


def find_tree_roots(sizes: Mapping[str, int]) -> list[str]:
    """Return the folders that are projects and not inside another project. The input's root is the empty string.

    A folder is a candidate if it contains a project file, or a Python package next to a `test` or `tests` folder. It is
    a project if most of it is code, by the number of files and by bytes. It also is one, whatever its documentation
    weighs, if it has source files in the language of its project file. In any other folder, such as the source of a
    documentation site, or contracts with a script, each file is a document.

    Args:
        sizes: size in bytes of each file, by its path below the input's root.
    """
    marked: dict[str, set[str]] = defaultdict(set)
    for path in sizes:
        if is_project_file(name := path.rsplit("/", 1)[-1]):
            marked[folder_of(path)].add(name)
    packages = {folder_of(folder_of(path)) for path in sizes if path.endswith("/__init__.py")}
    rooted = [f"/{path}" for path in sizes]
    tested = {path.split(name, 1)[0].lstrip("/") for path in rooted for name in _TEST_FOLDERS if name in path}
    candidates = marked.keys() | (packages & tested)
    contents = _contents(sizes, {folder: marked.get(folder, {_PACKAGE}) for folder in candidates})
    roots: dict[str, None] = {}
    for folder in sorted(candidates):
        if root_of(folder, roots) is None and contents[folder].is_project:
            roots[folder] = None
    return list(roots)


def root_of(path: str, roots: Container[str]) -> str | None:
    """Return the root above a file or folder, or None if the path is in no tree."""
    folder = path
    while folder:
        folder = folder_of(folder)
        if folder in roots:
            return folder
    return None


def tree_roles(sizes: Mapping[str, int]) -> dict[str, TreeRole]:
    """Return the role of each file of a project, by its path below the project's root.

    A folder with `MANY_PAGES` pages or more, most of its files, is documentation: each of its pages is a document. So
    is each page of the documentation if it has more bytes than the code, and each page elsewhere if those have.
    README, CHANGELOG and the like stay with the code.

    Args:
        sizes: size in bytes of each file, by its path below the project's root.
    """
    manuals = _manuals(sizes)
    whole = _contents(sizes, {"": frozenset()})[""]
    outweighing = {
        is_documentation
        for is_documentation, pages in ((True, whole.documentation), (False, whole.other_pages))
        if pages.bytes > whole.sources.bytes
    }
    return {path: _role(path, manuals, outweighing) for path in sizes}


MANY_PAGES = 10
"""The minimum number of pages of a folder whose pages are documents of their own."""


def is_source_file(name: str) -> bool:
    """Return whether a file is source code, not configuration or a style sheet."""
    suffix = name.rsplit("/", 1)[-1].lower().rpartition(".")[2]
    kind = kind_of(name)
    is_code = kind.reader is not None and kind.reader.is_code and not kind.compression
    return is_code and suffix not in _CONFIGURATION and not _CONFIG_NAME.search(name)


def is_member(path: str) -> bool:
    """Return whether a file can join a tree's document: a project file, or uncompressed code, JSON or prose."""
    kind = kind_of(path)
    if is_project_file(path.rsplit("/", 1)[-1]):
        return True
    return not kind.compression and kind.reader is not None and kind.reader.may_join_trees


def is_prose(path: str) -> bool:
    """Return whether a file's name indicates a page of prose that accompanies code, such as README.md."""
    reader = kind_of(path).reader
    return reader is not None and reader.is_page


@dataclass(slots=True)
class _Share:
    files: int = 0
    bytes: int = 0

    def add(self, num_bytes: int) -> None:
        self.files += 1
        self.bytes += min(num_bytes, _MAX_COUNTED_BYTES)

    def __add__(self, other: _Share) -> _Share:
        return _Share(self.files + other.files, self.bytes + other.bytes)

    def is_within(self, times: int, of: _Share) -> bool:
        return self.files <= times * of.files and self.bytes <= times * of.bytes


@dataclass(slots=True)
class _Contents:
    """What lies below a folder, without tests, vendored code and the prose that accompanies code, such as README."""

    languages: frozenset[str] = frozenset()
    """Suffixes of the languages of the folder's project files."""
    min_own_sources: int = 1
    sources: _Share = field(default_factory=_Share)
    num_own_sources: int = 0
    """Source files in these languages, outside of folders for documentation."""
    documentation: _Share = field(default_factory=_Share)
    """Pages in folders for documentation."""
    other_pages: _Share = field(default_factory=_Share)
    """Other pages."""
    papers: _Share = field(default_factory=_Share)
    """Those of the other pages that are not in a light markup, as prose about code is."""
    num_data: int = 0

    @property
    def is_project(self) -> bool:
        has_code = self.sources.files > 0 and self.num_data <= _MAX_DATA_PER_SOURCE * self.sources.files
        return has_code and (self._is_mostly_code or self._is_documented_code)

    @property
    def _is_mostly_code(self) -> bool:
        pages = self.documentation + self.other_pages
        return self.other_pages.is_within(1, self.sources) and pages.is_within(_MAX_PAGES_PER_SOURCE, self.sources)

    @property
    def _is_documented_code(self) -> bool:
        return (
            self.num_own_sources >= self.min_own_sources
            and self.papers.is_within(1, self.sources)
            and self.other_pages.files <= self.sources.files
            and self.documentation.files <= _MAX_DOCUMENTATION_PER_SOURCE * self.sources.files
        )


_MAX_COUNTED_BYTES = 32 * 2**10
"""The maximum number of bytes that count of one file, so that one list of words does not outweigh a repository."""
_MAX_PAGES_PER_SOURCE = 2
"""The maximum number of pages per source file in a project, and of their bytes. Code repositories have at most one,
documentation sites twenty or more."""
_MAX_DOCUMENTATION_PER_SOURCE = 5
"""The maximum number of pages of documentation per source file in a project with code in its own language."""
_MIN_TOOL_SOURCES = 3
"""The minimum number of source files beside a project file that also lies beside prose, such as package.json."""
_PACKAGE = "setup.py"
"""The project file that a Python package without one has in effect."""
_MAX_DATA_PER_SOURCE = 5
"""The maximum number of data files per source file in a project, outside of tests."""


def _contents(sizes: Mapping[str, int], marks: Mapping[str, Set[str]]) -> dict[str, _Contents]:
    """Return what lies below each folder, given the names of its project files."""
    found = {
        folder: _Contents(
            languages=frozenset(suffix for name in names for suffix in project_languages(name)),
            min_own_sources=_MIN_TOOL_SOURCES if all(map(is_tool_file, names)) else 1,
        )
        for folder, names in marks.items()
    }
    for path, num_bytes in sizes.items():
        is_source, is_page, is_data = is_source_file(path), _is_page(path), _is_data(path)
        if not (is_source or is_page or is_data):
            continue
        folder = path
        while folder:
            folder = folder_of(folder)
            if folder not in found:
                continue
            counts = found[folder]
            between = frozenset(path[len(folder) :].lower().split("/")[:-1])
            is_documentation = _is_documentation(between)
            if is_source and not between & _VENDORED:
                counts.sources.add(num_bytes)
                is_own = path.rpartition(".")[2].lower() in counts.languages
                counts.num_own_sources += is_own and not is_documentation
            if is_page and not between & (_VENDORED | _ACCOMPANYING):
                (counts.documentation if is_documentation else counts.other_pages).add(num_bytes)
                if not is_documentation and not _is_light_markup(path):
                    counts.papers.add(num_bytes)
            counts.num_data += is_data and not between & (_VENDORED | _ACCOMPANYING)
    return found


def _manuals(paths: Iterable[str]) -> frozenset[str]:
    """Return the folders below a project's root that are documentation."""
    pages: defaultdict[str, int] = defaultdict(int)
    sources: defaultdict[str, int] = defaultdict(int)
    for path in paths:
        if _folders(path) & (_ACCOMPANYING | _VENDORED):
            continue
        counted = sources if is_source_file(path) else pages if is_prose(path) else None
        folder = folder_of(path)
        while counted is not None and folder:
            counted[folder] += 1
            folder = folder_of(folder)
    return frozenset(folder for folder, number in pages.items() if number >= max(MANY_PAGES, sources[folder] + 1))


def _role(path: str, manuals: Set[str], outweighing: Set[bool]) -> TreeRole:
    """Return the role of a file.

    Args:
        path: path below the project's root.
        manuals: folders that are documentation.
        outweighing: whether the pages in folders for documentation (True) and the others (False) outweigh the code.
    """
    if _folders(path) & _VENDORED:
        return TreeRole.VENDORED
    if not is_member(path):
        return TreeRole.OTHER
    if is_prose(path) and not _folders(path) & _ACCOMPANYING:
        if _is_page(path) and _is_documentation(_folders(path)) in outweighing:
            return TreeRole.PAGE
        folder = folder_of(path)
        while folder:
            if folder in manuals:
                return TreeRole.PAGE
            folder = folder_of(folder)
    return TreeRole.MEMBER


def _folders(path: str) -> frozenset[str]:
    return frozenset(path.lower().split("/")[:-1])


def _is_documentation(folders: Iterable[str]) -> bool:
    """Return whether one of the folders is for documentation, also with a suffix, such as `docs-ko`."""
    return any(_SUFFIX.split(folder, maxsplit=1)[0] in _DOCUMENTATION for folder in folders)


def _is_page(path: str) -> bool:
    """Return whether a file is a document that a folder of documents may hold, and not one that accompanies code."""
    reader = kind_of(path).reader
    if reader is None:
        return path.lower().endswith(_UNREAD_PAGES)
    if reader.is_code or reader.members is not None or reader.name in _DATA_FORMATS:
        return False
    stem = path.rsplit("/", 1)[-1].split(".", 1)[0].lower()
    return stem not in _BESIDE_CODE and not is_licence_file(path)


def _is_light_markup(path: str) -> bool:
    reader = kind_of(path).reader
    return reader is not None and reader.name in _LIGHT_MARKUP


def _is_data(path: str) -> bool:
    reader = kind_of(path).reader
    return reader is not None and reader.name in _DATA_FORMATS and not is_project_file(path.rsplit("/", 1)[-1])


_DATA_FORMATS = names_in("json json_lines csv parquet arrow xml")
_UNREAD_PAGES = (".mdx",)
"""Suffixes of pages that no reader reads."""
_LIGHT_MARKUP = names_in("markdown rst asciidoc org")
_CONFIGURATION = names_in("""
    css scss less toml ini cfg conf yaml yml cmake gradle tf bat sh bash zsh ps1 makefile dockerfile rakefile gemfile
    jenkinsfile vagrantfile procfile mod build sbt cabal gemspec
""")
_CONFIG_NAME = re.compile(r"(?:^|/)(?:setup\.py|conf\.py|[\w.-]+\.config\.[cm]?[jt]s|\w+file\.js|sidebars\.js)$")
_SUFFIX = re.compile("[-_.]")
_TEST_FOLDERS = ("/tests/", "/test/")
_VENDORED = names_in("vendor vendored _vendor third_party third-party thirdparty 3rdparty")
"""Folders with copies of other projects. Outside of a project, such a folder may hold contracts with vendors."""
_DOCUMENTATION = names_in("doc docs documentation guide guides manual manuals website site wiki handbook book")
_ACCOMPANYING = names_in("""
    test tests testing __tests__ spec testdata test-data fixtures __fixtures__ snapshots __snapshots__ templates
    template static public assets locale locales i18n translations
""")
"""Folders whose pages and data belong to the code: input of tests, templates of web pages, messages to translate."""
_BESIDE_CODE = frozenset(
    {"authors", "changelog", "changes", "code_of_conduct", "contributing", "contributors", "governance", "history"}
    | {"install", "maintainers", "news", "notice", "readme", "requirements", "security", "todo"}
)
