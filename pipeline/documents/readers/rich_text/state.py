"""The state that a reader of RTF keeps: groups, and the stories that are being read."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.documents.readers.blocks import Block
from pipeline.documents.readers.paragraphs import Split
from pipeline.documents.readers.rich_text.tables import OpenTable, RowShape
from pipeline.documents.text_builder import Run


@dataclass(slots=True)
class Group:
    """The state that a group restores at its end."""

    skips: bool = False
    captures: bool = False
    """Whether text is kept apart, as for the number of a list item."""
    skip_after_unicode: int = 1
    font: int = 0
    is_hidden: bool = False
    is_inserted: bool = False
    is_deleted: bool = False
    is_raised: bool = False
    style: int = 0
    level: int | None = None
    list_level: int = 0
    waits: bool = False
    """Whether a text for old programs is passed over, up to the same text in Unicode."""
    depth: int = 0
    """Depth of tables around the paragraph."""
    opens: str = ""
    """The story or the captured text that ends with the group."""


@dataclass(slots=True)
class Story:
    """A body, note, comment, header or text box that is being read."""

    name: str = ""
    blocks: list[Block] = field(default_factory=list)
    items: list[Run | Block | Split] = field(default_factory=list)
    label: str | None = None
    tables: list[OpenTable] = field(default_factory=list)
    shapes: list[RowShape] = field(default_factory=list)
    is_endnote: bool = False
    place: int = 0
    """For a note: the position of its reference in the surrounding paragraph."""

    def add(self, block: Block, depth: int) -> None:
        """Add a block of the body, or of a cell at a depth of tables."""
        self.end_tables(depth)
        (self.tables[-1].blocks if self.tables else self.blocks).append(block)

    def at_depth(self, depth: int) -> OpenTable:
        """Return the table at a depth, from 1, and end those inside it."""
        self.end_tables(depth)
        return self.tables[-1]

    def end_tables(self, depth: int) -> None:
        """End the tables deeper than a depth, and begin those that are missing down to it."""
        while len(self.tables) > depth:
            done = self.tables.pop()
            if not done.is_empty:
                (self.tables[-1].blocks if self.tables else self.blocks).append(done.table())
        while len(self.tables) < depth:
            self.tables.append(OpenTable())
