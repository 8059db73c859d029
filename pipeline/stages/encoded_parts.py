"""The files with which the three steps of the pack stage exchange data: `work/tokens`, `work/placement`, `work/cut`.

`stages.tokenize`, `stages.placement` and `stages.pack` write and read them; `stages.packs` and `verify` use the column
names. The text of a document is in `work/documents`, or in `work/cut` if deduplication cut passages from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_files_columns, read_rows
from pipeline.io.token_store import TOKEN_IDS
from pipeline.records import Document
from pipeline.stages.kept_documents import kept_part

SECTION_TOKEN_STARTS = "section_token_starts"
"""The column with the first token of each section."""
TOKEN_LISTS = (TOKEN_IDS, SECTION_TOKEN_STARTS)
"""The columns with lists of uint32 in `work/tokens` and `corpus/`."""


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """A row of `work/tokens`: a document that survived deduplication, or one of its parts.

    `TOKEN_LISTS` are additional columns. The parts of a document are consecutive rows. A document that fits no bucket,
    or whose encoding failed, is one row without token ids.
    """

    doc_id: str
    """Id of the whole document."""
    document_row: int
    """Row number of the document in the shard's document part."""
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
    """Maximum number of tokens of the heading line in a joined row; 0 if the document cannot be joined."""
    outline_type: bytes
    """See `pack.outline_type`; empty if the document is code, has too few titles, or is too long to be compared."""
    relation: str
    """A key that documents of the same source share, see `pack.relations`; empty if there is none, or if the document
    is too long to be joined."""
    imports: tuple[str, ...]
    reason: str
    """Why the document fits no bucket, and is rejected; empty if it fits."""
    detail: str
    score: float
    error: str
    """The error that occurred while encoding the document; empty if none occurred."""
    traceback: str


@dataclass(frozen=True, slots=True)
class PlacedDocument:
    """The decision about a document; a row of `work/placement/documents-k`."""

    doc_id: str
    cluster_id: str
    repeats: int
    is_joined: bool
    """Whether the document is part of a joined row; it is then written and counted with that row."""
    reason: str
    """Why the placement step rejects the document, otherwise empty; `EncodedPart` says why one fits no bucket."""
    detail: str
    score: float


@dataclass(frozen=True, slots=True)
class JoinedMember:
    """The location of a document that is part of a joined row."""

    shard_id: str
    encoded_row: int
    document_row: int


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A corpus row that joins several documents; the shard that contains the first of them writes it.

    A row of `work/placement/joined-k`.
    """

    joining: str
    cluster_id: str
    num_tokens: int
    bucket: int
    repeats: int
    members: tuple[JoinedMember, ...]


def members_by_shard(rows: Iterable[JoinedRow]) -> Mapping[str, Sequence[JoinedMember]]:
    """Return the documents that joined rows need, by the id of the shard that contains them."""
    found: dict[str, list[JoinedMember]] = {}
    for row in rows:
        for member in row.members:
            found.setdefault(member.shard_id, []).append(member)
    return found


def read_documents(folder: BuildFolder, shard_id: str, rows: Iterable[int]) -> dict[int, Document]:
    """Return the documents with the given row numbers of a shard, by row number, without the passages that are cut."""
    found = read_rows(kept_part(folder, shard_id), rows, Document)
    cut_rows = _cut_rows(folder, shard_id)
    cut = {cut_rows[document.doc_id]: row for row, document in found.items() if document.doc_id in cut_rows}
    if not cut:
        return found
    return found | {cut[row]: left for row, left in read_rows(folder.cut_part(shard_id), cut, Document).items()}


def _cut_rows(folder: BuildFolder, shard_id: str) -> dict[str, int]:
    """Return the row numbers in a shard's `work/cut` part, by document id."""
    path = folder.cut_part(shard_id)
    if not files.exists(path):
        return {}
    return {doc_id: row for row, doc_id in enumerate(read_files_columns([path], ["doc_id"])["doc_id"].to_pylist())}
