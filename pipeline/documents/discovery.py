"""Finds the files and source trees of the recipe's inputs, and gives each a key and a URI.

Takes `InputSource`s (file, folder, pattern, fsspec URL, `bundled:`, or a data set, whose files `datasets.finding`
finds). Returns `SourceItem`s sorted by key within each input, and the skipped files. A path that several inputs hold
belongs to the first. Used by the ingest stage. Each input is listed once, recursively; no contents are read. Memory:
one small record per file that is read, and about 10 bytes per skipped file.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import glob_translate

from pipeline.config.build import InputSource, Joining
from pipeline.documents.bundled import BUNDLED, bundled_folder, bundled_version, is_bundled
from pipeline.documents.datasets.finding import find_items
from pipeline.documents.datasets.names import is_dataset
from pipeline.documents.file_roles import noise_reason
from pipeline.documents.items import SourceItem, TreeMember
from pipeline.documents.listing import FileStat, Listing, Unreadable, list_folder
from pipeline.documents.names import encodable_key, folder_of, path_digest, printable_name
from pipeline.documents.projects import TreeRole, find_tree_roots, root_of, tree_roles
from pipeline.documents.skipped_names import PathKind, SkippedNames
from pipeline.documents.versions import info_version, stat_version
from pipeline.errors import InputError
from pipeline.identity import content_id
from pipeline.io.filesystems import explained_store_errors, filesystem_of


@dataclass(frozen=True, slots=True)
class Discovery:
    """The items found in the inputs, and the files skipped."""

    items: Sequence[SourceItem]
    """Items in order of input, then key."""
    skipped: SkippedNames
    """Every skipped file, with its URI. A link counts as one file."""


@dataclass(slots=True)
class _Paths:
    """What the inputs so far have taken."""

    files: set[str] = field(default_factory=set)
    """Paths of files, also of those in trees."""
    skipped: set[int] = field(default_factory=set)
    """Hashes of the paths of skipped files; empty if there is only one input."""
    keys: set[str] = field(default_factory=set)
    uris: set[str] = field(default_factory=set)


def discover(sources: Sequence[InputSource]) -> Discovery:
    """Return every file and tree of the inputs. A file found in two inputs belongs to the first.

    Raises:
        InputError: An input does not exist, matches nothing, contains no file or cannot be read.
        MissingExtraError: A URL needs a filesystem whose extra is not installed.
    """
    taken = _Paths()
    items: list[SourceItem] = []
    listed: list[tuple[_Root, SkippedNames]] = []
    for index, source in enumerate(sources):
        root, found, skipped = _discover_one(source, index, taken)
        listed.append((root, skipped))
        for item in found:
            key, uri = _unused_key(item.key, taken.keys), unused_uri(item.uri, item.key, taken.uris)
            taken.keys.add(key)
            taken.uris.add(uri)
            items.append(replace(item, key=key, uri=uri))
    skipped = SkippedNames()
    for root, names in listed:
        for name in names:
            path = _path(root, name.source_uri)
            if len(sources) > 1 and (path in taken.files or hash(path) in taken.skipped):
                continue
            if len(sources) > 1:
                taken.skipped.add(hash(path))
            skipped.add(replace(name, source_uri=_shown(root, name.source_uri)))
    return Discovery(items=items, skipped=skipped)


def _shown(root: _Root, below: str) -> str:
    """Return the URI of a skipped file. A name that NFC changes gets a digest, as another file may have that name."""
    uri = printable_name(root.shown + below)
    is_composed = below.isascii() or unicodedata.is_normalized("NFC", below)
    return uri if is_composed else f"{uri}~{path_digest(below)}"


def unused_uri(uri: str, key: str, taken: set[str]) -> str:
    """Return the URI, or, if the URI is taken, the URI followed by `~` and 8 hex digits of the key's hash."""
    candidate, nth = uri, 0
    while candidate in taken:
        candidate = f"{uri}~{path_digest(key + '/' * nth)}"
        nth += 1
    return candidate


def _unused_key(key: str, taken: set[str]) -> str:
    candidate, nth = key, 1
    while candidate in taken:
        nth += 1
        candidate = f"{key}#{nth}"
    return candidate


@dataclass(frozen=True, slots=True)
class _Root:
    """The path of an input. Keys are paths below `folder`; in URIs, `shown` replaces `folder`."""

    fs: fsspec.AbstractFileSystem
    path: str
    folder: str
    shown: str


def _discover_one(source: InputSource, index: int, taken: _Paths) -> tuple[_Root, list[SourceItem], SkippedNames]:
    """Return the items and skipped files of one input, without the files of earlier inputs."""
    if is_dataset(source.path):
        own = [item for item in find_items(source, index) if item.path not in taken.files]
        taken.files.update(item.path for item in own)
        return _Root(LocalFileSystem(), "", "", source.path), own, SkippedNames()
    root, listing = _listing(source)
    if is_bundled(source.path):
        listing.found = {
            key: replace(stat, version=bundled_version(_path(root, key))) for key, stat in listing.found.items()
        }
    if not listing.found and not listing.unreadable:
        counts = listing.skipped.counts
        reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(counts.items()))
        raise InputError(
            f"No documents found in {source.path}{f' (skipped: {reasons})' if reasons else ''}.",
            remedy="Name a folder, file or pattern that holds documents"
            + ("; set follow_links: true to read the targets of links." if counts["link_outside"] else "."),
        )
    found = {key: stat for key, stat in listing.found.items() if _path(root, key) not in taken.files}
    locked = {key: why for key, why in listing.unreadable.items() if _path(root, key) not in taken.files}
    taken.files.update(_path(root, key) for key in (*found, *locked))
    items = _join_trees(root, index, found, _tree_roots(root, source.join, found), source.join, listing)
    items += [_unreadable_item(root, index, key, why) for key, why in locked.items()]
    return root, sorted(items, key=lambda item: item.key), listing.skipped


def _unreadable_item(root: _Root, index: int, key: str, why: Unreadable) -> SourceItem:
    return replace(_item(root, index, key, FileStat(0, "")), failure=why.error, kind=why.kind)


def _tree_roots(root: _Root, join: Joining, found: Mapping[str, FileStat]) -> list[str]:
    if join is Joining.AUTO:
        return find_tree_roots({key: stat.num_bytes for key, stat in found.items()})
    return [root.path[len(root.folder) :].strip("/")] if join is Joining.TREE else []


def _join_trees(
    root: _Root,
    index: int,
    found: Mapping[str, FileStat],
    tree_roots: Sequence[str],
    join: Joining,
    listing: Listing,
) -> list[SourceItem]:
    """Return the files as single items and trees. Vendored files are skipped."""
    below: dict[str, dict[str, FileStat]] = {tree: {} for tree in tree_roots}
    items = []
    for key, stat in found.items():
        tree = root_of(key, below)
        if tree is None:
            items.append(_item(root, index, key, stat))
        else:
            below[tree][key[len(tree) :].lstrip("/")] = stat
    for tree, files in below.items():
        members = {}
        for path, role in tree_roles({path: stat.num_bytes for path, stat in files.items()}).items():
            key = f"{tree}/{path}".lstrip("/")
            if role is TreeRole.MEMBER or (join is Joining.TREE and role is TreeRole.PAGE):
                members[path] = files[path]
            elif role is TreeRole.VENDORED:
                listing.skip("vendored", key)
            else:
                items.append(_item(root, index, key, files[path]))
        if members:
            items.append(_tree(root, index, tree, members))
    return items


def _tree(root: _Root, index: int, tree: str, found: Mapping[str, FileStat]) -> SourceItem:
    members = tuple(
        TreeMember(path, found[path].num_bytes, printable_name(path), found[path].version) for path in sorted(found)
    )
    version = content_id(*(text for member in members for text in (encodable_key(member.path), member.version)))
    size = sum(member.num_bytes for member in members)
    return replace(_item(root, index, tree, FileStat(size, version)), members=members, kind=PathKind.TREE)


def _path(root: _Root, below: str) -> str:
    if root.shown == BUNDLED:
        return BUNDLED + below
    path = f"{root.folder.rstrip('/')}/{below}".rstrip("/")
    if isinstance(root.fs, LocalFileSystem):
        return path
    full = str(root.fs.unstrip_protocol(path))
    host = urlsplit(root.shown).netloc
    # The clients of WebHDFS and HDFS leave the host out, so the path alone would not lead there.
    return full if host in full else f"{urlsplit(root.shown).scheme}://{host}/{path.lstrip('/')}"


def _item(root: _Root, index: int, below: str, found: FileStat) -> SourceItem:
    return SourceItem(
        source_index=index,
        key=encodable_key(below) or ".",
        uri=printable_name(root.shown + below).rstrip("/"),
        path=_path(root, below),
        num_bytes=found.num_bytes,
        version=found.version,
        members=(),
    )


def _below(root: _Root, path: str) -> str:
    """Return a file's path below the input's root, as the filesystem spells it."""
    inner = path if isinstance(root.fs, LocalFileSystem) else str(root.fs._strip_protocol(path))
    return inner[len(root.folder.rstrip("/")) :].lstrip("/")


def _listing(source: InputSource) -> tuple[_Root, Listing]:
    """Return the root of an input and the listing below it, sorted by name."""
    given = source.path
    fs, path, folder = _open_filesystem(given)
    try:
        with explained_store_errors(f"list {given}"):
            kind = _kind(fs, path)
            if kind == "file":
                with fs.open(path, "rb"):
                    root = _root(fs, path, folder or folder_of(path), given)
                return root, _remote_listing(root, {path: fs.info(path)})
            if kind == "directory":
                root = _root(fs, path, folder or path, given)
                if isinstance(fs, LocalFileSystem):
                    return root, _local_listing(root, source)
                return root, _remote_listing(root, _found(fs, path))
            if any(char in path for char in _MAGIC):
                base = folder_of(path[: min(path.index(char) for char in _MAGIC if char in path)])
                root = _root(fs, path, folder or base, given)
                return root, _glob(root, source)
    except OSError as error:
        raise InputError(
            f"{given} cannot be read: {error.strerror or type(error).__name__}.", remedy="Check its permissions."
        ) from error
    if isinstance(fs, LocalFileSystem) and fs.exists(path):
        raise InputError(f"{given} is neither a file nor a folder.", remedy="Name a file, a folder or a pattern.")
    raise InputError(
        f"{given} does not exist.", remedy="Check the path of this input; relative paths start at the working folder."
    )


def _kind(fs: fsspec.AbstractFileSystem, path: str) -> str:
    """Return `file`, `directory`, or an empty string for a path that is neither; raise the errors of a store."""
    if isinstance(fs, LocalFileSystem):
        return "file" if fs.isfile(path) else "directory" if fs.isdir(path) else ""
    try:
        return str(fs.info(path)["type"])
    except FileNotFoundError:
        return ""


def _found(fs: fsspec.AbstractFileSystem, path: str) -> Mapping[str, Mapping[str, Any]]:  # Any: fsspec's info values
    """Return the files below a remote folder.

    The general search of fsspec leaves out folders that cannot be listed; here they are an error.
    """
    found: dict[str, Mapping[str, Any]] = {}
    if type(fs).find is not fsspec.AbstractFileSystem.find:
        found.update(fs.find(path, detail=True))
        return found
    folders = [path]
    while folders:
        for info in fs.ls(folders.pop(), detail=True):
            if info["type"] == "directory":
                folders.append(info["name"])
            else:
                found[info["name"]] = info
    return found


def _local_listing(root: _Root, source: InputSource) -> Listing:
    """List a local folder. Keys are relative to the input's root; for a part of `bundled:`, the root is higher up."""
    listing = list_folder(root.path, follow_links=source.follow_links, wanted=lambda _: True, may_hold=lambda _: True)
    above = f"{_below(root, root.path)}/".lstrip("/")
    found = Listing(
        found={above + key: stat for key, stat in sorted(listing.found.items())},
        unreadable={above + key: why for key, why in sorted(listing.unreadable.items())},
    )
    for name in listing.skipped:
        found.skipped.add(replace(name, source_uri=above + name.source_uri))
    return found


def _remote_listing(root: _Root, infos: Mapping[str, Mapping[str, Any]]) -> Listing:  # Any: fsspec's info values
    listing = Listing()
    for name, info in sorted(infos.items()):
        key = name[len(root.folder) :].lstrip("/")
        if reason := noise_reason(key):
            listing.skip(reason, key)
        else:
            is_local = isinstance(root.fs, LocalFileSystem)
            version = stat_version(Path(name).stat()) if is_local else info_version(info)
            listing.found[key] = FileStat(num_bytes=int(info["size"] or 0), version=version)
    return listing


def _glob(root: _Root, source: InputSource) -> Listing:
    """List the files that match a pattern, and everything below the folders that match."""
    if isinstance(root.fs, LocalFileSystem):
        listing = _local_glob(root, source)
    else:
        infos: dict[str, Mapping[str, Any]] = {}
        for name, info in root.fs.glob(root.path, detail=True).items():
            infos |= _found(root.fs, name) if info["type"] == "directory" else {name: info}
        listing = _remote_listing(root, infos)
    if not listing.found and not listing.unreadable and not len(listing.skipped):
        raise InputError(
            f"Nothing matches {source.path}.", remedy="Check the pattern; in a shell command, put it in quotes."
        )
    return listing


def _local_glob(root: _Root, source: InputSource) -> Listing:
    pattern = root.path[len(root.folder.rstrip("/")) :].lstrip("/")
    whole = re.compile(glob_translate(pattern))
    parts = pattern.split("/")

    def is_wanted(path: str) -> bool:
        names = path.split("/")
        return any(whole.match("/".join(names[:length])) for length in range(1, len(names) + 1))

    def may_hold(path: str) -> bool:
        names = path.split("/")
        if "**" in pattern or is_wanted(path):
            return True
        return len(names) < len(parts) and all(map(fnmatchcase, names, parts))

    listing = list_folder(root.folder or "/", follow_links=source.follow_links, wanted=is_wanted, may_hold=may_hold)
    listing.found = dict(sorted(listing.found.items()))
    listing.unreadable = dict(sorted(listing.unreadable.items()))
    return listing


def _open_filesystem(given: str) -> tuple[fsspec.AbstractFileSystem, str, str]:
    """Return the filesystem, the path on it, and the folder that keys are relative to.

    The folder is empty if the caller must derive the folder from the path.
    """
    if is_bundled(given):
        folder = bundled_folder()
        return LocalFileSystem(), f"{folder}/{given[len(BUNDLED) :].strip('/')}".rstrip("/"), folder
    if "://" not in given and os.path.lexists(given):
        # For a name that exists, fsspec is not asked, because it would interpret `::` and `file:` in the name.
        return LocalFileSystem(), os.path.normpath(Path.cwd() / given), ""
    fs, path = filesystem_of(given)
    return fs, path.rstrip("/") or "/", ""


_MAGIC = "*?["


def _root(fs: fsspec.AbstractFileSystem, path: str, folder: str, given: str) -> _Root:
    """Build the root of an input. `shown` is `given` up to the end of `folder`."""
    if is_bundled(given):
        return _Root(fs=fs, path=path, folder=folder, shown=BUNDLED)
    below = path[len(folder) :].strip("/")
    shown = given.rstrip("/")
    shown = shown[: len(shown) - len(below)] if below else shown + "/"
    return _Root(fs=fs, path=path, folder=folder, shown=shown)
