"""Reads docx, docm, dotx and dotm files: headings, numbered lists, tables, notes, text boxes, equations and pages."""

from __future__ import annotations

from pipeline.documents.readers.reader import Reader
from pipeline.documents.readers.wordprocessing.reading import read_word
from pipeline.documents.readers.zip_parts import has_ole_stream, zip_holds

_OFFICE_PARTS = ("[Content_Types].xml", "docProps/", "customXml/")
_OTHER_PARTS = ("ppt/", "xl/", "visio/", "Contents/")


def _recognises(head: bytes) -> bool:
    if has_ole_stream(head, "EncryptedPackage") or zip_holds(head, "word/"):
        return True
    # The names of the text's parts may lie behind a picture.
    return zip_holds(head, *_OFFICE_PARTS) and not zip_holds(head, *_OTHER_PARTS)


READER = Reader(
    name="docx",
    suffixes=frozenset({"docx", "docm", "dotx", "dotm"}),
    convert=read_word,
    recognises=_recognises,
    is_page=True,
    is_isolated=True,
)
