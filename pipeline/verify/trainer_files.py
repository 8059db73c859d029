"""Checks that the files for other trainers hold the same rows as `sft/` and `tokens/`.

Takes the files in `exports/`; adds the problems that it finds to `Findings`. Used by `verify.run`. Memory: 64 rows with
their document texts, and the compressed data of one row group.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from pipeline.export.single_turn import SINGLE_TURN_FORMATS, is_single_turn
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import NumberLists, Numbers, read_part, read_part_with_lists
from pipeline.io.token_store import TOKEN_IDS, stored_fingerprint
from pipeline.io.trainer_tokens import (
    ASSISTANT_MASKS,
    ATTENTION_MASK,
    IGNORED,
    INPUT_IDS,
    LABELS,
    TOKEN_FORMATS,
    OnlyLists,
)
from pipeline.records import ConversationTokens, SftExample
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded


def check_trainer_files(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Compare every file in `exports/` with the rows or token ids that it repeats, and look for missing files."""
    expected = set()
    for tokens in recorded.paths("tokens"):
        for name in TOKEN_FORMATS:
            path = tokens.replace("tokens/", f"exports/{name}/", 1)
            expected.add(path)
            _check_tokens(folder, tokens, path, TOKEN_FORMATS[name], findings)
    for rows in recorded.paths("sft"):
        for name, format_row in SINGLE_TURN_FORMATS.items():
            path = rows.replace("sft/", f"exports/{name}/", 1).removesuffix(".parquet") + ".jsonl"
            expected.add(path)
            _check_single_turn(folder, rows, path, format_row, findings)
    for path in (*recorded.paths("exports"), *recorded.paths("exports", suffix=".jsonl")):
        if path not in expected:
            findings.add(path, "holds rows of a file that sft/ does not have", START_OVER)


def _check_tokens(
    folder: BuildFolder, tokens_path: str, path: str, columns: Mapping[str, Any], findings: Findings
) -> None:
    full, tokens = files.join(folder.root, path), files.join(folder.root, tokens_path)
    if not files.exists(full):
        findings.add(path, "is missing, so its trainer has no token ids", START_OVER)
        return
    if stored_fingerprint(full) != stored_fingerprint(tokens):
        findings.add(path, f"names another tokenizer than {tokens_path}", START_OVER)
    exported = read_part_with_lists(full, OnlyLists, list(columns))
    stored = read_part_with_lists(tokens, ConversationTokens, [TOKEN_IDS])
    for number, (row, expected) in enumerate(zip_longest(exported, stored)):
        if row is None or expected is None:
            findings.add(path, f"has a different number of rows from {tokens_path}", START_OVER)
            return
        findings.count("trainer rows")
        spans = [(span.start, span.end) for span in expected[0].answer_spans]
        if not _is_same_row(row[1], expected[1][TOKEN_IDS], spans):
            findings.add(path, f"differs from {tokens_path} in row {number}", START_OVER)
            return


def _is_same_row(columns: NumberLists, ids: Numbers, spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether a row has these ids, and exactly the tokens of the spans are in the loss."""
    if not np.array_equal(columns[INPUT_IDS], ids) or any(len(column) != len(ids) for column in columns.values()):
        return False
    if ATTENTION_MASK in columns and not (columns[ATTENTION_MASK] == 1).all():
        return False
    if LABELS in columns:
        is_answer = columns[LABELS] != IGNORED
        if not np.array_equal(columns[LABELS][is_answer], ids[is_answer]):
            return False
    else:
        is_answer = columns[ASSISTANT_MASKS] == 1
        if not (columns[ASSISTANT_MASKS][~is_answer] == 0).all():
            return False
    edges = np.flatnonzero(np.diff(is_answer.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edges[0::2], edges[1::2], strict=True)) == list(spans)


def _check_single_turn(
    folder: BuildFolder, sft_path: str, path: str, format_row: Callable[[SftExample], Any], findings: Findings
) -> None:
    rows = read_part(files.join(folder.root, sft_path), SftExample)
    expected = (format_row(row) for row in rows if is_single_turn(row))
    for number, (line, row) in enumerate(zip_longest(_lines(files.join(folder.root, path)), expected)):
        if line is None or row is None:
            findings.add(path, f"has a different number of rows from those of one turn in {sft_path}", START_OVER)
            return
        findings.count("trainer rows")
        if line != row:
            findings.add(path, f"differs from {sft_path} in row {number}", START_OVER)
            return


def _lines(path: str) -> Iterator[Any]:  # Any: parsed JSON, or False if the line is not JSON
    if not files.exists(path):
        return
    with files.open_binary(path) as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                yield False
