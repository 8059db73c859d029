"""Plain text, and markup that is readable as written."""

from __future__ import annotations

from pipeline.documents.decoding import decode
from pipeline.documents.file_roles import names_in
from pipeline.documents.readers.reader import Converted, Reader, from_decoded


def _convert(data: bytes) -> Converted:
    return from_decoded(decode(data=data, declared=""))


READER = Reader(
    name="text",
    suffixes=names_in("txt text rst adoc asciidoc log tex org vtt srt fountain"),
    convert=_convert,
    is_page=True,
    may_join_trees=True,
)
