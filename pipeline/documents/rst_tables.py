"""Reads the grid tables and simple tables of reStructuredText into rows of cells with spans.

Used by `readers.rst`. Columns are places on the screen, so a wide character, such as a Hangul syllable, takes two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pipeline.documents.table_layout import TableCell

SIMPLE_BORDER = re.compile(r"=+(?: +=+)+$")
GRID_BORDER = re.compile(r"\+(?:[-=]+\+)+$")
_FILLER = "\0"


def grid_rows(lines: Sequence[str]) -> list[list[TableCell]]:
    """Return the rows of a grid table; a place that a span covers has no cell."""
    screen = [_screen(line) for line in lines]
    width = max(map(len, screen))
    screen = [line.ljust(width) for line in screen]
    borders = [index for index, line in enumerate(screen) if re.search(r"\+[-=]+\+", line)]
    columns = sorted({place for index in borders for place, char in enumerate(screen[index]) if char == "+"})
    taken: set[tuple[int, int]] = set()
    rows: list[list[TableCell]] = []
    for row in range(len(borders) - 1):
        cells: list[TableCell] = []
        for column in range(len(columns) - 1):
            if (row, column) in taken:
                continue
            right, down = column + 1, row + 1
            inside = screen[borders[row] + 1 : borders[row + 1]]
            while right < len(columns) - 1 and not all(line[columns[right]] in "|+" for line in inside):
                right += 1
            while down < len(borders) - 1 and not _is_ruled(
                screen[borders[down]][columns[column] + 1 : columns[right]]
            ):
                down += 1
            taken |= {(each, other) for each in range(row, down) for other in range(column, right)}
            box = [line[columns[column] + 1 : columns[right]] for line in screen[borders[row] + 1 : borders[down]]]
            cells.append(TableCell(_text(box), down - row, right - column))
        rows.append(cells)
    return rows


def simple_rows(lines: Sequence[str]) -> list[list[TableCell]]:
    """Return the rows of a simple table, from its first border to its last."""
    starts = [found.start() for found in re.finditer("=+", lines[0])]
    rows: list[list[list[str]]] = []
    is_new = True
    for line in lines[1:]:
        if SIMPLE_BORDER.match(line) or re.fullmatch(r"[- ]*-[- ]*", line) or not line:
            is_new = True
            continue
        screen = _screen(line)
        parts = [screen[start:end] for start, end in zip(starts, [*starts[1:], len(screen)], strict=True)]
        if parts[0].strip() or is_new or not rows:
            rows.append([[part] for part in parts])
        else:
            for cell, part in zip(rows[-1], parts, strict=True):
                cell.append(part)
        is_new = False
    return [[TableCell(_text(cell)) for cell in row] for row in rows]


def _is_ruled(piece: str) -> bool:
    return bool(piece.strip()) and not piece.strip("-=+")


def _screen(line: str) -> str:
    """Return a line in which a filler follows each wide character."""
    if line.isascii():
        return line
    return "".join(char + _FILLER if unicodedata.east_asian_width(char) in "WF" else char for char in line)


def _text(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).replace(_FILLER, "").split())
