"""Tables whose cells are bounded by ruled lines.

In: the rules of a page and its words. Out: `Table`s and the words that are left. Used by `pdf.layout`. Cost: linear in
words times tables, quadratic in the rules of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.documents.pdf.cells import Cell, Table
from pipeline.documents.pdf.lines import Line, lines_of, merged_on_baselines
from pipeline.documents.pdf.rows import cut_spans, height_of, join_torn, split_rows
from pipeline.documents.pdf.rules import Drawing, Rule
from pipeline.documents.pdf.words import Word

_TOUCH = 3.5
"""Points between two rules that still meet."""
_LEVEL = 1.5
"""Points between two rules that are one line."""
_OPEN_SIDE = 8.0
"""How far, in points, a rule reaches beyond the outermost crossing rule where a table has no outer border."""
_MAX_CELL_CHARS = 1800
"""A cell with more text belongs to a frame around a page, not to a table."""
_MIN_ROW_CHARS = 40
"""A single row with less text is a framed title."""
_PADDING = 0.4
"""Smallest space, in font sizes, between the texts of two cells."""
_MIN_CLOSED = 0.6
"""Share of the cells with text that must have rules on all their inner sides; in a drawing, most cells are open."""
_MIN_BORDERS, _BAND, _MAX_BAND = 5, 2.0, 6.0
"""Least number of row borders of a table from which a band is cut, and its height, in heights of a row."""
_MAX_LINES = 120
"""The maximum number of row borders, and of column borders, of one table."""


def ruled_tables(
    drawing: Drawing, words: Sequence[Word], turned: Sequence[Word] = ()
) -> tuple[list[Table], list[Word], list[Word]]:
    """Return the ruled tables of a page, and the words and turned words outside of them in their order."""
    tables: list[Table] = []
    left, apart = list(words), list(turned)
    grids = sorted(_grids(drawing), key=lambda grid: (grid.xs[-1] - grid.xs[0]) * (grid.ys[-1] - grid.ys[0]))
    for grid in grids:
        inside = [word for word in left if grid.holds(word)]
        table, used = _table(grid, inside, apart)
        if table is None:
            continue
        tables.append(table)
        left = [word for word in left if not grid.holds(word)]
        apart = [word for word in apart if id(word) not in used]
    return tables, left, apart


@dataclass(slots=True)
class _Grid:
    """Positions of the rules of one table."""

    xs: list[float]
    ys: list[float]
    across: list[Rule]
    down: list[Rule]

    def holds(self, word: Word) -> bool:
        return self.xs[0] - 1 <= word.middle <= self.xs[-1] + 1 and self.ys[0] - 1 <= _height(word) <= self.ys[-1] + 1


def _height(word: Word) -> float:
    """Return the `y` of the middle of a word's letters."""
    return word.base - 0.3 * word.style.size


def _grids(drawing: Drawing) -> list[_Grid]:
    across, down = _merged(drawing.across), _merged(drawing.down)
    grids = []
    groups = [inner for group in _connected(across, down) for inner in _without_frame(*group)]
    for group_across, group_down in groups:
        xs = _positions([*(rule.at for rule in group_down), *_open_ends(group_across, group_down)])
        ys = _positions([*(rule.at for rule in group_across), *_open_ends(group_down, group_across)])
        ys = _without_bands(xs, ys, group_down)
        if len(xs) >= 3 and len(ys) >= 2 and len(xs) <= _MAX_LINES and len(ys) <= _MAX_LINES:
            grids.append(_Grid(xs, ys, group_across, group_down))
    return grids


def _open_ends(rules: Sequence[Rule], crossing: Sequence[Rule]) -> list[float]:
    """Return the ends of rules that reach beyond the outermost crossing rules: a table without outer borders."""
    if not rules or not crossing:
        return []
    first, last = min(rule.at for rule in crossing), max(rule.at for rule in crossing)
    start, end = min(rule.start for rule in rules), max(rule.end for rule in rules)
    return [place for place, beyond in ((start, first - start), (end, end - last)) if beyond > _OPEN_SIDE]


def _positions(values: Iterable[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _TOUCH:
            found.append(value)
    return found


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Join rules that continue each other; those at most `_LEVEL` apart are one line."""
    merged: list[Rule] = []
    level: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if level and rule.at - level[0].at > _LEVEL:
            merged += _joined(level)
            level = []
        level.append(rule)
    return [*merged, *_joined(level)]


def _joined(level: Sequence[Rule]) -> list[Rule]:
    """Join the rules of one line that touch or overlap."""
    joined: list[Rule] = []
    for rule in sorted(level, key=lambda rule: (rule.start, rule.end)):
        last = joined[-1] if joined else None
        if last is not None and rule.start <= last.end + _TOUCH:
            is_edge = last.is_edge and rule.is_edge
            joined[-1] = Rule(last.at, last.start, max(last.end, rule.end), is_edge)
        else:
            joined.append(rule)
    return joined


def _connected(across: Sequence[Rule], down: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Return groups of rules that cross or touch each other."""
    parents = list(range(len(across) + len(down)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    for first, level in enumerate(across):
        for second, upright in enumerate(down, start=len(across)):
            meets = level.start - _TOUCH <= upright.at <= level.end + _TOUCH
            if meets and upright.start - _TOUCH <= level.at <= upright.end + _TOUCH:
                parents[root(first)] = root(second)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for number, rule in enumerate([*across, *down]):
        groups.setdefault(root(number), ([], []))[number >= len(across)].append(rule)
    return [group for group in groups.values() if group[0] and group[1]]


def _table(grid: _Grid, inside: Sequence[Word], turned: Sequence[Word]) -> tuple[Table | None, set[int]]:
    """Return the table of a grid and the turned words in it, by `id()`; None and no words if it holds no table."""
    if not inside:
        return None, set()
    cells = _cells(grid)
    slots: dict[tuple[int, int], Cell] = {
        (row, column): cell
        for cell in cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    }
    held: dict[int, list[Word]] = {}
    places = [id(slots[_slot(grid.ys, _height(word)), _slot(grid.xs, word.middle)]) for word in inside]
    for place, word in zip(places, inside, strict=True):
        held.setdefault(place, []).append(word)
    if _cuts_text(inside, places):
        return None, set()
    if len(held) < 2 or max(sum(len(word.text) for word in words) for words in held.values()) > _MAX_CELL_CHARS:
        return None, set()
    if len({cell.column for cell in cells if id(cell) in held}) < 2:
        return None, set()
    if _is_drawing(grid, [cell for cell in cells if id(cell) in held]):
        return None, set()
    for cell in cells:
        if id(cell) in held:
            cell.lines = merged_on_baselines(lines_of(held[id(cell)]), max_gap=float("inf"))
    cells = join_torn(cells, lambda cell: _is_shading(grid, cell))
    cells = cut_spans(cells, lambda line: _slot(grid.ys, height_of(line)))
    used = _add_turned(grid, cells, turned)
    table = Table(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1], _without_empty_bands(split_rows(cells)))
    num_filled = sum(bool(cell.lines) for cell in table.cells)
    if 2 * num_filled < table.num_rows * table.num_columns and num_filled < table.num_rows + table.num_columns - 1:
        return None, set()  # Boxes of a drawing: a table has at least the names of its rows and columns.
    is_label = table.num_rows == 1 and sum(len(word.text) for word in inside) < _MIN_ROW_CHARS
    return (None, set()) if is_label or table.num_columns < 2 else (table, used)


def _add_turned(grid: _Grid, cells: Sequence[Cell], turned: Sequence[Word]) -> set[int]:
    """Put turned words, such as the names of narrow columns, into the empty cells that hold them; return their ids.

    A word that is larger than its cell, such as a watermark, is left out.
    """
    used: set[int] = set()
    for cell in cells:
        if cell.lines or not turned:
            continue
        left, right = grid.xs[cell.column] - _TOUCH, grid.xs[cell.column + cell.column_span] + _TOUCH
        top, bottom = grid.ys[cell.row] - _TOUCH, grid.ys[cell.row + cell.row_span] + _TOUCH
        boxes = ((word, word.turned_box) for word in turned if word.turned_box is not None)
        inside = [word for word, (x1, y1, x2, y2) in boxes if left <= x1 and x2 <= right and top <= y1 and y2 <= bottom]
        if inside:
            cell.lines = [Line([word for line in lines_of(inside) for word in line.words])]
            used |= {id(word) for word in inside}
    return used


def _cuts_text(words: Sequence[Word], places: Sequence[int]) -> bool:
    """Return whether the borders of cells run between words of one phrase, as those of highlighted text do."""
    num_cut = num_cells = 0
    for (word, place), (following, other) in pairwise(zip(words, places, strict=True)):
        if place != other and abs(word.base - following.base) < 0.2 * word.style.size:
            num_cells += 1
            num_cut += -1 < following.left - word.right < _PADDING * word.style.size
    return num_cut > 0.3 * max(num_cells, len(set(places)) / 4)


def _is_drawing(grid: _Grid, cells: Sequence[Cell]) -> bool:
    """Return whether rules are those of a drawing, such as the bars of a chart, given the cells with text.

    Cells of tables are closed. Those of a drawing are stretches between rules that belong to different shapes.
    """
    return sum(_is_closed(grid, cell) for cell in cells) < _MIN_CLOSED * len(cells)


def _is_closed(grid: _Grid, cell: Cell) -> bool:
    """Return whether rules follow most of a cell's sides, apart from the sides of the table."""
    bottom, right = cell.row + cell.row_span, cell.column + cell.column_span
    length = ruled = 0.0
    for x in {cell.column, right} - {0, len(grid.xs) - 1}:
        for top, end in pairwise(grid.ys[cell.row : bottom + 1]):
            length += end - top
            ruled += (end - top) * _is_ruled(grid.down, grid.xs[x], top, end)
    for y in {cell.row, bottom} - {0, len(grid.ys) - 1}:
        for left, end in pairwise(grid.xs[cell.column : right + 1]):
            length += end - left
            ruled += (end - left) * _is_ruled(grid.across, grid.ys[y], left, end)
    return ruled >= 0.8 * length


def _without_frame(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Return the tables that a frame holds, without the frame; the group itself if it is no frame around tables.

    A frame consists of the rules that reach from one of its sides to the other. The tables in it are closed boxes, one
    above the other, that do not use its sides.
    """
    left, right = min(rule.at for rule in down), max(rule.at for rule in down)
    top, bottom = min(rule.at for rule in across), max(rule.at for rule in across)
    inner_across = [rule for rule in across if rule.start > left + _LEVEL and rule.end < right - _LEVEL]
    inner_down = [rule for rule in down if left + _LEVEL < rule.at < right - _LEVEL]
    groups = _connected(inner_across, inner_down)
    if len(groups) < 2 or not all(_is_closed_box(*group) for group in groups):
        return [(across, down)]
    sides = [(min(rule.at for rule in group), max(rule.at for rule in group)) for group, _ in groups]
    is_apart = all(end < start for (_, end), (start, _) in pairwise(sorted(sides)))
    is_framed = sides and top < min(sides)[0] and max(sides)[1] < bottom
    return groups if is_apart and is_framed else [(across, down)]


def _is_closed_box(across: Sequence[Rule], down: Sequence[Rule]) -> bool:
    """Return whether the outermost rules of a group end where they meet, and other rules run down inside."""
    left, right = min(rule.at for rule in down), max(rule.at for rule in down)
    start, end = min(rule.start for rule in across), max(rule.end for rule in across)
    is_divided = any(left + _TOUCH < rule.at < right - _TOUCH for rule in down)
    return is_divided and len(across) > 1 and abs(left - start) <= _TOUCH and abs(right - end) <= _TOUCH


def _without_bands(xs: Sequence[float], ys: list[float], down: Sequence[Rule]) -> list[float]:
    """Return the row borders of a table without the undivided bands above and below it: its title and notes in a frame.

    Such a band is higher than the rows, but not as high as many rows without rules between them.
    """
    if len(ys) < _MIN_BORDERS:
        return ys
    usual = median(end - start for start, end in pairwise(ys))

    def is_band(start: float, end: float) -> bool:
        return _BAND * usual < end - start < _MAX_BAND * usual and not any(
            _is_ruled(down, x, start, end) for x in xs[1:-1]
        )

    first = 1 if is_band(ys[0], ys[1]) else 0
    last = len(ys) - 1 if is_band(ys[-2], ys[-1]) else len(ys)
    return ys[first:last]


def _is_shading(grid: _Grid, cell: Cell) -> bool:
    """Return whether the lower border of a cell is only the side of a filled shape."""
    bottom = cell.row + cell.row_span
    if bottom >= len(grid.ys) - 1:
        return False
    middle = (grid.xs[cell.column] + grid.xs[cell.column + cell.column_span]) / 2
    borders = [rule for rule in grid.across if abs(rule.at - grid.ys[bottom]) <= _TOUCH]
    return all(rule.is_edge for rule in borders if rule.start <= middle <= rule.end)


def _slot(places: Sequence[float], value: float) -> int:
    found = sum(place <= value for place in places) - 1
    return min(max(found, 0), len(places) - 2)


def _cells(grid: _Grid) -> list[Cell]:
    """Return the cells; neighbours without a rule between them are one cell."""
    num_rows, num_columns = len(grid.ys) - 1, len(grid.xs) - 1
    taken: set[tuple[int, int]] = set()
    cells = []
    for row in range(num_rows):
        for column in range(num_columns):
            if (row, column) in taken:
                continue
            across = 1
            while column + across < num_columns and not _is_ruled(
                grid.down, grid.xs[column + across], grid.ys[row], grid.ys[row + 1]
            ):
                across += 1
            while across > 1 and any((row, column + step) in taken for step in range(across)):
                across -= 1
            down = 1
            while row + down < num_rows and _is_open_below(grid, row + down, column, across):
                down += 1
            cells.append(Cell(row, column, down, across))
            taken |= {(row + y, column + x) for y in range(down) for x in range(across)}
    return cells


def _is_open_below(grid: _Grid, row: int, column: int, across: int) -> bool:
    """Return whether no rule separates a cell from the row below, and that row has the same sides."""
    spans = pairwise(grid.xs[column : column + across + 1])
    if any(_is_ruled(grid.across, grid.ys[row], left, right) for left, right in spans):
        return False
    inner = grid.xs[column + 1 : column + across]
    return not any(_is_ruled(grid.down, x, grid.ys[row], grid.ys[row + 1]) for x in inner)


def _is_ruled(rules: Sequence[Rule], at: float, start: float, end: float) -> bool:
    """Return whether a rule at this position covers the middle of a stretch."""
    middle = (start + end) / 2
    return any(abs(rule.at - at) <= _TOUCH and rule.start <= middle <= rule.end for rule in rules)


def _without_empty_bands(cells: list[Cell]) -> list[Cell]:
    """Drop rows and columns in which no cell with text begins, such as those between double rules."""
    for axis, span in (("row", "row_span"), ("column", "column_span")):
        used = sorted({getattr(cell, axis) for cell in cells if cell.lines})
        places = {place: number for number, place in enumerate(used)}
        kept = []
        for cell in cells:
            start, length = getattr(cell, axis), getattr(cell, span)
            covered = [place for place in used if start <= place < start + length]
            if covered:
                setattr(cell, axis, places[covered[0]])
                setattr(cell, span, len(covered))
                kept.append(cell)
        cells = kept
    return cells
