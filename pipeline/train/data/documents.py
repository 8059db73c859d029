"""Finds the document that each held-out row or piece is about, so that intervals can be over documents.

Takes a build folder. Returns a mapping from row ids and document ids to the name of the document: its duplicate
cluster, or its id if it is in none. Rows about one document, or about copies of it, are not independent of each other.
Cost: two columns of the validation rows and two of the corpus are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import built_files
from pipeline.records import Split
from pipeline.train.run.identity import row_files

_PIECE = "@"
"""Separates a document's id from the position of a piece (`corpus_packs.rows_of`)."""


def held_out_documents(build_folder: str, *, pieces_of: Iterable[str]) -> Mapping[str, str]:
    """Return the name of the document of each validation row, and of each given document.

    Args:
        build_folder: the build folder.
        pieces_of: ids of documents whose pieces are validated on.
    """
    doc_ids_by_row: dict[str, list[str]] = {}
    for path in row_files(build_folder, Split.VALIDATION):
        with files.open_binary(path) as file:
            for row in pq.read_table(file, columns=["id", "doc_ids"]).to_pylist():
                doc_ids_by_row[row["id"]] = row["doc_ids"]
    wanted = {*pieces_of, *(doc_ids[0] for doc_ids in doc_ids_by_row.values() if doc_ids)}
    clusters = _clusters(BuildFolder(build_folder), wanted)
    names = {doc_id: clusters.get(doc_id) or doc_id for doc_id in wanted}
    return names | {row: names[doc_ids[0]] if doc_ids else row for row, doc_ids in doc_ids_by_row.items()}


def document_of(row_id: str, documents: Mapping[str, str]) -> str:
    """Return the name of the document that a row, or a piece of a document, belongs to."""
    doc_id = row_id.rpartition(_PIECE)[0]
    return documents.get(row_id) or documents.get(doc_id) or doc_id or row_id


def _clusters(folder: BuildFolder, doc_ids: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = pa.array(sorted(doc_ids), pa.large_string())
    for path in built_files(folder, "corpus", stage="pack"):
        with files.open_binary(path) as file:
            table = pq.read_table(file, columns=["doc_id", "cluster_id"])
        chosen = table.filter(pc.is_in(table["doc_id"], wanted))
        found |= dict(zip(*(chosen[name].to_pylist() for name in ("doc_id", "cluster_id")), strict=True))
    return found
