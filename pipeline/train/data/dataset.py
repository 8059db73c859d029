"""Reads the rows of a stage and their packs.

Takes a `TrainingRun` with one stage. Returns the packs of both splits; the rows of a pack are read on request. The
packs come from the build's `packs.parquet` if that plan suits the stage (`_planned_packs`); otherwise, the rows are
packed again with the build's own packing function. The rows, the plan, the recipe and the seed determine the result, so
a resumed run has the same packs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError
from pipeline.identity import seeded_random
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.packs import PackTable, read_pack_terms, read_packs
from pipeline.pack.packing import mixes_classes, pack_pieces
from pipeline.pack.pieces import Numbers, conversation_pieces
from pipeline.records import RowSource, Split
from pipeline.tokens.tokenizer import tokenizer_fingerprint
from pipeline.train.data.rows import (
    RowSet,
    TokenizedRow,
    read_row_set,
    rows_in_languages,
    tokenize_rows,
    why_tokens_unusable,
)
from pipeline.train.data.validation_sample import sampled_packs
from pipeline.train.run.metrics import TrainingObserver
from pipeline.train.run.record import RowCounts
from pipeline.train.run.training_run import TrainingRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PackedRows:
    """The rows of one split, and their packs as tuples of row numbers."""

    rows: RowSet
    packs: tuple[tuple[int, ...], ...]

    @property
    def counts(self) -> RowCounts:
        """Numbers of rows used and left out."""
        return self.rows.counts

    def __len__(self) -> int:
        return len(self.packs)

    def lengths_of(self, pack: int) -> list[int]:
        """Return the number of tokens in each row of a pack, without reading the rows."""
        lengths: list[int] = self.rows.lengths_R[list(self.packs[pack])].tolist()
        return lengths

    def num_trained(self, pack: int) -> int:
        """Return the number of tokens in a pack that the loss counts, without reading the rows."""
        return int(self.rows.num_trained_R[list(self.packs[pack])].sum())

    def rows_of(self, pack: int) -> list[TokenizedRow]:
        """Read the rows of a pack, in order."""
        return self.rows.read(self.packs[pack])


@dataclass(frozen=True, slots=True)
class Dataset:
    """The rows that a stage trains on and is validated on."""

    train: PackedRows
    validation: PackedRows
    """A sample of packs (`data.validation_sample`); none if no validation row in the build fits."""


def prepare_token_ids(run: TrainingRun, *, observer: TrainingObserver) -> str:
    """Return the folder with the rows' token ids. If the model cannot use the build's ids, tokenize the rows first.

    One process calls this for all. Finished parts are kept, so a resumed run continues where it stopped.

    Args:
        run: the run, which names the build and the model.
        observer: told when rows are tokenized, and why.

    Raises:
        InputError: the tokenizer cannot be used.
    """
    reason = why_tokens_unusable(run.data, run.base_model)
    if not reason:
        return BuildFolder(run.data).tokens
    _report(observer, f"tokenizing the rows: {reason}")
    tokenize_rows(run.data, tokenizer=run.base_model, output=run.tokens)
    return str(run.tokens)


def read_dataset(run: TrainingRun, *, tokens_folder: str, observer: TrainingObserver) -> Dataset:
    """Return the packs that the build planned, or pack the rows again if the plan does not suit the run.

    Reads no token ids.

    Args:
        run: the run, with its build, model and pack length.
        tokens_folder: folder with the rows' token ids, from `prepare_token_ids`.
        observer: told which split is packed again, and why.

    Raises:
        InputError: no training row both fits a pack and has an answer, or the tokenizer cannot be used.
    """
    settings = run.settings
    rows = {
        split: read_row_set(
            tokens_folder,
            split,
            max_tokens=settings.max_tokens,
            chosen=rows_in_languages(run.data, split, settings.languages) if settings.languages else None,
        )
        for split in Split
    }
    _require_rows(rows[Split.TRAIN], settings)
    train, validation = (_pack(rows[split], split, run, observer) for split in (Split.TRAIN, Split.VALIDATION))
    return Dataset(train, _sample(validation, run))


def _pack(rows: RowSet, split: Split, run: TrainingRun, observer: TrainingObserver) -> PackedRows:
    regimes_R = np.asarray([run.scaling.regime(length) for length in rows.lengths_R.tolist()], dtype=np.int64)
    planned = _planned_packs(rows, split, run, regimes_R)
    if isinstance(planned, tuple):
        return PackedRows(rows, planned)
    _report(observer, f"packing the {split.value} rows: {planned}")
    max_tokens = run.settings.max_tokens
    pieces, _ = conversation_pieces(rows.lengths_R, first_row=0, classes_R=regimes_R, max_tokens=max_tokens)
    packs = pack_pieces(pieces, edges=(max_tokens,))
    return PackedRows(rows, _as_tuples(packs.rows_N, packs.starts))


def _planned_packs(
    rows: RowSet, split: Split, run: TrainingRun, regimes_R: Numbers
) -> tuple[tuple[int, ...], ...] | str:
    """Return the build's packs as row numbers, or the reason why this run cannot use them."""
    path, max_tokens = BuildFolder(run.data).packs, run.settings.max_tokens
    if not files.exists(path):
        return "the build has no packs.parquet"
    terms = read_pack_terms(path)
    if terms.tokenizer_fingerprint != tokenizer_fingerprint(run.base_model):
        return f"the build planned its packs with the tokenizer of '{terms.tokenizer}'"
    if (pack_tokens := terms.conversation_edges[-1]) != max_tokens:
        return f"the build planned packs of {pack_tokens} tokens, but finetune.max_tokens is {max_tokens}"
    table = read_packs(path, source=RowSource.SFT, split=split)
    numbers_N = _row_numbers(table, rows)
    if not np.array_equal(np.sort(numbers_N), np.arange(rows.lengths_R.size)):
        return "the build's packs do not contain exactly the rows that can be trained on"
    if mixes_classes(regimes_R[numbers_N], table.starts):
        return f"the build's packs combine rows that RoPE method {run.settings.rope.method} rotates differently"
    return _as_tuples(numbers_N, table.starts)


def _row_numbers(table: PackTable, rows: RowSet) -> Numbers:
    """Return the row numbers for a plan's row ids; -1 for a row that is not in the set."""
    numbers = pc.fill_null(pc.index_in(table.row_ids_N, rows.row_ids_R), pa.scalar(-1, pa.int32()))
    return np.asarray(numbers, dtype=np.int64)


def _as_tuples(rows_N: Numbers, starts: Numbers) -> tuple[tuple[int, ...], ...]:
    numbers = rows_N.tolist()
    return tuple(tuple(numbers[start:end]) for start, end in pairwise(starts.tolist()))


def _sample(validation: PackedRows, run: TrainingRun) -> PackedRows:
    num_trained = [validation.num_trained(pack) for pack in range(len(validation))]
    chosen = sampled_packs(num_trained, run.settings, random=seeded_random(run.seed, "validation"))
    return PackedRows(validation.rows, tuple(validation.packs[index] for index in chosen))


def _report(observer: TrainingObserver, phase: str) -> None:
    logger.info(phase)
    observer.on_phase(phase)


def _require_rows(rows: RowSet, settings: FinetuneRecipe) -> None:
    counts, max_tokens = rows.counts, settings.max_tokens
    if counts.used:
        return
    if counts.other_language and counts.other_language == counts.read:
        raise InputError(
            f"None of {counts.read} training rows is in a language of finetune.languages: "
            f"{', '.join(settings.languages)}.",
            remedy="Name a language that the build has, or leave the setting out.",
        )
    if counts.too_long:
        raise InputError(
            f"No training row fits finetune.max_tokens {max_tokens}; the shortest of {counts.too_long} has "
            f"{rows.shortest_too_long} tokens.",
            remedy=f"Raise finetune.max_tokens to {rows.shortest_too_long} or more, or build with smaller buckets.",
        )
    raise InputError(
        f"No training row has an answer to train on; the number of rows is {counts.read}.",
        remedy="Run pipeline build-sft again and check its report.",
    )
