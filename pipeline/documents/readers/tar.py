"""Tar archives, also compressed as a whole (`.tar.gz`, `.tgz` and so on). Names are read as UTF-8 or CP949."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import IO

from pipeline.documents.archives import decoded_name
from pipeline.documents.names import folder_of
from pipeline.documents.readers.reader import ArchiveMember, MemberKind, Reader

_MAGIC_AT = 257


def _members(file: IO[bytes]) -> Iterator[ArchiveMember]:
    with tarfile.open(fileobj=file, mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
        for info in archive:
            if not info.isdir():
                name = _decoded(info.name)
                yield ArchiveMember(name, _kind(info), partial(_open, archive, info), _target(info, name))


def _open(archive: tarfile.TarFile, info: tarfile.TarInfo) -> AbstractContextManager[IO[bytes]]:
    content = archive.extractfile(info)
    assert content is not None, f"a member of kind {info.type!r} has no content"
    return nullcontext(content)


def _decoded(name: str) -> str:
    return decoded_name(name.encode("utf-8", "surrogateescape"))


def _target(info: tarfile.TarInfo, name: str) -> str:
    """Return where a link leads. A symbolic link starts at its own folder, a hard link at the archive's root."""
    return posixpath.join(folder_of(name), _decoded(info.linkname)) if info.issym() else _decoded(info.linkname)


def _kind(info: tarfile.TarInfo) -> MemberKind:
    if info.issym() or info.islnk():
        return MemberKind.LINK
    return MemberKind.FILE if info.isreg() else MemberKind.SPECIAL


def _recognises(data: bytes) -> bool:
    return data[_MAGIC_AT : _MAGIC_AT + 5] == b"ustar"


READER = Reader(name="tar", suffixes=frozenset({"tar"}), members=_members, recognises=_recognises)
