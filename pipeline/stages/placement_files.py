"""The files in `work/placement/` with which the steps of placement exchange measures and decisions, without any text.

Measures are sorted by place and decisions by shard, so that a step reads only its slice of each file (`io.key_ranges`,
`io.sorted_parts`; `stages.step_files`). Used by `stages.measured`, `stages.grouped` and `stages.placement`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.stages.encoded_parts import JoinedMember, JoinedRow
from pipeline.stages.step_files import RANGES


class PlacementFile(StrEnum):
    """The kinds of files; the name of a file is its kind and the id of a shard or range."""

    MEASURED = "measured"
    """`MeasuredDocument` of a shard's documents, by place."""
    RANGES = RANGES
    """The ranges of places (`io.key_ranges.KeyRange`); only if there is more than one."""
    GROUPED = "grouped"
    """The decisions on a range's documents (`GroupedDocument`), by shard."""
    ROWS = "rows"
    """The joined rows of a range (`GroupedRow`), by the shard that writes them."""
    DRAWN = "drawn"
    """The documents and rows of a range that a cap may exclude (`DrawnItem`)."""
    MET = "met"
    """The clusters that joined rows of a range connect (`MetClusters`), without clusters of a single document."""
    UNITED = "united"
    """The new id of each cluster that others were united with (`UnitedCluster`)."""
    CAPS = "caps"
    """Where each cap ends (`CapEnd`)."""
    LATE = "late"
    """The items that still fit under a cap after the first that did not (`LateItem`)."""


@dataclass(frozen=True, slots=True)
class MeasuredDocument:
    """A document and its length in tokens."""

    place: int
    """See `io.key_ranges.grouped_place`; the group is domain and language, the key is what related documents share."""
    shard: int
    order: int
    """Position among the shard's documents."""
    doc_id: str
    encoded_row: int
    """Row number of the document's first part in `work/tokens`."""
    document_row: int
    domain: str
    language: str
    title: str
    """Empty if the document cannot be joined."""
    source_uri: str
    source_offset: int
    num_tokens: int
    longest_part: int
    heading_tokens: int
    outline_type: bytes
    relation: str
    imports: tuple[str, ...]
    fits: bool
    """Whether the document fits into buckets and was encoded without an error."""
    cluster_id: str
    is_related: bool
    """Whether other documents have the same cluster."""
    versions: str
    """The cluster of a document with kept versions; empty if there are none."""
    minhash: bytes
    """Empty if the document is not joined with similar ones."""

    def is_joinable(self, below_tokens: int) -> bool:
        """Return whether the document may become part of a joined row, if it is shorter than a limit."""
        return self.fits and self.heading_tokens > 0 and self.num_tokens < below_tokens


@dataclass(frozen=True, slots=True)
class GroupedDocument:
    """The decision about a document, before caps and before clusters are united."""

    shard: int
    order: int
    doc_id: str
    cluster_id: str
    num_tokens: int
    item_id: str
    """The id of the joined row, or of the document if it is in none."""
    is_joined: bool
    rule: int
    """The number of the mix rule whose cap concerns the item; -1 if none does."""
    repeats: int
    reason: str
    detail: str
    score: float


@dataclass(frozen=True, slots=True)
class GroupedRow:
    """A joined row, before caps and before clusters are united."""

    shard: int
    """The shard that contains the first document."""
    number: int
    """Position among the rows of the range."""
    item_id: str
    rule: int
    joining: str
    cluster_id: str
    num_tokens: int
    bucket: int
    repeats: int
    members: tuple[JoinedMember, ...]

    def joined(self, cluster_id: str) -> JoinedRow:
        """Return the row as it is written."""
        return JoinedRow(self.joining, cluster_id, self.num_tokens, self.bucket, self.repeats, self.members)


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """A document or row under a cap."""

    rule: int
    unit: float
    """The random number that decides the order."""
    item_id: str
    num_tokens: int


@dataclass(frozen=True, slots=True)
class MetClusters:
    """Clusters that one joined row connects."""

    cluster_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitedCluster:
    """A cluster and the one that it belongs to now."""

    cluster_id: str
    root: str


@dataclass(frozen=True, slots=True)
class CapEnd:
    """The first item, in the order of the draw, that does not fit under a cap."""

    rule: int
    unit: float
    item_id: str


@dataclass(frozen=True, slots=True)
class LateItem:
    """An item that fits although one before it did not."""

    rule: int
    item_id: str
