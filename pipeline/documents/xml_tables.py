"""Reads the cells of a table in XML: CALS (`row`, `entry`), HTML (`tr`, `td`) and TEI (`row`, `cell`).

Used by `xml_blocks`. A cell that a span covers is not repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from pipeline.documents.xml_parsing import local_name

_ROWS = frozenset({"row", "tr", "strow", "sthead"})
_CELLS = frozenset({"entry", "td", "th", "cell", "stentry"})
_MAX_SPAN = 100


@dataclass(frozen=True, slots=True)
class XmlCell:
    """A cell and its spans."""

    node: etree._Element
    row_span: int
    column_span: int


def table_rows(table: etree._Element) -> list[list[XmlCell]]:
    """Return the rows of a table as they are shown: in the order of the file, but the rows of the foot last."""
    columns = {
        spec.get("colname", ""): number
        for number, spec in enumerate(node for node in table.iter() if local_name(node).lower() == "colspec")
    }
    in_foot = any(local_name(above).lower() == "tfoot" for above in (table, *table.iterancestors()))
    rows = sorted(_rows(table, in_foot=in_foot), key=lambda found: found[1])
    return [[_cell(node, columns) for node in row if local_name(node).lower() in _CELLS] for row, _ in rows]


def _rows(table: etree._Element, *, in_foot: bool) -> Iterator[tuple[etree._Element, bool]]:
    """Yield the rows of a table without those of tables inside its cells, and whether each is in the foot."""
    for child in table:
        name = local_name(child).lower()
        if name in _ROWS:
            yield child, in_foot
        elif name in ("thead", "tbody", "tfoot", "tgroup"):
            yield from _rows(child, in_foot=in_foot or name == "tfoot")


def _cell(node: etree._Element, columns: dict[str, int]) -> XmlCell:
    first, last = columns.get(node.get("namest", "")), columns.get(node.get("nameend", ""))
    width = last - first + 1 if first is not None and last is not None else 0
    height = _number(node.get("morerows"), 0) + 1
    return XmlCell(
        node,
        min(_MAX_SPAN, max(height, _number(node.get("rowspan") or node.get("rows"), 1))),
        min(_MAX_SPAN, max(width, _number(node.get("colspan") or node.get("cols"), 1))),
    )


def _number(value: str | None, default: int) -> int:
    return int(value) if value and value.isdigit() and len(value) < 5 else default
