"""Finds the parts of a presentation or a workbook in OOXML, and the parts that they refer to.

In: the bytes of a file. Out: XML elements and the names of parts. Namespaces of the strict variant of the format are
replaced by those of the transitional one, so that readers know one name for each element. Used by the readers of
presentations and spreadsheets. Cost: each part is inflated when it is asked for.
"""

from __future__ import annotations

import posixpath
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.readers.zip_parts import Element, OfficeFileError, ZipParts, parse_xml, zip_holds

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = (
    (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
    (b"spreadsheetml/main", b"spreadsheetml/2006/main"),
    (b"presentationml/main", b"presentationml/2006/main"),
    (b"drawingml/main", b"drawingml/2006/main"),
    (b"drawingml/chart", b"drawingml/2006/chart"),
    (b"drawingml/diagram", b"drawingml/2006/diagram"),
    (b"drawingml/spreadsheetDrawing", b"drawingml/2006/spreadsheetDrawing"),
)
_ZIP_MAGIC, _SIZES_AT, _HEAD_SIZE = b"PK\x03\x04", 26, 30
"""A zip entry begins with a head, which ends with the sizes of the name and of the extra field."""
_MAX_TYPES = 1 << 20
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A reference from one part to another."""

    kind: str
    """Last step of the relationship's type, such as `slide`."""
    target: str
    """Name of the part."""


class OfficePackage:
    """The parts of an OOXML file.

    Args:
        data: the bytes of the file.
        main: usual name of the main part, such as `xl/workbook.xml`.

    Raises:
        RefusedFileError: the file is encrypted.
        OfficeFileError: the file has no main part, or a part is too large.
        zipfile.BadZipFile, lxml.etree.XMLSyntaxError: the file is damaged.
    """

    def __init__(self, data: bytes, *, main: str) -> None:
        self._parts = ZipParts(data)
        self._relationships: dict[str, dict[str, Relationship]] = {}
        named = next((found.target for found in self.related("", "officeDocument")), main)
        self.main_name = named if named in self._parts else main
        root = self.xml(self.main_name)
        if root is None:
            raise OfficeFileError(f"The file has no part {main}.")
        self.main = root

    def read(self, name: str) -> bytes | None:
        """Return a part with the namespaces of the transitional format; None if there is no such part."""
        data = self._parts.read(name)
        if data and _STRICT in data:
            for strict, transitional in _TRANSITIONAL:
                data = data.replace(_STRICT + strict, b"http://schemas.openxmlformats.org/" + transitional)
        return data

    def xml(self, name: str) -> Element | None:
        """Return the root element of a part; None if there is no such part or it is empty."""
        data = self.read(name)
        return parse_xml(data) if data else None

    def relationships(self, name: str) -> dict[str, Relationship]:
        """Return the parts that a part refers to, by identifier; the file's own references for an empty name."""
        if name not in self._relationships:
            folder, base = posixpath.split(name)
            root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
            found = root.iter(_RELATIONSHIP) if root is not None else ()
            self._relationships[name] = {
                item.get("Id") or "": Relationship(
                    (item.get("Type") or "").rpartition("/")[2],
                    posixpath.normpath(posixpath.join("/", folder, item.get("Target") or "")).lstrip("/"),
                )
                for item in found
                if item.get("TargetMode") != "External"
            }
        return self._relationships[name]

    def related(self, name: str, *kinds: str) -> Sequence[Relationship]:
        """Return the references of some kinds from a part, in the order of the file."""
        return [found for found in self.relationships(name).values() if found.kind in kinds]

    def target(self, name: str, identifier: str | None) -> str:
        """Return the name of the part that an identifier refers to; empty if there is none."""
        found = self.relationships(name).get(identifier or "")
        return found.target if found is not None else ""

    def related_xml(self, name: str, *kinds: str) -> Element | None:
        """Return the root of the first part of some kinds; None if there is none."""
        return next(
            (root for found in self.related(name, *kinds) if (root := self.xml(found.target)) is not None), None
        )


def is_ooxml(head: bytes, *, main: str, kind: str) -> bool:
    """Return whether the first bytes of a file are those of an OOXML file of a kind.

    Args:
        head: the first bytes.
        main: usual name of the main part, such as `xl/workbook.xml`.
        kind: the word that the content types of its parts contain, such as `spreadsheetml`.
    """
    folder, _, base = main.partition("/")
    return zip_holds(head, f"{folder}/", f"{folder}\\", base) or f".{kind}.".encode() in _content_types(head)


def _content_types(head: bytes) -> bytes:
    """Return the types of the parts, if they come first in the archive, as most programs write them."""
    name_size, extra_size = struct.unpack_from("<HH", head, _SIZES_AT) if len(head) >= _HEAD_SIZE else (0, 0)
    name = head[_HEAD_SIZE : _HEAD_SIZE + name_size]
    if not head.startswith(_ZIP_MAGIC) or name != b"[Content_Types].xml":
        return b""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(head[_HEAD_SIZE + name_size + extra_size :], _MAX_TYPES)
    except zlib.error:
        return b""


def chosen(element: Element, *tags: str) -> Iterator[Element]:
    """Yield the elements with these tags below an element, outermost only; of alternatives, the first that has any."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag == MC + "AlternateContent":
            choices = (list(chosen(choice, *tags)) for choice in child)
            yield from next((found for found in choices if found), [])
        else:
            yield from chosen(child, *tags)
