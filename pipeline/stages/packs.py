"""Plans the packs of a build, in a shard of the export stage that runs after all rows are written.

    tokens/ (lengths)  ── conversations ─┐
    corpus/ (lengths)  ── documents ─────┴── packs.parquet

Reads ids and lengths, one *window* of part files at a time, and the section starts of rows that are cut. A corpus
document belongs to the validation split if validation rows ask about its cluster, so that continued pre-training never
sees what validation asks about. All other documents belong to the training split. The counters `packs/SOURCE/SPLIT/…`
show how full the packs are, what is in no pack, and what was cut. Used by `stages.export`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config.packing import PackingRecipe
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.outputs import part_files
from pipeline.io.packs import PackTable, PackTerms, PackWriter
from pipeline.io.parts import read_lists
from pipeline.pack.packing import Packs, pack_windows
from pipeline.pack.pieces import (
    LeftOut,
    Numbers,
    Pieces,
    conversation_edges,
    conversation_pieces,
    document_edges,
    document_pieces,
)
from pipeline.records import RowSource, Split
from pipeline.stages.encoded_parts import SECTION_TOKEN_STARTS
from pipeline.tokens.tokenizer import end_of_text, tokenizer_fingerprint

PACKS_SHARD = "packs"
"""The id of this shard; the other shards of the stage have ids of five digits."""


def write_packs(
    folder: BuildFolder, *, recipe: PackingRecipe, edges: Sequence[int], tokenizer: str, ledger: ShardLedger
) -> None:
    """Plan the packs of all rows of a build and write `packs.parquet`.

    Args:
        folder: the build folder, in which rows, tokens and corpus are complete.
        recipe: the packing section of the recipe.
        edges: sizes of packs in tokens, ascending.
        tokenizer: the reference of the model whose tokenizer counted the tokens.
        ledger: the shard's ledger; receives the counts and the file.

    Raises:
        InputError: the tokenizer cannot be loaded.
    """
    separator = end_of_text(tokenizer)
    terms = PackTerms(
        tokenizer=tokenizer,
        tokenizer_fingerprint=tokenizer_fingerprint(tokenizer),
        end_of_text=separator.token if separator else "",
        conversation_edges=conversation_edges(edges, recipe.conversations),
        document_edges=document_edges(edges, recipe.documents),
    )
    held_out = _validation_clusters(folder)
    with PackWriter(folder.packs, terms) as writer:

        def add(source: RowSource, split: Split, windows: Iterator[_Window], cut: _Cut, sizes: tuple[int, ...]) -> None:
            ids = _RowIds()
            counted = _counted_pieces(windows, cut, ids, ledger, f"packs/{source}/{split}")
            for packs in pack_windows(counted, edges=sizes, max_open_packs=recipe.max_open_packs):
                _count_packs(packs, ledger, f"packs/{source}/{split}")
                writer.add(_table(packs, ids.take(packs.rows_N)), source=source, split=split)

        def conversations(window: _Window) -> tuple[Pieces, LeftOut]:
            return conversation_pieces(
                window.lengths,
                first_row=window.first_row,
                classes_R=np.zeros_like(window.lengths),
                max_tokens=terms.conversation_edges[-1],
            )

        def documents(window: _Window) -> tuple[Pieces, LeftOut]:
            return document_pieces(
                window.lengths,
                first_row=window.first_row,
                repeats_R=window.repeats,
                max_tokens=terms.document_edges[-1],
                overflow=recipe.documents,
                section_starts=window.section_starts,
            )

        for split in Split:
            rows = _conversation_rows(folder, split)
            windows = _windows(rows, recipe.window_rows)
            add(RowSource.SFT, split, windows, conversations, terms.conversation_edges)
        for split in Split:
            rows = _document_rows(folder, split, held_out, extra_tokens=int(separator is not None))
            windows = _windows(rows, recipe.window_rows)
            add(RowSource.CORPUS, split, windows, documents, terms.document_edges)
    ledger.add_parts(writer.written)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """R rows of one part file, in the file's order."""

    path: str
    rows_in_file_R: Numbers
    """Row numbers in the file."""
    ids_R: pa.LargeStringArray
    lengths_R: Numbers
    repeats_R: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Rows that are packed together. Row numbers continue from window to window of a source and split."""

    first_row: int
    parts: tuple[_Rows, ...]

    @property
    def ids(self) -> list[pa.LargeStringArray]:
        """The ids of the window's rows, part by part."""
        return [part.ids_R for part in self.parts]

    @property
    def lengths(self) -> Numbers:
        """Number of tokens of each row."""
        return np.concatenate([part.lengths_R for part in self.parts])

    @property
    def repeats(self) -> Numbers:
        """How often training sees each row."""
        return np.concatenate([part.repeats_R for part in self.parts])

    def section_starts(self, row: int) -> list[int]:
        """Return the first token of each section in a corpus row."""
        index = row - self.first_row
        for part in self.parts:
            if index < part.rows_in_file_R.size:
                row_in_file = int(part.rows_in_file_R[index])
                found = read_lists(part.path, [row_in_file], [SECTION_TOKEN_STARTS])
                return [int(start) for start in found[row_in_file][SECTION_TOKEN_STARTS]]
            index -= part.rows_in_file_R.size
        raise AssertionError(f"row {row} is not in the window")


_Cut = Callable[[_Window], tuple[Pieces, LeftOut]]
"""Turns the rows of a window into pieces."""


class _RowIds:
    """The ids of the rows that still have unpacked pieces; a row is removed when its last piece is taken."""

    def __init__(self) -> None:
        self._rows = np.zeros(0, dtype=np.int64)
        self._ids = pa.array([], pa.large_string())
        self._waiting = np.zeros(0, dtype=np.int64)

    def add(self, first_row: int, ids: Sequence[pa.LargeStringArray], pieces: Pieces) -> None:
        """Add the rows of a window, and count the pieces of each row."""
        joined = pa.concat_arrays(ids)
        self._rows = np.concatenate([self._rows, np.arange(first_row, first_row + len(joined))])
        self._ids = pa.concat_arrays([self._ids, joined])
        numbers = np.bincount(pieces.rows_N - first_row, minlength=len(joined))
        self._waiting = np.concatenate([self._waiting, numbers])

    def take(self, rows_N: Numbers) -> pa.LargeStringArray:
        """Return the row id of each piece that was packed."""
        indices_N = np.searchsorted(self._rows, rows_N)
        taken = self._ids.take(pa.array(indices_N))
        waiting = self._waiting - np.bincount(indices_N, minlength=self._rows.size)
        self._keep(waiting)
        return taken

    def _keep(self, waiting: Numbers) -> None:
        kept = np.flatnonzero(waiting)
        self._rows, self._waiting = self._rows[kept], waiting[kept]
        self._ids = self._ids.take(pa.array(kept))


def _windows(parts: Iterator[_Rows], window_rows: int) -> Iterator[_Window]:
    """Yield windows of complete parts, each with at least `window_rows` rows; the last window may have fewer."""
    waiting: list[_Rows] = []
    first_row = num_waiting = 0
    for part in parts:
        waiting.append(part)
        num_waiting += part.rows_in_file_R.size
        if num_waiting >= window_rows:
            yield _Window(first_row, tuple(waiting))
            first_row, num_waiting, waiting = first_row + num_waiting, 0, []
    if waiting:
        yield _Window(first_row, tuple(waiting))


def _counted_pieces(
    windows: Iterator[_Window], cut: _Cut, ids: _RowIds, ledger: ShardLedger, name: str
) -> Iterator[Pieces]:
    for window in windows:
        pieces, left_out = cut(window)
        ledger.count(f"{name}/dropped_rows", int(left_out.dropped_rows.size))
        ledger.count(f"{name}/dropped_tokens", left_out.dropped_tokens)
        ledger.count(f"{name}/split_rows", left_out.num_split)
        ledger.count(f"{name}/cuts_inside_sections", left_out.num_hard_cuts)
        ids.add(window.first_row, window.ids, pieces)
        yield pieces


def _count_packs(packs: Packs, ledger: ShardLedger, name: str) -> None:
    ledger.count(f"{name}/packs", len(packs))
    ledger.count(f"{name}/tokens", int(packs.lengths_N.sum()))
    ledger.count(f"{name}/capacity", int(packs.capacities_P.sum()))


def _table(packs: Packs, ids_N: pa.LargeStringArray) -> PackTable:
    return PackTable(
        capacities_P=packs.capacities_P,
        costs_P=packs.costs,
        starts=packs.starts,
        row_ids_N=ids_N,
        offsets_N=packs.offsets_N,
        lengths_N=packs.lengths_N,
    )


def _conversation_rows(folder: BuildFolder, split: Split) -> Iterator[_Rows]:
    for path in part_files(folder, "tokens"):
        if path.rsplit("/", 1)[-1].startswith(f"{split.value}-"):
            table = _read(path, ["row_id", "num_tokens"])
            lengths_R = table["num_tokens"].to_numpy()
            rows_in_file_R = np.arange(lengths_R.size)
            yield _Rows(path, rows_in_file_R, table["row_id"].combine_chunks(), lengths_R, np.ones_like(lengths_R))


def _document_rows(
    folder: BuildFolder, split: Split, held_out: pa.LargeStringArray, *, extra_tokens: int
) -> Iterator[_Rows]:
    for path in part_files(folder, "corpus"):
        table = _read(path, ["doc_id", "cluster_id", "num_tokens", "repeats"])
        is_held_out_R: npt.NDArray[np.bool_] = pc.is_in(table["cluster_id"], held_out).to_numpy()
        rows_in_file_R = np.flatnonzero(is_held_out_R == (split is Split.VALIDATION))
        if rows_in_file_R.size:
            chosen = table.take(pa.array(rows_in_file_R))
            lengths_R = chosen["num_tokens"].to_numpy() + extra_tokens
            yield _Rows(
                path, rows_in_file_R, chosen["doc_id"].combine_chunks(), lengths_R, chosen["repeats"].to_numpy()
            )


def _validation_clusters(folder: BuildFolder) -> pa.LargeStringArray:
    """Return the clusters of the documents that validation rows ask about."""
    prefix = f"{Split.VALIDATION.value}-"
    doc_ids = [
        _read(path, ["doc_ids"])["doc_ids"].combine_chunks().flatten()
        for path in part_files(folder, "sft")
        if path.rsplit("/", 1)[-1].startswith(prefix)
    ]
    asked_about = pa.concat_arrays([pa.array([], pa.large_string()), *doc_ids])
    clusters = []
    for path in part_files(folder, "corpus"):
        table = _read(path, ["doc_id", "cluster_id"])
        clusters.append(table.filter(pc.is_in(table["doc_id"], asked_about))["cluster_id"].combine_chunks())
    return pc.unique(pa.concat_arrays([pa.array([], pa.large_string()), *clusters]))


def _read(path: str, columns: list[str]) -> pa.Table:
    with files.open_binary(path) as file:
        return pq.ParquetFile(file).read(columns=columns)
