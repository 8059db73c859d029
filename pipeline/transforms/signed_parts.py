"""Where the signature and the text of a document are found again, without either in a shuffle.

The search for duplicates shuffles references to documents (`DocumentRef`). Workers read signatures and texts by the
part and the row of a reference. A build has its parts in its folder (`stages.signature_parts`); a Beam pipeline of your
own has them in a checkpoint (`transforms.find_duplicates`). Used by `transforms.find_clusters`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.verification import Place
from pipeline.io import files
from pipeline.io.parts import read_part, read_rows

Record = TypeVar("Record")


class SignedParts(Protocol):
    """Parts of documents, each beside a part with the signatures of these documents in the same order.

    A part has a name. Must be picklable, since workers call it.
    """

    def references(self, part: str) -> Iterator[tuple[str, DocumentRef]]:
        """Yield the exact hash and the reference of every document in a part that takes part in the search."""

    def reference(self, part: str, row: int, columns: NamedColumns) -> DocumentRef:
        """Return the reference of the document in a row of a part."""

    def signature_part(self, part: str) -> str:
        """Return the path of a part's signatures."""

    def document_part(self, part: str) -> str:
        """Return the path of a part's documents, which are in the order of its signatures."""

    def has_texts(self, part: str) -> bool:
        """Return whether the documents of a part can be read."""

    def earlier(self) -> Sequence[str]:
        """Return the names of the parts that are only compared with, since their documents are kept in any case."""


class NamedColumns(Protocol):
    """The columns of a signature part from which a reference is made."""

    @property
    def doc_id(self) -> str:
        """Id of the document in its own part."""

    @property
    def num_chars(self) -> int:
        """Length of its text."""

    @property
    def standing(self) -> int:
        """See `dedup.standing`."""


@dataclass(frozen=True, slots=True)
class ReferenceColumns:
    """Those columns, and the hash by which copies are found."""

    doc_id: str
    num_chars: int
    standing: int
    exact_hash: str


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """The texts of the documents of parts; see `dedup.verification.Texts`."""

    parts: SignedParts

    def holds(self, document: DocumentRef) -> bool:
        """Return whether the text of a document is at hand."""
        return self.parts.has_texts(document.part)

    def read(self, documents: Iterable[DocumentRef]) -> dict[Place, str]:
        """Return the texts of documents by place."""
        found = read_referenced(documents, self.parts.document_part, _Text)
        return {place: one.text for place, one in found.items()}


def reference_rows(path: str) -> Iterator[tuple[int, ReferenceColumns]]:
    """Yield the row number and the columns of every signature in a file; none if there is no such file."""
    yield from enumerate(read_part(path, ReferenceColumns) if files.exists(path) else ())


def read_referenced(
    documents: Iterable[DocumentRef], path_of: Callable[[str], str], record_type: type[Record]
) -> dict[Place, Record]:
    """Return the records of referenced documents, by part and row.

    Args:
        documents: the documents; each part that they name is read once.
        path_of: returns the path of the file to read for a part, such as `SignedParts.signature_part`.
        record_type: the type of the records.
    """
    rows_by_part: dict[str, set[int]] = defaultdict(set)
    for document in documents:
        rows_by_part[document.part].add(document.row)
    return {
        (part, row): record
        for part, rows in rows_by_part.items()
        for row, record in read_rows(path_of(part), rows, record_type).items()
    }


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
