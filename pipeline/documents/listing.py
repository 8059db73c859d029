"""Lists the files below a local folder, and records what is skipped (noise, links, special files) or unreadable.

Takes a folder, whether to follow links that lead out of the folder, and two predicates on paths. Returns a `Listing`.
Used by `discovery`. No file is opened, so FIFOs, sockets and devices cannot block the listing. Cost: one `scandir` per
folder and one `stat` per file.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.documents.file_roles import file_noise, folder_noise
from pipeline.records import Uri

Wanted = Callable[[str], bool]
"""A predicate on a path below the folder."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """Size and version of a listed file."""

    num_bytes: int
    version: str
    """Size, times and inode of a local file; entity tag or time of a remote file."""


def stat_version(found: os.stat_result) -> str:
    """Return a string that changes when a local file changes.

    The string includes the status change time, because a program that edits a file can restore the file's size and
    modification time, but not that time.
    """
    return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}-{found.st_ino}"


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """An input file that is not read; one row of `work/skipped/`."""

    source_uri: Uri
    reason: str


@dataclass(slots=True)
class Listing:
    """The contents of a folder; paths are relative to the folder."""

    found: dict[str, FileStat] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    """Number of skipped files by reason. A link counts as one file."""
    skipped_names: list[SkippedFile] = field(default_factory=list)
    """All skipped files, by path below the folder, unordered."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Folders and files that cannot be opened or examined, with the error."""

    def skip(self, reason: str, relative: str) -> None:
        """Count a skipped file and record its name."""
        self.skipped[reason] += 1
        self.skipped_names.append(SkippedFile(source_uri=relative, reason=reason))


def list_folder(folder: str, *, follow_links: bool, wanted: Wanted, may_hold: Wanted) -> Listing:
    """Walk a folder and list its files.

    A link that stays inside the folder is skipped if it leads to a folder or to a file already listed under the file's
    own name. A link that leads out of the folder is followed only with `follow_links`, and each target is listed once.

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
        self._links: list[str] = []
        self._seen: set[tuple[int, int]] = set()
        """Device and inode of each listed file and entered folder, so that links do not lead to a second listing."""

    def enter(self, start: str, *, noise: str) -> None:
        pending = [(start, noise)]
        while pending:
            relative, reason = pending.pop()
            try:
                with os.scandir(self._path(relative)) as entries:
                    listed = list(entries)
                is_new = self._note(Path(self._path(relative)).stat())
            except OSError as error:
                self._unreadable(relative, reason, error)
                continue
            if not is_new:
                continue
            for entry in listed:
                pending += self._take(entry, f"{relative}/{entry.name}".lstrip("/"), reason)

    def resolve_links(self) -> None:
        while self._links:
            relative = self._links.pop(0)
            try:
                target = os.path.realpath(self._path(relative), strict=True)
                found = Path(target).stat()
            except (OSError, ValueError):
                self.listing.skip("link_broken", relative)
                continue
            inside = target == self._real_folder or target.startswith(self._real_folder.rstrip("/") + "/")
            if not inside and not self._follow_links:
                self.listing.skip("link_outside", relative)
            elif (found.st_dev, found.st_ino) in self._seen or (inside and stat.S_ISDIR(found.st_mode)):
                self.listing.skip("link_inside", relative)
            elif stat.S_ISDIR(found.st_mode):
                self.enter(relative, noise="")
            elif stat.S_ISREG(found.st_mode):
                self._keep(relative, found)
            else:
                self.listing.skip("special_file", relative)

    def _take(self, entry: os.DirEntry[str], relative: str, inherited: str) -> list[tuple[str, str]]:
        """List a file, record a skipped entry, or return a folder to enter."""
        try:
            if entry.is_dir(follow_symlinks=False):
                reason = inherited or folder_noise(entry.name)
                return [(relative, reason)] if self._may_hold(relative) else []
            if not self._wanted(relative) and not (entry.is_symlink() and self._may_hold(relative)):
                return []
            reason = inherited or file_noise(entry.name)
            if reason:
                self.listing.skip(reason, relative)
            elif entry.is_symlink():
                self._links.append(relative)
            elif entry.is_file(follow_symlinks=False):
                self._keep(relative, entry.stat(follow_symlinks=False))
            else:
                self.listing.skip("special_file", relative)
        except FileNotFoundError:  # The entry was removed after the folder was listed.
            return []
        except OSError as error:
            self._unreadable(relative, inherited, error)
        return []

    def _keep(self, relative: str, found: os.stat_result) -> None:
        if self._note(found) or not self._follow_links:  # Without follow_links, hard links count as separate files.
            self.listing.found[relative] = FileStat(num_bytes=found.st_size, version=stat_version(found))
        else:
            self.listing.skip("link_inside", relative)

    def _unreadable(self, relative: str, noise: str, error: OSError) -> None:
        if noise:
            self.listing.skip(noise, relative)
        else:
            self.listing.unreadable[relative] = f"{type(error).__name__}: {error.strerror or 'unknown'}"

    def _note(self, found: os.stat_result) -> bool:
        """Remember the inode of a file or folder, and return whether the inode is new."""
        inode = (found.st_dev, found.st_ino)
        is_new = inode not in self._seen
        self._seen.add(inode)
        return is_new

    def _path(self, relative: str) -> str:
        return f"{self._folder.rstrip('/')}/{relative}" if relative else self._folder
