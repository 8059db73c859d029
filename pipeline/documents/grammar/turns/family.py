"""What a family of turn formats is: a fast look, one reading of the lines, and how much of a text it must explain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.turns.lines import Lines
from pipeline.nodes import ROOT, Node, NodeKind


@dataclass(frozen=True, slots=True)
class Reading:
    """How a family reads a text."""

    turns: Sequence[Node]
    num_explained: int
    """Filled lines that it accounts for: first lines of turns, system lines, time lines; not lines that go on."""
    num_blocks: int
    """Runs of filled lines that begin with such a line."""
    has_contradiction: bool = False
    """The lines have the family's shape and yet no one speaks: a list of records, a form, a page of questions."""


@dataclass(frozen=True, slots=True)
class TurnFamily:
    """A family of formats that write turns alike. A module of `turns.families` holds one, named `FAMILY`."""

    name: str
    order: int
    """Of two families that explain as much, the one with the lower number reads the text: the more special one."""
    looks_right: Callable[[str], bool]
    """A fast look at a filled line: whether a turn may begin there. Asked of a sample of the lines only."""
    read: Callable[[Lines], Reading]
    """One pass over the lines."""
    min_share: float
    """Least share of the lines, or of the blocks, that must be explained for a text to be a dialogue."""
    is_certain: bool = False
    """Nothing but a dialogue has this shape, so that speakers need not come back."""


OPEN = 1
"""`level` of a turn whose words may not be all the speaker's, or not all that the speaker says: a paragraph behind a
blank line, a stage direction or a caption belongs to it or does not. Others have level 0."""


def make_turn(start: int, body: int, end: int, speaker: str, time: str, day: str = "", is_open: bool = False) -> Node:
    """A turn as a node of the outline; `numbering` holds the day that a line above it names."""
    return Node(NodeKind.TURN, start, end, body, ROOT, OPEN if is_open else 0, speaker, time, day)
