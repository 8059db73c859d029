"""What is read: files and source trees, and the segments of them that one worker reads at a time.

Used by all of `documents`: discovery lists items, planning cuts them into segments, readers read segments.
"""

from __future__ import annotations

from dataclasses import dataclass

TO_THE_END = -1
"""`Segment.end` of a segment without an upper bound."""


@dataclass(frozen=True, slots=True)
class TreeMember:
    """A file of a tree; `path` is relative to the tree's root."""

    path: str
    num_bytes: int
    shown: str
    """Path as shown in the joined text and in URIs: printable, with personal data masked."""


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A file, or a source tree that becomes one document."""

    source_index: int
    """Index of the recipe's input that holds the item."""
    key: str
    """Path below the input's root, unique in a build. Part of the document id, so a moved folder keeps its ids."""
    uri: str
    """Value of `source_uri`: the input as given plus the path below it. Printable, and unique in a build."""
    path: str
    """Path to open, with undecodable bytes as surrogates; for a tree, its folder."""
    num_bytes: int
    version: str
    """Value that changes with the file, or with any file of the tree. It comes from the filesystem's times or ETag."""
    members: tuple[TreeMember, ...]
    """Files of a tree; empty for a single file."""
    failure: str = ""
    """Error that kept the listing from reading the item; empty if there was none."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An item, or a range of one: bytes of uncompressed json lines, or row groups of parquet."""

    item: SourceItem
    start: int
    end: int
    """Exclusive end, or `TO_THE_END` if the segment has no upper bound. A range owns the lines that start in it."""
    num_bytes: int
