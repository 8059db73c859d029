"""Finds the parts of a WordprocessingML file: the main document and the parts that it refers to.

Namespaces of the strict variant of the format are replaced by those of the transitional one, so that the rest of the
reader knows one name for each element.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from pipeline.documents.readers.zip_parts import Element, OfficeFileError, ZipParts, parse_xml

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
V = "{urn:schemas-microsoft-com:vml}"
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": W,
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": R,
    b"http://purl.oclc.org/ooxml/officeDocument/math": M,
    b"http://purl.oclc.org/ooxml/drawingml/main": A,
    b"http://purl.oclc.org/ooxml/drawingml/chart": C,
    b"http://purl.oclc.org/ooxml/drawingml/diagram": DGM,
}
_USUAL_MAIN = "word/document.xml"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A reference from one part to another."""

    kind: str
    """Last step of the relationship's type, such as `footnotes`."""
    target: str
    """Name of the part."""


class WordPackage:
    """The parts of a WordprocessingML file.

    Raises:
        RefusedFileError: the file is encrypted.
        OfficeFileError: the file has no main document.
        zipfile.BadZipFile, lxml.etree.XMLSyntaxError: the file is damaged.
    """

    def __init__(self, data: bytes) -> None:
        self._parts = ZipParts(data)
        self.main_name = self._find_main()
        main = self.xml(self.main_name)
        if main is None:
            raise OfficeFileError("The file has no main document.")
        self.main = main
        self._relationships = {self.main_name: self._read_relationships(self.main_name)}

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a part; None if it is missing."""
        return self._parts.read(name)

    def xml(self, name: str) -> Element | None:
        """Return the root of a part; None if it is missing or empty."""
        data = self._parts.read(name)
        if not data:
            return None
        if _STRICT in data:
            for strict, name_in_braces in _TRANSITIONAL.items():
                data = data.replace(strict, name_in_braces[1:-1].encode())
        return parse_xml(data)

    def target(self, part: str, identifier: str | None) -> str:
        """Return the name of the part that a part refers to by an identifier; empty if there is none."""
        if part not in self._relationships:
            self._relationships[part] = self._read_relationships(part)
        found = self._relationships[part].get(identifier or "")
        return found.target if found is not None else ""

    def name_of_kind(self, kind: str) -> str:
        """Return the name of the main document's part of a kind, such as `styles`; empty if there is none."""
        found = self._relationships[self.main_name].values()
        names = [relationship.target for relationship in found if relationship.kind == kind]
        fallback = posixpath.join(posixpath.dirname(self.main_name), f"{kind}.xml")
        return next((name for name in [*names, fallback] if name in self._parts), "")

    def of_kind(self, kind: str) -> Element | None:
        """Return the root of the main document's part of a kind; None if it is missing."""
        name = self.name_of_kind(kind)
        return self.xml(name) if name else None

    def _find_main(self) -> str:
        for relationship in self._read_relationships("").values():
            if relationship.kind == "officeDocument":
                return relationship.target
        return _USUAL_MAIN

    def _read_relationships(self, part: str) -> dict[str, Relationship]:
        folder, base = posixpath.split(part)
        root = self._parts.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        found = {}
        for element in root if root is not None else ():
            if element.get("TargetMode") == "External" or not isinstance(element.tag, str):
                continue
            target = (element.get("Target") or "").replace("\\", "/")
            name = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[element.get("Id") or ""] = Relationship((element.get("Type") or "").rsplit("/", 1)[-1], name)
        return found


def value(element: Element | None, path: str, attribute: str = "val") -> str | None:
    """Return an attribute of the first element at a path of local names below an element; None if it is missing."""
    for step in path.split("/"):
        if element is None:
            return None
        element = element.find(W + step)
    return None if element is None else element.get(W + attribute)


def number(text: str | None) -> int | None:
    """Return an attribute's number; None if it is missing or no number."""
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


_OFF = ("0", "false", "off", "none")


def is_on(element: Element | None, name: str) -> bool | None:
    """Return the value of a property that is on or off; None if it is not set."""
    found = element.find(W + name) if element is not None else None
    if found is None:
        return None
    return (found.get(W + "val") or "1").lower() not in _OFF
