"""Defines what is read: files and source trees, and the segments that one worker reads at a time.

Discovery lists items, planning cuts the items into segments, and readers read the segments.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.documents.skipped_names import PathKind

TO_THE_END = -1
"""`Segment.end` of a segment without an upper bound."""


@dataclass(frozen=True, slots=True)
class TreeMember:
    """A file of a source tree; `path` is relative to the tree's root."""

    path: str
    num_bytes: int
    shown: str
    """Path as shown in the joined text and in URIs: printable, with personal data masked."""
    version: str = ""
    """See `SourceItem.version`."""


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """How the `datasets` library reads a data file of a data set, and what the data set's card says."""

    builder: str
    """Name of the library's module for the format, such as `parquet`."""
    options: str
    """The module's options that the card sets, such as a separator, as JSON."""
    licence: str
    """SPDX expression; empty if the card names none."""
    language: str
    """Language code; empty if the card names none or several."""


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A file, or a source tree that becomes one document."""

    source_index: int
    """Index of the recipe's input that holds the item."""
    key: str
    """Path below the input's root, unique in a build. It is part of the document id, so moving the input folder does
    not change the ids."""
    uri: str
    """Value of `source_uri`: the input's path as the recipe names it, plus the path below. Printable, and unique in a
    build."""
    path: str
    """Path to open, with surrogates for bytes that are not UTF-8; the root folder of a tree."""
    num_bytes: int
    version: str
    """Value that changes when the file, or any file of the tree, changes: built from size, times and inode, or from a
    remote file's entity tag or time."""
    members: tuple[TreeMember, ...]
    """Files of a tree; empty for a single file."""
    failure: str = ""
    """Error that the listing met at this item; empty if there was none."""
    kind: PathKind = PathKind.FILE
    dataset: DatasetFile | None = None
    """Set for a data file of a data set, which the `datasets` library reads."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A whole item or a range of it: bytes of an uncompressed JSON Lines file, or row groups of a Parquet file."""

    item: SourceItem
    start: int
    end: int
    """Exclusive end, or `TO_THE_END`. A range of bytes contains the lines that start inside the range."""
    num_bytes: int
