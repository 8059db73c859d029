"""Zip archives. Names without the UTF-8 flag are read as UTF-8 or CP949."""

from __future__ import annotations

import posixpath
import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO, cast

from pipeline.documents.archives import decoded_name
from pipeline.documents.names import folder_of
from pipeline.documents.readers.reader import ArchiveMember, MemberKind, Reader

_MAX_PATH_BYTES = 4096
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


def _members(file: IO[bytes]) -> Iterator[ArchiveMember]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                opens, name, kind = partial(archive.open, info), _name(info), _kind(info)
                target = _target(archive, info, name) if kind is MemberKind.LINK else ""
                yield ArchiveMember(name, kind, cast("type[IO[bytes]]", opens), target)


def _name(info: zipfile.ZipInfo) -> str:
    # zipfile reads other names as code page 437, in which every byte has a character.
    return info.filename if info.flag_bits & _UTF8_FLAG else decoded_name(info.filename.encode("cp437"))


def _target(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> str:
    """Return where a symbolic link leads, which is its content; empty if the content cannot be read."""
    if info.flag_bits & _ENCRYPTED_FLAG:
        return ""
    with archive.open(info) as content:
        return posixpath.join(folder_of(name), decoded_name(content.read(_MAX_PATH_BYTES)))


def _kind(info: zipfile.ZipInfo) -> MemberKind:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return MemberKind.LINK
    return MemberKind.ENCRYPTED if info.flag_bits & _ENCRYPTED_FLAG else MemberKind.FILE


def _recognises(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


READER = Reader(name="zip", suffixes=frozenset({"zip"}), members=_members, has_index=True, recognises=_recognises)
