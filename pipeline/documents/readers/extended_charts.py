"""Reads the charts that Office 2016 added, such as waterfalls, treemaps and funnels ([MS-ODRAWXML], 2.24.3).

In: the root of a chart's part. Out: its title and a table of its values. Used by `drawn_parts`. Cost: linear in the
points of the chart.
"""

from __future__ import annotations

from pipeline.documents.readers.blocks import Block, Cell, Paragraph, Table
from pipeline.documents.readers.charts import MAX_POINTS, drawing_paragraphs, plain_paragraph, shown_value
from pipeline.documents.readers.zip_parts import Element

CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"


def extended_chart_blocks(root: Element) -> list[Block]:
    """Return the title of a chart and, for each series, a table with one row per category."""
    found: list[Block] = []
    chart = root.find(CX + "chart")
    title = chart.find(CX + "title") if chart is not None else None
    if title is not None:
        found += _texts(title)
    data = {one.get("id") or "": one for one in root.iter(CX + "data") if one.get("id")}
    for series in root.iter(CX + "series"):
        reference = series.find(CX + "dataId")
        known = data.get(reference.get("val") or "") if reference is not None else None
        name = series.find(CX + "tx")
        names = "".join(block.text for block in _texts(name)) if name is not None else ""
        rows = _rows(known) if known is not None else []
        if rows:
            header = [""] * (max(map(len, rows)) - 1) + [names]
            cells = (tuple(Cell((plain_paragraph(text),)) for text in row) for row in (header, *rows))
            found.append(Table(tuple(cells), header="row"))
    return found


def _texts(element: Element) -> list[Paragraph]:
    rich = drawing_paragraphs(element)
    plain = (element.findtext(f"{CX}tx/{CX}txData/{CX}v") or element.findtext(f"{CX}txData/{CX}v") or "").strip()
    return rich or ([plain_paragraph(plain)] if plain else [])


def _rows(data: Element) -> list[list[str]]:
    """Return the categories, the outermost level first, and the values of each point."""
    columns: list[dict[int, str]] = []
    for dimension in [*data.findall(CX + "strDim"), *data.findall(CX + "numDim")]:
        columns += [_points(level) for level in reversed(dimension.findall(CX + "lvl"))]
    places = sorted({place for column in columns for place in column})
    return [[column.get(place, "") for column in columns] for place in places]


def _points(level: Element) -> dict[int, str]:
    found: dict[int, str] = {}
    for point in level.findall(CX + "pt"):
        number, text = point.get("idx") or "", (point.text or "").strip()
        if number.isdigit() and int(number) < MAX_POINTS and text:
            is_text = level.getparent().tag == CX + "strDim"
            found[int(number)] = text if is_text else shown_value(text, level.get("formatCode") or "")
    return found
