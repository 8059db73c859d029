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


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    match = _CHARSET.search(data[:_LOOKED_AT_BYTES])
    decoded = decode(data=data, declared=match.group(1).decode() if match else "")
    if (chat := chat_page(decoded.text)) is not None:
        return replace(from_decoded(decoded, text=chat.text, title=chat.title), is_conversation=True)
    page = convert_page(decoded.text)
    return from_decoded(decoded, text=page.markdown, title=page.title, marks=page.marks)


READER = Reader(
    name="html",
    suffixes=frozenset({"html", "htm", "xhtml"}),
    convert=_convert,
    is_page=True,
    may_join_trees=True,
)
