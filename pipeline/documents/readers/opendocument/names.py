"""Names of OpenDocument elements and attributes, and the parts of a file."""

from __future__ import annotations

from pipeline.documents.readers.reader import RefusedFileError
from pipeline.documents.readers.zip_parts import Element, OfficeFileError, ZipParts, parse_xml

_ODF = "urn:oasis:names:tc:opendocument:xmlns"
OFFICE = f"{{{_ODF}:office:1.0}}"
STYLE = f"{{{_ODF}:style:1.0}}"
TEXT = f"{{{_ODF}:text:1.0}}"
TABLE = f"{{{_ODF}:table:1.0}}"
DRAW = f"{{{_ODF}:drawing:1.0}}"
PRESENTATION = f"{{{_ODF}:presentation:1.0}}"
CHART = f"{{{_ODF}:chart:1.0}}"
FO = f"{{{_ODF}:xsl-fo-compatible:1.0}}"
MANIFEST = f"{{{_ODF}:manifest:1.0}}"
XLINK = "{http://www.w3.org/1999/xlink}"
DC = "{http://purl.org/dc/elements/1.1/}"
MATH = "{http://www.w3.org/1998/Math/MathML}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


class OdfFile:
    """The roots of an OpenDocument file: a package, or a single flat XML file.

    Raises:
        RefusedFileError: the file is encrypted.
        OfficeFileError: the file has no content, or is too large.
        zipfile.BadZipFile, lxml.etree.XMLSyntaxError: the file is damaged.
    """

    def __init__(self, data: bytes) -> None:
        self._parts: ZipParts | None = None
        if data.lstrip()[:1] in (b"<", b"\xef"):
            self.content = parse_xml(data)
            self.styles: Element | None = None
            return
        self._parts = ZipParts(data)
        manifest = self._parts.xml("META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter(MANIFEST + "encryption-data"), None) is not None:
            raise RefusedFileError("encrypted", "The file is encrypted; save it without a password.")
        content = self._parts.xml("content.xml")
        if content is None:
            raise OfficeFileError("The file has no content.")
        self.content = content
        self.styles = self._parts.xml("styles.xml")

    @property
    def roots(self) -> list[Element]:
        """The roots that hold styles; later ones override earlier ones."""
        return [root for root in (self.styles, self.content) if root is not None]

    def body(self, kind: str) -> Element:
        """Return the element that holds the content, such as `office:text`.

        Raises:
            OfficeFileError: the file has another kind of content.
        """
        found = self.content.find(f"{OFFICE}body/{OFFICE}{kind}")
        if found is None:
            raise OfficeFileError(f"The file holds no OpenDocument {kind}.")
        return found

    def embedded(self, frame_object: Element) -> Element | None:
        """Return the root of an object in a frame, such as a chart; None if it is missing or no XML."""
        inside = next((child for child in frame_object if child.tag in (MATH + "math", OFFICE + "document")), None)
        if inside is not None:
            return inside
        name = (frame_object.get(XLINK + "href") or "").removeprefix("./").rstrip("/")
        return self._parts.xml(f"{name}/content.xml") if self._parts is not None and name else None


def without_text(body: Element) -> RefusedFileError:
    """Return the refusal of a file without text."""
    if next(body.iter(DRAW + "image"), None) is not None:
        return RefusedFileError("scanned", "The file holds pictures without text; recognise their text first.")
    return RefusedFileError("empty", "The file holds no text.")


def count_of(element: Element, attribute: str, *, most: int) -> int:
    """Return an attribute's number from 1 to `most`; 1 if it is missing or no number."""
    text = element.get(attribute) or ""
    return max(1, min(most, int(text))) if text.isdecimal() and len(text) < 10 else 1
