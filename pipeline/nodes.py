"""The typed outline of a document: a flat list of nodes, each with its exact start and end in the text.

The nodes are sorted by `start`, and a parent comes before its children. Offsets are characters from the start of the
text that the outline belongs to; a part of a document and a joined row have outlines with their own offsets. Made by
`documents.grammar`; used by the stages after ingest.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from enum import StrEnum

ROOT = -1
"""The `parent` of a node that no other node contains."""


class NodeKind(StrEnum):
    """What a node represents, and what its text fields hold."""

    HEADING = "heading"
    """A heading with everything below it. `label` is its number, `value` its title, `level` its depth from 1."""
    PART = "part"
    """A document inside the document, with its own numbering: a contract, its schedule, an amendment, 부칙
    (supplementary provisions), an annexed licence. `label` is the part's name as written, `value` its title. The part
    and every provision in it have this name as `numbering`."""
    PROVISION = "provision"
    """An article, section, paragraph or item. `label` is its path as written, `value` its title, `sort` its noun
    (`Section`, `조`, `항`)."""
    TURN = "turn"
    """The words of one speaker until a different one speaks. `label` is the speaker as written, `value` the time as
    written, `numbering` the day named by a separator line above. `level` is 1 if it is uncertain where the turn ends,
    or whether all its words belong to the speaker; see `turns.family.OPEN`."""
    FILE = "file"
    """A file of a source tree. `label` is its path, `value` the programming language, which is empty if
    the file was not parsed."""
    DEFINITION = "definition"
    """A function, method or type. `label` is its qualified name, `value` its signature on one line, `numbering` its
    kind."""
    CALL = "call"
    """A call whose target is certain. `label` is the qualified name of the target."""
    TABLE = "table"
    """A table. `label` is its caption; `value` is the position of its header: `row`, `column`, `both` or empty."""
    CELL = "cell"
    """A table cell. `value` is its text."""
    STEPS = "steps"
    """A numbered list, or a bulleted list that a sentence announces. `value` is the announcing sentence; `sort` says
    whether the list is numbered instructions, another numbered list or a bulleted list."""
    STEP = "step"
    """One item of such a list. `label` is its number; empty for a bulleted item."""
    ENTRY = "entry"
    """A term with its explanation: an option, a field, an error code, a question with its answer (`sort`). `label` is
    the term as written, `value` all its names, one per line. Entries of the same list have the same `numbering`."""
    NOTE = "note"
    """A separate note, tip or warning. `label` is its opening word."""
    PARAGRAPH = "paragraph"
    """A paragraph of prose."""


class Cut(StrEnum):
    """Which end of a node lies outside the text. Nodes are cut when a long document is split into parts."""

    NONE = ""
    ABOVE = "above"
    """The node begins before the text, so its heading, speaker or signature is missing. `start` and `body` are the
    start of the text. The node is kept because its content is in the text."""
    BELOW = "below"
    """The node continues after the text, or some of its middle is left out."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an outline; it covers `text[start:end]`."""

    kind: NodeKind
    start: int
    end: int
    body: int
    """Where the content begins, after the number, title or speaker; `start <= body <= end`."""
    parent: int = ROOT
    """The index of the node that contains this one, among nodes of the same grammar: a turn has no heading as its
    parent, even if it lies below one."""
    level: int = 0
    label: str = ""
    value: str = ""
    numbering: str = ""
    """For a provision, the name of the part whose numbering the label belongs to: a contract, its schedule and an
    annexed licence are numbered separately. For a turn, its day. For a definition, `function`, `declaration` (a
    function without a body) or the keyword of the type. For a file, whether it is damaged. For an entry, the number of
    its list."""
    sort: str = ""
    """The subkind, for example the noun of a provision; empty for definitions."""
    row: int = 0
    column: int = 0
    row_span: int = 1
    column_span: int = 1
    cut: Cut = Cut.NONE

    def placed(self, *, start: int, body: int, end: int, parent: int, cut: Cut) -> Node:
        """Return this node with a different position, parent and cut. Four times as fast as `dataclasses.replace`."""
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
        """Return this node with the given parent."""
        if parent == self.parent:
            return self
        return self.placed(start=self.start, body=self.body, end=self.end, parent=parent, cut=self.cut)

    @property
    def begins_here(self) -> bool:
        """Whether the node's first characters, which name it, are in the text."""
        return self.cut is Cut.NONE or self.cut is Cut.BELOW


def nodes_of(outline: Sequence[Node], kinds: Container[NodeKind], *, whole_only: bool = False) -> list[Node]:
    """Return the nodes of some kinds, in order, with new parents.

    The new `parent` is the index, in the result, of the nearest returned node that contains the node, or `ROOT`.

    Args:
        outline: the nodes in order, parents before children.
        kinds: the kinds of nodes to keep.
        whole_only: whether to leave out cut nodes and everything in them. A table without its first rows, for example,
            has no header.
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
