"""Reads the files inside an archive or a mail, each like a file of its own, within limits on size, nesting and paths.

In: a segment of an archive, and the reader that lists its members. Out: the readings of every member. Used by
`documents.reading`. Each member is copied to a temporary file with a name of ours, so no path inside an archive can
lead anywhere. Links are never followed: the members that they lead to are read under their own names. Cost: one
temporary copy of a member at a time, and of a compressed archive.

A member's URI and key are those of the archive plus `!/` and the member's path in the archive.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from pipeline.documents.archive_links import ArchiveLinks
from pipeline.documents.file_roles import noise_reason
from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.names import encodable_key, printable_name
from pipeline.documents.opening import Compression, opened
from pipeline.documents.readers.reader import (
    ArchiveMember,
    Attachment,
    Failed,
    InflationMeter,
    MemberKind,
    NotRead,
    Reader,
    Reading,
    ReadSettings,
    Skipped,
    inflated,
    most_inflated_bytes,
    not_read,
)
from pipeline.documents.slack_users import names_in_archive
from pipeline.errors import PipelineError

MEMBER = "!/"
"""Separates the path of an archive from the path inside it, in URIs and keys."""
MAX_NESTING = 4
"""The maximum number of archives around a file."""
_CHUNK = 1 << 20
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]")
_RESOURCE_FORKS = "__MACOSX"


def read_archive(
    segment: Segment,
    reader: Reader,
    compression: Compression,
    settings: ReadSettings,
    read_member: Callable[[Segment, ReadSettings], Iterator[Reading]],
) -> Iterator[Reading]:
    """Read every file of an archive. Damage ends the archive; members before the damage are kept.

    Args:
        segment: the archive.
        reader: its reader, with `members`.
        compression: compression of the whole archive, as in `.tar.gz`.
        settings: settings for the members.
        read_member: reads a member's file; it may be an archive, too.
    """
    assert reader.members is not None, f"{reader.name} is not an archive"
    if settings.nesting >= MAX_NESTING:
        detail = f"The files in it would lie inside more than {MAX_NESTING} archives."
        yield not_read(segment, 0, "nested_archives", detail)
        return
    meter = settings.meter or InflationMeter(most_inflated_bytes(segment, settings.limits))
    settings = replace(settings, meter=meter, nesting=settings.nesting + 1)
    links = ArchiveLinks()
    skipped_links: list[tuple[str, str]] = []
    num_members = 0
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="longdoc-")))
            file = stack.enter_context(opened(segment.item.path, compression))
            if compression is not Compression.NONE and not _spool(file, folder / "archive", meter):
                yield inflated(segment, 0, settings.limits)
                return
            if compression is not Compression.NONE:
                file = stack.enter_context((folder / "archive").open("rb"))
            if reader.has_index:
                settings = replace(settings, user_names=_user_names(reader, file) or settings.user_names)
                file.seek(0)
            for member in reader.members(file):
                num_members += 1
                inner = _segment_of(
                    member, segment.item, folder, number=num_members, is_new=links.add_member(member.name)
                )
                if member.kind is MemberKind.LINK and _why_not_opened(member, inner) is None:
                    links.add_link(member.name, member.target)
                    skipped_links.append((inner.item.uri, member.target))
                    continue
                is_whole = yield from _read_member(member, inner, settings, read_member)
                if not is_whole:
                    break
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  # the declared boundary: libraries raise anything for a damaged archive
        yield Failed(uri=segment.item.uri, offset=num_members, error=error)
        num_members = max(num_members, 1)
    yield from (Skipped(uri, links.reason(target)) for uri, target in skipped_links)
    if not num_members:
        yield not_read(segment, 0, "empty", "The archive holds no file.")


def _user_names(reader: Reader, file: IO[bytes]) -> Mapping[str, str]:
    """Return the names of a chat export's people; empty if the archive is none or is damaged."""
    assert reader.members is not None
    try:
        return names_in_archive(reader.members(file))
    except Exception:  # noqa: BLE001  # libraries raise anything; reading the member meets the same error and reports it
        return {}


def read_attachments(
    segment: Segment,
    attachments: Sequence[Attachment],
    settings: ReadSettings,
    read_member: Callable[[Segment, ReadSettings], Iterator[Reading]],
) -> Iterator[Reading]:
    """Read the files inside a document like the files of an archive. Files of unsupported formats are skipped.

    Args:
        segment: the document's file.
        attachments: the files inside it.
        settings: settings for the attachments.
        read_member: reads one file; it may hold further files.
    """
    if settings.nesting >= MAX_NESTING:
        yield not_read(segment, 0, "nested_archives", f"The attachments lie inside more than {MAX_NESTING} files.")
        return
    meter = settings.meter or InflationMeter(most_inflated_bytes(segment, settings.limits))
    settings = replace(settings, meter=meter, nesting=settings.nesting + 1)
    with tempfile.TemporaryDirectory(prefix="longdoc-") as folder:
        for attachment in attachments:
            member = ArchiveMember(attachment.name, MemberKind.FILE, partial(BytesIO, attachment.data))
            inner = _segment_of(member, segment.item, Path(folder), number=1, is_new=True)
            for reading in _read_member(member, inner, settings, read_member):
                is_unsupported = isinstance(reading, NotRead) and reading.why.reason == "unsupported_format"
                yield Skipped(reading.uri, "unsupported_attachment") if is_unsupported else reading


def _read_member(
    member: ArchiveMember,
    inner: Segment,
    settings: ReadSettings,
    read_member: Callable[[Segment, ReadSettings], Iterator[Reading]],
) -> Generator[Reading, None, bool]:
    """Read a member from a temporary copy; return false when the archive's limit is reached."""
    verdict = _why_not_opened(member, inner)
    if verdict is not None:
        yield verdict
        return True
    assert settings.meter is not None, "an archive has a meter"
    path = Path(inner.item.path)
    with member.open() as content:
        is_whole = _spool(content, path, settings.meter)
    if not is_whole:
        yield inflated(inner, 0, settings.limits)
        return False
    size = path.stat().st_size
    yield from read_member(replace(inner, item=replace(inner.item, num_bytes=size), num_bytes=size), settings)
    path.unlink()
    return True


def _segment_of(member: ArchiveMember, archive: SourceItem, folder: Path, *, number: int, is_new: bool) -> Segment:
    """Return the segment of a member. A name that an earlier member has gets the member's number in the archive."""
    name = member.name.lstrip("/") + ("" if is_new else f"~{number}")
    base = _NOT_PLAIN.sub("_", member.name.rsplit("/", 1)[-1])
    item = SourceItem(
        source_index=archive.source_index,
        key=archive.key + MEMBER + _without_separator(encodable_key(name)),
        uri=archive.uri + MEMBER + _without_separator(printable_name(name)),
        path=str(folder / f"member-{base[-_MAX_NAME_CHARS:]}"),
        num_bytes=0,
        version="",
        members=(),
    )
    return Segment(item, 0, TO_THE_END, 0)


def _without_separator(name: str) -> str:
    """Return a member's name in which no folder looks like an archive."""
    return name.replace(MEMBER, "\\x21/")


_MAX_NAME_CHARS = 60


def _why_not_opened(member: ArchiveMember, inner: Segment) -> Reading | None:
    """Return why a member is skipped or refused, or None for a member to read."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        return not_read(inner, 0, "unsafe_path", "The member's path leads out of the archive.")
    noise = "hidden" if path.parts[:1] == (_RESOURCE_FORKS,) else noise_reason(member.name)
    if noise:
        return Skipped(inner.item.uri, noise)
    if member.kind is MemberKind.SPECIAL:
        return Skipped(inner.item.uri, "special_file")
    if member.kind is MemberKind.ENCRYPTED:
        return not_read(inner, 0, "encrypted", "The member is encrypted; extract it with its password first.")
    return None


def _spool(source: IO[bytes], path: Path, meter: InflationMeter) -> bool:
    """Copy a stream to a file; return false when the archive's limit is reached."""
    with path.open("wb") as target:
        while chunk := source.read(_CHUNK):
            meter.left -= len(chunk)
            if meter.left < 0:
                return False
            target.write(chunk)
    return True


def decoded_name(name: bytes) -> str:
    """Return a member's name: UTF-8, or CP949 as Korean archivers write it, or with surrogates for other bytes."""
    for encoding in ("utf-8", "cp949"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "surrogateescape")
