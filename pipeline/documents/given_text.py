"""Makes a record of a text that was given instead of read from a file, so that it is cleaned like a file's."""

from __future__ import annotations

from pipeline.documents.readers.reader import Extract
from pipeline.identity import sha256_hex


def given_extract(
    text: str,
    *,
    name: str,
    format_: str = "text",
    title: str = "",
    licence: str = "",
    is_conversation: bool = False,
    is_code: bool = False,
) -> Extract:
    """Return a text as a reader would return a plain one.

    Args:
        text: the text.
        name: its name, which becomes its URI.
        format_: what it is called where formats are counted.
        title: the title, if known.
        licence: the licence, if known.
        is_conversation: whether it is a conversation.
        is_code: whether it is source code.
    """
    return Extract(
        uri=name,
        offset=0,
        text=text,
        title=title,
        licence=licence,
        sha256=sha256_hex(text.encode("utf-8", "surrogatepass")),
        format=format_,
        replaced_share=0.0,
        is_conversation=is_conversation,
        is_code=is_code,
    )
