"""Writes small compound files ([MS-CFB]), the container of Outlook mails, for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_SECTOR, _MINI = 512, 64
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
Tree = Mapping[str, "bytes | Tree"]


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    children: list[int] = field(default_factory=list)
    start: int = _END


def compound_file(tree: Tree) -> bytes:
    """Return a file with these streams (bytes) and storages (mappings). Streams are below 4,096 bytes."""
    entries = [_Entry("Root Entry", _ROOT)]
    _add(tree, 0, entries)
    mini, mini_fat = b"", []
    for entry in entries:
        if entry.kind == _STREAM and entry.data:
            assert len(entry.data) < 4096
            count = -(-len(entry.data) // _MINI)
            entry.start = len(mini_fat)
            mini_fat += [*range(entry.start + 1, entry.start + count), _END]
            mini += entry.data.ljust(count * _MINI, b"\0")
    directory = b"".join(_directory_entry(entry, number, entries, mini) for number, entry in enumerate(entries))
    parts = [directory, struct.pack(f"<{len(mini_fat)}I", *mini_fat), mini]
    starts, fat, body = [], [_FAT], b""
    for part in parts:
        count = -(-len(part) // _SECTOR)
        starts.append(len(fat) if count else _END)
        fat += [*range(len(fat) + 1, len(fat) + count), _END][: count or 0]
        filler = b"\xff" if part is parts[1] else b"\0"
        body += part.ljust(count * _SECTOR, filler)
    assert len(fat) <= 128
    table = struct.pack("<128I", *fat, *[_FREE] * (128 - len(fat)))
    body = body[:116] + struct.pack("<IQ", starts[2], len(mini)) + body[128:]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    num_mini_sectors = -(-len(parts[1]) // _SECTOR)
    header += struct.pack("<IIIIIIIIII", 0, 1, starts[0], 0, 4096, starts[1], num_mini_sectors, _END, 0, 0)
    return header[:512].ljust(80, b"\xff") + struct.pack("<108I", *[_FREE] * 108) + table + body


def _add(tree: Tree, parent: int, entries: list[_Entry]) -> None:
    for name, value in tree.items():
        number = len(entries)
        entries[parent].children.append(number)
        if isinstance(value, bytes):
            entries.append(_Entry(name, _STREAM, value))
        else:
            entries.append(_Entry(name, _STORAGE))
            _add(value, number, entries)


def _directory_entry(entry: _Entry, number: int, entries: list[_Entry], mini: bytes) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    siblings = next((other.children for other in entries if number in other.children), [number])
    after = siblings[siblings.index(number) + 1 :]
    right = after[0] if after else _FREE
    child = entry.children[0] if entry.children else _FREE
    start, size = (entry.start, len(entry.data)) if entry.kind == _STREAM else (0, 0)
    return name.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI8x8xIQ", len(name), entry.kind, 1, _FREE, right, child, 0, start, size
    )
