"""The typed outline of a document: a flat list of nodes with exact spans, which every later stage reads.

A node's parent stands before it in the list, and the list is in order of `start`. Offsets are characters of the text
that the outline comes with: of a part or of a joined row, its own.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from enum import StrEnum

ROOT = -1
"""Parent of a node that lies in no other."""


class NodeKind(StrEnum):
    """What a node is."""

    HEADING = "heading"
    """A heading with everything below it; `label` is its number, `value` its title, `level` its depth from 1."""
    PART = "part"
    """A document inside the document, with a numbering of its own: a contract, its schedule, an amendment, 부칙, an
    annexed licence; `label` is its name as written, `value` its title. Every node inside carries it as
    `numbering`."""
    PROVISION = "provision"
    """An article, section, paragraph or item; `label` is its path as written, `value` its title, `sort` what it is
    called (`Section`, `조`, `항`)."""
    TURN = "turn"
    """What one speaker says at a time; `label` is the speaker as written, `value` the time as written, `numbering` the
    day that a separator line above names. `level` is 1 where the turn may not be whole: the words below it may be the
    speaker's too, or not all of its words are; see `turns.family.OPEN`."""
    FILE = "file"
    """A file of a source tree; `label` is its path."""
    DEFINITION = "definition"
    """A function, class or method (`sort`); `label` is its qualified name, `value` its signature as written, on one
    line."""
    CALL = "call"
    """A call whose target is certain; `label` is the qualified name of what is called."""
    TABLE = "table"
    """A table; `value` says where its header is: `row`, `column`, `both` or empty. `label` is its caption."""
    CELL = "cell"
    """A cell of a table; `value` is its text."""
    STEPS = "steps"
    """A numbered list of instructions."""
    STEP = "step"
    """One instruction; `label` is its number."""
    NOTE = "note"
    """A note, tip or warning that stands apart; `label` is the word that opens it."""
    PARAGRAPH = "paragraph"
    """A paragraph of prose."""


class Cut(StrEnum):
    """Which end of a node lies outside the text: parts of a long document have outlines of their own."""

    NONE = ""
    ABOVE = "above"
    """It begins above the text; here it begins with the text, its heading, speaker or signature is not there, and
    `body` is `start`. It is kept for what it contains."""
    BELOW = "below"
    """It goes on below the text, or some of its middle is left out."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an outline: `text[start:end]`."""

    kind: NodeKind
    start: int
    end: int
    body: int
    """Where the content begins, after number, title or speaker; `start <= body <= end`."""
    parent: int = ROOT
    """Index of the node of the same grammar that contains this one: a turn lies in no heading, whatever their spans."""
    level: int = 0
    label: str = ""
    value: str = ""
    numbering: str = ""
    """Which numbering the label belongs to: a contract, its schedule and an annexed licence have one each. Of a turn:
    its day."""
    sort: str = ""
    """The kind within its kind: of a definition `function`, `class` or `method`; of a provision its noun."""
    row: int = 0
    column: int = 0
    row_span: int = 1
    column_span: int = 1
    cut: Cut = Cut.NONE

    def placed(self, *, start: int, body: int, end: int, parent: int, cut: Cut) -> Node:
        """The same node somewhere else. `dataclasses.replace` takes four times as long."""
        return Node(
            self.kind,
            start,
            end,
            body,
            parent,
            self.level,
            self.label,
            self.value,
            self.numbering,
            self.sort,
            self.row,
            self.column,
            self.row_span,
            self.column_span,
            cut,
        )

    def below(self, parent: int) -> Node:
        """The same node with another parent."""
        if parent == self.parent:
            return self
        return self.placed(start=self.start, body=self.body, end=self.end, parent=parent, cut=self.cut)

    @property
    def begins_here(self) -> bool:
        """Whether its first characters, which name it, are in the text."""
        return self.cut is Cut.NONE or self.cut is Cut.BELOW


def nodes_of(outline: Sequence[Node], kinds: Container[NodeKind]) -> list[Node]:
    """The nodes of some kinds, in order; `parent` is the index, among them, of the nearest one that contains a node."""
    return chosen_nodes(outline, lambda node: node.kind in kinds)


def begun_nodes_of(outline: Sequence[Node], kinds: Container[NodeKind]) -> list[Node]:
    """The same, without those that begin above the text: nobody who reads it knows what they are called."""
    return chosen_nodes(outline, lambda node: node.kind in kinds and node.begins_here)


def chosen_nodes(outline: Sequence[Node], is_chosen: Callable[[Node], bool]) -> list[Node]:
    """Some nodes, in order, each below the nearest chosen one that contains it."""
    places: list[int] = []
    found: list[Node] = []
    for node in outline:
        parent = places[node.parent] if node.parent != ROOT else ROOT
        if is_chosen(node):
            places.append(len(found))
            found.append(node.below(parent))
        else:
            places.append(parent)
    return found
