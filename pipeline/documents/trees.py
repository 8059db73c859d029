"""Source trees: finding their roots, putting their files in order, joining them, and naming their licence.

In: relative paths of an input's files, later their decoded texts. Out: one text per tree, in which each file follows a
line `# file: relative/path`. Used by discovery and reading. Pure; cost linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from pipeline.documents.formats import Format, is_project_file, is_source_file, kind_of
from pipeline.documents.names import folder_of

FILE_LINE = "# file: "
"""Starts the line before each file of a joined tree; the outline reads it back."""


LONG_LINE_CHARS = 5000
"""No person writes a longer line."""


@dataclass(frozen=True, slots=True)
class TreeMember:
    """A file of a tree; `path` is relative to the tree's root."""

    path: str
    num_bytes: int
    shown: str
    """The path as it is in the joined text and in URIs: printable, personal data masked."""


def find_tree_roots(relative_paths: Sequence[str]) -> list[str]:
    """Folders that are projects and not inside another one; the input's root is the empty string.

    A project has a project file, or, in Python, a package and a folder of tests side by side. A folder of pages with a
    project file, such as the source of a documentation site, is none: its pages stay documents of their own.
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
    """How much is below a folder."""

    num_sources: int = 0
    num_pages: int = 0
    """Prose, without what accompanies code: README, CHANGES and their like."""

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
    return kind_of(path).format in _PROSE_FORMATS and stem not in _BESIDE_CODE and not is_licence_file(path)


def is_member(path: str) -> bool:
    """Whether a file belongs into its tree's document: code, its configuration and its prose, nothing compressed."""
    kind = kind_of(path)
    return not kind.gzipped and kind.format in _MEMBER_FORMATS


def members_within(members: Sequence[TreeMember], max_bytes: int) -> tuple[list[TreeMember], list[TreeMember]]:
    """The files of a tree that can be held together, and the largest ones, which leave it where all are too much."""
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
    """Of a file's characters, those in lines that no person writes."""
    return sum(len(line) for line in text.split("\n") if len(line) > LONG_LINE_CHARS) / max(1, len(text))


def reading_order(paths: Iterable[str]) -> list[str]:
    """README, project files, code, further prose, examples, tests; by path within each. Licence texts are left out."""
    return sorted((path for path in paths if not is_licence_file(path)), key=lambda path: (_rank(path), path))


def join_tree(texts: Mapping[str, str]) -> str:
    """One document from decoded files in the mapping's order; a file without text is left out."""
    return "\n\n".join(f"{FILE_LINE}{path}\n\n{text.strip()}" for path, text in texts.items() if text.strip())


def is_licence_file(path: str) -> bool:
    """LICENSE, COPYING and their variants at any depth."""
    return re.fullmatch(r"(licen[cs]e|copying|unlicense)([.-].*)?", path.rsplit("/", 1)[-1], re.IGNORECASE) is not None


def licence_of_tree(texts: Mapping[str, str]) -> str:
    """SPDX id of a tree: its project file's word, then its licence text, then SPDX lines; empty where none is found."""
    shallow = sorted(texts, key=lambda path: (path.count("/"), path))
    declared = (_declared(path, texts[path]) for path in shallow if is_project_file(path.rsplit("/", 1)[-1]))
    by_text = (licence_of_text(texts[path]) for path in shallow if is_licence_file(path))
    by_line = (spdx_line(texts[path]) for path in shallow)
    return next((name for names in (declared, by_text, by_line) for name in names if name), "")


def spdx_line(text: str) -> str:
    """The expression of an `SPDX-License-Identifier:` line in the first 4,000 characters, or empty."""
    match = re.search(
        r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*)", text[:4000]
    )
    return match.group(1) if match else ""


def licence_of_text(text: str) -> str:
    """SPDX id of a full licence text by its own phrases, or empty."""
    flat = re.sub(r"\s+", " ", text[:20_000])
    return next((spdx for spdx, phrases in _LICENCE_PHRASES if all(phrase in flat for phrase in phrases)), "")


_TEST_FOLDERS = ("/tests/", "/test/")
_BESIDE_CODE = frozenset(
    {"authors", "changelog", "changes", "code_of_conduct", "contributing", "contributors", "governance", "history"}
    | {"install", "maintainers", "news", "notice", "readme", "requirements", "security", "todo"}
)
_PROSE_FORMATS = frozenset({Format.TEXT, Format.MARKDOWN, Format.HTML})
_MAX_PAGES_PER_SOURCE = 2
"""Repositories of code have at most one page a source file, sites of documentation twenty and more."""
_MEMBER_FORMATS = frozenset({Format.CODE, Format.TEXT, Format.MARKDOWN, Format.HTML, Format.JSON})
_LICENCE_PHRASES = (
    ("Apache-2.0", ("Apache License", "Version 2.0")),
    ("AGPL-3.0-only", ("GNU AFFERO GENERAL PUBLIC LICENSE", "Version 3")),
    ("LGPL-3.0-only", ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 3")),
    ("LGPL-2.1-only", ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 2.1")),
    ("GPL-3.0-only", ("GNU GENERAL PUBLIC LICENSE", "Version 3")),
    ("GPL-2.0-only", ("GNU GENERAL PUBLIC LICENSE", "Version 2")),
    ("MPL-2.0", ("Mozilla Public License", "2.0")),
    ("BSD-3-Clause", ("Redistribution and use in source and binary forms", "endorse or promote products")),
    ("BSD-2-Clause", ("Redistribution and use in source and binary forms",)),
    ("ISC", ("Permission to use, copy, modify, and/or distribute this software",)),
    ("MIT", ("Permission is hereby granted, free of charge", "without restriction")),
    ("Unlicense", ("This is free and unencumbered software released into the public domain",)),
)
_DECLARED_NAMES = {
    "mit license": "MIT",
    "the mit license": "MIT",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
}


def _declared(path: str, text: str) -> str:
    """`license = "MIT"`, `license = {text = "MIT"}`, `"license": "MIT"` or `license = MIT` of a project file."""
    match = re.search(
        r"""^[ \t]*["']?license["']?\s*[:=]\s*(?:\{\s*text\s*=\s*)?["']?([^"'{}\n,]{2,60})""", text, re.MULTILINE
    )
    if match is None or path.endswith((".txt", "go.mod")):
        return ""
    value = match.group(1).strip()
    known = _DECLARED_NAMES.get(value.lower(), value)
    return known if re.fullmatch(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*", known) else ""


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
    return 3 if kind_of(path).format in (Format.TEXT, Format.MARKDOWN, Format.HTML) else 2
