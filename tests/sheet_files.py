"""Makes small workbooks from the XML of their parts."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

from office_files import RELATIONSHIPS, zipped

S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NAMESPACES = (
    f'xmlns="{S}" xmlns:r="{RELATIONSHIPS}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def part(tag: str, inside: str, attributes: str = "") -> str:
    """Return a part of an xlsx file with a root element and all namespaces."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{tag} {_NAMESPACES} {attributes}>{inside}</{tag}>'


def links(*entries: tuple[str, str, str]) -> str:
    """Return relationships, each an identifier, the last step of the type, and a target."""
    lines = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>' for name, kind, target in entries
    )
    return f'<Relationships xmlns="{_PACKAGE}">{lines}</Relationships>'


def cell(reference: str, value: object, style: int = 0) -> str:
    """Return a cell: a text, a number, or the XML of its inside if it begins with `<`."""
    if isinstance(value, str) and value.startswith("<"):
        return f'<c r="{reference}" s="{style}">{value}</c>'
    if isinstance(value, str):
        return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
    return f'<c r="{reference}" s="{style}"><v>{value}</v></c>'


def rows(*lines: Sequence[object], first: int = 1, styles: Mapping[str, int] | None = None) -> str:
    """Return rows of cells from column A on; None is no cell.

    Args:
        lines: the values of each row.
        first: number of the first row, from 1.
        styles: numbers of the styles of cells, by reference.
    """
    found = []
    for number, line in enumerate(lines, start=first):
        references = [f"{chr(65 + index)}{number}" for index in range(len(line))]
        cells = [
            cell(reference, value, (styles or {}).get(reference, 0))
            for reference, value in zip(references, line, strict=True)
            if value is not None
        ]
        found.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(found)


def sheet(data: str, *, before: str = "", after: str = "") -> str:
    """Return a worksheet part: `data` are its rows."""
    return part("worksheet", f"{before}<sheetData>{data}</sheetData>{after}")


def xlsx(sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None, **parts: str) -> bytes:
    """Return an xlsx file.

    Args:
        sheets: worksheet parts by the names of the sheets; the parts are named `s1`, `s2`, …
        states: states of sheets, such as `hidden`.
        parts: insides of `styles` and `sharedStrings`, attributes in `workbookPr`, and whole other parts under `xl/`,
            by name without `.xml`; `__` in a name stands for `/`.
    """
    numbers = {name: number for number, name in enumerate(sheets, start=1)}
    entries = "".join(
        f'<sheet name="{name}" sheetId="{number}" state="{(states or {}).get(name, "visible")}" r:id="r{number}"/>'
        for name, number in numbers.items()
    )
    properties = f"<workbookPr {parts.pop('workbookPr', '')}/>"
    known = {name: parts.pop(name) for name in ("styles", "sharedStrings") if name in parts}
    tags = {"styles": "styleSheet", "sharedStrings": "sst"}
    return zipped(
        {
            "_rels/.rels": links(("r1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": part("workbook", f"{properties}<sheets>{entries}</sheets>"),
            "xl/_rels/workbook.xml.rels": links(
                *((f"r{number}", "worksheet", f"worksheets/s{number}.xml") for number in numbers.values()),
                *((name, name, f"{name}.xml") for name in known),
                ("people", "person", "persons/person.xml"),
            ),
            **{f"xl/worksheets/s{numbers[name]}.xml": inside for name, inside in sheets.items()},
            **{f"xl/{name}.xml": part(tags[name], inside) for name, inside in known.items()},
            **{f"xl/{name.replace('__', '/')}.xml": inside for name, inside in parts.items()},
        }
    )


def with_parts(data: bytes, parts: Mapping[str, str]) -> bytes:
    """Return an office file with more parts, by their whole names."""
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, inside in parts.items():
            archive.writestr(name, inside)
    return buffer.getvalue()


def with_links(data: bytes, *entries: tuple[str, str, str]) -> bytes:
    """Return a workbook with references from its first sheet; see `links`."""
    return with_parts(data, {"xl/worksheets/_rels/s1.xml.rels": links(*entries)})


def biff(records: Sequence[tuple[int, bytes]]) -> bytes:
    """Return a stream of BIFF records, each a type and its data."""
    return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)


def biff_text(text: str) -> bytes:
    """Return a text as BIFF8 writes it, with a length of two bytes."""
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
