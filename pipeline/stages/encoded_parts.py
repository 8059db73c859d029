"""What passes between the three steps of the pack stage: `work/tokens`, `work/placement` and `work/cut`.

A text is read from `work/documents`, or from `work/cut` if deduplication cut passages from it.

Written and read by `stages.tokenize`, `stages.placement` and `stages.pack`.
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
"""Columns of uint32 lists of `work/tokens` and of `corpus/`."""


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """A document that survived deduplication, or a part of it; its token lists stand beside it in the file.

    Parts of a document follow each other. One that fits no bucket, or failed, is one row without token ids.
    """

    doc_id: str
    """Of the document."""
    document_row: int
    """In the document part of the unit."""
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
    """Of the line above it where it is joined; 0 where it is too long for that."""
    relation: str
    """What it shares with documents of its source, see `pack.relations`."""
    imports: tuple[str, ...]
    reason: str
    """Of its rejection; empty where it fits."""
    detail: str
    score: float
    error: str
    """Empty where it did not fail."""
    traceback: str


@dataclass(frozen=True, slots=True)
class PlacedDocument:
    """What becomes of a document."""

    doc_id: str
    cluster_id: str
    repeats: int
    is_joined: bool
    """Written and counted with the row it is joined in."""
    reason: str
    """Of its rejection; empty where it is kept."""
    detail: str
    score: float


@dataclass(frozen=True, slots=True)
class JoinedMember:
    """Where a document of a joined row is read."""

    unit_id: str
    encoded_row: int
    document_row: int


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A row of several documents, which the unit of the first of them writes."""

    joining: str
    cluster_id: str
    num_tokens: int
    bucket: int
    repeats: int
    members: tuple[JoinedMember, ...]


def members_by_unit(rows: Iterable[JoinedRow]) -> Mapping[str, Sequence[JoinedMember]]:
    """The documents that some rows need, by the unit whose parts hold them."""
    found: dict[str, list[JoinedMember]] = {}
    for row in rows:
        for member in row.members:
            found.setdefault(member.unit_id, []).append(member)
    return found


def read_documents(folder: BuildFolder, unit_id: str, rows: Iterable[int]) -> dict[int, Document]:
    """Return some documents of a unit by their row, as they are packed."""
    found = read_rows(folder.document_part(unit_id), rows, Document)
    cut_rows = _cut_rows(folder, unit_id)
    cut = {cut_rows[document.doc_id]: row for row, document in found.items() if document.doc_id in cut_rows}
    if not cut:
        return found
    return found | {cut[row]: left for row, left in read_rows(folder.cut_part(unit_id), cut, Document).items()}


def _cut_rows(folder: BuildFolder, unit_id: str) -> dict[str, int]:
    """Rows of the documents of a unit that passages were cut from, by their id."""
    path = folder.cut_part(unit_id)
    if not files.exists(path):
        return {}
    return {doc_id: row for row, doc_id in enumerate(read_files_columns([path], ["doc_id"])["doc_id"].to_pylist())}
