"""The rows of a run, tokenized and packed, and the steps over them.

In: a `TrainingRun`. Out: packs of both splits. Everything here follows from rows, recipe and seed; a resumed run makes
the same packs again.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.identity import seeded_random
from pipeline.records import Split
from pipeline.train.packing import pack_best_fit, training_steps
from pipeline.train.record import RowCounts
from pipeline.train.rows import RowSet, TokenizedRow, read_rows
from pipeline.train.run import TrainingRun


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Rows of one split and the packs made of them, as tuples of row indices."""

    rows: tuple[TokenizedRow, ...]
    packs: tuple[tuple[int, ...], ...]
    counts: RowCounts

    def rows_of(self, pack: int) -> list[TokenizedRow]:
        """The rows of one pack, in order."""
        return [self.rows[index] for index in self.packs[pack]]


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a run trains on and is validated on."""

    train: PackedRows
    validation: PackedRows
    """At most `max_validation_packs`; no packs where the build has no validation rows that fit."""
    steps: tuple[tuple[int, ...], ...]
    """Packs of every step of the whole run."""

    @property
    def longest_row(self) -> TokenizedRow:
        """The longest row trained on."""
        return max(self.train.rows, key=lambda row: row.num_tokens)


def read_dataset(run: TrainingRun) -> Dataset:
    """Tokenize and pack the rows of a run's build.

    Raises:
        InputError: no training row fits a pack, or none has an answer.
    """
    max_tokens = run.settings.max_tokens
    rows = {split: read_rows(run.data, split, tokenizer=run.base_model, max_tokens=max_tokens) for split in Split}
    _require_rows(rows[Split.TRAIN], max_tokens)
    train, validation = (_pack(rows[split], run) for split in (Split.TRAIN, Split.VALIDATION))
    steps = training_steps(
        len(train.packs),
        epochs=run.settings.epochs,
        packs_per_step=run.settings.packs_per_step,
        max_steps=run.settings.max_steps,
        seed=run.seed,
    )
    return Dataset(train, _sample(validation, run), steps)


def _pack(rows: RowSet, run: TrainingRun) -> PackedRows:
    lengths = [row.num_tokens for row in rows.rows]
    packs = pack_best_fit(lengths, max_tokens=run.settings.max_tokens, regime_of=run.scaling.regime)
    return PackedRows(rows.rows, packs, rows.counts)


def _sample(validation: PackedRows, run: TrainingRun) -> PackedRows:
    # Packs come longest row first; the first ones alone would validate on the longest documents only.
    order = list(range(len(validation.packs)))
    seeded_random(run.seed, "validation").shuffle(order)
    chosen = sorted(order[: run.settings.max_validation_packs])
    return PackedRows(validation.rows, tuple(validation.packs[index] for index in chosen), validation.counts)


def _require_rows(rows: RowSet, max_tokens: int) -> None:
    if rows.rows:
        return
    counts = rows.counts
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
