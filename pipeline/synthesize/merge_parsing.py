"""Parses the replies of the tasks that merge drafts: a question with its bridge, and the rows of a comparison.

Both are read as strictly as every reply; see `reply_parsing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.records import Dropped
from pipeline.synthesize.reply_parsing import AskedAtom, parse_object

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
    fields = parse_object(text, ("bridge", "question", "answer", "evidence"))
    if isinstance(fields, Dropped):
        return fields
    texts = [fields[key] for key in ("bridge", "question", "answer")]
    quotes = _strings(fields["evidence"])
    if not all(isinstance(item, str) for item in texts) or not quotes:
        return Dropped(
            "wrong_fields", "Bridge, question and answer must be strings, and the evidence a list of strings."
        )
    if len(quotes) > max_quotes:
        return Dropped("wrong_fields", f"The evidence has {len(quotes)} quotes; at most {max_quotes} are allowed.")
    bridge, question, answer = (str(item).strip() for item in texts)
    return BridgedAtom(AskedAtom(question, answer, quotes), bridge)


def parse_comparison(text: str, *, max_quotes: int) -> Comparison | Dropped:
    """Return the comparison of a reply, or the fault in the reply.

    Args:
        text: the reply.
        max_quotes: maximum number of quotes of each row.
    """
    fields = parse_object(text, ("question", "columns", "rows", "difference"))
    if isinstance(fields, Dropped):
        return fields
    question, difference, columns = fields["question"], fields["difference"], _strings(fields["columns"])
    if not isinstance(question, str) or not isinstance(difference, str):
        return Dropped("wrong_fields", "The question and the difference must be strings.")
    if not _MIN_COLUMNS <= len(columns) <= _MAX_COLUMNS:
        return Dropped("wrong_fields", f"The columns must be a list of {_MIN_COLUMNS} to {_MAX_COLUMNS} strings.")
    listed = fields["rows"]
    rows = [_row(item) for item in listed] if isinstance(listed, list) else []
    if len(rows) != _NUM_ROWS:
        return Dropped("wrong_fields", f"A comparison must have {_NUM_ROWS} rows, not {len(rows)}.")
    kept = []
    for row in rows:
        if row is None or len(row.cells) != len(columns) - 1 or not all((row.name, *row.cells)):
            return Dropped("wrong_fields", "Each row must have a name, a cell for each further column, and evidence.")
        if len(row.quotes) > max_quotes:
            return Dropped("wrong_fields", f"A row has {len(row.quotes)} quotes; at most {max_quotes} are allowed.")
        kept.append(row)
    return Comparison(question.strip(), columns, tuple(kept), difference.strip())


def _row(item: object) -> ComparedRow | None:
    if not isinstance(item, dict) or set(item) != {"name", "cells", "evidence"} or not isinstance(item["name"], str):
        return None
    cells, quotes = _strings(item["cells"]), _strings(item["evidence"])
    return ComparedRow(item["name"].strip(), cells, quotes) if cells and quotes else None


def _strings(value: object) -> tuple[str, ...]:
    """Return a list of strings without surrounding white space; a single string is a list of one, others are empty."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return ()
    return tuple(item.strip() for item in items)
