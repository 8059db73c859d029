"""Defines `TurnFamily`, the interface of the modules in `families/`, and `make_turn`, which creates a turn.

A family is a group of chat or transcript formats that write turns in a similar way. A family *explains* a line if it
recognises the line as part of its format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.turns.lines import Lines
from pipeline.nodes import ROOT, Node, NodeKind


@dataclass(frozen=True, slots=True)
class Reading:
    """What one family found in a text."""

    turns: Sequence[Node]
    num_explained: int
    """The number of lines that the family explains: first lines of turns, system lines and time lines.

    Some families also count the lines that continue a turn; `read_messages` does not.
    """
    num_blocks: int
    """The number of blocks (runs of lines between blank lines) that begin with an explained line; 0 if not counted."""
    has_contradiction: bool = False
    """True if the lines look like turns but the text as a whole does not: a form, a list of records, an FAQ."""


@dataclass(frozen=True, slots=True)
class TurnFamily:
    """A family of turn formats. Each module in `families/` defines one as `FAMILY`."""

    name: str
    order: int
    """The position in the order in which families are tried; more specific families come first.

    Among families that explain equally many lines, the first wins.
    """
    looks_right: Callable[[str], bool]
    """A quick test of whether a turn may begin on a line that is not blank. It runs only on a sample of the lines."""
    read: Callable[[Lines], Reading]
    """The function that reads all lines of a text."""
    min_share: float
    """The minimum share of explained lines, or of explained blocks, in a dialogue."""
    is_certain: bool = False
    """True if only dialogues look like this. Speakers then need not occur more than once."""


OPEN = 1
"""The `level` of an open turn, whose end is uncertain; other turns have level 0.

An open turn may include words that are not the speaker's, or lack words that are. The cause is a paragraph after a
blank line, a stage direction, a caption, or a line that may name another speaker.
"""


def make_turn(start: int, body: int, end: int, speaker: str, time: str, day: str = "", is_open: bool = False) -> Node:
    """Return a turn as an outline node. `day` is the day that a line above the turn names."""
    return Node(NodeKind.TURN, start, end, body, ROOT, OPEN if is_open else 0, speaker, time, day)
