"""Reads tables whose cells are separated by pipes: markdown and Org tables, with or without outer pipes.

Takes the lines of a text; returns `Table`s. A table has a rule, such as `|---|---|`, below the first row. If a row has
more or fewer cells than the first row, the columns are uncertain, and the table is returned without cells. So is a
table with only one column or only one row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.grammar.tables.header import judge_marked_row
from pipeline.documents.grammar.tables.table import Cell, Header, Table
from pipeline.documents.grammar.text_lines import TextLine

_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:[|+][ \t]*:?-+:?[ \t]*)*\|?$")
_CELL_END = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([|_*`\\<>\[\]#~-])")


def is_rule(content: str) -> bool:
    """Return whether a line is the rule below the first row of a pipe table."""
    return "-" in content and ("|" in content) and _RULE.match(content) is not None


def read_pipe_table(lines: Sequence[TextLine], index: int) -> tuple[Table, int] | None:
    """Read the pipe table that starts at the line at `index`."""
    if index + 1 >= len(lines):
        return None
    first, rule = lines[index], lines[index + 1]
    if "|" not in first.content or first.is_code or not is_rule(rule.content):
        return None
    stop = index + 2
    while stop < len(lines) and "|" in lines[stop].content and not lines[stop].is_code:
        stop += 1
    body = [line for line in lines[index + 2 : stop] if not is_rule(line.content)]
    rows = [_cells_of(line, number) for number, line in enumerate([first, *body])]
    end = lines[stop - 1].content_end
    if len(rows[0]) < 2 or not body or any(len(row) != len(rows[0]) for row in rows):
        return Table(first.content_start, end, Header.NONE, ()), stop
    return _table(first.content_start, end, rows), stop


def _table(start: int, end: int, rows: Sequence[Sequence[Cell]]) -> Table:
    values = [[cell.value for cell in row] for row in rows]
    header = judge_marked_row(values)
    cells = [cell for row in rows for cell in row]
    if not any(values[0]):
        # The format requires a first row. An empty first row means that the table has no header row.
        cells = [Cell(cell.start, cell.end, cell.value, cell.row - 1, cell.column) for row in rows[1:] for cell in row]
    return Table(start, end, header, tuple(cells))


def _cells_of(line: TextLine, row: int) -> list[Cell]:
    """Return the cells of a row. A pipe after a backslash is part of a cell."""
    content, offset = line.content, line.content_start
    first = 1 if content.startswith("|") else 0
    last = len(content) - 1 if len(content) > 1 and content.endswith("|") and content[-2] != "\\" else len(content)
    cells: list[Cell] = []
    begin = first
    for end in [*(match.start() for match in _CELL_END.finditer(content, first, last)), last]:
        piece = content[begin:end]
        kept = piece.strip()
        start = offset + begin + len(piece) - len(piece.lstrip()) if kept else offset + begin
        value = " ".join(_ESCAPED.sub(r"\1", kept).split())
        cells.append(Cell(start, start + len(kept), value, row, len(cells)))
        begin = end + 1
    return cells
