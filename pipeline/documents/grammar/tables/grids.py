"""Reads tables drawn with borders: reStructuredText grid tables, and tables of box-drawing characters.

Takes the lines of a text and the number of a line; returns the `Table` that starts there, whose cells have row and
column spans. Borders are aligned by display width, because a Korean syllable is as wide as two Latin letters. If a
cell's text may break in the middle of a word in wide characters, such as Korean, the cell's value is uncertain and left
empty. Time is linear in the size of the table.

A display column is one character position in a terminal. A segment is the space between two neighbouring vertical
borders, given by the display columns of the two borders. A rule is a horizontal line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.documents.grammar.tables.header import judge_marked_row, judge_plain_rows
from pipeline.documents.grammar.tables.table import Cell, Header, Table, rows_of
from pipeline.documents.grammar.text_lines import TextLine

_BOX = str.maketrans(
    {
        **dict.fromkeys("─━╌┄", "-"),
        **dict.fromkeys("═", "="),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("┌┬┐├┼┤└┴┘┏┳┓┣╋┫┗┻┛╔╦╗╠╬╣╚╩╝╭╮╰╯╒╤╕╞╪╡╘╧╛╓╥╖╟╫╢╙╨╜┠┨┯┷┿", "+"),
    }
)
_BORDER = re.compile(r"[+|][-=+|]*[-=][-=+|]*[+|]$")
"""A line with a rule, such as `+-----+---+`, after box-drawing characters are translated by `_BOX`."""
_MAX_WIDTH = 400
_MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class _Row:
    """A line by display column: `chars[c]` is the character in display column c, and `offsets[c]` is its offset.

    Box-drawing characters are translated by `_BOX`. The second column of a wide character contains NUL. The last offset
    is the end of the line.
    """

    chars: str
    offsets: tuple[int, ...]


def starts_grid(line: TextLine) -> bool:
    """Return whether a line may be the upper border of a table."""
    content = line.content
    if len(content) < 5 or len(content) > _MAX_WIDTH or content[0] not in "+┌┏╔╭╒╓":
        return False
    return _BORDER.match(content.translate(_BOX)) is not None


def read_grid_table(lines: Sequence[TextLine], index: int) -> tuple[Table | None, int] | None:
    """Return the drawn table whose upper border is the line at `index`, and the number of the line after it.

    If the table cannot be read reliably, it has no cells. If there is an upper border but no table, return None and the
    number of the first line where a table might start; without an upper border, return None.
    """
    if not starts_grid(lines[index]):
        return None
    indent = lines[index].indent
    stop = index
    while stop < len(lines) and stop - index < _MAX_LINES and _is_row(lines[stop], indent):
        stop += 1
    if stop - index < 3 or _BORDER.match(lines[stop - 1].content.translate(_BOX)) is None:
        return None, stop
    table = _read([_widen(line) for line in lines[index:stop]])
    start, end = lines[index].content_start, lines[stop - 1].content_end
    if table is None:
        return Table(start, end, Header.NONE, ()), stop
    return Table(start, end, *table), stop


def _is_row(line: TextLine, indent: int) -> bool:
    content = line.content
    if not content or line.indent != indent or len(content) > _MAX_WIDTH:
        return False
    edges = (content[0] + content[-1]).translate(_BOX)
    return edges[0] in "+|" and edges[1] in "+|"


def _widen(line: TextLine) -> _Row:
    chars: list[str] = []
    offsets: list[int] = []
    for offset, char in enumerate(line.content, start=line.content_start):
        drawn = char.translate(_BOX)
        chars.append(drawn)
        offsets.append(offset)
        if drawn == char and unicodedata.east_asian_width(char) in "WF":
            chars.append("\0")
            offsets.append(offset)
    return _Row("".join(chars), (*offsets, line.content_end))


def _read(rows: Sequence[_Row]) -> tuple[Header, tuple[Cell, ...]] | None:
    width = len(rows[0].chars)
    if any(len(row.chars) != width for row in rows):
        return None
    edges = sorted({column for row in rows for column in _corners(row.chars)} | {0, width - 1})
    segments = list(pairwise(edges))
    if len(segments) < 2 or any(right - left < 2 for left, right in segments):
        return None
    cells, num_rows, rules = _cells(rows, segments)
    if cells is None or not cells:
        return None
    values = rows_of(cells)
    if len(values) < 2 or len(values[0]) < 2:
        return None
    header = _header(rows, segments, values, rules, num_rows)
    return header, tuple(cells)


def _corners(chars: str) -> list[int]:
    """Return the display columns where column borders meet a rule."""
    if not re.search(r"[-=]{2}", chars):
        return []
    found = []
    for match in re.finditer(r"\+", chars):
        column = match.start()
        beside = chars[max(0, column - 1) : column] + chars[column + 1 : column + 2]
        if "-" in beside or "=" in beside:
            found.append(column)
    return found


def _rule_in(chars: str, left: int, right: int) -> str:
    """Return the character of the rule that fills a segment; empty if no rule does."""
    inner = set(chars[left + 1 : right])
    return "=" if inner == {"="} else "-" if inner == {"-"} else ""


@dataclass(slots=True)
class _Open:
    """A cell under construction."""

    row: int
    last_row: int
    offset: int
    """Offset in the text, used for an empty cell."""
    fragments: list[tuple[int, int, str, bool]]
    """For each filled line of the cell: start, end, text, and whether at most one blank follows before the border."""


def _cells(
    rows: Sequence[_Row], segments: Sequence[tuple[int, int]]
) -> tuple[list[Cell] | None, int, list[tuple[int, str]]]:
    """Return the cells, the number of rows, and the full-width rules.

    A rule is given by the number of the row below it and by its character.

    If a line does not end at a vertical border, the cells are None.
    """
    spans = _column_spans(rows, segments)
    if spans is None:
        return None, 0, []
    widths = _widths(rows, spans, segments)
    finished: list[Cell] = []
    running: list[_Open | None] = [None] * len(segments)
    number = -1
    rules: list[tuple[int, str]] = []
    for line, row in enumerate(rows):
        signs = [_rule_in(row.chars, left, right) for left, right in segments]
        if any(signs):
            number += 1
            if all(signs):
                rules.append((number, "=" if "=" in signs else "-"))
            for column, sign in enumerate(signs):
                cell = running[column]
                if sign:
                    if cell is not None:
                        finished.append(_close(cell, column, widths.get((cell.row, column), 1)))
                    running[column] = None
                elif cell is not None:
                    cell.last_row = number
        if line == len(rows) - 1:
            break
        for first, last in spans[line]:
            if any(signs[first : last + 1]):
                continue
            current = running[first]
            if current is None:
                current = running[first] = _Open(number, number, row.offsets[segments[first][0]], [])
            current.last_row = number
            _add(current, row, segments[first][0] + 1, segments[last][1])
    finished.sort(key=lambda cell: (cell.row, cell.column))
    return finished, number, rules


def _column_spans(rows: Sequence[_Row], segments: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]] | None:
    """Return the first and last segment of each cell of each line; None if a line does not end at a border."""
    found: list[list[tuple[int, int]]] = []
    for row in rows:
        spans: list[tuple[int, int]] = []
        first = 0
        for column, (_, right) in enumerate(segments):
            if row.chars[right] in "|+":
                spans.append((first, column))
                first = column + 1
        if first != len(segments):
            return None
        found.append(spans)
    return found


def _widths(
    rows: Sequence[_Row], spans: Sequence[Sequence[tuple[int, int]]], segments: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """Return the number of segments of each cell that covers several in its first row, by row and first segment.

    If the lines of a cell differ, the widest one counts.
    """
    widths: dict[tuple[int, int], int] = {}
    number = -1
    for row, line in zip(rows, spans, strict=True):
        signs = [_rule_in(row.chars, left, right) for left, right in segments]
        if any(signs):
            number += 1
        for first, last in line:
            if last > first and not any(signs[first : last + 1]):
                widths[number, first] = max(widths.get((number, first), 1), last - first + 1)
    return widths


def _add(cell: _Open, row: _Row, left: int, right: int) -> None:
    piece = row.chars[left:right]
    text = piece.replace("\0", "")
    if not text.strip():
        return
    begin = left + len(piece) - len(piece.lstrip())
    stop = left + len(piece.rstrip())
    end = row.offsets[stop] if stop < len(row.offsets) else row.offsets[-1]
    is_full = right - stop <= 1
    cell.fragments.append((row.offsets[begin], end, text.strip(), is_full))


def _close(cell: _Open, column: int, width: int) -> Cell:
    pieces = cell.fragments
    start = pieces[0][0] if pieces else cell.offset
    end = pieces[-1][1] if pieces else start
    may_break_word = any(
        above[3] and _is_wide(above[2][-1]) and _is_wide(below[2][0]) for above, below in pairwise(pieces)
    )
    value = "" if may_break_word else " ".join(" ".join(piece[2] for piece in pieces).split())
    return Cell(start, max(start, end), value, cell.row, column, cell.last_row - cell.row + 1, width)


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _header(
    rows: Sequence[_Row],
    segments: Sequence[tuple[int, int]],
    values: Sequence[Sequence[str]],
    rules: Sequence[tuple[int, str]],
    num_rows: int,
) -> Header:
    if any(sign == "=" and number == 1 for number, sign in rules) and num_rows > 1:
        return judge_marked_row(values)
    if _is_centred(rows, segments):
        return judge_marked_row(values)
    return judge_plain_rows(values)


def _is_centred(rows: Sequence[_Row], segments: Sequence[tuple[int, int]]) -> bool:
    """Return whether the first line of text is centred in most of its cells and the last line is not.

    Converters centre a header in this way.
    """

    def pads(row: _Row) -> list[tuple[int, int]]:
        inner = [row.chars[left + 1 : right] for left, right in segments]
        return [(len(cell) - len(cell.lstrip()), len(cell) - len(cell.rstrip())) for cell in inner if cell.strip()]

    text = [row for row in rows if not any(_rule_in(row.chars, *segment) for segment in segments)]
    if len(text) < 2:
        return False
    first = pads(text[0])
    last = pads(text[-1])
    indented = [left for left, right in first if left >= 2 and abs(left - right) <= 1]
    return len(indented) * 2 > len(first) and all(left <= 1 for left, _ in last)
