"""Parses a server's HTTP answer as a web crawl stores it, and decodes its content within a limit.

In: the bytes of a WARC response record. Out: status, media type, charset and content. Used by `readers.warc`. Crawlers
often store a decoded content with its old headers, so chunks and compression are only undone where they are found.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from pipeline.documents.readers.reader import RefusedFileError

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})[^\r\n]*\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,999})?\r\n")
_INFLATED = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Window sizes with which zlib reads the formats."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer of a server."""

    status: int
    media_type: str
    charset: str
    headers: Message
    body: bytes
    """The content as stored."""

    def content(self, max_bytes: int) -> bytes:
        """Return the decoded content.

        Raises:
            RefusedFileError: The content has an encoding that is not read, or more than `max_bytes` bytes.
        """
        body = _unchunked(self.body) if "chunked" in str(self.headers["Transfer-Encoding"] or "").lower() else self.body
        for encoding in reversed(str(self.headers["Content-Encoding"] or "").lower().replace(" ", "").split(",")):
            if encoding in _INFLATED:
                body = _inflated(body, _INFLATED[encoding], max_bytes)
            elif encoding not in ("", "identity"):
                raise RefusedFileError("unsupported_format", "The content encoding of the answer is not read.")
        return body


def parse_answer(data: bytes) -> HttpAnswer | None:
    """Return the parsed answer, or None if the bytes do not begin with a status line."""
    status = _STATUS.match(data)
    if status is None:
        return None
    end = _HEAD_END.search(data, status.end() - 2)
    head, body = (data[status.end() : end.start()], data[end.end() :]) if end else (data[status.end() :], b"")
    headers = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")
    charset = str(headers.get_param("charset") or "") if headers["Content-Type"] else ""
    media_type = headers.get_content_type() if headers["Content-Type"] else ""
    return HttpAnswer(int(status[1]), media_type, charset, headers, body)


def _unchunked(body: bytes) -> bytes:
    """Join chunks; a body without chunk sizes is returned unchanged."""
    pieces, position = [], 0
    while (size := _CHUNK_SIZE.match(body, position)) is not None:
        length = int(size[1], 16)
        pieces.append(body[size.end() : size.end() + length])
        position = size.end() + length + 2
        if not length:
            break
    return b"".join(pieces) if pieces else body


def _inflated(body: bytes, window: int, max_bytes: int) -> bytes:
    inflater = zlib.decompressobj(window)
    try:
        data = inflater.decompress(body, max_bytes + 1)
    except zlib.error:
        return body
    if len(data) > max_bytes:
        raise RefusedFileError("too_large", f"The answer inflates to more than {max_bytes} bytes.")
    return data
