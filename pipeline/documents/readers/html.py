"""Reads HTML: the main part of a page becomes markdown with marks, without navigation or scripts.

A page that is an export of a chat becomes a dialogue.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.documents.chat_pages import chat_page
from pipeline.documents.decoding import decode
from pipeline.documents.markup import convert_page
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, from_decoded

_CHARSET = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_-]{2,20})""")
"""The declaration of an encoding, such as `charset="euc-kr"`."""
_LOOKED_AT_BYTES = 2048
_START = re.compile(
    r"\s{0,999}(?:<\?xml[^>]{0,200}\?>\s{0,99})?(?:<!--(?:(?!-->).){0,999}-->\s{0,99}){0,3}<(?:!doctype\s{1,9}html|html)[\s>]",
    re.IGNORECASE | re.DOTALL,
)


def declared_charset(data: bytes) -> str:
    """Return the encoding that a page declares in its first bytes; empty if it declares none."""
    match = _CHARSET.search(data[:_LOOKED_AT_BYTES])
    return match.group(1).decode() if match else ""


def starts_as_page(data: bytes) -> bool:
    """Return whether the content begins with `<html` or its document type, in UTF-8, UTF-16 or a code page."""
    return _START.match(decode(data=data[: _LOOKED_AT_BYTES & ~1], declared="latin-1").text) is not None


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    decoded = decode(data=data, declared=declared_charset(data))
    if (chat := chat_page(decoded.text)) is not None:
        return replace(from_decoded(decoded, text=chat.text, title=chat.title), is_conversation=True)
    page = convert_page(decoded.text)
    return from_decoded(decoded, text=page.markdown, title=page.title, marks=page.marks)


READER = Reader(
    name="html",
    suffixes=frozenset({"html", "htm", "xhtml"}),
    convert=_convert,
    recognises=starts_as_page,
    is_page=True,
    is_plain_text=True,
    may_join_trees=True,
)
