"""Reads tables without borders: reStructuredText simple tables, and tables with a rule, tabs or aligned columns.

A rule is a line of dashes or equals signs with gaps between the columns. Takes the lines of a text; returns `Table`s.
Only unambiguous tables are read: a rule or tabs separate the columns, or the columns are at the same positions in every
row and the cells show a header. Time is linear in the size of the table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pipeline.documents.grammar.tables.header import judge_marked_row, judge_plain_rows
from pipeline.documents.grammar.tables.table import Cell, Header, Table, table_of
from pipeline.documents.grammar.text_lines import TextLine

_RULE = re.compile(r"[=-]{2,}(?:[ \t]+[=-]{2,})+$")
"""A rule, such as `=====  ===`."""
_GAP = re.compile(r"[ ]{2,}")
_MAX_WIDTH = 400
_MAX_LINES = 3_000
_MAX_TABBED_CELL_CHARS = 120
_MIN_PLAIN_ROWS = 3
_MIN_PLAIN_COLUMNS = 2


def read_ruled_table(lines: Sequence[TextLine], index: int) -> tuple[Table, int] | None:
    """Read a table in which a rule above or below the first row marks the columns.

    The line at `index` is the first rule of a simple table, or the header above a rule.
    """
    if _is_rule(lines[index]):
        return _read_simple(lines, index)
    if index + 1 < len(lines) and lines[index].is_prose and _is_rule(lines[index + 1]):
        return _read_underlined(lines, index)
    return None


def read_tabbed_table(lines: Sequence[TextLine], index: int) -> tuple[Table | None, int] | None:
    """Read rows of fields separated by tabs."""
    if "\t" not in lines[index].content or lines[index].is_code:
        return None
    stop = index
    while stop < len(lines) and "\t" in lines[stop].content and not lines[stop].is_code:
        stop += 1
    rows = [_tabbed(line, number) for number, line in enumerate(lines[index:stop])]
    values = [[cell.value for cell in row] for row in rows]
    same = all(len(row) == len(rows[0]) for row in rows)
    short = all(len(value) <= _MAX_TABBED_CELL_CHARS for row in values for value in row)
    if len(rows) < 2 or not same or len(rows[0]) < 2 or not short:
        return None, stop
    return table_of(lines[index:stop], rows, judge_plain_rows(values)), stop


def read_spaced_table(lines: Sequence[TextLine], index: int) -> tuple[Table | None, int] | None:
    """Read at least three rows aligned with blanks, up to a blank line.

    The cells must show a header row, in which case there are at least three columns, or a column of names next to
    values.
    """
    first = lines[index]
    if not first.is_prose or len(_GAP.split(first.content)) < _MIN_PLAIN_COLUMNS or len(first.text) > _MAX_WIDTH:
        return None
    stop = index
    rows: list[list[Cell]] = []
    columns: list[int] = []
    while stop < len(lines) and lines[stop].is_prose and len(lines[stop].text) <= _MAX_WIDTH:
        row, columns_of_row = _spaced(lines[stop], len(rows))
        if columns and columns_of_row != columns:
            break
        rows.append(row)
        columns = columns_of_row
        stop += 1
    is_before_blank = stop == len(lines) or not lines[stop].content
    header = judge_plain_rows([[cell.value for cell in row] for row in rows]) if len(rows) >= _MIN_PLAIN_ROWS else None
    is_certain = header is Header.COLUMN or (header is Header.ROW and len(rows[0]) > 2)
    if not is_before_blank or header is None or not is_certain:
        return None, stop
    return table_of(lines[index:stop], rows, header), stop


def _is_rule(line: TextLine) -> bool:
    content = line.content
    return len(content) >= 5 and len(content) <= _MAX_WIDTH and not line.is_code and _RULE.match(content) is not None


def _read_simple(lines: Sequence[TextLine], index: int) -> tuple[Table, int] | None:
    """Read a simple table: a rule `=====  =====` above and below the rows, and optionally below the header."""
    border = lines[index].content
    rules = [index]
    stop = index + 1
    while stop < len(lines) and stop - index < _MAX_LINES:
        content = lines[stop].content
        if content == border:
            rules.append(stop)
            if len(rules) == 3 or stop + 1 >= len(lines) or not lines[stop + 1].content:
                stop += 1
                break
        elif (not content and lines[stop - 1].content in ("", border)) or ("=" in content and _is_rule(lines[stop])):
            return None
        stop += 1
    if len(rules) < 2 or rules[-1] != stop - 1 or "=" not in border:
        return None
    columns = _columns(lines[index])
    parts = [(rules[0] + 1, rules[1]), (rules[1] + 1, rules[2])] if len(rules) == 3 else [(rules[0] + 1, rules[1])]
    rows: list[list[Cell]] = []
    num_header_rows = 0
    for part, (begin, end) in enumerate(parts):
        for line in lines[begin:end]:
            if not line.content or set(line.content) <= {"-", " "}:
                continue
            cells = _cut(line, columns, len(rows))
            if cells is None:
                return None
            if rows and not cells[0].value and (len(rows) > num_header_rows or part == 0):
                rows[-1] = _joined(rows[-1], cells)
            else:
                rows.append(cells)
        if len(parts) == 2 and part == 0:
            num_header_rows = len(rows)
    values = [[cell.value for cell in row] for row in rows]
    if len(rows) < 2 or num_header_rows > 1:
        return table_of(lines[index:stop], (), Header.NONE), stop
    header = judge_marked_row(values) if num_header_rows == 1 else judge_plain_rows(values)
    return table_of(lines[index:stop], rows, header), stop


def _read_underlined(lines: Sequence[TextLine], index: int) -> tuple[Table, int] | None:
    """Read a header, a rule that marks the columns, and rows up to a blank line, code or another rule."""
    rule = lines[index + 1]
    columns = _columns(rule)
    stop = index + 2
    while stop < len(lines) and lines[stop].is_prose and not _is_rule(lines[stop]):
        stop += 1
    rows: list[list[Cell]] = []
    for line in [lines[index], *lines[index + 2 : stop]]:
        cells = _cut(line, columns, len(rows))
        if cells is None or not cells[0].value:
            return None
        rows.append(cells)
    values = [[cell.value for cell in row] for row in rows]
    return (table_of(lines[index:stop], rows, judge_marked_row(values)), stop) if len(rows) > 1 else None


def _columns(rule: TextLine) -> list[int]:
    """Return the display column at which each table column begins."""
    return [rule.indent + match.start() for match in re.finditer(r"[=-]+", rule.content)]


def _cut(line: TextLine, columns: Sequence[int], row: int) -> list[Cell] | None:
    """Cut a line into cells at the given display columns.

    Return None if a word crosses the start of a column or if the line is too long.
    """
    if len(line.text) > _MAX_WIDTH:
        return None
    shown = _shown(line.text)
    cells: list[Cell] = []
    for number, left in enumerate(columns):
        right = columns[number + 1] if number + 1 < len(columns) else len(shown)
        begin, end = shown[min(left, len(shown) - 1)], shown[min(right, len(shown) - 1)]
        if number and left < len(shown) - 1 and line.text[begin - 1 : begin].strip() and line.text[begin].strip():
            return None
        piece = line.text[begin:end]
        kept = piece.strip()
        start = line.start + begin + (len(piece) - len(piece.lstrip()) if kept else 0)
        cells.append(Cell(start, start + len(kept), " ".join(kept.split()), row, number))
    return cells


def _shown(text: str) -> list[int]:
    """Return, for each display column, the index of the character shown there; the last entry is the line's length."""
    shown: list[int] = []
    for index, char in enumerate(text):
        width = 4 - len(shown) % 4 if char == "\t" else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        shown.extend([index] * width)
    return [*shown, len(text)]


def _joined(row: Sequence[Cell], more: Sequence[Cell]) -> list[Cell]:
    """Return the cells of a row, each continued by the cell of the next line below it."""
    return [
        Cell(above.start, max(above.end, below.end), f"{above.value} {below.value}".strip(), above.row, above.column)
        if below.value
        else above
        for above, below in zip(row, more, strict=True)
    ]


def _tabbed(line: TextLine, row: int) -> list[Cell]:
    cells: list[Cell] = []
    begin = 0
    for piece in line.content.split("\t"):
        kept = piece.strip()
        start = line.content_start + begin + len(piece) - len(piece.lstrip())
        cells.append(Cell(start, start + len(kept), kept, row, len(cells)))
        begin += len(piece) + 1
    return cells


def _spaced(line: TextLine, row: int) -> tuple[list[Cell], list[int]]:
    """Return the cells of a line that two or more blanks separate, and the display column at which each begins."""
    column_at: dict[int, int] = {}
    for column, char_index in enumerate(_shown(line.text)):
        column_at.setdefault(char_index, column)
    cells: list[Cell] = []
    columns = []
    begin = line.content_start - line.start
    end = begin + len(line.content)
    for stop in [*(match.start() for match in _GAP.finditer(line.text, begin, end)), end]:
        while line.text[begin] == " ":
            begin += 1
        cells.append(Cell(line.start + begin, line.start + stop, line.text[begin:stop], row, len(cells)))
        columns.append(column_at[begin])
        begin = stop
    return cells, columns
