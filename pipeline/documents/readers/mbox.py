"""Reads mailboxes (mbox): one record per mail, with the attachments of each mail after it.

A mail begins at a line `From sender date` at the start of the file or after an empty line; `>From ` in a mail means
`From `. The offset of a record is the position of that line. Memory: one mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from pipeline.documents.items import Segment
from pipeline.documents.opening import opened
from pipeline.documents.readers import eml, kind_of
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Attachment,
    Extract,
    Failed,
    Reader,
    Reading,
    ReadSettings,
    RefusedFileError,
    inflated,
    inflates_too_far,
    not_read,
    too_large,
)
from pipeline.documents.readers.whole import converted

_NAME = "mbox"
_START = re.compile(rb"From \S.{0,200}\d\d:\d\d(?::\d\d)?.{0,40}$")
_QUOTED_START = re.compile(rb"^>(>{0,20}From )", re.MULTILINE)
_LINE_BYTES = 1 << 20


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    limits = settings.limits
    compression = kind_of(segment.item.path).compression
    position = num_mails = 0
    try:
        with opened(segment.item.path, compression) as stream:
            for position, size, mail in _mails(stream, limits.max_record_bytes):
                num_mails += 1
                if compression and inflates_too_far(segment, position + size, limits):
                    yield inflated(segment, position, limits)
                    return
                yield (
                    too_large(segment, position, limits)
                    if mail is None
                    else _reading(segment, position, mail, settings)
                )
    except READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=position, error=error)
        return
    if not num_mails:
        yield not_read(segment, 0, "empty", "The mailbox holds no mail.")


def _reading(segment: Segment, position: int, mail: bytes, settings: ReadSettings) -> Reading:
    try:
        found: Extract = converted(segment, position, eml.READER, mail, settings)
    except RefusedFileError as refused:
        return not_read(segment, position, refused.reason, refused.message)
    except READ_ERRORS as error:
        return Failed(uri=segment.item.uri, offset=position, error=error)
    attachments = tuple(Attachment(f"{position}/{file.name}", file.data) for file in found.attachments)
    return replace(found, format=_NAME, attachments=attachments)


def _mails(stream: IO[bytes], limit: int) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield the position, size and content of each mail; the content of a mail above the limit is None."""
    start = size = 0
    lines: list[bytes] = []
    is_begun, after_blank = False, True
    while line := stream.readline(_LINE_BYTES):
        if after_blank and _START.match(line.rstrip(b"\r\n")):
            if is_begun:
                yield start, size, _unquoted(lines, size, limit)
            start, size, lines, is_begun = start + size, 0, [], True
        elif size <= limit:
            lines.append(line)
        size += len(line)
        after_blank = not line.strip()
    if is_begun:
        yield start, size, _unquoted(lines, size, limit)


def _unquoted(lines: list[bytes], size: int, limit: int) -> bytes | None:
    return _QUOTED_START.sub(rb"\1", b"".join(lines)) if size <= limit else None


def _recognises(head: bytes) -> bool:
    first, _, rest = head.partition(b"\n")
    return _START.match(first.rstrip(b"\r")) is not None and len(eml.header_names(rest)) > 1


READER = Reader(name=_NAME, suffixes=frozenset({"mbox", "mbx"}), read=_read, recognises=_recognises, is_plain_text=True)
