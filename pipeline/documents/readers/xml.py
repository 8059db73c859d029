"""Reads XML documents: DocBook, JATS, TEI, and the text of unknown vocabularies.

A file with almost no prose, such as settings or a drawing, is refused as `no_text`. A page in XHTML is read as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.html import starts_as_page
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.xml_blocks import XmlText
from pipeline.documents.xml_parsing import local_name, parsed_xml

_MIN_LETTERS = 40
_NO_DOCUMENTS = frozenset({"svg", "project", "plist", "configuration", "schema", "stylesheet", "definitions", "kml"})
_MIN_WORDS = 3
"""A line with fewer words is not prose."""
_MAX_ENTITY_CHARS = 200
_START = re.compile(
    rb"\s{0,99}<\?xml\s[^>]{0,200}\?>"
    rb"(?:\s++|<!--(?:(?!-->).){0,2000}-->"
    rb"|<\?(?:(?!\?>).){0,500}\?>|<!DOCTYPE[^>\[]{0,500}(?:\[[^\]]{0,4000}\])?\s*+>){0,50}"
    rb"<(?:[\w.-]{1,40}:)?(?:article|book|chapter|TEI|TEI\.2|teiCorpus)[\s>]",
    re.DOTALL,
)
"""The start of a document in DocBook, JATS or TEI."""


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    root = parsed_xml(data, recover=False)
    if local_name(root).lower() in _NO_DOCUMENTS:
        raise RefusedFileError("no_text", f"The file holds <{local_name(root)}>, not a document.")
    found = XmlText(entities=_entities(root))
    found.read(root)
    text = found.builder.text
    headings = [mark.value for mark in found.builder.marks if mark.kind is MarkKind.HEADING]
    words = " ".join(line for line in text.split("\n") if len(line.split()) >= _MIN_WORDS)
    if not text or (not headings and sum(char.isalpha() for char in words) < _MIN_LETTERS):
        raise RefusedFileError("no_text", "The elements of the file contain almost no prose.")
    title = found.title or next(iter(headings), "")
    return Converted(text=text, title=title, marks=found.builder.marks)


def _entities(root: etree._Element) -> Mapping[str, str]:
    """Return the document's own entities whose value is a short text without markup."""
    document_type = root.getroottree().docinfo.internalDTD
    if document_type is None:
        return {}
    return {
        entity.name: entity.content
        for entity in document_type.iterentities()
        if entity.name and 0 < len(entity.content or "") <= _MAX_ENTITY_CHARS and not set("&<") & set(entity.content)
    }


def _recognises(head: bytes) -> bool:
    return not starts_as_page(head) and _START.match(head) is not None


READER = Reader(
    name="xml",
    suffixes=frozenset({"xml", "nxml", "dbk", "docbook", "tei"}),
    convert=_convert,
    recognises=_recognises,
    is_isolated=True,
    is_plain_text=True,
)
