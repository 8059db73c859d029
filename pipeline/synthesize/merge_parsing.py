"""Parses the replies of the tasks that merge drafts: a question with its bridge, and the rows of a comparison.

Both are read as strictly as every reply; see `reply_parsing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.records import Dropped
from pipeline.synthesize.reply_fields import Fields, ReadFields, parse_fields
from pipeline.synthesize.reply_parsing import AskedAtom, quotes_fault

BRIDGED = Fields(strings=("bridge", "question", "answer"), lists=("evidence",))
"""The fields of a reply with a bridge."""
_COMPARED = Fields(strings=("question", "difference"), lists=("columns",))
_ROW = Fields(strings=("name",), lists=("cells", "evidence"))
_NUM_ROWS = 2
_MIN_COLUMNS = 2
_MAX_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class BridgedAtom:
    """A question that needs two places, and what leads from the one to the other."""

    atom: AskedAtom
    bridge: str


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of a comparison: what it is about, its cells, and the quotes that prove them."""

    name: str
    cells: tuple[str, ...]
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question that compares two matters, with the table and the sentence that answer it."""

    question: str
    columns: tuple[str, ...]
    """The headings of the columns; the first is that of the rows' names."""
    rows: tuple[ComparedRow, ...]
    difference: str
    """The sentence that says how the rows differ."""


def parse_bridged(text: str, *, max_quotes: int) -> BridgedAtom | Dropped:
    """Return the question, the answer, the quotes and the bridge of a reply, or the fault in the reply."""
    reply = parse_fields(text, BRIDGED)
    if isinstance(reply, Dropped):
        return reply
    said, quotes = reply.strings, reply.lists["evidence"]
    if fault := quotes_fault(quotes, most=max_quotes):
        return fault
    return BridgedAtom(AskedAtom(said["question"], said["answer"], quotes), said["bridge"])


def parse_comparison(text: str, *, max_quotes: int) -> Comparison | Dropped:
    """Return the comparison of a reply, or the fault in the reply.

    Args:
        text: the reply.
        max_quotes: maximum number of quotes of each row.
    """
    reply = parse_fields(text, _COMPARED, items="rows", of=_ROW)
    if isinstance(reply, Dropped):
        return reply
    columns = reply.lists["columns"]
    if not _MIN_COLUMNS <= len(columns) <= _MAX_COLUMNS:
        return Dropped("wrong_fields", f"The columns must be a list of {_MIN_COLUMNS} to {_MAX_COLUMNS} strings.")
    if len(reply.items) != _NUM_ROWS:
        return Dropped("wrong_fields", f"A comparison must have {_NUM_ROWS} rows, not {len(reply.items)}.")
    rows = [_row(item) for item in reply.items]
    for row in rows:
        if len(row.cells) != len(columns) - 1 or not all((row.name, *row.cells)):
            return Dropped("wrong_fields", "Each row must have a name and a cell for each further column.")
        if fault := quotes_fault(row.quotes, most=max_quotes, of="A row"):
            return fault
    return Comparison(reply.strings["question"], columns, tuple(rows), reply.strings["difference"])


def _row(item: ReadFields) -> ComparedRow:
    return ComparedRow(item.strings["name"], item.lists["cells"], item.lists["evidence"])
