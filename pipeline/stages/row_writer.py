"""Writes the files of one export shard and split: rows as Parquet and JSONL, and token ids.

Takes rendered rows; writes `sft/SPLIT-k.parquet`, its `.jsonl` twin and `tokens/SPLIT-k.parquet`, which all have the
same rows in the same order. Without rows, no files are written. Used by `stages.export`. Memory: the buffers of two
part files.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from types import TracebackType
from typing import Self

from pipeline.export.rows import RenderedRow
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import PartWriter
from pipeline.io.token_store import TOKEN_IDS, token_writer
from pipeline.io.written import WrittenFile, written_file
from pipeline.records import SftExample
from pipeline.tokens.tokenizer import tokenizer_fingerprint


class RowWriter:
    """Writes one shard's rows of one split, as a context manager. First removes files of an earlier run."""

    def __init__(self, folder: BuildFolder, split: str, shard_id: str, *, tokenizer: str) -> None:
        self._jsonl_path = folder.sft_part(split, shard_id, "jsonl")
        self._parquet = PartWriter(folder.sft_part(split, shard_id, "parquet"), SftExample)
        self._tokens = token_writer(
            folder.tokens_part(split, shard_id), tokenizer=tokenizer, fingerprint=tokenizer_fingerprint(tokenizer)
        )
        for earlier in (self._jsonl_path, self._parquet.path, self._tokens.path):
            files.remove_file(earlier)
        self._stack = ExitStack()
        self._jsonl: files.AtomicFile | None = None

    def __enter__(self) -> Self:
        self._stack.enter_context(self._parquet)
        self._stack.enter_context(self._tokens)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def written(self) -> list[WrittenFile | None]:
        """Return the records of the three files, after the block has ended; None for a file without rows."""
        jsonl = written_file(self._jsonl_path, self._jsonl) if self._jsonl else None
        return [self._parquet.written, jsonl, self._tokens.written]

    def add(self, row: RenderedRow) -> None:
        """Append one row to all three files."""
        if self._jsonl is None:
            self._jsonl = self._stack.enter_context(files.open_atomic(self._jsonl_path))
        self._jsonl.write((json.dumps(asdict(row.example), ensure_ascii=False) + "\n").encode())
        self._parquet.add(row.example)
        self._tokens.add(row.tokens, {TOKEN_IDS: row.ids})
