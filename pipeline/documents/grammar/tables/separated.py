"""Reads blocks of separated values: fenced as `csv` or `tsv`, or lines of fields between commas or semicolons.

Takes the lines of a text; returns `Table`s. All lines of a block must have the same number of fields. A block outside a
fence is read only if it has at least three lines and three fields, and its cells show a header row. Time is linear in
the size of the block.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

from pipeline.documents.grammar.tables.header import judge_plain_rows
from pipeline.documents.grammar.tables.table import Cell, Header, Table, table_of
from pipeline.documents.grammar.text_lines import TextLine, fence_language

_DELIMITERS = {"csv": ",", "tsv": "\t"}
_MIN_FIELDS = 3
_MIN_ROWS = 3
_MAX_LINE_CHARS = 1_000
_MAX_FIELD_CHARS = 60


def read_separated_table(lines: Sequence[TextLine], index: int) -> tuple[Table | None, int] | None:
    """Read the table that starts with a fence or a line of values at `index`."""
    line = lines[index]
    if line.is_code:
        return _read_fenced(lines, index)
    delimiter = next((sign for sign in ";," if line.content.count(sign) >= _MIN_FIELDS - 1), "")
    if not delimiter or len(line.content) > _MAX_LINE_CHARS:
        return None
    stop = index
    while stop < len(lines) and lines[stop].is_prose and delimiter in lines[stop].content:
        stop += 1
    if stop - index < _MIN_ROWS or (stop < len(lines) and lines[stop].content):
        return None, stop
    rows = _rows(lines[index:stop], delimiter)
    if rows is None or len(rows[0]) < _MIN_FIELDS or _reads_as_prose(rows):
        return None, stop
    header = judge_plain_rows([[cell.value for cell in row] for row in rows])
    return (table_of(lines[index:stop], rows, header) if header is Header.ROW else None), stop


def _read_fenced(lines: Sequence[TextLine], index: int) -> tuple[Table | None, int] | None:
    delimiter = _DELIMITERS.get(fence_language(lines[index]) or "")
    if delimiter is None or (index and lines[index - 1].is_code and lines[index - 1].content):
        return None
    stop = index + 1
    while stop < len(lines) and lines[stop].is_code and fence_language(lines[stop]) is None:
        stop += 1
    body = [line for line in lines[index + 1 : stop] if line.content]
    rows = _rows(body, delimiter)
    if rows is None or len(rows) < 2 or len(rows[0]) < 2:
        return None
    header = judge_plain_rows([[cell.value for cell in row] for row in rows])
    return table_of(lines[index:stop], rows, header), min(stop + 1, len(lines))


def _rows(lines: Sequence[TextLine], delimiter: str) -> list[list[Cell]] | None:
    """Return the fields of each line; None if lines differ in their number of fields, or a line is invalid or long."""
    rows: list[list[Cell]] = []
    for line in lines:
        if len(line.content) > _MAX_LINE_CHARS:
            return None
        fields = _fields(line.content, delimiter)
        if not fields or (rows and len(fields) != len(rows[0])):
            return None
        rows.append(_cells(line, fields, len(rows)))
    return rows or None


def _fields(content: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([content], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _cells(line: TextLine, fields: Sequence[str], row: int) -> list[Cell]:
    cells = []
    begin = 0
    for column, field in enumerate(fields):
        value = field.strip()
        found = line.content.find(value, begin)
        start = line.content_start + max(begin, found)
        cells.append(Cell(start, min(start + len(value), line.content_end), value, row, column))
        begin = max(begin, found) + len(value)
    return cells


def _reads_as_prose(rows: Sequence[Sequence[Cell]]) -> bool:
    fields = [cell.value for row in rows for cell in row]
    return any(len(field) > _MAX_FIELD_CHARS or field.endswith((".", "?", "!")) for field in fields)
