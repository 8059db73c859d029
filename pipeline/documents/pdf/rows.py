"""Rows of ruled tables whose rules are missing or false.

In: the cells between the rules of a table. Out: cells in the rows that a reader sees. Used by `pdf.grids`. Cost:
quadratic in the lines of a table.

A rule between two rows may be missing in one column or in all of them. Then lines that are level with lines of other
cells are rows of their own, if they are numbers or if no cell of the row disagrees. The shading behind each line of a
label may look like a rule; then the two parts of the label are joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

from pipeline.documents.pdf.cells import Cell
from pipeline.documents.pdf.lines import Line

_ROW_STEP = 1.7
"""Distance of baselines, in font sizes, that makes two lines of a cell over several rows two cells."""
_MANY_LINES = 3
_LEVEL = 3.0
"""Points between the baselines of two lines at one height."""
_MIN_VALUES = 2
_VALUE = re.compile(r"[-−–+(△▲]{0,2}\s?[$€£¥₩]?\s?\d[\d.,:/]*\s?[%‰]?\)?|[-–—]+|n/?a|nil", re.IGNORECASE)
"""A number, or a sign for none."""


def height_of(line: Line) -> float:
    """Return the `y` of the middle of a line's letters."""
    return line.base - 0.3 * line.size


def join_torn(cells: Sequence[Cell], is_shading: Callable[[Cell], bool]) -> list[Cell]:
    """Join two cells, one above the other, if only the shading of their lines divides what is one row elsewhere.

    Args:
        cells: the cells of a table.
        is_shading: whether the lower border of a cell is only the side of a filled shape.
    """
    result: list[Cell] = []
    gone: set[int] = set()
    for cell in cells:
        if id(cell) in gone:
            continue
        while cell.lines:
            below = next((other for other in cells if _is_below(other, cell)), None)
            if below is None or not below.lines or not is_shading(cell) or not _is_one_row(cells, cell, below):
                break
            gone.add(id(below))
            span = cell.row_span + below.row_span
            cell = Cell(cell.row, cell.column, span, cell.column_span, [*cell.lines, *below.lines])
        result.append(cell)
    return result


def _is_below(cell: Cell, above: Cell) -> bool:
    is_next = cell.row == above.row + above.row_span
    return is_next and (cell.column, cell.column_span) == (above.column, above.column_span)


def _is_one_row(cells: Sequence[Cell], above: Cell, below: Cell) -> bool:
    """Return whether all other cells beside two cells reach over both, and the lines go on at their usual distance."""
    first, last = above.lines[-1], below.lines[0]
    if first.style.is_bold != last.style.is_bold or not 0 < last.base - first.base < _ROW_STEP * last.size:
        return False
    border = below.row
    beside = [
        cell
        for cell in cells
        if cell.lines and cell.row < border + below.row_span and cell.row + cell.row_span > above.row
        and not above.column <= cell.column < above.column + above.column_span
    ]  # fmt: skip
    return bool(beside) and all(cell.row < border < cell.row + cell.row_span for cell in beside)


def cut_spans(cells: Sequence[Cell], row_of: Callable[[Line], int]) -> list[Cell]:
    """Cut cells over several rows whose lines are values of these rows: a rule between them is missing.

    Such lines are further apart than those of a text, and each is level with a line of another cell.

    Args:
        cells: the cells of a table.
        row_of: the row between whose rules a line lies.
    """
    bases = {id(line): line.base for cell in cells for line in cell.lines}
    result: list[Cell] = []
    for cell in cells:
        own = {id(line) for line in cell.lines}
        others = [base for line, base in bases.items() if line not in own]
        cuts = [cell.row]
        for above, line in pairwise(cell.lines):
            row = row_of(line)
            is_level = all(any(abs(at.base - base) < _LEVEL for base in others) for at in (above, line))
            is_apart = line.base - above.base > _ROW_STEP * line.size
            if is_level and is_apart and row_of(above) < row:
                cuts.append(row)
        if len(cuts) == 1:
            result.append(cell)
            continue
        for start, end in pairwise([*cuts, cell.row + cell.row_span]):
            lines = [line for line in cell.lines if start <= row_of(line) < end]
            result.append(Cell(start, cell.column, end - start, cell.column_span, lines))
    return result


def split_rows(cells: Sequence[Cell]) -> list[Cell]:
    """Split a row into one row for each line of text, if its cells have lines at the same heights.

    Either all cells with text have the same number of lines, three or more, or two cells have two or more numbers each
    and every other cell as many lines or one. Cells that span rows are left as they are.
    """
    steps = []
    for row in range(max(cell.row + cell.row_span for cell in cells)):
        of_row = [cell for cell in cells if cell.row == row and cell.row_span == 1]
        filled = [cell.lines for cell in of_row if cell.lines]
        is_crossed = any(cell.row <= row < cell.row + cell.row_span and cell.row_span > 1 for cell in cells)
        steps.append(_heights_of_rows(filled) if not is_crossed else _heights_of_values(filled))
    starts = [0, *accumulate(max(1, len(heights)) for heights in steps)]
    result = []
    for cell in cells:
        start, end = starts[cell.row], starts[cell.row + cell.row_span]
        heights = steps[cell.row] if cell.row_span == 1 else []
        if len(heights) < 2 or (len(cell.lines) == 1 and _place(cell.lines[0], heights) is None):
            result.append(Cell(start, cell.column, end - start, cell.column_span, cell.lines))
            continue
        for number in range(len(heights)):
            lines = [line for line in cell.lines if _place(line, heights) == number]
            result.append(Cell(start + number, cell.column, 1, cell.column_span, lines))
    return result


def _heights_of_rows(filled: Sequence[Sequence[Line]]) -> list[float]:
    """Return the baselines of the rows that the lines of cells form; one or none if they are one row."""
    if len(filled) >= _MIN_VALUES and len(filled[0]) >= _MANY_LINES:
        first = [line.base for line in filled[0]]
        if all(_are_level(first, lines) for lines in filled[1:]):
            return first
    return _heights_of_values(filled)


def _heights_of_values(filled: Sequence[Sequence[Line]]) -> list[float]:
    """Return the baselines of the rows that the numbers in cells form; none if they do not form rows."""
    values = [lines for lines in filled if len(lines) > 1 and all(_VALUE.fullmatch(line.text) for line in lines)]
    if len(values) < _MIN_VALUES:
        return []
    heights = [line.base for line in values[0]]
    others = [lines for lines in filled if len(lines) > 1]
    return heights if all(_are_level(heights, lines) for lines in others) else []


def _are_level(heights: Sequence[float], lines: Sequence[Line]) -> bool:
    level = zip(heights, lines, strict=False)
    return len(heights) == len(lines) and all(abs(height - line.base) < _LEVEL for height, line in level)


def _place(line: Line, heights: Sequence[float]) -> int | None:
    """Return the number of the row whose baseline is that of a line; None if there is none."""
    return next((number for number, height in enumerate(heights) if abs(height - line.base) < _LEVEL), None)
