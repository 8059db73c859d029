"""Tells where the links inside an archive lead. They are never followed: their targets are read under their own names.

`archives` notes every member and every link of an archive, and asks for the links' verdicts at the end, when all names
are known. Memory: a number for each member and folder, and the name of each link.
"""

from __future__ import annotations

import posixpath

from pipeline.documents.names import folder_of


class ArchiveLinks:
    """The names in one archive, and its links."""

    def __init__(self) -> None:
        self._names: set[int] = set()
        """Hashes of the paths of members and folders."""
        self._links: dict[str, str] = {}

    def add_member(self, name: str) -> bool:
        """Note a member's path, and return whether it is new."""
        path = posixpath.normpath(name)
        is_new = hash(path) not in self._names
        while path and hash(path) not in self._names:
            self._names.add(hash(path))
            path = folder_of(path)
        return is_new

    def add_link(self, name: str, target: str) -> None:
        """Note a link. The target is a path below the root of the archive; it may lead out."""
        self._links[posixpath.normpath(name)] = target

    def reason(self, target: str) -> str:
        """Return the reason to skip a link to a target: `link_inside`, `link_outside` or `link_broken`."""
        seen: set[str] = set()
        while True:
            path = posixpath.normpath(target)
            if not target or path in seen:
                return "link_broken"
            if path.startswith(("/", "../")) or path == "..":
                return "link_outside"
            if path not in self._links:
                return "link_inside" if path == "." or hash(path) in self._names else "link_broken"
            seen.add(path)
            target = self._links[path]
