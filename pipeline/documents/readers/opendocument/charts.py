"""Reads the charts of OpenDocument files: titles, and the table of values that a chart keeps (ODF 1.3, part 3, 11).

In: the root of a chart's content. Out: blocks. Used by the readers of odt, odp and ods.
"""

from __future__ import annotations

from pipeline.documents.readers.blocks import Block, Cell, Table, text_of
from pipeline.documents.readers.charts import plain_paragraph
from pipeline.documents.readers.opendocument.names import CHART, TABLE, TEXT
from pipeline.documents.readers.zip_parts import Element

_MAX_ROWS = 10_000


def chart_blocks(root: Element) -> list[Block]:
    """Return the title of a chart, what its values are, and a table of them: categories by series.

    The title of the axis of the categories stands above them. Empty if the root holds no chart.
    """
    chart = next(root.iter(CHART + "chart"), None)
    if chart is None:
        return []
    titles = [_text(title) for title in chart.findall(CHART + "title")]
    found: list[Block] = [plain_paragraph(text) for text in titles if text]
    categories = ""
    for axis in chart.iter(CHART + "axis"):
        text = " ".join(filter(None, map(_text, axis.findall(CHART + "title"))))
        if axis.get(CHART + "dimension") == "x":
            categories = categories or text
        elif text:
            found.append(plain_paragraph(text))
    tables = [_table(table, categories) for table in chart.findall(TABLE + "table")]
    found += [table for table in tables if text_of([table])]
    has_values = any(isinstance(block, Table) for block in found)
    return found if has_values or not categories else [*found, plain_paragraph(categories)]


def _table(table: Element, categories: str) -> Table:
    rows = [
        [_text(cell) for cell in row.findall(TABLE + "table-cell")]
        for _, row in zip(range(_MAX_ROWS), table.iter(TABLE + "table-row"), strict=False)
    ]
    if rows and rows[0] and not rows[0][0]:
        rows[0][0] = categories
    return Table(tuple(tuple(Cell((plain_paragraph(text),)) for text in row) for row in rows), header="row")


def _text(element: Element) -> str:
    return " ".join("".join(line.itertext()).strip() for line in element.iter(TEXT + "p")).strip()
