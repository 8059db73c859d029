"""What is read: files and source trees, and the pieces of them that one worker reads at a time.

Used by all of `documents`: discovery lists items, planning cuts them into segments, readers read segments.
"""

from __future__ import annotations

from dataclasses import dataclass

TO_THE_END = -1
"""`Segment.end` of a segment that has no upper edge."""


@dataclass(frozen=True, slots=True)
class TreeMember:
    """A file of a tree; `path` is relative to the tree's root."""

    path: str
    num_bytes: int
    shown: str
    """The path as it is in the joined text and in URIs: printable, personal data masked."""


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A file, or a source tree that becomes one document."""

    source_index: int
    """Which input of the recipe it belongs to."""
    key: str
    """Path below the input's root; part of the document id, so a moved folder keeps its ids. Unique in a build."""
    uri: str
    """What is written as `source_uri`: the input as given, and the path below it; printable, and unique in a build."""
    path: str
    """What is opened, undecodable bytes as surrogates; of a tree, its folder."""
    num_bytes: int
    version: str
    """Changes when the file, or a file of the tree, changes: time of change or entity tag, as the filesystem says."""
    members: tuple[TreeMember, ...]
    """Files of a tree; empty for a file."""
    failure: str = ""
    """Why the listing could not look into it; empty where it could."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An item, or a range of one: bytes of uncompressed json lines, row groups of parquet."""

    item: SourceItem
    start: int
    end: int
    """Exclusive; `TO_THE_END` where the segment has no upper edge. A range owns the lines that start in it."""
    num_bytes: int
