"""The rows of a stage and their packs.

In: a `TrainingRun`. Out: packs of both splits, their rows read when asked for. Packs come from the build's
`packs.parquet` where it was planned for this model and length; else they are made anew from the lengths by the same
function. Everything follows from rows, plan, recipe and seed; a resumed run has the same packs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError
from pipeline.identity import seeded_random
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.packs import PackTable, read_pack_terms, read_packs
from pipeline.pack.packing import mixes_classes, pack_pieces
from pipeline.pack.pieces import Numbers, conversation_pieces
from pipeline.records import RowSource, Split
from pipeline.tokens.tokenizer import tokenizer_fingerprint
from pipeline.train.data.rows import RowSet, TokenizedRow, read_row_set, tokenize_rows, tokens_in_the_build
from pipeline.train.run.metrics import TrainingObserver
from pipeline.train.run.record import RowCounts
from pipeline.train.run.training_run import TrainingRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Rows of one split and the packs made of them, as tuples of row numbers."""

    rows: RowSet
    packs: tuple[tuple[int, ...], ...]

    @property
    def counts(self) -> RowCounts:
        """Of the rows, and of what was left out."""
        return self.rows.counts

    def __len__(self) -> int:
        return len(self.packs)

    def lengths_of(self, pack: int) -> list[int]:
        """Tokens of each row of a pack; nothing is read."""
        lengths: list[int] = self.rows.lengths_R[list(self.packs[pack])].tolist()
        return lengths

    def rows_of(self, pack: int) -> list[TokenizedRow]:
        """The rows of one pack, in order, read from their files."""
        return self.rows.read(self.packs[pack])


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a run trains on and is validated on."""

    train: PackedRows
    validation: PackedRows
    """At most `max_validation_packs`; no packs where the build has no validation rows that fit."""


def prepare_token_ids(run: TrainingRun, *, observer: TrainingObserver) -> str:
    """The folder of the rows' token ids: the build's, or the run's where the model has another tokenizer.

    One process does this for all. Finished parts are kept, so a run that resumes goes on where it was.

    Args:
        run: whose build and model count.
        observer: told that rows are tokenized, and why.

    Raises:
        InputError: the tokenizer cannot be used.
    """
    why_not = tokens_in_the_build(run.data, run.base_model)
    if not why_not:
        return BuildFolder(run.data).tokens
    _say(observer, f"tokenizing the rows anew: {why_not}")
    tokenize_rows(run.data, tokenizer=run.base_model, output=run.tokens)
    return str(run.tokens)


def read_dataset(run: TrainingRun, *, tokens_folder: str, observer: TrainingObserver) -> Dataset:
    """Find the packs of a run's build, or make them; no ids are read yet.

    Args:
        run: whose build, model and length count.
        tokens_folder: of the rows' ids, as `prepare_token_ids` says.
        observer: told what has to be packed anew, and why.

    Raises:
        InputError: no training row fits a pack, or none has an answer; the tokenizer cannot be used.
    """
    max_tokens = run.settings.max_tokens
    rows = {split: read_row_set(tokens_folder, split, max_tokens=max_tokens) for split in Split}
    _require_rows(rows[Split.TRAIN], max_tokens)
    train, validation = (_pack(rows[split], split, run, observer) for split in (Split.TRAIN, Split.VALIDATION))
    return Dataset(train, _sample(validation, run))


def _pack(rows: RowSet, split: Split, run: TrainingRun, observer: TrainingObserver) -> PackedRows:
    regimes_R = np.asarray([run.scaling.regime(length) for length in rows.lengths_R.tolist()], dtype=np.int64)
    planned = _planned_packs(rows, split, run, regimes_R)
    if isinstance(planned, tuple):
        return PackedRows(rows, planned)
    _say(observer, f"packing the {split.value} rows anew: {planned}")
    max_tokens = run.settings.max_tokens
    pieces, _ = conversation_pieces(rows.lengths_R, first_row=0, classes_R=regimes_R, max_tokens=max_tokens)
    packs = pack_pieces(pieces, edges=(max_tokens,))
    return PackedRows(rows, _as_tuples(packs.rows_N, packs.starts))


def _planned_packs(
    rows: RowSet, split: Split, run: TrainingRun, regimes_R: Numbers
) -> tuple[tuple[int, ...], ...] | str:
    """The build's packs as row numbers, or why they do not serve this run."""
    path, max_tokens = BuildFolder(run.data).packs, run.settings.max_tokens
    if not files.exists(path):
        return "the build has no packs.parquet"
    terms = read_pack_terms(path)
    if terms.tokenizer_fingerprint != tokenizer_fingerprint(run.base_model):
        return f"they were planned with the tokenizer of '{terms.tokenizer}'"
    if terms.conversation_edges[-1] != max_tokens:
        return f"they were planned for {terms.conversation_edges[-1]} tokens, finetune.max_tokens is {max_tokens}"
    table = read_packs(path, source=RowSource.SFT, split=split)
    numbers_N = _row_numbers(table, rows)
    if not np.array_equal(np.sort(numbers_N), np.arange(rows.lengths_R.size)):
        return "they are not of the rows that can be trained on"
    if mixes_classes(regimes_R[numbers_N], table.starts):
        return f"they put rows together that RoPE method {run.settings.rope.method} rotates differently"
    return _as_tuples(numbers_N, table.starts)


def _row_numbers(table: PackTable, rows: RowSet) -> Numbers:
    """Row numbers of a plan's row ids; -1 where a row is not in the set."""
    found = pc.fill_null(pc.index_in(table.row_ids_N, rows.row_ids_R), pa.scalar(-1, pa.int32()))
    return np.asarray(found, dtype=np.int64)


def _as_tuples(rows_N: Numbers, starts: Numbers) -> tuple[tuple[int, ...], ...]:
    numbers = rows_N.tolist()
    return tuple(tuple(numbers[start:end]) for start, end in pairwise(starts.tolist()))


def _sample(validation: PackedRows, run: TrainingRun) -> PackedRows:
    # Packs come longest row first; the first ones alone would validate on the longest documents only.
    order = list(range(len(validation.packs)))
    seeded_random(run.seed, "validation").shuffle(order)
    chosen = sorted(order[: run.settings.max_validation_packs])
    return PackedRows(validation.rows, tuple(validation.packs[index] for index in chosen))


def _say(observer: TrainingObserver, what: str) -> None:
    logger.info(what)
    observer.on_phase(what)


def _require_rows(rows: RowSet, max_tokens: int) -> None:
    counts = rows.counts
    if counts.used:
        return
    if counts.too_long:
        raise InputError(
            f"None of the {counts.read} training rows fits finetune.max_tokens {max_tokens}; the shortest has "
            f"{rows.shortest_too_long} tokens.",
            remedy=f"Raise finetune.max_tokens to {rows.shortest_too_long} or more, or build with smaller buckets.",
        )
    raise InputError(
        f"None of the {counts.read} training rows has an answer to train on.",
        remedy="Run pipeline build-sft again and look at its report.",
    )
