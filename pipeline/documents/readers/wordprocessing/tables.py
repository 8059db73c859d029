"""Reads a table: its rows and cells with their spans. Rows that the chosen version of the text lacks are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.readers.blocks import MAX_COLUMNS, Block, Cell, Table
from pipeline.documents.readers.wordprocessing.package import MC, W, is_on, number, value
from pipeline.documents.readers.zip_parts import Element

_WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))


@dataclass(slots=True)
class _OpenCell:
    """A cell of the table while its spans grow."""

    blocks: list[Block]
    column_span: int
    row_span: int = 1


def read_table(
    table: Element,
    *,
    is_read: Callable[[Element], bool],
    read_row: Callable[[Sequence[Element]], list[list[Block]]],
) -> Table:
    """Return a table.

    Args:
        table: the element `w:tbl`.
        is_read: whether a row is read, given its properties.
        read_row: returns the blocks of each cell of a row.
    """
    rows: list[list[_OpenCell]] = []
    above: dict[int, _OpenCell] = {}
    header: str | None = None
    for row in _found(table, W + "tr"):
        properties = row.find(W + "trPr")
        if properties is not None and not is_read(properties):
            continue
        cells = list(_found(row, W + "tc"))
        if not rows and is_on(properties, "tblHeader"):
            header = "row"
        rows.append([])
        column = min(MAX_COLUMNS, number(value(properties, "gridBefore")) or 0)
        rows[-1] += [_OpenCell([], 1) for _ in range(column)]
        open_now: dict[int, _OpenCell] = {}
        for cell, blocks in zip(cells, read_row(cells), strict=True):
            span = max(1, min(MAX_COLUMNS - column, number(value(cell, "tcPr/gridSpan")) or 1))
            before = above.get(column)
            if _continues(cell, "hMerge") and rows[-1]:
                rows[-1][-1].column_span += 1
            elif _continues(cell, "vMerge") and before is not None and before.column_span == span:
                before.row_span += 1
                open_now[column] = before
            else:
                rows[-1].append(_OpenCell(blocks, span))
                if cell.find(f"{W}tcPr/{W}vMerge") is not None:
                    open_now[column] = rows[-1][-1]
            column += span
            if column >= MAX_COLUMNS:
                break
        above = open_now
    made = (tuple(Cell(tuple(cell.blocks), cell.row_span, cell.column_span) for cell in row) for row in rows)
    return Table(tuple(made), header)


def _found(element: Element, tag: str) -> Iterator[Element]:
    """Yield the rows of a table, or the cells of a row, also those inside content controls."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _found(child, tag)
        elif child.tag == MC + "AlternateContent":
            choice = child.find(MC + "Choice")
            yield from _found(choice if choice is not None else child, tag)


def _continues(cell: Element, merge: str) -> bool:
    """Return whether a cell continues the cell above (`vMerge`) or before it (`hMerge`)."""
    found = cell.find(f"{W}tcPr/{W}{merge}")
    return found is not None and (found.get(W + "val") or "continue") == "continue"
