"""The typed outline of a document: a flat list of nodes with exact spans, which every later stage reads.

The list is in order of `start`, and a node's parent comes before it. Offsets count characters of the text that the
outline belongs to; a part or a joined row has its own offsets.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from enum import StrEnum

ROOT = -1
"""Parent of a node that lies in no other node."""


class NodeKind(StrEnum):
    """The kind of a node."""

    HEADING = "heading"
    """A heading with everything below it; `label` is its number, `value` its title, `level` its depth from 1."""
    PART = "part"
    """A document inside the document with its own numbering: a contract, its schedule, an amendment, 부칙, an annexed
    licence. `label` is its name as written, `value` its title; every node inside it has the part's name as
    `numbering`."""
    PROVISION = "provision"
    """An article, section, paragraph or item; `label` is its path as written, `value` its title, `sort` its noun
    (`Section`, `조`, `항`)."""
    TURN = "turn"
    """What one speaker says at a time; `label` is the speaker as written, `value` the time as written, `numbering` the
    day named by a separator line above. `level` is 1 if the turn may be incomplete: the words below it may be the
    speaker's too, or some of its words may not be; see `turns.family.OPEN`."""
    FILE = "file"
    """A file of a source tree; `label` is its path."""
    DEFINITION = "definition"
    """A function, class or method (`sort`); `label` is its qualified name, `value` its signature as written, on one
    line."""
    CALL = "call"
    """A call with a certain target; `label` is the qualified name of the target."""
    TABLE = "table"
    """A table; `value` tells where its header is: `row`, `column`, `both` or empty. `label` is its caption."""
    CELL = "cell"
    """A cell of a table; `value` is its text."""
    STEPS = "steps"
    """A numbered list of instructions."""
    STEP = "step"
    """One instruction; `label` is its number."""
    ENTRY = "entry"
    """A term with its explanation: an option, a field, an error code, a question with its answer (`sort`); `label` is
    the term as written, `value` its other names."""
    NOTE = "note"
    """A separate note, tip or warning; `label` is its opening word."""
    PARAGRAPH = "paragraph"
    """A paragraph of prose."""


class Cut(StrEnum):
    """Which end of a node lies outside the text; parts of a long document have their own outlines."""

    NONE = ""
    ABOVE = "above"
    """It begins above the text, so its heading, speaker or signature is missing. `start` and `body` are the start of
    the text. It is kept for its content."""
    BELOW = "below"
    """It continues below the text, or some of its middle is left out."""
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
    """The numbering that the label belongs to: a contract, its schedule and an annexed licence each have one. For a
    turn, its day."""
    sort: str = ""
    """The subkind: for a definition `function`, `class` or `method`; for a provision its noun."""
    row: int = 0
    column: int = 0
    row_span: int = 1
    column_span: int = 1
    cut: Cut = Cut.NONE

    def placed(self, *, start: int, body: int, end: int, parent: int, cut: Cut) -> Node:
        """Return the same node at another place. `dataclasses.replace` takes four times as long."""
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
        """Return the same node with another parent."""
        if parent == self.parent:
            return self
        return self.placed(start=self.start, body=self.body, end=self.end, parent=parent, cut=self.cut)

    @property
    def begins_here(self) -> bool:
        """Whether its first characters, which name it, are in the text."""
        return self.cut is Cut.NONE or self.cut is Cut.BELOW


def nodes_of(outline: Sequence[Node], kinds: Container[NodeKind], *, whole_only: bool = False) -> list[Node]:
    """Return the nodes of some kinds, in order. `parent` becomes the index, in the result, of the nearest container.

    Args:
        outline: in order; parents come before what they contain.
        kinds: which nodes to keep.
        whole_only: leave out nodes that are cut, and everything in them: a table without its first rows has no header.
    """
    places: list[int] = []
    found: list[Node] = []
    is_broken: list[bool] = []
    for node in outline:
        parent = places[node.parent] if node.parent != ROOT else ROOT
        is_wanted = node.kind in kinds
        is_cut = is_wanted and node.cut is not Cut.NONE
        is_broken.append(whole_only and (is_cut or (node.parent != ROOT and is_broken[node.parent])))
        if is_wanted and not is_broken[-1]:
            places.append(len(found))
            found.append(node.below(parent))
        else:
            places.append(parent)
    return found
