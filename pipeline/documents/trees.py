"""Orders and joins the files of a source tree.

`readers.tree` passes decoded texts and gets one text, in which a line `# file: relative/path` precedes each file.
`documents.projects` decides what a source tree is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.documents.file_roles import is_project_file
from pipeline.documents.items import TreeMember
from pipeline.documents.licences import is_licence_file
from pipeline.documents.projects import is_prose

FILE_LINE = "# file: "
"""Prefix of the line before each file of a joined tree; `grammar.code` parses the line."""


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


def reading_order(paths: Iterable[str]) -> list[str]:
    """Return the paths in the order README, project files, code, other prose, examples, tests, without licence files.

    Each group is sorted by path. Only README and project files in the tree's root come first.
    """
    return sorted((path for path in paths if not is_licence_file(path)), key=lambda path: (_rank(path), path))


def join_tree(texts: Mapping[str, str]) -> str:
    """Join decoded files into one document, in the mapping's order, without the files that have no text."""
    return "\n\n".join(f"{FILE_LINE}{path}\n\n{text.strip()}" for path, text in texts.items() if text.strip())


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
    return 3 if is_prose(path) else 2
