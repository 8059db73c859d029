"""Reads the list of numbered items below a heading line: the decisions or actions that minutes record.

Takes a text and the position behind the heading; returns the items, or nothing if it is uncertain where the list ends
or whether it is complete: an item that goes on in another line, a gap in the numbers, a single item. Pure; time is
linear in the length of the list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.synthesize.composed.numbering import counts_up
from pipeline.synthesize.structural.facts import Span

_ITEM = re.compile(
    r"[ \t]*(?:[-*•][ \t]+)?(?P<label>[A-Z]{1,4}[-–]?\d{1,4}(?:[-.]\d{1,3})?|\d{1,3}(?:[-.]\d{1,3})?)[.):]?[ \t]+"
    r"(?P<words>\S.*)"
)
_MARKED = re.compile(r"[ \t]*(?:[-*•|]|[A-Z]{0,4}-?\d)")
"""The beginning of a line that may be a further item, in another form."""
MIN_ITEMS = 3
_MAX_ITEMS = 20


@dataclass(frozen=True, slots=True)
class RecordedItem:
    """An item of a list with its label: `D-31`, `4-1`."""

    label: str
    words: str
    span: Span
    """The line of the item."""


def recorded_items(text: str, position: int) -> tuple[RecordedItem, ...]:
    """Return the items of the list that begins at a position, which is behind a heading line; empty if uncertain."""
    found: list[RecordedItem] = []
    was_blank = True
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end]
        item = _ITEM.fullmatch(line.rstrip())
        if item is not None:
            indent = len(line) - len(line.lstrip())
            span = Span(position + indent, position + len(line.rstrip()))
            found.append(RecordedItem(item["label"], item["words"].strip(), span))
        elif line.strip():
            if not was_blank or _MARKED.match(line):
                return ()
            break
        was_blank = not line.strip()
        position = end + 1
    is_whole = MIN_ITEMS <= len(found) <= _MAX_ITEMS and counts_up([item.label for item in found])
    return tuple(found) if is_whole else ()
