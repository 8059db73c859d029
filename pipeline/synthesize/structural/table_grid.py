"""Reads the tables of a document as grids of cells, with the names by which questions can refer to the tables.

Takes a `Reading`; returns `TableGrid`s. A question names a table by its caption or by its section. Used by the tasks
about tables. Time is linear in the number of cells.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.tables.table import MAX_CELLS
from pipeline.languages import language_rules
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural.blocks import without_tags
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.headings import NamedSection, SectionFinder
from pipeline.synthesize.structural.reading import Reading

FOOTNOTE = re.compile(r"\s?(?:\^\[\w{1,2}\]|\[\^\w{1,8}\]|\[\w\])$")
"""A footnote mark at the end of a cell, such as `[a]` or `[^1]`; the note may limit the value."""
EMPTY = {"", "-", "–", "—", "n/a", "N/A"}
"""Cells that hold no value."""
BULLETS = "•·-–* "
MAX_KEY_CHARS = 80


@dataclass(frozen=True, slots=True)
class TableGrid:
    """One table with its cells by row and column."""

    node: Node
    rows: tuple[tuple[str, ...], ...]
    """Text of the cells by row and column, including the header row; a merged cell appears at each of its positions."""
    is_single: tuple[tuple[bool, ...], ...]
    """Whether the cell is in one column only, by row and column."""
    num_header_rows: int
    """Number of rows that the cells of the first row cover."""
    has_groups: bool
    """Whether a cell of the first row covers several columns."""
    has_tall_cells: bool
    """Whether a cell below the header covers several rows."""
    lines: tuple[Span, ...]
    """Span of the text lines of each row; of the whole table if no cell is in the row."""


def identified_tables(
    reading: Reading, sections: Sequence[NamedSection], *, furniture: Sequence[Span]
) -> Iterator[tuple[TableGrid, str, NamedSection]]:
    """Yield each table with its name in a question, which is empty if nothing identifies it, and its section.

    Args:
        reading: The document.
        sections: The sections of the document.
        furniture: Lines that are not part of the document's text; tables that contain one are left out.
    """
    finder = SectionFinder(sections)
    found = [table for table in _tables(reading.text, reading.tables) if not _is_furniture(table.node, furniture)]
    starts = [table.node.start for table in found]
    captions = Counter(table.node.label for table in found if table.node.label)
    for table in found:
        section = finder.at(table.node.start)
        name = ""
        if table.node.label and captions[table.node.label] == 1:
            name = f"“{table.node.label}”"
        elif section.name and section.num_within(starts) == 1:
            name = language_rules(reading.language).frames.table_under.format(name=section.name)
        yield table, name, section


def column_names(table: TableGrid) -> list[str]:
    """Return the name of each column: its cells in the rows of the header, without repetitions."""
    columns = zip(*table.rows[: table.num_header_rows], strict=True)
    return [" ".join(filter(None, dict.fromkeys(column))) for column in columns]


def continues_below(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether the row after row `at` has no key and may therefore continue row `at`."""
    return at + 1 < len(rows) and rows[at + 1][0] in EMPTY


def is_key(cell: str) -> bool:
    """Return whether a cell can name its row."""
    return cell not in EMPTY and len(cell) <= MAX_KEY_CHARS


def _is_furniture(table: Node, furniture: Sequence[Span]) -> bool:
    """Return whether a table contains page furniture: lines that are not part of the document, such as page links."""
    return any(table.start <= span.start < table.end for span in furniture)


def _tables(text: str, nodes: Sequence[Node]) -> list[TableGrid]:
    cells: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        if node.kind is NodeKind.CELL:
            cells[node.parent].append(node)
    tables = (_table(text, node, cells[index]) for index, node in enumerate(nodes) if node.kind is NodeKind.TABLE)
    return [table for table in tables if table is not None]


def _table(text: str, node: Node, cells: Sequence[Node]) -> TableGrid | None:
    """Return a table with its cells in a grid; None if the grid is too small or too large."""
    num_rows = max((cell.row + cell.row_span for cell in cells), default=0)
    num_columns = max((cell.column + cell.column_span for cell in cells), default=0)
    if num_rows < 2 or num_columns < 2 or num_rows * num_columns > MAX_CELLS:
        return None
    rows = [[""] * num_columns for _ in range(num_rows)]
    is_single = [[True] * num_columns for _ in range(num_rows)]
    cells_of_row: list[list[Node]] = [[] for _ in range(num_rows)]
    for cell in cells:
        for row in range(cell.row, cell.row + cell.row_span):
            cells_of_row[row].append(cell)
            for column in range(cell.column, cell.column + cell.column_span):
                rows[row][column] = without_tags(cell.value)
                is_single[row][column] = cell.column_span == 1
    lines = [_line_of(text, node, row, inside) for row, inside in enumerate(cells_of_row)]
    num_header_rows = max((cell.row_span for cell in cells if cell.row == 0), default=1)
    return TableGrid(
        node,
        tuple(tuple(row) for row in rows),
        tuple(tuple(row) for row in is_single),
        min(num_header_rows, num_rows),
        any(cell.column_span > 1 for cell in cells if cell.row == 0),
        any(cell.row_span > 1 for cell in cells if cell.row >= num_header_rows),
        tuple(line if line is not None else Span(node.start, node.end) for line in lines),
    )


def _line_of(text: str, table: Node, row: int, cells: Sequence[Node]) -> Span | None:
    """Return the span of the text lines of a row, without surrounding white space; None for a row without cells.

    The lines on which its merged cells begin are included, unless the row repeats their text.
    """
    own = [cell for cell in cells if cell.row == row]
    line = _lines_around(text, table, own) if own else None
    if line is not None and all(cell.value in text[line.start : line.end] for cell in cells):
        return line
    return _lines_around(text, table, cells) if cells else None


def _lines_around(text: str, table: Node, cells: Sequence[Node]) -> Span:
    first = text.rfind("\n", table.start, min(cell.start for cell in cells)) + 1 or table.start
    last = text.find("\n", max(cell.end for cell in cells), table.end)
    piece = text[first : table.end if last < 0 else last]
    start = first + len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))
