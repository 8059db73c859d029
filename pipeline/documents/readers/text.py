"""Reads plain text, and markup that is readable without conversion."""

from __future__ import annotations

from pipeline.documents.file_roles import names_in
from pipeline.documents.readers.reader import Reader, convert_plain

READER = Reader(
    name="text",
    suffixes=names_in("txt text log fountain"),
    convert=convert_plain,
    is_page=True,
    may_join_trees=True,
)
