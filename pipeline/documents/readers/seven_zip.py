"""7z archives, through libarchive. The system library must be installed (`libarchive13` on Debian)."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import IO, Any

from pipeline.documents.names import folder_of
from pipeline.documents.readers.reader import ArchiveMember, MemberKind, Reader, RefusedFileError


def _members(file: IO[bytes]) -> Iterator[ArchiveMember]:
    try:
        import libarchive
    except (ImportError, OSError, TypeError) as error:  # what its loader raises without the system library
        raise RefusedFileError(
            "missing_extra", "7z archives need the extra 'archives' of this package and the system library libarchive."
        ) from error
    with libarchive.seekable_stream_reader(file, "7zip") as archive:
        for entry in archive:
            if not entry.isdir:
                target = posixpath.join(folder_of(entry.pathname), entry.linkpath or "") if entry.issym else ""
                yield ArchiveMember(entry.pathname, _kind(entry), partial(_open, entry), target)


def _open(entry: Any) -> AbstractContextManager[IO[bytes]]:  # Any: libarchive has no types
    return nullcontext(io.BufferedReader(_Blocks(entry.get_blocks())))


def _kind(entry: Any) -> MemberKind:
    if entry.issym or entry.islnk:
        return MemberKind.LINK
    return MemberKind.FILE if entry.isfile else MemberKind.SPECIAL


class _Blocks(io.RawIOBase):
    """The blocks of a member as a raw stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # Any: a writable buffer
        if not self._rest:
            self._rest = next(self._blocks, b"")
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def _recognises(data: bytes) -> bool:
    return data.startswith(b"7z\xbc\xaf\x27\x1c")


READER = Reader(
    name="seven_zip",
    suffixes=frozenset({"7z"}),
    members=_members,
    recognises=_recognises,
    extra="archives",
    modules=("libarchive",),
)
