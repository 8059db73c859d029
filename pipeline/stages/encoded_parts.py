"""The files that the three steps of the pack stage exchange: `work/tokens`, `work/placement` and `work/cut`.

A text is read from `work/documents`, or from `work/cut` if deduplication cut passages from it.

`stages.tokenize`, `stages.placement` and `stages.pack` write and read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_files_columns, read_rows
from pipeline.records import Document

TOKEN_IDS = "token_ids"
SECTION_TOKEN_STARTS = "section_token_starts"
TOKEN_LISTS = (TOKEN_IDS, SECTION_TOKEN_STARTS)
"""Columns with lists of uint32 in `work/tokens` and `corpus/`."""


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """A document that survived deduplication, or a part of it; the file holds its token lists in further columns.

    Parts of a document follow each other. A document that fits no bucket, or failed, is one row without token ids.
    """

    doc_id: str
    """Id of the document."""
    document_row: int
    """Row in the document part of the shard."""
    start: int
    end: int
    part: int
    num_parts: int
    num_tokens: int
    domain: str
    language: str
    source_uri: str
    source_offset: int
    title: str
    heading_tokens: int
    """Tokens of the heading line above it in a joined row; 0 if the document is too long to be joined."""
    relation: str
    """What it shares with other documents of its source; see `pack.relations`."""
    imports: tuple[str, ...]
    reason: str
    """Reason of its rejection; empty if it fits."""
    detail: str
    score: float
    error: str
    """Error of the encoding; empty if it did not fail."""
    traceback: str


@dataclass(frozen=True, slots=True)
class PlacedDocument:
    """The decision about a document."""

    doc_id: str
    cluster_id: str
    repeats: int
    is_joined: bool
    """Whether a joined row includes the document; it is then written and counted with that row."""
    reason: str
    """Reason of its rejection; empty if it is kept."""
    detail: str
    score: float


@dataclass(frozen=True, slots=True)
class JoinedMember:
    """Where to read a document of a joined row."""

    shard_id: str
    encoded_row: int
    document_row: int


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A row of several documents; the shard of the first document writes it."""

    joining: str
    cluster_id: str
    num_tokens: int
    bucket: int
    repeats: int
    members: tuple[JoinedMember, ...]


def members_by_shard(rows: Iterable[JoinedRow]) -> Mapping[str, Sequence[JoinedMember]]:
    """Return the documents that some rows need, by the shard whose parts hold them."""
    found: dict[str, list[JoinedMember]] = {}
    for row in rows:
        for member in row.members:
            found.setdefault(member.shard_id, []).append(member)
    return found


def read_documents(folder: BuildFolder, shard_id: str, rows: Iterable[int]) -> dict[int, Document]:
    """Return some documents of a shard by their row, as they are packed."""
    found = read_rows(folder.document_part(shard_id), rows, Document)
    cut_rows = _cut_rows(folder, shard_id)
    cut = {cut_rows[document.doc_id]: row for row, document in found.items() if document.doc_id in cut_rows}
    if not cut:
        return found
    return found | {cut[row]: left for row, left in read_rows(folder.cut_part(shard_id), cut, Document).items()}


def _cut_rows(folder: BuildFolder, shard_id: str) -> dict[str, int]:
    """Return the rows of a shard's documents that passages were cut from, by document id."""
    path = folder.cut_part(shard_id)
    if not files.exists(path):
        return {}
    return {doc_id: row for row, doc_id in enumerate(read_files_columns([path], ["doc_id"])["doc_id"].to_pylist())}
