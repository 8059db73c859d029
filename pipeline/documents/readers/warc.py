"""Reads web crawls (WARC): each HTML page or plain text that a server answered with status 200 is one record.

The URI of a record is that of the file plus `!/` and the page's URL; its offset is the position in the decompressed
file. Other records (requests, images, redirects) are counted as skipped. Memory: one record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from pipeline.documents.archives import MEMBER
from pipeline.documents.decoding import decode
from pipeline.documents.http_answers import parse_answer
from pipeline.documents.items import Segment
from pipeline.documents.markup import convert_page
from pipeline.documents.names import printable_name
from pipeline.documents.opening import opened
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.html import declared_charset
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Extract,
    Failed,
    Reader,
    Reading,
    ReadSettings,
    RefusedFileError,
    Skipped,
    inflated,
    inflates_too_far,
    not_read,
    too_large,
)
from pipeline.identity import sha256_hex

_NAME = "warc"
_PAGES, _TEXTS = ("text/html", "application/xhtml+xml"), ("text/plain",)
_MAX_HEADER_BYTES = 1 << 20


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    limits = settings.limits
    compression = kind_of(segment.item.path).compression
    offset = num_records = 0
    try:
        with opened(segment.item.path, compression) as stream:
            for record in ArchiveIterator(
                stream, parse_http=False, max_header_len=_MAX_HEADER_BYTES, stream_detect=False, fsspec_args=False
            ):
                num_records += 1
                offset = record.stream_pos
                if compression and inflates_too_far(segment, offset + record.content_length, limits):
                    yield inflated(segment, offset, limits)
                    return
                if record.record_type == WarcRecordType.response:
                    yield _reading(segment, record, offset, settings)
                else:
                    yield Skipped(_uri(segment, record), "warc_record")
    except READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=offset, error=error)
        return
    if not num_records:
        yield not_read(segment, 0, "empty", "The file holds no WARC record.")


def _reading(segment: Segment, record: Any, offset: int, settings: ReadSettings) -> Reading:  # Any: a `WarcRecord`
    limits = settings.limits
    uri = _uri(segment, record)
    named = replace(segment, item=replace(segment.item, uri=uri))
    stored = record.reader.read(limits.max_record_bytes + 1)
    if len(stored) > limits.max_record_bytes:
        return too_large(named, offset, limits)
    if len(stored) < record.content_length:
        return Failed(uri=uri, offset=offset, error=EOFError("The record is truncated."))
    answer = parse_answer(stored)
    if answer is None or answer.status != HTTPStatus.OK or answer.media_type not in (*_PAGES, *_TEXTS):
        return Skipped(uri, "warc_record")
    try:
        return _extract(uri, answer.content(limits.max_record_bytes), offset, answer.media_type, answer.charset)
    except RefusedFileError as refused:
        return not_read(named, offset, refused.reason, refused.message)
    except READ_ERRORS as error:
        return Failed(uri=uri, offset=offset, error=error)


def _uri(segment: Segment, record: Any) -> str:  # Any: a `WarcRecord`
    return segment.item.uri + MEMBER + printable_name(record.headers.get("WARC-Target-URI") or "")


def _extract(uri: str, data: bytes, offset: int, kind: str, charset: str) -> Extract:
    decoded = decode(data=data, declared=charset or (declared_charset(data) if kind in _PAGES else ""))
    page = convert_page(decoded.text) if kind in _PAGES else None
    return Extract(
        uri=uri,
        offset=offset,
        text=page.markdown if page else decoded.text,
        title=page.title if page else "",
        licence="",
        sha256=sha256_hex(data),
        format=_NAME,
        replaced_share=decoded.replaced_share,
        is_conversation=False,
        marks=page.marks if page else (),
    )


def _recognises(head: bytes) -> bool:
    return head.startswith(b"WARC/")


READER = Reader(
    name=_NAME,
    suffixes=frozenset({"warc"}),
    read=_read,
    recognises=_recognises,
    is_plain_text=True,
    modules=("fastwarc",),
    extra="web",
)
