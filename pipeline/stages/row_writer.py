"""Writes the files of one export shard and split: rows as Parquet and JSONL, token ids, and files for other trainers.

Takes rendered rows. Writes `sft/SPLIT-k.parquet`, its `.jsonl` twin, `tokens/SPLIT-k.parquet` and the token ids in
`exports/`, which have the same rows in the same order. `exports/prompt_completion/` and `exports/alpaca/` have only the
rows of a single turn. Files without rows are not written. Used by `stages.export`. Memory: the buffers of four part
files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from pipeline.export.limits import Limit, QuestionKind
from pipeline.export.rows import RenderedRow
from pipeline.export.single_turn import SINGLE_TURN_FORMATS, is_single_turn
from pipeline.export.tally import counts_of_row
from pipeline.io import files
from pipeline.io.json_lines import JsonLinesWriter
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import PartWriter
from pipeline.io.token_store import TOKEN_IDS, token_writer
from pipeline.io.trainer_tokens import TOKEN_FORMATS, OnlyLists, trainer_columns, trainer_token_writer
from pipeline.io.written import WrittenFile
from pipeline.records import SftExample
from pipeline.tokens.tokenizer import tokenizer_fingerprint

TRAINER_FORMATS = (*TOKEN_FORMATS, *SINGLE_TURN_FORMATS)
"""The folders in `exports/`."""


def count_row(row: RenderedRow, kinds: Sequence[QuestionKind], *, limits: Sequence[Limit], ledger: ShardLedger) -> None:
    """Count a row that was written, with its turns, which are kept.

    Args:
        row: the row.
        kinds: the properties of its turns, in order.
        limits: the limits of the recipe's mix that concern the row.
        ledger: the shard's ledger.
    """
    example = row.example
    split = example.split
    ledger.count(f"rows/{split}", 1)
    ledger.count(f"turns/{split}", len(example.turns))
    if not is_single_turn(example):
        ledger.count(f"left_out_of_single_turn_files/{split}", 1)
    ledger.count(f"tokens/{split}", example.num_tokens)
    ledger.count(f"loss_tokens/{split}", example.num_loss_tokens)
    if example.control_strings:
        ledger.count("control_tokens/rows", 1)
        ledger.count("control_tokens/strings", example.control_strings)
    for name, amount in counts_of_row(row, kinds, limits):
        ledger.count(name, amount)
    ledger.keep(len(example.turns))


class RowWriter:
    """Writes one shard's rows of one split, as a context manager. First removes files of an earlier run."""

    def __init__(self, folder: BuildFolder, split: str, shard_id: str, *, tokenizer: str) -> None:
        made_with: Mapping[str, Any] = {"tokenizer": tokenizer, "fingerprint": tokenizer_fingerprint(tokenizer)}
        self._jsonl = JsonLinesWriter(folder.sft_part(split, shard_id, "jsonl"))
        self._parquet = PartWriter(folder.sft_part(split, shard_id, "parquet"), SftExample)
        self._tokens = token_writer(folder.tokens_part(split, shard_id), **made_with)
        self._ids = [
            trainer_token_writer(folder.export_part(name, split, shard_id, "parquet"), name, **made_with)
            for name in TOKEN_FORMATS
        ]
        self._single_turn = {
            name: JsonLinesWriter(folder.export_part(name, split, shard_id, "jsonl")) for name in SINGLE_TURN_FORMATS
        }
        self._writers: tuple[JsonLinesWriter | PartWriter[Any], ...] = (
            self._jsonl,
            self._parquet,
            self._tokens,
            *self._ids,
            *self._single_turn.values(),
        )
        for writer in self._writers:
            files.remove_file(writer.path)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for writer in self._writers:
            self._stack.enter_context(writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def written(self) -> list[WrittenFile | None]:
        """Return the records of the files, after the block has ended; None for a file without rows."""
        return [writer.written for writer in self._writers]

    def add(self, row: RenderedRow) -> None:
        """Append one row to all files that hold rows with its number of turns."""
        self._jsonl.add(asdict(row.example))
        self._parquet.add(row.example)
        self._tokens.add(row.tokens, {TOKEN_IDS: row.ids})
        columns = trainer_columns(row.ids, row.tokens.answer_spans)
        for writer in self._ids:
            writer.add(OnlyLists(), columns)
        if is_single_turn(row.example):
            for name, format_row in SINGLE_TURN_FORMATS.items():
                self._single_turn[name].add(format_row(row.example))
