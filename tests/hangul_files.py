"""Makes small HWP and HWPX files: records in an OLE file, and XML in a zip archive."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import Mark
from pipeline.documents.readers import readers
from pipeline.documents.readers.reader import Converted, ReadOptions

_SECTOR, _SMALL_SECTOR, _SMALL_STREAM = 512, 64, 4096
_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_OWPML = " ".join(
    f'xmlns:{prefix}="http://www.hancom.co.kr/hwpml/2011/{name}"'
    for prefix, name in {"hp": "paragraph", "hs": "section", "hh": "head", "hc": "core"}.items()
)
COMPRESSED, PASSWORD, DISTRIBUTION, TRACKED = 1, 2, 4, 1 << 14


def convert(
    data: bytes, *include: DocumentPart, reader: str, changes: TrackedChanges = TrackedChanges.FINAL
) -> Converted:
    """Convert a file in this process."""
    found = readers()[reader].convert
    assert found is not None
    return found(data, ReadOptions(frozenset(include), changes))


def marks_of(converted: Converted, kind: str) -> list[Mark]:
    """Return the marks of a kind."""
    return [mark for mark in converted.marks if mark.kind == kind]


def ole(streams: Mapping[str, bytes]) -> bytes:
    """Return an OLE file; the names of streams in a storage contain a slash."""
    folders = sorted({name.split("/")[0] for name in streams if "/" in name})
    names = ["", *folders, *streams]
    children: dict[str, list[int]] = {"": []}
    for index, name in enumerate(names[1:], 1):
        children.setdefault(name.split("/")[0] if "/" in name else "", []).append(index)
    small, places, sectors = b"", {}, []
    fat: list[int] = []
    small_fat: list[int] = []
    for name, data in streams.items():
        if len(data) < _SMALL_STREAM:
            places[name] = _chain(small_fat, len(data), _SMALL_SECTOR)
            small += data.ljust(-(-len(data) // _SMALL_SECTOR) * _SMALL_SECTOR, b"\0")
        else:
            places[name] = _chain(fat, len(data), _SECTOR)
            sectors.append(data)
    small_start = _chain(fat, len(small), _SECTOR)
    sectors.append(small)
    table = b"".join(struct.pack("<I", entry) for entry in small_fat)
    table_start = _chain(fat, len(table), _SECTOR)
    sectors.append(table)
    entries = []
    for name in names:
        if name == "":
            kind, start, size = 5, small_start, len(small)
        elif name in streams:
            kind, start, size = 2, places[name], len(streams[name])
        else:
            kind, start, size = 1, 0, 0
        entries.append(_entry(name, names, children, kind, start, size))
    directory = b"".join(entries)
    directory_start = _chain(fat, len(directory), _SECTOR)
    sectors.append(directory)
    body = b"".join(data.ljust(-(-len(data) // _SECTOR) * _SECTOR, b"\0") for data in sectors)
    num_fats = 1
    while (len(fat) + num_fats) * 4 > num_fats * _SECTOR:
        num_fats += 1
    own = [len(fat) + index for index in range(num_fats)]
    fat += [_FAT_SECTOR] * num_fats + [_FREE] * (num_fats * _SECTOR // 4 - len(fat) - num_fats)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, num_fats, directory_start, 0,
                          _SMALL_STREAM, table_start, -(-len(table) // _SECTOR), _END, 0)  # fmt: skip
    header += struct.pack("<109I", *own, *[_FREE] * (109 - num_fats))
    return header + body + b"".join(struct.pack("<I", entry) for entry in fat)


def _chain(fat: list[int], size: int, unit: int) -> int:
    """Add the sectors of a stream to a table, and return the first."""
    count = -(-size // unit)
    start = len(fat)
    fat += [start + index + 1 for index in range(count - 1)] + [_END] * (count > 0)
    return start if count else _END


def _entry(name: str, names: list[str], children: Mapping[str, list[int]], kind: int, start: int, size: int) -> bytes:
    index = names.index(name)
    short = (name.split("/")[-1] or "Root Entry").encode("utf-16-le") + b"\0\0"
    folder = name.split("/")[0] if "/" in name else ""
    siblings = sorted(children[folder], key=lambda other: (len(names[other]), names[other].upper()))
    later = siblings[siblings.index(index) + 1 :] if index else []
    below = sorted(children.get(name, []), key=lambda other: (len(names[other]), names[other].upper()))
    if kind == 2:
        below = []
    right, child = later[0] if later else _FREE, below[0] if below else _FREE
    return (
        short.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(short), kind, 1, _FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def record(tag: int, level: int, data: bytes = b"") -> bytes:
    """Return a record of an HWP 5 file."""
    if len(data) >= 0xFFF:
        return struct.pack("<II", tag | level << 10 | 0xFFF << 20, len(data)) + data
    return struct.pack("<I", tag | level << 10 | len(data) << 20) + data


def wide(text: str) -> bytes:
    """Return a string with its length before it."""
    encoded = text.encode("utf-16-le")
    return struct.pack("<H", len(encoded) // 2) + encoded


def sign(code: int, name: str) -> str:
    """Return the control character of a control, with its name, as it stands in a paragraph's text."""
    return chr(code) + name[::-1].encode().decode("utf-16-le") + "\0" * 4 + chr(code)


def control(name: str, level: int, data: bytes = b"", inside: bytes = b"") -> bytes:
    """Return the record of a control and the records inside it."""
    return record(71, level, name[::-1].encode() + data) + inside


def paragraph(
    text: str = "",
    *,
    level: int = 0,
    shape: int = 0,
    style: int = 0,
    breaks: int = 0,
    tops: Sequence[int] = (0,),
    ranges: bytes = b"",
    shapes: Sequence[tuple[int, int]] = ((0, 0),),
    inside: bytes = b"",
) -> bytes:
    """Return the records of a paragraph.

    Args:
        text: text with the control characters of `inside`.
        level: level of the paragraph's record.
        shape: number of its paragraph shape.
        style: number of its style.
        breaks: 4 for a page break before it.
        tops: positions of its lines.
        ranges: its range tags, such as tracked changes.
        shapes: places where character shapes begin.
        inside: records of its controls.
    """
    encoded = (text + "\r").encode("utf-16-le")
    head = struct.pack("<IIHBBHHHI", len(encoded) // 2, 0, shape, style, breaks, 1, 0, len(tops), 0)
    lines = b"".join(struct.pack("<Ii28x", 0, top) for top in tops)
    found = record(66, level, head) + record(67, level + 1, encoded)
    found += record(68, level + 1, b"".join(struct.pack("<II", *place) for place in shapes))
    found += record(69, level + 1, lines)
    return found + (record(70, level + 1, ranges) if ranges else b"") + inside


def listed(*paragraphs: bytes, level: int, data: bytes = b"") -> bytes:
    """Return a list: its header and paragraphs, on one level."""
    return record(72, level, struct.pack("<II", len(paragraphs), 0) + data) + b"".join(paragraphs)


def paragraph_shape(kind: int = 0, level: int = 0, numbering: int = 0) -> bytes:
    """Return a paragraph shape; kind 1 is an outline, 2 a number and 3 a bullet."""
    attributes = kind << 23 | min(level, 6) << 25
    return record(25, 0, struct.pack("<I26xHHH18xI", attributes, numbering, 0, 0, level))


def numbering(*levels: tuple[str, int], start: int = 1) -> bytes:
    """Return a numbering; each level has a form and a kind of digits."""
    data = b""
    for form, digits in [*levels, *[("", 0)] * (7 - len(levels))]:
        data += struct.pack("<IHHI", digits << 5, 0, 0, 0) + wide(form)
    return record(23, 0, data + struct.pack("<H7I", 0, *[start] * 7))


def bullet(character: str) -> bytes:
    """Return a bullet."""
    return record(24, 0, bytes(12) + character.encode("utf-16-le"))


def style(name: str) -> bytes:
    """Return a paragraph style."""
    return record(26, 0, wide(name) + wide("") + bytes(10))


def character_shape(*, is_raised: bool = False) -> bytes:
    """Return a character shape."""
    return record(21, 0, bytes(46) + struct.pack("<I", is_raised << 15) + bytes(20))


SECTION = sign(2, "secd") + sign(2, "cold")
"""Control characters at the start of a section, of the records that `section` returns."""


def section(*, outline: int = 0, columns: int = 1, first_page: int = 0, masters: bytes = b"") -> bytes:
    """Return the records of the controls that begin a section of A4 pages."""
    page = struct.pack("<10I", 59528, 84188, 8504, 8504, 5668, 4252, 4252, 4252, 0, 0)
    inside = record(73, 2, page) + masters
    begins = control("secd", 1, struct.pack("<IHHHIHH", 0, 0, 0, 0, 8000, outline, first_page) + bytes(20), inside)
    return begins + control("cold", 1, struct.pack("<HH", columns << 2, 0) + bytes(8))


def hwp(
    *sections: bytes,
    definitions: bytes = b"",
    flags: int = COMPRESSED,
    version: int = 0x05010001,
    others: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return an HWP 5 file.

    Args:
        sections: records of each section.
        definitions: records of the stream `DocInfo`, after its properties.
        flags: flags of the file.
        version: version of the format.
        others: other streams.
    """
    properties = record(16, 0, struct.pack("<7H3I", max(1, len(sections)), 1, 1, 1, 1, 1, 1, 0, 0, 0))
    streams = {
        "FileHeader": b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", version, flags).ljust(224, b"\0"),
        "DocInfo": deflated(properties + definitions),
        **{f"BodyText/Section{index}": deflated(data) for index, data in enumerate(sections)},
        **(others or {}),
    }
    return ole(streams)


def deflated(data: bytes) -> bytes:
    """Return data compressed as in HWP files."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def hwpx(*sections: str, header: str = "", **parts: str) -> bytes:
    """Return an HWPX file.

    Args:
        sections: insides of the sections.
        header: inside of `hh:refList`.
        parts: whole other parts; `__` in a name stands for `/`.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/hwp+zip", zipfile.ZIP_STORED)
        archive.writestr("version.xml", "<version/>")
        archive.writestr("Contents/content.hpf", _package(len(sections)))
        archive.writestr("Contents/header.xml", f"<hh:head {_OWPML}><hh:refList>{header}</hh:refList></hh:head>")
        for index, inside in enumerate(sections):
            archive.writestr(f"Contents/section{index}.xml", f"<hs:sec {_OWPML}>{inside}</hs:sec>")
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", data)
    return buffer.getvalue()


def _package(num_sections: int) -> str:
    names = ["header", *(f"section{index}" for index in range(num_sections))]
    items = "".join(
        f'<opf:item id="{name}" href="Contents/{name}.xml" media-type="application/xml"/>' for name in names
    )
    spine = "".join(f'<opf:itemref idref="{name}"/>' for name in names)
    return (
        '<opf:package xmlns:opf="http://www.idpf.org/2007/opf/">'
        f"<opf:manifest>{items}</opf:manifest><opf:spine>{spine}</opf:spine></opf:package>"
    )


def p(text: str = "", *, shape: int = 0, style: int = 0, top: int = 0, breaks: int = 0, inside: str = "") -> str:
    """Return a paragraph of an HWPX file: its text, followed by other content of a run."""
    words = f"<hp:t>{text}</hp:t>" if text else ""
    return (
        f'<hp:p paraPrIDRef="{shape}" styleIDRef="{style}" pageBreak="{breaks}"><hp:run charPrIDRef="0">{words}{inside}'
        f'</hp:run><hp:linesegarray><hp:lineseg vertpos="{top}"/></hp:linesegarray></hp:p>'
    )


def sublist(*paragraphs: str) -> str:
    """Return a list of paragraphs."""
    return f"<hp:subList>{''.join(paragraphs)}</hp:subList>"


def shape_xml(identifier: int, kind: str = "NONE", level: int = 0, numbering_id: int = 0) -> str:
    """Return a paragraph shape of an HWPX file."""
    heading = f'<hh:heading type="{kind}" idRef="{numbering_id}" level="{level}"/>'
    return f'<hh:paraPr id="{identifier}">{heading}</hh:paraPr>'


def numbering_xml(identifier: int, *levels: tuple[str, str]) -> str:
    """Return a numbering of an HWPX file; each level has a form and a kind of digits."""
    heads = "".join(
        f'<hh:paraHead level="{level}" start="1" numFormat="{digits}">{form}</hh:paraHead>'
        for level, (form, digits) in enumerate(levels, 1)
    )
    return f'<hh:numbering id="{identifier}" start="0">{heads}</hh:numbering>'


def style_xml(identifier: int, name: str) -> str:
    """Return a paragraph style of an HWPX file."""
    return f'<hh:style id="{identifier}" type="PARA" name="{name}"/>'


SECTION_XML = (
    '<hp:secPr outlineShapeIDRef="1"><hp:startNum page="0"/><hp:pagePr landscape="WIDELY" width="59528" '
    'height="84188"><hp:margin header="4252" footer="4252" top="5668" bottom="4252"/></hp:pagePr></hp:secPr>'
)
"""What begins a section of A4 pages, with numbering 1 for its outline."""
