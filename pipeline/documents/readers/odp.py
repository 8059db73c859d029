"""Reads odp, otp and fodp files: OpenDocument presentations."""

from __future__ import annotations

from functools import partial

from pipeline.documents.readers.opendocument.slides import read_odp
from pipeline.documents.readers.reader import Reader
from pipeline.documents.readers.zip_parts import is_odf

READER = Reader(
    name="odp",
    suffixes=frozenset({"odp", "otp", "fodp"}),
    convert=read_odp,
    recognises=partial(is_odf, kind="presentation"),
    is_page=True,
    is_isolated=True,
)
