"""Tables whose cells are bounded by ruled lines.

In: the rules of a page and its words. Out: `Table`s and the words that are left. Used by `pdf.layout`. Cost: linear in
words times tables, quadratic in the rules of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from pipeline.documents.pdf.lines import Line, lines_of, merged_on_baselines
from pipeline.documents.pdf.rules import Drawing, Rule
from pipeline.documents.pdf.words import Word

_TOUCH = 3.5
"""Points between two rules that still meet."""
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
_ROW_STEP = 1.7
"""Distance of baselines, in font sizes, that makes two lines of a cell over several rows two cells."""
_MAX_LINES = 120
"""The maximum number of row borders, and of column borders, of one table."""


@dataclass(slots=True)
class Cell:
    """A cell of a table."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table and its place on the page."""

    left: float
    top: float
    right: float
    bottom: float
    cells: list[Cell]

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return max(cell.row + cell.row_span for cell in self.cells)

    @property
    def num_columns(self) -> int:
        """Number of columns."""
        return max(cell.column + cell.column_span for cell in self.cells)


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
        if table is not None:
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
    for group_across, group_down in _connected(across, down):
        xs = _positions([*(rule.at for rule in group_down), *_open_ends(group_across, group_down)])
        ys = _positions([*(rule.at for rule in group_across), *_open_ends(group_down, group_across)])
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
    """Join rules that continue each other."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.at), rule.start)):
        last = merged[-1] if merged else None
        if last is not None and abs(last.at - rule.at) <= 1.5 and rule.start <= last.end + _TOUCH:
            merged[-1] = Rule(last.at, last.start, max(last.end, rule.end))
        else:
            merged.append(rule)
    return merged


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
    cells = _cut_spans(cells, grid)
    used = _add_turned(grid, cells, turned)
    table = Table(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1], _without_empty_bands(_split_rows(cells)))
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


def _cut_spans(cells: Sequence[Cell], grid: _Grid) -> list[Cell]:
    """Cut cells over several rows whose lines are values of these rows: a rule between them is missing.

    Such lines are further apart than those of a text, and each is level with a line of another cell.
    """
    bases = {id(line): line.base for cell in cells for line in cell.lines}
    result: list[Cell] = []
    for cell in cells:
        own = {id(line) for line in cell.lines}
        others = [base for line, base in bases.items() if line not in own]
        cuts = [cell.row]
        for above, line in pairwise(cell.lines):
            row = _slot(grid.ys, line.base - 0.3 * line.size)
            is_level = all(any(abs(at.base - base) < 3 for base in others) for at in (above, line))
            is_apart = line.base - above.base > _ROW_STEP * line.size
            if is_level and is_apart and _slot(grid.ys, above.base - 0.3 * above.size) < row:
                cuts.append(row)
        if len(cuts) == 1:
            result.append(cell)
            continue
        for start, end in pairwise([*cuts, cell.row + cell.row_span]):
            lines = [line for line in cell.lines if start <= _slot(grid.ys, line.base - 0.3 * line.size) < end]
            result.append(Cell(start, cell.column, end - start, cell.column_span, lines))
    return result


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


def _split_rows(cells: Sequence[Cell]) -> list[Cell]:
    """Split a row into one row for each line of text, if its cells have three or more lines at the same heights.

    At least two cells must have text, and no cell of the row may span rows.
    """
    heights = []
    for row in range(max(cell.row + cell.row_span for cell in cells)):
        of_row = [cell for cell in cells if cell.row <= row < cell.row + cell.row_span]
        bases = [[line.base for line in cell.lines] for cell in of_row if cell.lines]
        is_plain = all(cell.row_span == 1 for cell in of_row) and len(bases) >= 2 and len(bases[0]) >= 3
        is_split = is_plain and all(_are_level(bases[0], other) for other in bases[1:])
        heights.append(len(bases[0]) if is_split else 1)
    starts = [0, *accumulate(heights)]
    result = []
    for cell in cells:
        start, end = starts[cell.row], starts[cell.row + cell.row_span]
        if heights[cell.row] > 1:
            for number in range(heights[cell.row]):
                result.append(Cell(start + number, cell.column, 1, cell.column_span, cell.lines[number : number + 1]))
        else:
            result.append(Cell(start, cell.column, end - start, cell.column_span, cell.lines))
    return result


def _are_level(first: Sequence[float], second: Sequence[float]) -> bool:
    return len(first) == len(second) and all(abs(a - b) < 3 for a, b in zip(first, second, strict=True))


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
