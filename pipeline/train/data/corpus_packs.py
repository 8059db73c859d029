"""A build's documents as packs for continued pre-training: every token except the first of each piece is predicted.

A piece is a whole document or a part of a document that was split to fit a pack. Takes `packs.parquet` and the
documents' columns in `corpus/`, including `token_ids` and `section_token_starts`. Returns packs of pieces; the ids of a
pack are read on request. If the plan was made for a different pack length, has documents in languages that the stage
leaves out, or combines pieces that this model rotates differently, the documents are packed again with the build's own
packing functions. The plan says which documents are used for validation: those that validation rows are about, and
those of the same duplicate clusters. All others are trained on. Cost: an index of about 200 bytes per document stays in
memory; reading a piece decodes its row group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.packing import DocumentOverflow
from pipeline.errors import InputError
from pipeline.identity import seeded_random
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import built_files
from pipeline.io.packs import PackTable, read_pack_terms, read_packs
from pipeline.io.parts import read_lists
from pipeline.io.token_store import TOKEN_IDS
from pipeline.pack.packing import mixes_classes, pack_pieces
from pipeline.pack.pieces import Numbers, document_pieces
from pipeline.records import RowSource, Split
from pipeline.tokens.tokenizer import end_of_text, tokenizer_fingerprint
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.data.validation_sample import sampled_packs
from pipeline.train.run.identity import BUILD_REMEDY
from pipeline.train.run.record import RowCounts

_SECTION_STARTS = "section_token_starts"


@dataclass(frozen=True, slots=True, eq=False)
class CorpusPacks:
    """Pieces of documents in pack order. Shapes: P packs, N pieces."""

    starts: Numbers
    """P + 1 offsets into the pieces."""
    doc_ids_N: tuple[str, ...]
    offsets_N: Numbers
    """Position of each piece's first token in its document."""
    lengths_N: Numbers
    counts: RowCounts
    """Numbers of documents and of their tokens."""
    _chosen: tuple[int, ...]
    """Number of each pack in use; pack p contains the pieces `starts[p]` to `starts[p + 1]`."""
    _end_of_text_ids: tuple[int, ...]
    _stored: Mapping[str, _StoredDocument]

    def __len__(self) -> int:
        return len(self._chosen)

    def lengths_of(self, pack: int) -> Sequence[int]:
        """Return the number of tokens in each piece of a pack."""
        lengths: list[int] = self.lengths_N[self._span(pack)].tolist()
        return lengths

    def num_trained(self, pack: int) -> int:
        """Return the number of tokens in a pack that the loss counts: all but the first of each piece."""
        return sum(length - 1 for length in self.lengths_of(pack))

    def sample(self, settings: FinetuneRecipe, *, seed: int) -> CorpusPacks:
        """Return the packs to validate on (`data.validation_sample`)."""
        num_trained = [self.num_trained(pack) for pack in range(len(self))]
        chosen = sampled_packs(num_trained, settings, random=seeded_random(seed, "validation", "corpus"))
        return replace(self, _chosen=tuple(self._chosen[pack] for pack in chosen))

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        """Return the pieces of a pack; `row_id` is the document's id and the position of the piece's first token."""
        span = self._span(pack)
        doc_ids = self.doc_ids_N[span]
        documents = self._documents(doc_ids)
        pieces = zip(doc_ids, self.offsets_N[span].tolist(), self.lengths_N[span].tolist(), strict=True)
        return [
            TokenizedRow(
                f"{doc_id}@{offset}",
                documents[doc_id][offset : offset + length],
                np.ones(length, dtype=np.bool_),
                1.0,
            )
            for doc_id, offset, length in pieces
        ]

    def _span(self, pack: int) -> slice:
        number = self._chosen[pack]
        return slice(int(self.starts[number]), int(self.starts[number + 1]))

    def _documents(self, doc_ids: Sequence[str]) -> dict[str, npt.NDArray[np.int32]]:
        by_path: dict[str, dict[int, str]] = {}
        for doc_id in doc_ids:
            stored = self._stored[doc_id]
            by_path.setdefault(stored.path, {})[stored.row] = doc_id
        return {
            ids_by_row[row]: np.append(lists[TOKEN_IDS], self._end_of_text_ids).astype(np.int32)
            for path, ids_by_row in by_path.items()
            for row, lists in read_lists(path, ids_by_row, [TOKEN_IDS]).items()
        }


def read_corpus_packs(
    build_folder: str,
    split: Split,
    *,
    tokenizer: str,
    max_tokens: int,
    regime_of: Callable[[int], int],
    languages: Sequence[str] = (),
) -> CorpusPacks:
    """Return the packs of one split's documents, without reading token ids.

    Args:
        build_folder: the build folder, with its plan and corpus.
        split: which documents to use.
        tokenizer: reference of the model to train.
        max_tokens: maximum length of a pack.
        regime_of: maps a piece's length to a number; pieces share a pack only if their numbers are equal.
        languages: the languages of the documents to use; empty for all.

    Raises:
        InputError: the build has no plan, or was made with a different tokenizer.
    """
    folder = BuildFolder(build_folder)
    if not files.exists(folder.packs):
        raise InputError(f"{folder.packs} does not exist.", remedy=BUILD_REMEDY)
    terms = read_pack_terms(folder.packs)
    if terms.tokenizer_fingerprint != tokenizer_fingerprint(tokenizer):
        raise InputError(
            f"The corpus in {build_folder} has token ids from '{terms.tokenizer}', which '{tokenizer}' cannot use.",
            remedy=f"Build with pack.tokenizer={tokenizer}, or train a model with the build's tokenizer.",
        )
    separator = end_of_text(tokenizer)
    table = read_packs(folder.packs, source=RowSource.CORPUS, split=split)
    every = _stored_documents(folder, table.row_ids_N, num_extra=int(separator is not None))
    stored = {doc_id: one for doc_id, one in every.items() if not languages or one.language in languages}
    is_mixed = mixes_classes(_regimes(table.lengths_N, regime_of), table.starts)
    if terms.document_edges[-1] != max_tokens or is_mixed or len(stored) < len(every):
        table = _repacked(stored, max_tokens, regime_of)
    num_tokens = int(table.lengths_N.sum())
    return CorpusPacks(
        starts=table.starts,
        doc_ids_N=tuple(table.row_ids_N.to_pylist()),
        offsets_N=table.offsets_N,
        lengths_N=table.lengths_N,
        counts=RowCounts(
            read=len(every),
            used=len(stored),
            too_long=0,
            without_answer=0,
            tokens=num_tokens,
            answer_tokens=num_tokens - table.lengths_N.size,
            other_language=len(every) - len(stored),
        ),
        _chosen=tuple(range(len(table))),
        _end_of_text_ids=(separator.token_id,) if separator else (),
        _stored=stored,
    )


@dataclass(frozen=True, slots=True)
class _StoredDocument:
    """Where a document's token ids are stored, and what packing needs to know about the document."""

    path: str
    row: int
    num_tokens: int
    """Number of tokens, including the end-of-text token if the tokenizer has one."""
    repeats: int
    language: str


def _repacked(stored: Mapping[str, _StoredDocument], max_tokens: int, regime_of: Callable[[int], int]) -> PackTable:
    doc_ids = sorted(stored)

    def section_starts(row: int) -> list[int]:
        document = stored[doc_ids[row]]
        lists = read_lists(document.path, [document.row], [_SECTION_STARTS])[document.row]
        starts: list[int] = lists[_SECTION_STARTS].tolist()
        return starts

    pieces, _ = document_pieces(
        np.asarray([stored[doc_id].num_tokens for doc_id in doc_ids], dtype=np.int64),
        first_row=0,
        repeats_R=np.asarray([stored[doc_id].repeats for doc_id in doc_ids], dtype=np.int64),
        max_tokens=max_tokens,
        overflow=DocumentOverflow.SPLIT_AT_SECTION,
        section_starts=section_starts,
    )
    # Copies of a document already have different classes. Lengths that are rotated differently need different ones too.
    regimes_N = _regimes(pieces.lengths_N, regime_of)
    classes_N = np.unique(np.stack([pieces.classes_N, regimes_N]), axis=1, return_inverse=True)[1].reshape(-1)
    packs = pack_pieces(replace(pieces, classes_N=classes_N.astype(np.int64)), edges=(max_tokens,))
    return PackTable(
        capacities_P=packs.capacities_P,
        costs_P=packs.costs,
        starts=packs.starts,
        row_ids_N=pa.array([doc_ids[row] for row in packs.rows_N.tolist()], pa.large_string()),
        offsets_N=packs.offsets_N,
        lengths_N=packs.lengths_N,
    )


def _regimes(lengths_N: Numbers, regime_of: Callable[[int], int]) -> Numbers:
    return np.asarray([regime_of(length) for length in lengths_N.tolist()], dtype=np.int64)


def _stored_documents(
    folder: BuildFolder, doc_ids: pa.LargeStringArray, *, num_extra: int
) -> dict[str, _StoredDocument]:
    stored = {}
    for path in built_files(folder, "corpus", stage="pack"):
        with files.open_binary(path) as file:
            table = pq.ParquetFile(file).read(columns=["doc_id", "num_tokens", "repeats", "language"])
        wanted = np.flatnonzero(pc.is_in(table["doc_id"], doc_ids).to_numpy())
        for row, values in zip(wanted.tolist(), table.take(pa.array(wanted)).to_pylist(), strict=True):
            num_tokens = values["num_tokens"] + num_extra
            stored[values["doc_id"]] = _StoredDocument(path, row, num_tokens, values["repeats"], values["language"])
    return stored
