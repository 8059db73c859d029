"""Reads web archives (MHTML): the page that the archive was saved for. Frames are read after the page that names them.

The parts are those of a mail (RFC 2557); images, styles and scripts are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from pipeline.documents.decoding import Decoded
from pipeline.documents.mail_text import decoded_header, decoded_part
from pipeline.documents.markup import convert_page
from pipeline.documents.readers.eml import header_names
from pipeline.documents.readers.html import declared_charset
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.text_builder import TextBuilder

_FRAMESET = re.compile(r"<frameset\b", re.IGNORECASE)
_MAIL_SIGNS = frozenset({b"received", b"message-id", b"delivered-to", b"return-path", b"to"})
_RELATED = re.compile(rb"content-type:\s{1,9}multipart/related", re.IGNORECASE)


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    message = message_from_bytes(data.lstrip(b"\r\n"), policy=compat32)
    pages = list(_pages(message))
    if not pages:
        raise RefusedFileError("no_text", "The web archive holds no page.")
    root = _root(message, pages)
    main = _decoded(root)
    shown = [main]
    if _FRAMESET.search(main.text):
        shown += [_decoded(page) for page in pages if page is not root]
    builder, title = TextBuilder(), decoded_header(str(message["Subject"] or ""))
    for decoded in shown:
        page = convert_page(decoded.text)
        builder.add(page.markdown, page.marks)
        title = title or page.title
    return Converted(builder.text, title=title, replaced_share=main.replaced_share, marks=builder.marks)


def _pages(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml", "text/plain") and not part.is_multipart():
            yield part


def _root(message: Message, pages: list[Message]) -> Message:
    """Return the part that `start` or `Snapshot-Content-Location` names, or the first page."""
    wanted = {str(message.get_param("start") or ""), str(message["Snapshot-Content-Location"] or "")} - {""}
    named = (page for page in pages if wanted & {str(page["Content-ID"]), str(page["Content-Location"])})
    return next(named, next((page for page in pages if page.get_content_type() != "text/plain"), pages[0]))


def _decoded(part: Message) -> Decoded:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return decoded_part(data, str(part.get_param("charset") or "") or declared_charset(data))


def _recognises(head: bytes) -> bool:
    names = header_names(head.lstrip(b"\r\n"))
    return b"mime-version" in names and not names & _MAIL_SIGNS and _RELATED.search(head) is not None


READER = Reader(
    name="mhtml",
    suffixes=frozenset({"mhtml", "mht"}),
    convert=_convert,
    recognises=_recognises,
    is_isolated=True,
    is_plain_text=True,
)
