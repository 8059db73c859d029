"""What an input of the recipe stands for: files and source trees, with their keys and URIs.

In: an `InputSource` (file, folder, glob, fsspec URL, `bundled:`). Out: `SourceItem`s, sorted by key; used by planning.
Only names, sizes and times of change are read. Cost: one recursive listing an input; memory: one small record a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.config.build import InputSource, Joining
from pipeline.documents.formats import is_noise
from pipeline.documents.trees import TreeMember, find_tree_roots, is_member
from pipeline.errors import InputError, MissingExtraError, StageError
from pipeline.identity import content_id

BUNDLED = "bundled:"
"""Prefix of an input that names the documents that ship with the project."""


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A file, or a source tree that becomes one document."""

    source_index: int
    """Which input of the recipe it belongs to."""
    key: str
    """Path below the input's root; part of the document id, so a moved folder keeps its ids. Unique in a build."""
    uri: str
    """What is written as `source_uri`: the input as given, and the path below it."""
    path: str
    """What fsspec opens; of a tree, its folder."""
    num_bytes: int
    version: str
    """Changes when the file, or a file of the tree, changes: time of change or entity tag, as the filesystem says."""
    members: tuple[TreeMember, ...]
    """Files of a tree; empty for a file."""


def discover(sources: Sequence[InputSource]) -> list[SourceItem]:
    """Every file and tree of the inputs, in order of input and key; a file named by two inputs belongs to the first.

    Raises:
        InputError: a path does not exist, matches nothing, holds no file or cannot be read.
        MissingExtraError: a URL needs a filesystem whose extra is not installed.
    """
    items = [item for index, source in enumerate(sources) for item in _discover_one(source, index)]
    seen_paths: set[str] = set()
    occurrences: Counter[str] = Counter()
    unique = []
    for item in items:
        if item.path in seen_paths:
            continue
        seen_paths.add(item.path)
        occurrences[item.key] += 1
        nth = occurrences[item.key]
        unique.append(item if nth == 1 else replace(item, key=f"{item.key}#{nth}"))
    return unique


def check_unchanged(item: SourceItem) -> None:
    """Make sure that a file, or every file of a tree, is still the one that was planned with.

    Raises:
        StageError: it changed or went away since.
    """
    fs, path = fsspec.core.url_to_fs(item.path)
    try:
        if not item.members:
            version = _version(fs, fs.info(path))
        else:
            names = {member.path: f"{path}/{member.path}" for member in item.members}
            version = _tree_version({key: _version(fs, fs.info(name)) for key, name in names.items()})
    except FileNotFoundError:
        version = "gone"
    if version != item.version:
        raise StageError(
            f"{item.uri} changed while it was read.", remedy="Run the same command again."
        )


@dataclass(frozen=True, slots=True)
class _Stat:
    """What a listing says of a file."""

    num_bytes: int
    version: str


@dataclass(frozen=True, slots=True)
class _Root:
    """Where an input starts: keys are relative to `folder`, and `shown` stands for it in URIs."""

    fs: fsspec.AbstractFileSystem
    path: str
    folder: str
    shown: str


def _discover_one(source: InputSource, index: int) -> list[SourceItem]:
    root, stats = _listing(source.path)
    kept = {name[len(root.folder) :].lstrip("/"): stat for name, stat in stats.items()}
    kept = {key: stat for key, stat in kept.items() if not is_noise(key)}
    if not kept:
        raise InputError(
            f"There is no document in {source.path}.", remedy="Name a folder, file or pattern that holds documents."
        )
    items = [_item(root, index, key, stat, ()) for key, stat in kept.items()]
    tree_roots = _tree_roots(root, source.join, list(kept))
    return sorted(_join_trees(items, tree_roots, root, index), key=lambda item: item.key)


def _tree_roots(root: _Root, join: Joining, keys: Sequence[str]) -> list[str]:
    if join is Joining.AUTO:
        return find_tree_roots(keys)
    return [root.path[len(root.folder) :].strip("/")] if join is Joining.TREE else []


def _join_trees(items: Sequence[SourceItem], tree_roots: Sequence[str], root: _Root, index: int) -> list[SourceItem]:
    members: dict[str, list[TreeMember]] = {tree: [] for tree in tree_roots}
    versions: dict[str, dict[str, str]] = {tree: {} for tree in tree_roots}
    alone = []
    for item in items:
        tree = next((tree for tree in tree_roots if not tree or item.key.startswith(tree + "/")), None)
        if tree is None or not is_member(item.key):
            alone.append(item)
        else:
            member = TreeMember(path=item.key[len(tree) :].lstrip("/"), num_bytes=item.num_bytes)
            members[tree].append(member)
            versions[tree][member.path] = item.version
    trees = [
        _item(root, index, tree, _tree_stat(found, versions[tree]), tuple(sorted(found, key=lambda m: m.path)))
        for tree, found in members.items()
        if found
    ]
    return alone + trees


def _tree_stat(members: Sequence[TreeMember], versions: Mapping[str, str]) -> _Stat:
    return _Stat(num_bytes=sum(member.num_bytes for member in members), version=_tree_version(versions))


def _tree_version(versions: Mapping[str, str]) -> str:
    return content_id(*(text for path in sorted(versions) for text in (path, versions[path])))


def _item(root: _Root, index: int, key: str, stat: _Stat, members: tuple[TreeMember, ...]) -> SourceItem:
    path = f"{root.folder.rstrip('/')}/{key}".rstrip("/")
    return SourceItem(
        source_index=index,
        key=key or ".",
        uri=(root.shown + key).rstrip("/"),
        path=path if isinstance(root.fs, LocalFileSystem) else str(root.fs.unstrip_protocol(path)),
        num_bytes=stat.num_bytes,
        version=stat.version,
        members=members,
    )


def _listing(given: str) -> tuple[_Root, dict[str, _Stat]]:
    """The root of an input, and its files by full name in order of name."""
    fs, path, folder = _open_filesystem(given)
    try:
        if fs.isfile(path):
            with fs.open(path, "rb"):
                return _root(fs, path, folder or _parent(path), given), _stats(fs, {path: fs.info(path)})
        if fs.isdir(path):
            fs.ls(path, detail=False)
            return _root(fs, path, folder or path, given), _stats(fs, fs.find(path, detail=True))
        if any(char in path for char in _MAGIC):
            base = _parent(path[: min(path.index(char) for char in _MAGIC if char in path)])
            return _root(fs, path, folder or base, given), _glob(fs, path, given)
    except OSError as error:
        raise InputError(
            f"{given} cannot be read: {error.strerror or type(error).__name__}.", remedy="Check its permissions."
        ) from error
    raise InputError(
        f"{given} does not exist.", remedy="Check the path of this input; relative paths start at the working folder."
    )


def _open_filesystem(given: str) -> tuple[fsspec.AbstractFileSystem, str, str]:
    """Filesystem, path on it, and the folder keys are relative to where that is not decided by the path itself."""
    if given.startswith(BUNDLED):
        folder = str(resources.files("pipeline").joinpath("bundled", "documents"))
        return LocalFileSystem(), f"{folder}/{given[len(BUNDLED) :].strip('/')}".rstrip("/"), folder
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
    """`shown` is `given` cut where `folder` ends, so that a URI reads as the user wrote it."""
    if given.startswith(BUNDLED):
        return _Root(fs=fs, path=path, folder=folder, shown=BUNDLED)
    below = path[len(folder) :].strip("/")
    shown = given.rstrip("/")
    shown = shown[: len(shown) - len(below)] if below else shown + "/"
    return _Root(fs=fs, path=path, folder=folder, shown=shown)


def _glob(fs: fsspec.AbstractFileSystem, pattern: str, given: str) -> dict[str, _Stat]:
    stats: dict[str, _Stat] = {}
    for name, info in fs.glob(pattern, detail=True).items():
        stats |= _stats(fs, fs.find(name, detail=True) if info["type"] == "directory" else {name: info})
    if not stats:
        raise InputError(
            f"Nothing matches {given}.", remedy="Check the pattern; quote it so that the shell leaves it alone."
        )
    return dict(sorted(stats.items()))


_VERSION_KEYS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")
"""What the filesystems of fsspec call it."""


def _stats(fs: fsspec.AbstractFileSystem, infos: Mapping[str, Mapping[str, Any]]) -> dict[str, _Stat]:  # Any: fsspec's
    return {name: _Stat(int(info["size"] or 0), _version(fs, info)) for name, info in sorted(infos.items())}


def _version(fs: fsspec.AbstractFileSystem, info: Mapping[str, Any]) -> str:
    if isinstance(fs, LocalFileSystem):
        # A file can be changed and given its old size and time back, but not its time of status change.
        try:
            stat = Path(info["name"]).stat()
        except OSError:  # a link to nowhere; reading it says so
            return "unreadable"
        return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"
    return next((str(info[key]) for key in _VERSION_KEYS if info.get(key)), "")


def _parent(path: str) -> str:
    return path.rsplit("/", 1)[0] if "/" in path else ""
