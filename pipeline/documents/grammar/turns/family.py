"""A family of turn formats: a quick test, a reader of lines, and the share of a text that it must explain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.turns.lines import Lines
from pipeline.nodes import ROOT, Node, NodeKind


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of one family reading a text."""

    turns: Sequence[Node]
    num_explained: int
    """Filled lines that the family explains: first lines of turns, system lines, time lines. Continuation lines do not
    count."""
    num_blocks: int
    """Runs of filled lines that begin with an explained line."""
    has_contradiction: bool = False
    """True if the lines have the family's shape but no speakers: a list of records, a form, a page of questions."""


@dataclass(frozen=True, slots=True)
class TurnFamily:
    """A family of formats that write turns alike. A module of `turns.families` defines one as `FAMILY`."""

    name: str
    order: int
    """Rank among families that explain equally many lines. The lowest wins; more specific families have lower ranks."""
    looks_right: Callable[[str], bool]
    """Quick test of a filled line: whether a turn may begin there. It runs on a sample of the lines only."""
    read: Callable[[Lines], Reading]
    """Reader of the lines; one pass."""
    min_share: float
    """Smallest share of the lines, or of the blocks, that must be explained for a text to be a dialogue."""
    is_certain: bool = False
    """True if only dialogues have this shape. Then speakers need not occur more than once."""


OPEN = 1
"""`level` of a turn with uncertain bounds: it may include words that are not the speaker's, or miss words that are. The
cause is a paragraph after a blank line, a stage direction or a caption. Other turns have level 0."""


def make_turn(start: int, body: int, end: int, speaker: str, time: str, day: str = "", is_open: bool = False) -> Node:
    """Return a turn as a node of the outline; `numbering` holds the day named on a line above it."""
    return Node(NodeKind.TURN, start, end, body, ROOT, OPEN if is_open else 0, speaker, time, day)
