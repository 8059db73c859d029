"""Finds a value of the answer that is in another cell of a table than where the answer puts it.

A quote may be a row without the headings of its columns. These are read from the document: the first line of the table
that has the row. A value of the answer belongs to the last heading of a row and the last heading of a column before it;
if the quoted rows have the value, but not in that cell, it was exchanged. The check abstains if the answer gives values
in the order of a list, or begins with a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.languages import language_rules
from pipeline.languages.quantities import QuantityKind
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import StatedValue, compiled_ignoring_case, read_values, same_value

_ROW = re.compile(r"^[ \t]*\|(?P<cells>.+)\|[ \t]*$")
_MIN_COLUMNS = 3
_COMPARED = frozenset({QuantityKind.NUMBER, QuantityKind.DATE})


@dataclass(frozen=True, slots=True)
class _Row:
    """A quoted row, with the headings of its columns."""

    name: str
    cells: tuple[str, ...]
    headings: tuple[str, ...]


def other_cell(claim: Claim) -> Dropped | None:
    """Return a fault if a value of the answer is in another cell of the quoted rows; None if none is."""
    in_order = compiled_ignoring_case(language_rules(claim.language).statements.in_order)
    rows = list(_rows(claim))
    if not rows or in_order.search(claim.stated.text):
        return None
    columns = _places({heading for row in rows for heading in row.headings}, claim.stated.text)
    names = _places({row.name for row in rows}, claim.stated.text)
    values = [v for v in claim.stated.values if v.quantity.kind in _COMPARED and not v.is_list_mark]
    if not columns or not values or min(columns)[0] > values[0].start:
        return None
    for value in values:
        column, name = _last(columns, value.start), _last(names, value.start)
        if any(start <= value.start < start + len(label) for start, label in (*columns, *names)):
            continue
        inside = [(row, heading) for row in rows for heading in _headings_of(value, row, claim.language)]
        if not inside or not column or (names and not name):
            continue
        own = [(row, heading) for row, heading in inside if heading == column and (not name or row.name == name)]
        if not own and any(not name or row.name == name for row, _ in inside):
            written = claim.stated.text[value.start : value.end].strip()
            return Dropped("values_exchanged", f"'{written}' is not in the column '{column}' of the table.")
    return None


def _rows(claim: Claim) -> Iterator[_Row]:
    """Yield the quoted rows of tables that have headings for at least two columns of values."""
    lines = claim.document.split("\n")
    quoted = {line.strip() for line in claim.evidence.text.split("\n")}
    headings: tuple[str, ...] = ()
    for line in lines:
        cells = _cells(line)
        if not cells:
            headings = ()
        elif not headings:
            headings = cells
        elif line.strip() in quoted and len(cells) == len(headings) >= _MIN_COLUMNS:
            yield _Row(cells[0], cells[1:], headings[1:])


def _cells(line: str) -> tuple[str, ...]:
    match = _ROW.match(line)
    return tuple(cell.strip() for cell in match["cells"].split("|")) if match else ()


def _places(labels: Iterable[str], text: str) -> list[tuple[int, str]]:
    """Return where a text has some labels; where two overlap, only the longer one: MB-1 and MB-1S."""
    found: list[tuple[int, str]] = []
    for label in sorted({label for label in labels if label}, key=lambda label: (-len(label), label)):
        for match in re.finditer(re.escape(label), text, re.IGNORECASE):
            if not any(start < match.end() and match.start() < start + len(other) for start, other in found):
                found.append((match.start(), label))
    return found


def _last(places: Sequence[tuple[int, str]], position: int) -> str:
    before = [place for place in places if place[0] < position]
    return max(before)[1] if before else ""


def _headings_of(value: StatedValue, row: _Row, language: str) -> list[str]:
    """Return the headings of the columns in which a row has a value."""
    return [
        heading
        for heading, cell in zip(row.headings, row.cells, strict=True)
        if any(same_value(value, other) for other in read_values(cell, language))
    ]
