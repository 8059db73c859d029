"""What the tests of tables compare: the header of each table and its values, with every span checked."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.grammar.tables.reading import read_tables
from pipeline.documents.grammar.tables.table import Cell, rows_of
from pipeline.documents.marks import Mark
from pipeline.nodes import ROOT, Node, NodeKind


def checked_tables(text: str, marks: Sequence[Mark] = ()) -> list[tuple[Node, list[list[str]]]]:
    """Each TABLE node with its values; cells lie inside their table and show what they hold."""
    nodes = read_tables(text, marks=marks)
    cells: dict[int, list[Cell]] = {index: [] for index, node in enumerate(nodes) if node.kind is NodeKind.TABLE}
    for node in nodes:
        assert 0 <= node.start <= node.body <= node.end <= len(text)
        if node.kind is NodeKind.TABLE:
            assert node.parent == ROOT and node.start < node.end
            continue
        assert node.kind is NodeKind.CELL
        table = nodes[node.parent]
        assert table.start <= node.start <= node.end <= table.end
        assert not node.value or node.value.split()[0].strip("\\") in text[node.start : node.end]
        cells[node.parent].append(
            Cell(node.start, node.end, node.value, node.row, node.column, node.row_span, node.column_span)
        )
    return [(nodes[index], rows_of(found)) for index, found in cells.items()]


def tables(text: str, marks: Sequence[Mark] = ()) -> list[tuple[str, list[list[str]]]]:
    """Where the header of each table is, and its values."""
    return [(node.value, rows) for node, rows in checked_tables(text, marks)]
