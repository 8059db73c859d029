"""Reads the package of an HWPX file: its sections, its definitions, and whether it is encrypted.

HWPX is a zip archive of XML (OWPML, KS X 6101). Versions differ in the namespaces' years, so elements are identified
by their local names.
"""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

from pipeline.documents.readers.hangul.content import (
    Aside,
    AsideKind,
    Definitions,
    HangulDocument,
    HeadKind,
    ParagraphShape,
)
from pipeline.documents.readers.hangul.numbering import MAX_LEVELS, Numbering, NumberLevel
from pipeline.documents.readers.hangul.owpml_body import SectionReader, local, number
from pipeline.documents.readers.reader import ReadOptions, RefusedFileError
from pipeline.documents.readers.zip_parts import Element, OfficeFileError, ZipParts

_SECTION = re.compile(r"(?:^|/)section(\d{1,6})\.xml$", re.IGNORECASE)
_MASTER_PAGE = re.compile(r"(?:^|/)masterpage\d{1,6}\.xml$", re.IGNORECASE)
_MANIFEST = "META-INF/manifest.xml"
_HEAD_KINDS = {"OUTLINE": HeadKind.OUTLINE, "NUMBER": HeadKind.NUMBER, "BULLET": HeadKind.BULLET}


def read_owpml(data: bytes, options: ReadOptions) -> HangulDocument:
    """Return the content of an HWPX file.

    Raises:
        RefusedFileError: the file is encrypted.
        OfficeFileError: the file has no section, or is too large.
        zipfile.BadZipFile, lxml.etree.XMLSyntaxError: the file is damaged.
    """
    parts = ZipParts(data)
    with ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()
    manifest = parts.xml(_MANIFEST)
    if manifest is not None and any(local(element) == "encryption-data" for element in manifest.iter("{*}*")):
        raise RefusedFileError("encrypted", "The file has a password; save it without one.")
    found = sorted((int(match[1]), name) for name in names if (match := _SECTION.search(name)))
    if not found:
        raise OfficeFileError("The file holds no section.")
    header_name = next((name for name in names if name.lower().endswith("header.xml")), "")
    header = parts.xml(header_name)
    document = HangulDocument(definitions=_definitions(header))
    reader = SectionReader(document, options, parts)
    for _, name in found:
        section = parts.xml(name)
        if section is not None:
            document.sections.append(reader.read(section))
    masters = [parts.xml(name) for name in names if _MASTER_PAGE.search(name)]
    margins = [Aside(AsideKind.MARGIN, reader.lists(master)) for master in masters if master is not None]
    first = next((section[0] for section in document.sections if section), None)
    if first is not None:
        first.pieces[:0] = margins
    return document


def _definitions(header: Element | None) -> Definitions:
    shapes: dict[int, ParagraphShape] = {}
    styles: dict[int, str] = {}
    numberings: dict[int, Numbering] = {}
    bullets: dict[int, str] = {}
    raised: set[int] = set()
    for element in header.iter("{*}*") if header is not None else ():
        name = local(element)
        identifier = number(element.get("id"))
        if name == "paraPr":
            head = next((child for child in element.iter("{*}heading")), None)
            if head is not None:
                kind = _HEAD_KINDS.get((head.get("type") or "").upper(), HeadKind.NONE)
                shapes[identifier] = ParagraphShape(kind, number(head.get("level")), number(head.get("idRef")))
        elif name == "style" and (element.get("type") or "PARA").upper() == "PARA":
            styles[identifier] = element.get("name") or element.get("engName") or ""
        elif name == "numbering":
            numberings[identifier] = _numbering(element)
        elif name == "bullet":
            bullets[identifier] = element.get("char") or ""
        elif name == "supscript" and local(element.getparent()) == "charPr":
            raised.add(number(element.getparent().get("id")))
    return Definitions(shapes, styles, numberings, bullets, raised)


def _numbering(element: Element) -> Numbering:
    levels = [NumberLevel("")] * MAX_LEVELS
    for place, head in enumerate(element.iter("{*}paraHead")):
        level = number(head.get("level")) - 1 if head.get("level") else place
        if 0 <= level < MAX_LEVELS:
            text = "".join(head.itertext())
            levels[level] = NumberLevel(text, (head.get("numFormat") or "DIGIT").upper(), number(head.get("start")))
    return Numbering(tuple(levels))
