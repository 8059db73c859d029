"""Reads the text of DrawingML charts and diagrams, which are separate parts of a file (ECMA-376, part 1, 21).

A chart becomes a table of the values that the program saved with it. Used by the readers of OOXML and HWP.
"""

from __future__ import annotations

from pipeline.documents.readers.blocks import Block, Cell, Paragraph, Table
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MAX_POINTS = 10_000
_MAX_EXACT_CHARS = 15


def plain_paragraph(text: str) -> Paragraph:
    """Return a paragraph of plain text."""
    return Paragraph((Run(text),))


def drawing_paragraphs(element: Element) -> list[Block]:
    """Return the paragraphs of DrawingML text below an element."""
    found: list[Block] = []
    for paragraph in element.iter(_A + "p"):
        text = "".join(
            "\n" if piece.tag == _A + "br" else piece.text or "" for piece in paragraph.iter(_A + "t", _A + "br")
        )
        if text.strip():
            found.append(plain_paragraph(text))
    return found


def chart_blocks(root: Element) -> list[Block]:
    """Return the title of a chart and a table of its values: one row per category, one column per series."""
    found: list[Block] = []
    title = root.find(f"{_C}chart/{_C}title")
    if title is not None:
        found += drawing_paragraphs(title)
    names: list[str] = [""]
    categories: dict[int, str] = {}
    columns: list[dict[int, str]] = []
    for series in root.iter(_C + "ser"):
        names.append(" ".join(_points(series.find(_C + "tx")).values()))
        categories |= _points(_first(series, "cat", "xVal"))
        columns.append(_points(_first(series, "val", "yVal")))
    places = sorted({place for points in (categories, *columns) for place in points})
    rows = [names, *([categories.get(place, ""), *(column.get(place, "") for column in columns)] for place in places)]
    if columns and places:
        found.append(Table(tuple(tuple(Cell((plain_paragraph(text),)) for text in row) for row in rows)))
    return found


def diagram_blocks(root: Element) -> list[Block]:
    """Return the texts of a diagram's shapes."""
    return [block for point in root.iter(_DGM + "pt") for block in drawing_paragraphs(point)]


def _first(element: Element, *names: str) -> Element | None:
    return next((found for name in names if (found := element.find(_C + name)) is not None), None)


def _points(element: Element | None) -> dict[int, str]:
    """Return the saved values below an element by their place; the texts of several levels are joined."""
    found: dict[int, str] = {}
    if element is None:
        return found
    for point in element.iter(_C + "pt"):
        place = int(point.get("idx") or 0)
        text = (point.findtext(_C + "v") or "").strip()
        if text and 0 <= place < _MAX_POINTS:
            text = _shown(text)
            found[place] = f"{text} {found[place]}" if place in found else text
    if not found and (text := (element.findtext(_C + "v") or "").strip()):
        found[0] = text
    return found


def _shown(text: str) -> str:
    """Return a saved value without the noise of its binary form: 4.4000000000000004 is shown as 4.4."""
    try:
        return f"{float(text):.15g}" if len(text) > _MAX_EXACT_CHARS else text
    except ValueError:
        return text
