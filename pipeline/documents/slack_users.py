"""Finds the names of the people in a Slack export, whose messages may name only ids such as `U012AB`.

Takes the place of a day's file in the export, or the members of an archive; returns the names in `users.json` by id.
Used by `readers.json_files` and `archives`. Cost: `users.json` is parsed once for all files of an export.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pipeline.documents.decoding import decode
from pipeline.documents.items import SourceItem
from pipeline.documents.json_values import has_too_many_values
from pipeline.documents.lenient_json import parse_json
from pipeline.documents.opening import open_source
from pipeline.documents.readers.reader import ArchiveMember, MemberKind
from pipeline.documents.rows import first_string

_FILE = "users.json"
_MAX_BYTES = 16 * 2**20
_NAMES = ("real_name", "display_name", "name")

Names = Mapping[str, str]
"""Names by user id."""


def names_beside(item: SourceItem) -> Names:
    """Return the names that the export around a local file lists: in its folder, or in the folder above a channel's.

    A folder above the input is not searched.
    """
    if not item.path.startswith("/"):
        return {}
    folders = [Path(item.path).parent, *([Path(item.path).parent.parent] if "/" in item.key else [])]
    for path in (folder / _FILE for folder in folders):
        try:
            found = path.stat()
            return _names_in_file(str(path), found.st_mtime_ns, found.st_size)
        except OSError:
            continue
    return {}


def names_in_archive(members: Iterable[ArchiveMember]) -> Names:
    """Return the names that an export in an archive lists: in its root, or in its only folder."""
    for member in members:
        folder, _, name = member.name.rpartition("/")
        if name == _FILE and "/" not in folder and member.kind is MemberKind.FILE:
            with member.open() as content:
                return user_names(_parsed(content.read(_MAX_BYTES + 1)))
    return {}


def user_names(value: object) -> dict[str, str]:
    """Return the names in a parsed `users.json`, by id; empty for any other value."""
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    named = {}
    for entry in entries:
        if isinstance(entry, Mapping) and (user := first_string(entry, ("id",))):
            profile = entry.get("profile")
            name = first_string(profile, _NAMES) if isinstance(profile, Mapping) else ""
            if name := name or first_string(entry, _NAMES):
                named[user] = name
    return named


@lru_cache(maxsize=4)
def _names_in_file(path: str, _modified: int, _size: int) -> Names:
    with open_source(path) as file:
        return user_names(_parsed(file.read(_MAX_BYTES + 1)))


def _parsed(data: bytes) -> object:
    if len(data) > _MAX_BYTES or has_too_many_values(data):
        return None
    try:
        return parse_json(decode(data=data, declared="").text)
    except (ValueError, RecursionError):
        return None
