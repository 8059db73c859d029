"""Tables without ruled cells: rows of text that is aligned in columns.

In: the lines of a page in the order of its content. Out: `Table`s and the lines that are left. Used by `pdf.layout`.
Only rows that the content draws from left to right are taken, and only where most rows fill the same columns; what is
uncertain stays lines of text, and so do rows in a font of fixed width, which are code. Cost: linear in the lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from statistics import fmean

from pipeline.documents.pdf.cells import Cell, Table
from pipeline.documents.pdf.lines import Line

_MIN_ROWS, _MAX_ROWS = 3, 200
_MANY_CELLS = 4
_MAX_STEP = 3.2
"""Largest distance between the baselines of two rows of a table, in font sizes."""
_MIN_FILLED = 0.55
"""Share of the cells that must have text."""
_MAX_PROSE_CHARS = 45
"""Mean characters of a cell above which columns are prose. Two columns are prose if each has more than half of it."""
_LEADER = re.compile(r"(?:[.·․‥…]\s?){3,}")
_LABEL = re.compile(r"(?:[(\[]?\w{1,3}[.)\]]|[^\w\s$€£¥%#]|제\d+조)$")
_SECTION = re.compile(r"\d{1,3}(?:[.-]\d{1,3})+\.?$")
_Row = list[Line]


def aligned_tables(lines: Sequence[Line]) -> tuple[list[Table], list[Line]]:
    """Return the tables of aligned columns, and the lines outside of them in their order."""
    rows = [list(row) for _, row in groupby(lines, key=lambda line: line.row)]
    tables: list[Table] = []
    left: list[Line] = []
    start = 0
    while start < len(rows):
        end = _run_end(rows, start)
        table = _table(rows[start:end])
        if table is None:
            end = next((number for number in range(start, end) if len(rows[number]) < 2), end)
            table = _table(rows[start:end])
        if table is None:
            left += rows[start]
            start += 1
        else:
            tables.append(table)
            start = end
    return tables, left


def _run_end(rows: Sequence[_Row], start: int) -> int:
    """Return the end of the rows from `start` on that may form a table."""
    if len(rows[start]) < 2 or all(line.style.is_fixed for line in rows[start]):
        return start
    end = start + 1
    last = end
    while end < min(len(rows), start + _MAX_ROWS) and _follows(rows[end - 1], rows[end]):
        end += 1
        if len(rows[end - 1]) > 1:
            last = end
        elif end - last > 1:
            break
    return last


def _follows(above: _Row, below: _Row) -> bool:
    step = below[0].base - above[0].base
    size = max(above[0].size, below[0].size)
    return 0.5 * size < step < _MAX_STEP * size


def _table(rows: Sequence[_Row]) -> Table | None:
    full = [row for row in rows if len(row) > 1]
    if len(full) < (2 if _are_alike(rows) else _MIN_ROWS) or len(full) < 0.6 * len(rows):
        return None
    if any(_LEADER.search(line.text) for row in full for line in row):
        return None
    usual = Counter(len(row) for row in full).most_common(1)[0][0]
    columns = _columns([row for row in full if len(row) >= usual])
    if len(columns) < 2:
        return None
    cells: list[Cell] = []
    for number, row in enumerate(rows):
        placed = _placed(row, columns)
        if placed is None:
            return None
        cells += [Cell(number, first, 1, last - first + 1, [line]) for line, first, last in placed]
    if len(cells) < _MIN_FILLED * len(rows) * len(columns) or _is_prose(full, len(columns)):
        return None
    everything = [line for row in rows for line in row]
    return Table(
        min(line.left for line in everything),
        min(line.top for line in everything),
        max(line.right for line in everything),
        max(line.bottom for line in everything),
        cells,
    )


def _are_alike(rows: Sequence[_Row]) -> bool:
    """Return whether these are two rows of `_MANY_CELLS` or more cells, which begin at the same places in both."""
    if len(rows) != 2 or len(rows[0]) != len(rows[1]) or len(rows[0]) < _MANY_CELLS:
        return False
    return all(abs(above.left - below.left) < 2 for above, below in zip(*rows, strict=True))


def _columns(rows: Sequence[_Row]) -> list[tuple[float, float]]:
    """Return the horizontal stretches that the cells of rows cover."""
    stretches = sorted((line.left, line.right) for row in rows for line in row)
    columns: list[tuple[float, float]] = []
    for left, right in stretches:
        if columns and left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _placed(row: _Row, columns: Sequence[tuple[float, float]]) -> list[tuple[Line, int, int]] | None:
    """Return each cell of a row with its first and last column; None if two cells share a column."""
    placed = []
    free = 0
    for line in sorted(row, key=lambda line: line.left):
        touched = [
            number for number, (left, right) in enumerate(columns) if line.left < right - 1 and line.right > left + 1
        ]
        if not touched:
            distances = [max(left - line.right, line.left - right) for left, right in columns]
            touched = [min(range(len(columns)), key=distances.__getitem__)]
        if touched[0] < free:
            return None
        placed.append((line, touched[0], touched[-1]))
        free = touched[-1] + 1
    return placed


def _is_section(row: _Row) -> bool:
    """Return whether a row is the number of a section, such as `2.3.59`, and its title."""
    return len(row) == 2 and _SECTION.match(row[0].text) is not None and row[1].text[0].isalpha()


def _is_prose(rows: Sequence[_Row], num_columns: int) -> bool:
    """Return whether the rows are columns of running text, or list items with their labels."""
    if num_columns == 2 and all(_LABEL.match(row[0].text) for row in rows):
        return True
    if num_columns == 2 and all(_is_section(row) for row in rows):
        return True
    columns = [[len(row[place].text) for row in rows if place < len(row)] for place in range(num_columns)]
    means = [fmean(lengths) for lengths in columns if lengths]
    return fmean(means) > _MAX_PROSE_CHARS or (num_columns == 2 and min(means) > _MAX_PROSE_CHARS / 2)
