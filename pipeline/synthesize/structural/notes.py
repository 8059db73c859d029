"""Turns the notes of a manual into answers.

Takes a `Manual` and a NOTE node; returns the note's text, or the reason why it cannot be quoted. Used by the tasks
`note` and `passage`.
"""

from __future__ import annotations

from bisect import bisect_right

from pipeline.documents.grammar.manual.notes import WHOLE
from pipeline.nodes import Node
from pipeline.synthesize.structural.blocks import shown_width
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.prose import points_back

SORTS = ("note", "warning")
"""The kinds of notes that have no title; a note of any other kind has one."""
_MIN_WIDTH = 30
_MAX_CHARS = 1200


def note_answer(manual: Manual, note: Node) -> str:
    """Return the text of a note; empty if it is too short or too long, or ends with a colon."""
    answer = manual.block(note.body, note.end)
    fits = shown_width(answer) >= _MIN_WIDTH and len(answer) <= _MAX_CHARS and not answer.endswith((":", "："))
    return answer if fits else ""


def note_problem(manual: Manual, note: Node, answer: str) -> tuple[str, str] | None:
    """Return the reason why a note cannot be quoted, and a detail; None if it can be quoted."""
    if _is_in_entry(manual, note) and points_back().search(answer):
        return "points_back", "its first words are about the text above it"
    if note.level != WHOLE:
        return "open_note", "it is not certain where the note ends"
    return None


def _is_in_entry(manual: Manual, note: Node) -> bool:
    """Return whether a note is part of an entry."""
    index = bisect_right(manual.entry_starts, note.start) - 1
    return index >= 0 and note.start < manual.entries[index].end
