"""Lists the files below a local folder, and records what is skipped (noise, links, special files) or unreadable.

Takes a folder, whether to follow links that lead out of the folder, and two predicates on paths. Returns a `Listing`,
in which every path is found, skipped or unreadable. Used by `discovery`. No file is opened, so FIFOs, sockets and
devices cannot block the listing. Cost: one `scandir` per folder and one `stat` per file.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.documents.file_roles import file_noise, folder_noise
from pipeline.documents.skipped_names import PathKind, SkippedFile, SkippedNames
from pipeline.documents.versions import stat_version

Wanted = Callable[[str], bool]
"""A predicate on a path below the folder."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """Size and version of a listed file."""

    num_bytes: int
    version: str
    """Size, times and inode of a local file; entity tag or time of a remote file."""


@dataclass(slots=True)
class Listing:
    """The contents of a folder; paths are relative to the folder."""

    found: dict[str, FileStat] = field(default_factory=dict)
    skipped: SkippedNames = field(default_factory=SkippedNames)
    """Every skipped file, in the order of the walk. A link counts as one file."""
    unreadable: dict[str, Unreadable] = field(default_factory=dict)
    """Folders and files that cannot be opened or examined."""

    def skip(self, reason: str, relative: str, kind: PathKind = PathKind.FILE) -> None:
        """Record a skipped file."""
        self.skipped.add(SkippedFile(relative, reason, kind))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a path cannot be read."""

    error: str
    kind: PathKind


def list_folder(folder: str, *, follow_links: bool, wanted: Wanted, may_hold: Wanted) -> Listing:
    """Walk a folder and list its files.

    Each target is listed once. A link that stays inside the folder is skipped if its target is listed under the
    target's own name; a link into a hidden folder, for example, is followed. A link that leads out of the folder is
    followed only with `follow_links`.

    Args:
        folder: Absolute path.
        follow_links: Whether to list the targets of links that lead out of the folder.
        wanted: Predicate on files; a file that fails it is neither listed nor counted.
        may_hold: Predicate on folders; a folder that fails it is not entered.

    Raises:
        OSError: The folder itself cannot be listed.
    """
    walk = _Walk(folder, follow_links, wanted, may_hold)
    os.scandir(folder).close()
    walk.enter("", noise="")
    walk.resolve_links()
    return walk.listing


class _Walk:
    def __init__(self, folder: str, follow_links: bool, wanted: Wanted, may_hold: Wanted) -> None:
        self.listing = Listing()
        self._folder = folder
        self._real_folder = os.path.realpath(folder)
        self._follow_links = follow_links
        self._wanted = wanted
        self._may_hold = may_hold
        self._links: deque[str] = deque()
        self._is_following = False
        self._seen: set[tuple[int, int]] = set()
        """Device and inode of each listed file and entered folder, so that links do not lead to a second listing."""

    def enter(self, start: str, *, noise: str) -> None:
        pending = [(start, noise)]
        while pending:
            relative, reason = pending.pop()
            try:
                with os.scandir(self._path(relative)) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
                found = Path(self._path(relative)).stat()
            except OSError as error:
                self._unreadable(relative, reason, error, PathKind.FOLDER)
                continue
            if not reason and not self._note(found):
                continue
            folders: list[tuple[str, str]] = []
            for entry in listed:
                folders += self._take(entry, f"{relative}/{entry.name}".lstrip("/"), reason)
            pending += reversed(folders)

    def resolve_links(self) -> None:
        self._is_following = True
        while self._links:
            self._resolve(self._links.popleft())

    def _resolve(self, relative: str) -> None:
        try:
            target = os.path.realpath(self._path(relative), strict=True)
            found = Path(target).stat()
        except PermissionError as error:
            self._unreadable(relative, "", error, PathKind.LINK)
            return
        except (OSError, ValueError):
            self.listing.skip("link_broken", relative, PathKind.LINK)
            return
        is_inside = f"{target}/".startswith(self._real_folder.rstrip("/") + "/")
        if not is_inside and not self._follow_links:
            self.listing.skip("link_outside", relative, PathKind.LINK)
        elif (found.st_dev, found.st_ino) in self._seen:
            self.listing.skip("link_inside", relative, PathKind.LINK)
        elif stat.S_ISDIR(found.st_mode):
            self.enter(relative, noise="")
            if relative not in self.listing.unreadable:
                self.listing.skip("link_followed", relative, PathKind.LINK)  # its files are found below it
        elif stat.S_ISREG(found.st_mode):
            self._keep(relative, found, PathKind.LINK)
        else:
            self.listing.skip("special_file", relative, PathKind.SPECIAL)

    def _take(self, entry: os.DirEntry[str], relative: str, inherited: str) -> list[tuple[str, str]]:
        """List a file, record a skipped entry, or return a folder to enter."""
        try:
            if entry.is_dir(follow_symlinks=False):
                reason = inherited or folder_noise(entry.name)
                return [(relative, reason)] if self._may_hold(relative) else []
            if not self._wanted(relative) and not (entry.is_symlink() and self._may_hold(relative)):
                return []
            reason = inherited or file_noise(entry.name)
            is_file = entry.is_file(follow_symlinks=False)
            kind = PathKind.LINK if entry.is_symlink() else PathKind.FILE if is_file else PathKind.SPECIAL
            if reason:
                self.listing.skip(reason, relative, kind)
            elif kind is PathKind.LINK:
                self._links.append(relative)
            elif is_file:
                self._keep(relative, entry.stat(follow_symlinks=False), kind)
            else:
                self.listing.skip("special_file", relative, kind)
        except FileNotFoundError:  # The entry was removed after the folder was listed.
            return []
        except OSError as error:
            self._unreadable(relative, inherited, error, PathKind.FILE)
        return []

    def _keep(self, relative: str, found: os.stat_result, kind: PathKind) -> None:
        # Two hard links are two files, unless a link leads to one of them.
        if self._note(found) or not (self._follow_links or self._is_following):
            self.listing.found[relative] = FileStat(num_bytes=found.st_size, version=stat_version(found))
        else:
            self.listing.skip("link_inside", relative, kind)

    def _unreadable(self, relative: str, noise: str, error: OSError, kind: PathKind) -> None:
        if noise:
            self.listing.skip(noise, relative, kind)
        else:
            self.listing.unreadable[relative] = Unreadable(
                f"{type(error).__name__}: {error.strerror or 'unknown'}", kind
            )

    def _note(self, found: os.stat_result) -> bool:
        """Remember the inode of a file or folder, and return whether the inode is new."""
        inode = (found.st_dev, found.st_ino)
        is_new = inode not in self._seen
        self._seen.add(inode)
        return is_new

    def _path(self, relative: str) -> str:
        return f"{self._folder.rstrip('/')}/{relative}" if relative else self._folder
