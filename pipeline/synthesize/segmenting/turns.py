"""Cuts a dialogue into units: whole turns, a question with the turn that answers it, sentences of a long speech.

What stands between two turns, such as a line that someone joined, is shown with them; what stands above the first turn
or below the last one is cut as prose. Time is linear in the length of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.nodes import Node
from pipeline.synthesize.segmenting.document import CutDocument
from pipeline.synthesize.segmenting.prose import cut_pieces, prose_units
from pipeline.synthesize.segmenting.units import Unit

_QUESTION_ENDS = ("?", "？")


def turn_units(document: CutDocument, turns: Sequence[Node]) -> list[Unit]:
    """Return the units of a dialogue with these turns, in order."""
    units = prose_units(document, start=0, end=turns[0].start, first_run=0)
    run = units[-1].run + 1 if units else 0
    group, previous = 0, turns[0]
    for turn in turns:
        is_new_scene = document.section_at(turn.start) != document.section_at(previous.start)
        group += is_new_scene or turn.numbering != previous.numbering
        previous = turn
        units += _of_turn(document, turn, run, group)
    below = prose_units(document, start=turns[-1].end, end=len(document.text), first_run=run + 1)
    # Sections of the prose have numbers of their own, so they are moved behind the groups of the turns.
    return [*units, *(replace(unit, group=unit.group + group + 1) for unit in below)]


def _of_turn(document: CutDocument, turn: Node, run: int, group: int) -> list[Unit]:
    text = document.text
    level = max(1, document.sections[document.section_at(turn.start)].level)
    end = turn.start + len(text[turn.start : turn.end].rstrip())
    told = sum(map(str.isalnum, text[turn.body : end]))
    if end - turn.start <= document.max_chars:
        return [Unit(turn.start, end, run, group, level, told, is_bound=text.endswith(_QUESTION_ENDS, turn.start, end))]
    return [
        Unit(piece.start, piece.end, run, group, level, sum(map(str.isalnum, text[piece.start : piece.end])))
        for piece in cut_pieces(text, turn.start, end, document.max_chars)
    ]
