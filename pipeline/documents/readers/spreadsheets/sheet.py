"""Defines a sheet of a workbook as all readers of spreadsheets return it.

Rows and columns are numbered from 0. A cell's text is what a reader sees in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.documents.readers.blocks import Block
from pipeline.documents.readers.reader import RefusedFileError

MAX_CELLS = 1_000_000
"""The maximum number of cells with text in a file."""
MAX_ROWS, MAX_COLUMNS = 1 << 20, 1 << 14
"""The size of a sheet of Excel. Cells beyond are not read."""

Place = tuple[int, int]
"""Row and column of a cell."""
_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment or note on a cell."""

    cell: str
    """Reference to the cell, such as `B2`."""
    author: str
    text: str
    time: str = ""
    """Day and minute, such as `2024-03-01 09:30`; empty if the file does not say."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Text boxes, charts and diagrams that are anchored at a cell."""

    place: Place
    """The cell under the upper left corner."""
    blocks: tuple[Block, ...]


@dataclass(slots=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    is_hidden: bool = False
    cells: dict[Place, str] = field(default_factory=dict)
    """Texts of the cells that are not empty."""
    spans: dict[Place, Place] = field(default_factory=dict)
    """Numbers of rows and columns of merged cells, by their first cell."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    header_rows: set[int] = field(default_factory=set)
    """Rows that the file states as the header of a table."""
    table_starts: set[Place] = field(default_factory=set)
    """First cells of the tables that the file defines."""
    bold: set[Place] = field(default_factory=set)
    """Cells in bold."""
    comments: list[Comment] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    """Headers on paper."""
    footers: list[str] = field(default_factory=list)


class CellBudget:
    """Counts the cells with text of a file.

    Raises:
        RefusedFileError: the file has more than `MAX_CELLS` cells.
    """

    def __init__(self) -> None:
        self._left = MAX_CELLS

    def take(self, number: int = 1) -> None:
        """Count cells with text."""
        self._left -= number
        if self._left < 0:
            raise RefusedFileError("too_large", f"The file has more than {MAX_CELLS} cells with text.")


def place_of(reference: str) -> Place | None:
    """Return the row and column of a reference such as `B2`; None if it is not one."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def minute_of(timestamp: str) -> str:
    """Return the day and minute of a timestamp of ISO 8601; empty if it is none."""
    match = _TIMESTAMP.match(timestamp.strip())
    return f"{match[1]} {match[2]}" if match is not None else ""


def area_of(reference: str) -> tuple[Place, Place] | None:
    """Return the first and last cell of a reference such as `A1:C3`; None if it is not one."""
    first, _, last = reference.partition(":")
    begin, end = place_of(first), place_of(last or first)
    return None if begin is None or end is None else (begin, end)


def reference_of(place: Place) -> str:
    """Return the reference to a cell, such as `B2`."""
    row, column = place
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
