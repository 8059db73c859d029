"""Finds the files and source trees of the recipe's inputs, and gives each a key and a URI.

Takes `InputSource`s (file, folder, pattern, fsspec URL or `bundled:`). Returns `SourceItem`s sorted by key within each
input, and counts of skipped files. Used by the ingest stage. Each input is listed once, recursively; no contents are
read. Memory: one small record per file.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import glob_translate

from pipeline.config.build import InputSource, Joining
from pipeline.documents.file_roles import noise_reason
from pipeline.documents.items import SourceItem, TreeMember
from pipeline.documents.listing import FileStat, Listing, SkippedFile, list_folder, stat_version
from pipeline.documents.names import encodable_key, folder_of, path_digest, printable_name
from pipeline.documents.trees import find_tree_roots, is_member
from pipeline.errors import InputError, MissingExtraError, StageError
from pipeline.identity import content_id

MAX_NAMED = 100_000
"""The maximum number of skipped files listed by name for each reason; the rest are only counted."""
BUNDLED = "bundled:"
"""Prefix of an input that refers to documents shipped with the project."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The items found in the inputs, and the files skipped."""

    items: Sequence[SourceItem]
    """Items in order of input, then key."""
    skipped: Mapping[str, int]
    """Number of skipped files by reason. A link counts as one file."""
    skipped_files: Sequence[SkippedFile] = ()
    """First `MAX_NAMED` skipped files for each reason, sorted by reason and URI."""


def discover(sources: Sequence[InputSource]) -> Discovery:
    """Return every file and tree of the inputs. An item found in two inputs belongs to the first.

    Raises:
        InputError: An input does not exist, matches nothing, contains no file or cannot be read.
        MissingExtraError: A URL needs a filesystem whose extra is not installed.
    """
    skipped: Counter[str] = Counter()
    names: list[SkippedFile] = []
    items = [item for index, source in enumerate(sources) for item in _discover_one(source, index, skipped, names)]
    seen_paths: set[str] = set()
    keys: set[str] = set()
    uris: set[str] = set()
    unique = []
    for item in items:
        if item.path in seen_paths:
            continue
        seen_paths.add(item.path)
        unique.append(replace(item, key=_unused_key(item.key, keys), uri=unused_uri(item.uri, item.key, uris)))
        keys.add(unique[-1].key)
        uris.add(unique[-1].uri)
    return Discovery(items=unique, skipped=dict(sorted(skipped.items())), skipped_files=_first_of_each(names))


def _first_of_each(names: Sequence[SkippedFile]) -> list[SkippedFile]:
    counts: Counter[str] = Counter()
    first = []
    for name in sorted(names, key=lambda name: (name.reason, name.source_uri)):
        counts[name.reason] += 1
        if counts[name.reason] <= MAX_NAMED:
            first.append(name)
    return first


def check_unchanged(item: SourceItem) -> None:
    """Check that a file, or every file of a tree, has not changed since planning.

    Raises:
        StageError: A file changed or was removed.
    """
    if item.failure:
        return
    members = {member.path: f"{item.path}/{member.path}" for member in item.members}
    try:
        version = _tree_version({key: _version_now(path) for key, path in members.items()})
        if not members:
            version = _version_now(item.path)
    except OSError:
        version = "gone"
    if version != item.version:
        raise StageError(f"{item.uri} changed while it was read.", remedy="Run the same command again.")


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


def _discover_one(source: InputSource, index: int, skipped: Counter[str], names: list[SkippedFile]) -> list[SourceItem]:
    root, listing = _listing(source)
    if not listing.found and not listing.unreadable:
        reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(listing.skipped.items()))
        raise InputError(
            f"No documents found in {source.path}{f' (skipped: {reasons})' if reasons else ''}.",
            remedy="Name a folder, file or pattern that holds documents"
            + ("; set follow_links: true to read the targets of links." if listing.skipped["link_outside"] else "."),
        )
    skipped.update(listing.skipped)
    names += [replace(name, source_uri=printable_name(root.shown + name.source_uri)) for name in listing.skipped_names]
    items = [_item(root, index, key, found, ()) for key, found in listing.found.items()]
    locked = [
        replace(_item(root, index, key, FileStat(0, ""), ()), failure=failure)
        for key, failure in listing.unreadable.items()
    ]
    tree_roots = _tree_roots(root, source.join, list(listing.found))
    return sorted([*_join_trees(items, tree_roots, root, index), *locked], key=lambda item: item.key)


def _tree_roots(root: _Root, join: Joining, keys: Sequence[str]) -> list[str]:
    if join is Joining.AUTO:
        return find_tree_roots(keys)
    return [root.path[len(root.folder) :].strip("/")] if join is Joining.TREE else []


def _join_trees(items: Sequence[SourceItem], tree_roots: Sequence[str], root: _Root, index: int) -> list[SourceItem]:
    members: dict[str, list[TreeMember]] = {tree: [] for tree in tree_roots}
    versions: dict[str, dict[str, str]] = {tree: {} for tree in tree_roots}
    alone = []
    for item in items:
        below = _below(root, item.path)
        tree = next((tree for tree in tree_roots if not tree or below.startswith(tree + "/")), None)
        if tree is None or not is_member(below):
            alone.append(item)
        else:
            path = below[len(tree) :].lstrip("/")
            members[tree].append(TreeMember(path=path, num_bytes=item.num_bytes, shown=printable_name(path)))
            versions[tree][path] = item.version
    trees = [
        _item(root, index, tree, _tree_stat(found, versions[tree]), tuple(sorted(found, key=lambda m: m.path)))
        for tree, found in members.items()
        if found
    ]
    return alone + trees


def _tree_stat(members: Sequence[TreeMember], versions: Mapping[str, str]) -> FileStat:
    return FileStat(num_bytes=sum(member.num_bytes for member in members), version=_tree_version(versions))


def _tree_version(versions: Mapping[str, str]) -> str:
    return content_id(*(text for path in sorted(versions) for text in (encodable_key(path), versions[path])))


def _version_now(path: str) -> str:
    if path.startswith("/"):
        return stat_version(Path(path).stat())
    fs, inner = fsspec.core.url_to_fs(path)
    return _version(fs.info(inner))


def _item(root: _Root, index: int, below: str, found: FileStat, members: tuple[TreeMember, ...]) -> SourceItem:
    path = f"{root.folder.rstrip('/')}/{below}".rstrip("/")
    return SourceItem(
        source_index=index,
        key=encodable_key(below) or ".",
        uri=printable_name(root.shown + below).rstrip("/"),
        path=path if isinstance(root.fs, LocalFileSystem) else str(root.fs.unstrip_protocol(path)),
        num_bytes=found.num_bytes,
        version=found.version,
        members=members,
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
        if fs.isfile(path):
            with fs.open(path, "rb"):
                root = _root(fs, path, folder or folder_of(path), given)
            return root, _remote_listing(root, {path: fs.info(path)})
        if fs.isdir(path):
            root = _root(fs, path, folder or path, given)
            if isinstance(fs, LocalFileSystem):
                return root, _local_listing(root, source)
            return root, _remote_listing(root, fs.find(path, detail=True))
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


def _local_listing(root: _Root, source: InputSource) -> Listing:
    """List a local folder. Keys are relative to the input's root; for a part of `bundled:`, the root is higher up."""
    listing = list_folder(root.path, follow_links=source.follow_links, wanted=lambda _: True, may_hold=lambda _: True)
    above = f"{_below(root, root.path)}/".lstrip("/")
    listing.found = {above + key: found for key, found in sorted(listing.found.items())}
    listing.skipped_names = [replace(name, source_uri=above + name.source_uri) for name in listing.skipped_names]
    listing.unreadable = {above + key: error for key, error in sorted(listing.unreadable.items())}
    return listing


def _remote_listing(root: _Root, infos: Mapping[str, Mapping[str, Any]]) -> Listing:  # Any: fsspec's info values
    listing = Listing()
    for name, info in sorted(infos.items()):
        key = name[len(root.folder) :].lstrip("/")
        if reason := noise_reason(key):
            listing.skip(reason, key)
        else:
            is_local = isinstance(root.fs, LocalFileSystem)
            version = stat_version(Path(name).stat()) if is_local else _version(info)
            listing.found[key] = FileStat(num_bytes=int(info["size"] or 0), version=version)
    return listing


def _glob(root: _Root, source: InputSource) -> Listing:
    """List the files that match a pattern, and everything below the folders that match."""
    if isinstance(root.fs, LocalFileSystem):
        listing = _local_glob(root, source)
    else:
        infos: dict[str, Mapping[str, Any]] = {}
        for name, info in root.fs.glob(root.path, detail=True).items():
            infos |= root.fs.find(name, detail=True) if info["type"] == "directory" else {name: info}
        listing = _remote_listing(root, infos)
    if not listing.found and not listing.unreadable and not listing.skipped:
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
    if given.startswith(BUNDLED):
        folder = str(resources.files("pipeline").joinpath("bundled", "documents"))
        return LocalFileSystem(), f"{folder}/{given[len(BUNDLED) :].strip('/')}".rstrip("/"), folder
    if "://" not in given and os.path.lexists(given):
        # For a name that exists, fsspec is not asked, because it would interpret `::` and `file:` in the name.
        return LocalFileSystem(), os.path.normpath(Path.cwd() / given), ""
    try:
        fs, path = fsspec.core.url_to_fs(given)
    except ImportError as error:
        extra = _EXTRAS.get(given.split("://", 1)[0], "")
        raise MissingExtraError(
            f"{given} needs a package that is not installed.", remedy=f"{error}.", extra=extra
        ) from error
    except ValueError as error:
        raise InputError(
            f"{given} cannot be opened: {error}.", remedy="Use a local path, s3://…, gs://… or bundled:."
        ) from error
    return fs, str(path).rstrip("/") or "/", ""


_EXTRAS = {"s3": "aws", "s3a": "aws", "gs": "gcp", "gcs": "gcp"}
_MAGIC = "*?["


def _root(fs: fsspec.AbstractFileSystem, path: str, folder: str, given: str) -> _Root:
    """Build the root of an input. `shown` is `given` up to the end of `folder`."""
    if given.startswith(BUNDLED):
        return _Root(fs=fs, path=path, folder=folder, shown=BUNDLED)
    below = path[len(folder) :].strip("/")
    shown = given.rstrip("/")
    shown = shown[: len(shown) - len(below)] if below else shown + "/"
    return _Root(fs=fs, path=path, folder=folder, shown=shown)


_VERSION_KEYS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")
"""Keys under which fsspec filesystems report an entity tag or a time."""


def _version(info: Mapping[str, Any]) -> str:
    found = next((info[key] for key in _VERSION_KEYS if info.get(key)), "")
    # A listing may report a number where a request for one file reports a date.
    return str(found.timestamp() if isinstance(found, datetime) else found)
