"""Reads one segment of the input. Every record becomes exactly one text, refusal, failure or skipped file.

In: a `Segment` and the recipe's settings for reading. Out: a stream of `Reading`s. Used by the ingest stage. The
format's reader (`documents.readers`) does the work. No record above the recipe's limit is held in memory. The reader
stops when a compressed file or an archive inflates too far.

The name tells the format. If the suffix is missing or unknown, or means plain text or a format that can be recognised
by its content, the content decides: a PDF without a suffix is read as a PDF, and a web page named `.doc` as a web page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.documents.archives import read_archive, read_attachments
from pipeline.documents.generated_code import generated_reason
from pipeline.documents.items import Segment
from pipeline.documents.opening import open_source, opened, read_head
from pipeline.documents.readers import kind_of_item, reader_of_content
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Extract,
    Failed,
    FileKind,
    NotRead,
    Reader,
    Reading,
    ReadSettings,
    RefusedFileError,
    Skipped,
    not_read,
)
from pipeline.documents.readers.tree import read_tree
from pipeline.documents.readers.whole import read_bytes, read_whole
from pipeline.documents.rights_management import HEAD_BYTES, protection_of

_HEAD_BYTES = 1 << 16


def read_segment(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    """Read a segment. Damage yields a `Failed` at the offset reached; the records before the damage are kept."""
    item = segment.item
    if item.failure:
        name, _, said = item.failure.partition(": ")
        error = PermissionError(said) if name == PermissionError.__name__ else OSError(item.failure)
        yield Failed(uri=item.uri, offset=0, error=error)
    elif item.members:
        yield from _guarded(segment, read_tree(segment, settings.limits))
    elif item.num_bytes == 0:
        yield not_read(segment, 0, "empty", "The file has no bytes.")
    else:
        yield from _guarded(segment, _with_attachments(segment, settings))


def _with_attachments(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    for reading in _read(segment, settings):
        if isinstance(reading, Extract) and reading.attachments:
            yield replace(reading, attachments=())
            yield from read_attachments(segment, reading.attachments, settings, read_segment)
        else:
            yield reading


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    kind = kind_of_item(segment.item)
    reader, head = kind.reader, b""
    if reader is None or kind.is_uncertain:
        with opened(segment.item.path, kind.compression) as stream:
            head = read_head(stream, _HEAD_BYTES)
        reader = reader_of_content(head, kind)
    if protection := protection_of(head or _start_of_records(segment, reader)):
        refusal = not_read(segment, 0, "encrypted", protection)
        yield replace(refusal, format=kind.reader.name if kind.reader is not None else "")
        return
    if reader is None:
        suffix = segment.item.path.rsplit("/", 1)[-1].rpartition(".")[2]
        cause = f"Files ending in .{suffix} are not read." if kind.reader is None else "The content is not text."
        yield not_read(segment, 0, "unsupported_format", cause)
        return
    for reading in _guarded(segment, _read_by(reader, head, segment, kind, settings)):
        is_own = reader.members is None or reading.uri == segment.item.uri
        if isinstance(reading, NotRead | Failed) and is_own and not reading.format:
            yield replace(reading, format=reader.name)
        else:
            yield reading


def _start_of_records(segment: Segment, reader: Reader | None) -> bytes:
    """Return the first bytes of a local file that its reader does not read as a whole; empty for any other file."""
    item = segment.item
    if reader is None or reader.convert is not None or item.dataset is not None or not item.path.startswith("/"):
        return b""
    with open_source(item.path) as stream:
        return stream.read(HEAD_BYTES)


def _is_all(head: bytes, segment: Segment, kind: FileKind) -> bool:
    """Return whether the head of a file was read and is all of the file, so that a small file is opened once."""
    return not kind.compression and len(head) == segment.item.num_bytes


def _read_by(
    reader: Reader, head: bytes, segment: Segment, kind: FileKind, settings: ReadSettings
) -> Iterator[Reading]:
    if reader.missing_modules():
        yield _missing_extra(segment, reader)
    elif reader.members is not None:
        yield from read_archive(segment, reader, kind.compression, settings, read_segment)
    elif reader.read is not None:
        yield from reader.read(segment, settings)
    elif _is_all(head, segment, kind):
        yield _without_generated(read_bytes(segment, reader, head, settings), segment)
    else:
        yield _without_generated(read_whole(segment, reader, settings), segment)


def _without_generated(reading: Reading, segment: Segment) -> Reading:
    if not isinstance(reading, Extract) or not reading.is_code:
        return reading
    reason = generated_reason(segment.item.path, reading.text)
    return Skipped(reading.uri, reason) if reason else reading


def _missing_extra(segment: Segment, reader: Reader) -> Reading:
    detail = f"Files of the format {reader.name} need the extra {reader.extra!r} of this package; install it."
    return not_read(segment, 0, "missing_extra", detail)


def _guarded(segment: Segment, readings: Iterator[Reading]) -> Iterator[Reading]:
    offset = 0
    try:
        for reading in readings:
            yield reading
            offset = getattr(reading, "offset", offset) + 1
    except RefusedFileError as refused:
        yield not_read(segment, offset, refused.reason, refused.message)
    except READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=offset, error=error)
