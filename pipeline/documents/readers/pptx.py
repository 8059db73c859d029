"""Reads pptx, pptm, ppsx, ppsm, potx and potm files: slides with titles, lists, tables, charts, diagrams and notes."""

from __future__ import annotations

from pipeline.documents.readers.ooxml import is_ooxml
from pipeline.documents.readers.presentations.deck import read_deck
from pipeline.documents.readers.reader import Reader


def _recognises(head: bytes) -> bool:
    return is_ooxml(head, main="ppt/presentation.xml", kind="presentationml")


READER = Reader(
    name="pptx",
    suffixes=frozenset({"pptx", "pptm", "ppsx", "ppsm", "potx", "potm"}),
    convert=read_deck,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
)
