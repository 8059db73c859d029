"""Decides from the values of the cells where the header of a table is.

Takes the values of a table as rows; returns a `Header`. Used by the table readers of this package, apart from `marked`.
A header is reported only if the cells are unambiguous, because questions may refer to the columns of a table with a
header.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.tables.table import Header
from pipeline.languages import together

_VALUE = re.compile(
    r"[\"'`(<>≤≥≈~±+$€£¥₩−-]*\s*\d[\d.,:/x×*%^()\s~–−-]*"
    r"(?:(?:[^\W\d_]|[%°℃℉Ω²³/·µ]){1,12}\.?(?:[ /·-](?:[^\W\d_]|[²³]){1,8})?)?[\s)]*$"
)
"""A number or a measure, such as `1,200`, `≤ 5 kg` or `10/20 km/h`."""
_MARK = re.compile(r"[✓✔✗✘○●◯×OX-]|N/?A|n/?a")
"""A sign that means yes, no or not applicable."""
_PERIOD = re.compile(r"(?:19|20)\d{2}(?:[./-]\d{1,2}|\W?[QH][1-4]|[^\W\da-z])?$|[QH][1-4]$", re.IGNORECASE)
"""A year, a month or a quarter, such as `2024`, a year with a letter of another script, `2024.3` or `Q1`."""
_MAX_VALUE_CHARS = 60
_MAX_HEADER_CHARS = 60
_MAX_KEY_CHARS = 80


def is_value(cell: str) -> bool:
    """Return whether a cell is a number, a measure or a sign such as ✓, and so not a header cell."""
    if len(cell) > _MAX_VALUE_CHARS:
        return False
    return _VALUE.match(cell) is not None or _MARK.fullmatch(cell) is not None or cell.casefold() in _cell_words()


def judge_marked_row(rows: Sequence[Sequence[str]]) -> Header:
    """Return the header of a table whose format separates the first row from the others, such as a pipe table.

    Such a format requires a first row, so writers of key/value tables put the first pair there.
    """
    first, body = rows[0], rows[1:]
    if not any(first):
        return Header.COLUMN if len(first) == 2 and _are_keys(body) else Header.NONE
    if not _could_be_header(first):
        return Header.COLUMN if len(first) == 2 and _are_keys(rows) else Header.NONE
    if len(first) == 2 and _looks_like_a_pair(first, body):
        return Header.NONE
    return Header.ROW


def judge_drawn_rows(first: Sequence[str], rows: Sequence[Sequence[str]]) -> Header:
    """Return the header of a table that was drawn, such as one of a word processor; most have names in the first row.

    Years, months and quarters may be names.

    Args:
        first: the cells of the first row; a merged cell stands once.
        rows: all rows; a merged cell stands in each of its columns.
    """
    if len(rows) < 2:
        return Header.NONE
    if len(rows[0]) > 2 and not is_value(first[0]) and all(first[1:]) and all(map(_PERIOD.match, first[1:])):
        return Header.ROW
    if len(first) < len(rows[0]):
        return Header.ROW if _could_be_header(first) else Header.NONE
    return judge_marked_row(rows)


def judge_plain_rows(rows: Sequence[Sequence[str]]) -> Header:
    """Return the header of a table whose format does not mark one."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return Header.NONE
    first, body = rows[0], rows[1:]
    if all(first) and _could_be_header(first) and (_has_typed_column(body) or _says_header(first)):
        return Header.ROW
    return Header.COLUMN if len(first) == 2 and _are_keys(rows) and _has_typed_column(rows) else Header.NONE


def _could_be_header(first: Sequence[str]) -> bool:
    named = [cell for cell in first[1:] if cell]
    return (
        bool(named)
        and len(set(first)) == len(first)
        and not any(is_value(cell) for cell in first)
        and all(len(cell) <= _MAX_HEADER_CHARS for cell in first)
    )


def _looks_like_a_pair(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row of a table with two columns is a key/value pair like the rows below.

    Fewer than half of its cells are header words. Its value also occurs below, or has the same shape as all values
    below; in the second case, there are several values below, and the shape is not just one or two words.
    """
    if _says_header(first) or not body:
        return False
    if any(row[1] == first[1] for row in body):
        return True
    shapes = {_shape(row[1]) for row in body}
    return len(body) > 1 and len(shapes) == 1 and _shape(first[1]) in shapes and _shape(first[1]) not in ("a", "a a")


def _shape(cell: str) -> str:
    """Return the shape of a cell: each run of letters, digits or blanks as one character, the rest unchanged."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", cell)))[:40]


def _are_keys(rows: Sequence[Sequence[str]]) -> bool:
    keys = [row[0] for row in rows]
    return (
        len(rows) >= 2
        and all(key and len(key) <= _MAX_KEY_CHARS and any(char.isalpha() for char in key) for key in keys)
        and not any(is_value(key) for key in keys)
        and len({key.casefold() for key in keys}) == len(keys)
        and sum(1 for row in rows if row[1]) * 2 > len(rows)
    )


def _has_typed_column(body: Sequence[Sequence[str]]) -> bool:
    """Return whether all cells of some column are values, in which case a word above the column must be a heading."""
    return len(body) >= 2 and any(all(is_value(row[column]) for row in body) for column in range(len(body[0])))


def _says_header(first: Sequence[str]) -> bool:
    """Return whether at least half of the cells are header words such as Name, Default or 설명."""
    words = _header_words()
    said = sum(1 for cell in first if cell.strip("*_ :").casefold() in words)
    return said * 2 >= len(first)


@cache
def _header_words() -> frozenset[str]:
    return frozenset(word.casefold() for word in together(lambda rules: rules.manual.column_words))


@cache
def _cell_words() -> frozenset[str]:
    return together(lambda rules: rules.manual.cell_words)
