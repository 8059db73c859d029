"""Reads the tables of a text as nodes; this module is the entry point of the package.

Takes a text and the marks of the format reader. Returns TABLE nodes, each followed by its CELL nodes. Used by
`grammar.source`. If the format reader marked tables, the text is not searched for other tables. Notes that a converter
laid out as tables are left to the grammar of manuals. Time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.note_words import note_word
from pipeline.documents.grammar.tables.aligned import read_ruled_table, read_spaced_table, read_tabbed_table
from pipeline.documents.grammar.tables.grids import read_grid_table
from pipeline.documents.grammar.tables.marked import read_marked_tables
from pipeline.documents.grammar.tables.pipes import read_pipe_table
from pipeline.documents.grammar.tables.separated import read_separated_table
from pipeline.documents.grammar.tables.table import MAX_CELLS, Header, Table
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark, MarkKind
from pipeline.languages import any_of, letters_of
from pipeline.nodes import Node, NodeKind

_READERS = (
    read_pipe_table,
    read_grid_table,
    read_ruled_table,
    read_tabbed_table,
    read_separated_table,
    read_spaced_table,
)
"""Functions that read a table that starts at a given line, in the order in which they are tried.

Each takes all lines and the number of a line. It returns the table and the number of the line after the table. If no
table of its kind starts there, it returns None, or None and the number of the first line where one might start.
"""
_INLINE = re.compile(r"<[^<>]{1,80}>|\*\*|^[\s*_#]+|[\s*_#]+$")
_MAX_CAPTION_CHARS = 160
_BORDERS = "-=+┌┏╔╭╒╓"


def read_tables(text: str, *, marks: Sequence[Mark] = (), lines: Sequence[TextLine] | None = None) -> list[Node]:
    """Return the tables in order, each as a TABLE node followed by its cells.

    Args:
        text: Text of the document.
        marks: Marks of the format reader. If they include a table, only marked tables are read.
        lines: Lines of the text, if already split.
    """
    lines = read_lines(text, marks=marks) if lines is None else lines
    is_marked = any(mark.kind is MarkKind.TABLE for mark in marks)
    tables = read_marked_tables(marks) if is_marked else _read(lines)
    starts = [line.start for line in lines]
    nodes: list[Node] = []
    for table in tables:
        if len(table.cells) > MAX_CELLS:
            continue
        parent = len(nodes)
        caption = _caption(lines, starts, table)
        nodes.append(
            Node(
                kind=NodeKind.TABLE,
                start=table.start,
                end=table.end,
                body=table.start,
                label=caption,
                value=table.header.value,
            )
        )
        nodes += [
            Node(
                kind=NodeKind.CELL,
                start=cell.start,
                end=cell.end,
                body=cell.start,
                parent=parent,
                value=cell.value,
                row=cell.row,
                column=cell.column,
                row_span=cell.row_span,
                column_span=cell.column_span,
            )
            for cell in table.cells
        ]
    return nodes


def is_note_table(first: str, second: str) -> bool:
    """Return whether a first row of two cells introduces a note.

    One cell contains a word such as Warning; the other cell is empty or contains the same word.
    """
    cells = [cell.strip(" *_[]:") for cell in (first, second)]
    return ("" in cells or cells[0] == cells[1]) and note_word().fullmatch(cells[0] or cells[1]) is not None


def _read(lines: Sequence[TextLine]) -> list[Table]:
    tables: list[Table] = []
    index = 0
    waits = [0] * len(_READERS)
    while index < len(lines):
        stop = index + 1
        if not lines[index].content or not _may_open(lines, index):
            index = stop
            continue
        for number, reader in enumerate(_READERS):
            if index < waits[number]:
                continue
            found = reader(lines, index)
            if found is None:
                continue
            table, end = found
            if table is None:
                # Asking this reader again before `end` would take quadratic time.
                waits[number] = end
                continue
            if not _is_note(lines[index], table):
                tables.append(table)
            stop = end
            break
        index = stop
    return tables


def _may_open(lines: Sequence[TextLine], index: int) -> bool:
    """Return whether a line may be the first line of a table.

    It may if it is a border, code (such as a fence of `csv`), a row with separators, or a row above a rule.
    """
    line = lines[index]
    content = line.content
    if line.is_code or content[0] in _BORDERS or content.count(",") > 1 or content.count(";") > 1:
        return True
    if "|" in content or "  " in content or "\t" in content:
        return True
    return index + 1 < len(lines) and lines[index + 1].content[:1] in ("=", "-")


def _is_note(first: TextLine, table: Table) -> bool:
    cells = first.content.strip("|").split("|")
    return len(cells) == 2 and table.header is not Header.COLUMN and is_note_table(*cells)


def _caption(lines: Sequence[TextLine], starts: Sequence[int], table: Table) -> str:
    """Return the caption, such as `Table 3. Codes`, on the nearest line with text above or else below the table.

    The result is empty if neither line is a caption.
    """
    first = _line_at(starts, table.start)
    last = _line_at(starts, max(table.start, table.end - 1))
    above = [line for line in lines[max(0, first - 3) : first] if line.content][-1:]
    below = [line for line in lines[last + 1 : last + 3] if line.content][:1]
    for line in above + below:
        if len(line.content) > 2 * _MAX_CAPTION_CHARS:
            continue
        content = _INLINE.sub("", _INLINE.sub("", line.content))
        if len(content) <= _MAX_CAPTION_CHARS and _caption_line().match(content):
            return " ".join(content.split())
    return ""


def _line_at(starts: Sequence[int], offset: int) -> int:
    return bisect_right(starts, offset) - 1


@cache
def _caption_line() -> re.Pattern[str]:
    word = any_of(lambda rules: rules.manual.table_caption)
    letters = letters_of(lambda rules: rules.headings.letters)
    return re.compile(rf"{word}[ \t]*(?:[A-Z{letters}][.-])?\d+(?:[.-]\d+)*[ \t]*[.:)]?[ \t]+\S", re.IGNORECASE)
