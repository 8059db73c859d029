"""Reads the headers and footers that a sheet of an xlsx file has on paper (ECMA-376, part 1, 18.3.1.46).

In: the element `headerFooter`. Out: the texts of the headers and footers. Used by `workbook`.
"""

from __future__ import annotations

import re

from pipeline.documents.readers.zip_parts import Element

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CODE = re.compile(r'&(?P<sign>&|[LCR]|A|"[^"]*"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|\d{1,3}|.)', re.DOTALL)

_PRINTED = "\0"


def read_margins(element: Element, sheet_name: str) -> tuple[list[str], list[str]]:
    """Return the headers and the footers of a sheet; those of the first page come first.

    Lines with page numbers or dates, which programs fill in when they print, are left out.
    """
    kinds = [
        *(["first"] if element.get("differentFirst") in ("1", "true") else []),
        "odd",
        *(["even"] if element.get("differentOddEven") in ("1", "true") else []),
    ]
    headers, footers = (
        [text for kind in kinds if (text := _shown(element.findtext(f"{_S}{kind}{name}") or "", sheet_name))]
        for name in ("Header", "Footer")
    )
    return list(dict.fromkeys(headers)), list(dict.fromkeys(footers))


def _shown(coded: str, sheet_name: str) -> str:
    """Return the text of a header, with a line for each of its three parts; empty if it has no letters."""
    signs = {"&": "&", "L": "\n", "C": "\n", "R": "\n", "A": sheet_name} | dict.fromkeys("PNDT", _PRINTED)
    text = _CODE.sub(lambda match: signs.get(match["sign"], ""), coded)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    kept = [line for line in lines if _PRINTED not in line and any(char.isalpha() for char in line)]
    return "\n".join(kept) if any(line != sheet_name for line in kept) else ""
