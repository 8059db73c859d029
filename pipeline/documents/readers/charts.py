"""Reads the text of DrawingML charts, which are separate parts of a file (ECMA-376, part 1, 21.2).

A chart becomes its titles and a table of the values that the program saved with it. Used by the readers of OOXML and
HWP.
"""

from __future__ import annotations

from pipeline.documents.readers.blocks import Block, Cell, Paragraph, Table
from pipeline.documents.readers.spreadsheets.cell_formats import changes_value, shown_number
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
MAX_POINTS = 10_000
"""The maximum number of points of a series that are read."""
_MAX_EXACT_CHARS = 15
_TEXTS = frozenset({_C + "strCache", _C + "strLit", _C + "lvl"})
"""Elements whose points are texts, not numbers."""
_AXES = frozenset(_C + name for name in ("catAx", "dateAx", "serAx", "valAx"))


def plain_paragraph(text: str) -> Paragraph:
    """Return a paragraph of plain text."""
    return Paragraph((Run(text),))


def drawing_paragraphs(element: Element) -> list[Paragraph]:
    """Return the paragraphs of DrawingML text below an element."""
    found: list[Paragraph] = []
    for paragraph in element.iter(_A + "p"):
        text = "".join(
            "\n" if piece.tag == _A + "br" else piece.text or "" for piece in paragraph.iter(_A + "t", _A + "br")
        )
        if text.strip():
            found.append(plain_paragraph(text))
    return found


def shown_value(text: str, code: str) -> str:
    """Return a saved value as a reader sees it; 4.4000000000000004 is shown as 4.4.

    Args:
        text: the value; a date is a number of days.
        code: its number format, which is applied to dates and percentages.
    """
    if not changes_value(code) and len(text) <= _MAX_EXACT_CHARS and not text.endswith(".0"):
        return text
    try:
        return shown_number(float(text), code) if changes_value(code) else f"{float(text):.15g}"
    except (ValueError, OverflowError):
        return text


def chart_blocks(root: Element) -> list[Block]:
    """Return the title of a chart, what its values are, and a table of them: categories by series.

    The title of the axis of the categories stands above them.
    """
    found: list[Block] = []
    title = root.find(f"{_C}chart/{_C}title")
    if title is not None:
        found += drawing_paragraphs(title)
    across, values = _axis_titles(root)
    found += [plain_paragraph(text) for text in dict.fromkeys(values)]
    names: list[str] = [" / ".join(dict.fromkeys(across))]
    categories: dict[int, str] = {}
    columns: list[dict[int, str]] = []
    for series in root.iter(_C + "ser"):
        names.append(" ".join(_points(series.find(_C + "tx")).values()))
        categories |= _points(_first(series, "cat", "xVal"))
        columns.append(_points(_first(series, "val", "yVal")))
    places = sorted({place for points in (categories, *columns) for place in points})
    rows = [names, *([categories.get(place, ""), *(column.get(place, "") for column in columns)] for place in places)]
    if not columns or not places:
        found += [plain_paragraph(text) for text in dict.fromkeys(across)]
    else:
        found.append(Table(tuple(tuple(Cell((plain_paragraph(text),)) for text in row) for row in rows), header="row"))
    return found


def _axis_titles(root: Element) -> tuple[list[str], list[str]]:
    """Return the titles of the axes of the categories and of the axes of the values."""
    plot = root.find(f"{_C}chart/{_C}plotArea")
    axes = [axis for axis in plot if axis.tag in _AXES] if plot is not None else []
    has_categories = any(axis.tag != _C + "valAx" for axis in axes)
    across: list[str] = []
    values: list[str] = []
    for axis in axes:
        title = axis.find(_C + "title")
        text = " ".join(" ".join(line.text.split()) for line in drawing_paragraphs(title)) if title is not None else ""
        position = axis.find(_C + "axPos")
        is_flat = position is not None and position.get("val") in ("b", "t")
        is_across = axis.tag != _C + "valAx" if has_categories else is_flat
        (across if is_across else values).extend([text] if text else [])
    return across, values


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
        if text and 0 <= place < MAX_POINTS:
            if point.getparent().tag not in _TEXTS:
                text = shown_value(text, point.get("formatCode") or point.getparent().findtext(_C + "formatCode") or "")
            found[place] = f"{text} {found[place]}" if place in found else text
    if not found and (text := (element.findtext(_C + "v") or "").strip()):
        found[0] = text
    return found
