"""Reads odt, ott and fodt files: OpenDocument text."""

from __future__ import annotations

from functools import partial

from pipeline.documents.readers.opendocument.text_files import read_odt
from pipeline.documents.readers.reader import Reader
from pipeline.documents.readers.zip_parts import is_odf

READER = Reader(
    name="odt",
    suffixes=frozenset({"odt", "ott", "fodt"}),
    convert=read_odt,
    recognises=partial(is_odf, kind="text"),
    is_page=True,
    is_isolated=True,
)
