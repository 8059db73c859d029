"""The packs of a build's corpus, for continued pre-training: token ids of whole documents and of parts of cut ones.

In: `packs.parquet` and the column `token_ids` of `corpus/`. Out: the pieces of a pack, read when it is asked for. Cost:
an index of some 200 bytes a document stays in memory; reading a piece decodes the row group it is in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.packs import PackTable, read_pack_terms, read_packs
from pipeline.io.parts import read_rows_with_lists
from pipeline.io.token_store import TOKEN_IDS
from pipeline.records import RowSource, Split
from pipeline.tokens.end_of_text import end_of_text
from pipeline.tokens.tokenizer import tokenizer_fingerprint


@dataclass(frozen=True, slots=True, eq=False)
class CorpusPiece:
    """A document of the corpus, or a part of one, with the end-of-text token where it ends the document."""

    doc_id: str
    offset: int
    """First token of the document that the piece holds; not 0 only where it was cut."""
    ids_T: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class CorpusPacks:
    """Packs of one split by number, in the order of the plan."""

    table: PackTable
    """Lengths, capacities and costs, such as `pack.balance.training_steps` takes."""
    _end_of_text_ids: tuple[int, ...]
    _places: Mapping[str, tuple[str, int]]
    """File and row number by `doc_id`."""

    def __len__(self) -> int:
        return len(self.table)

    def read(self, pack: int) -> list[CorpusPiece]:
        """The pieces of one pack, in order, Σ tokens at most its capacity."""
        span = slice(int(self.table.starts[pack]), int(self.table.starts[pack + 1]))
        doc_ids = self.table.row_ids_N[span].to_pylist()
        whole = self._documents(doc_ids)
        spans = zip(doc_ids, self.table.offsets_N[span].tolist(), self.table.lengths_N[span].tolist(), strict=True)
        return [CorpusPiece(doc_id, at, whole[doc_id][at : at + length]) for doc_id, at, length in spans]

    def _documents(self, doc_ids: list[str]) -> dict[str, npt.NDArray[np.int32]]:
        by_path: dict[str, dict[int, str]] = {}
        for doc_id in doc_ids:
            path, place = self._places[doc_id]
            by_path.setdefault(path, {})[place] = doc_id
        return {
            places[place]: np.append(lists[TOKEN_IDS], self._end_of_text_ids).astype(np.int32)
            for path, places in by_path.items()
            for place, (_, lists) in read_rows_with_lists(path, places, _NoFields, [TOKEN_IDS]).items()
        }


def corpus_pack_rows(build_folder: str, split: Split, *, tokenizer: str) -> CorpusPacks:
    """The corpus packs of a build, for a model with the build's tokenizer.

    Args:
        build_folder: with its plan and corpus.
        split: documents that validation rows are about are in `validation`, all others in `train`.
        tokenizer: model reference.

    Raises:
        InputError: the build has no plan, or was made with another tokenizer.
    """
    folder = BuildFolder(build_folder)
    if not files.exists(folder.packs):
        raise InputError(
            f"There is no {folder.packs}.",
            remedy="Run pipeline build-sft first, or name its output folder with --data.",
        )
    terms = read_pack_terms(folder.packs)
    if terms.tokenizer_fingerprint != tokenizer_fingerprint(tokenizer):
        raise InputError(
            f"The corpus of {build_folder} has token ids of '{terms.tokenizer}', which are not those of '{tokenizer}'.",
            remedy=f"Build with pack.tokenizer={tokenizer}, or train a model with the build's tokenizer.",
        )
    separator = end_of_text(tokenizer)
    table = read_packs(folder.packs, source=RowSource.CORPUS, split=split)
    return CorpusPacks(
        table=table,
        _end_of_text_ids=(separator.token_id,) if separator else (),
        _places=_places(folder, table.row_ids_N),
    )


@dataclass(frozen=True, slots=True)
class _NoFields:
    """Reads a row for its lists alone."""


def _places(folder: BuildFolder, doc_ids: pa.LargeStringArray) -> dict[str, tuple[str, int]]:
    places = {}
    for path in files.list_files(folder.corpus, suffix=".parquet"):
        with files.open_binary(path) as file:
            column = pq.ParquetFile(file).read(columns=["doc_id"])["doc_id"]
        wanted = np.flatnonzero(pc.is_in(column, doc_ids).to_numpy())
        found = zip(column.take(pa.array(wanted)).to_pylist(), wanted.tolist(), strict=True)
        places.update({doc_id: (path, place) for doc_id, place in found})
    return places
