"""Checks that the files for other trainers hold the same rows as `sft/` and `tokens/`.

Takes the files in `exports/`; adds the problems that it finds to `Findings`. Used by `verify.run`. Memory: 64 rows with
their document texts, and the compressed data of one row group.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.export.single_turn import SINGLE_TURN_FORMATS, is_single_turn
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part, read_part_with_lists
from pipeline.io.token_store import ASSISTANT_MASKS, INPUT_IDS, TOKEN_IDS, RowId, stored_fingerprint
from pipeline.records import ConversationTokens, SftExample
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded


def check_trainer_files(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Compare every recorded file in `exports/` with the rows or token ids that it repeats; look for missing files."""
    for path in recorded.paths("tokens"):
        _check_trl(folder, path, findings)
    for path in recorded.paths("sft"):
        for name in SINGLE_TURN_FORMATS:
            _check_single_turn(folder, path, name, findings)
    expected = {
        *(path.replace("tokens/", "exports/trl/", 1) for path in recorded.paths("tokens")),
        *(_single_turn_path(path, name) for path in recorded.paths("sft") for name in SINGLE_TURN_FORMATS),
    }
    for path in chain(recorded.paths("exports"), recorded.paths("exports", suffix=".jsonl")):
        if path not in expected:
            findings.add(path, "holds rows of a file that sft/ does not have", START_OVER)


def _check_trl(folder: BuildFolder, tokens_path: str, findings: Findings) -> None:
    path = tokens_path.replace("tokens/", "exports/trl/", 1)
    full, tokens = files.join(folder.root, path), files.join(folder.root, tokens_path)
    if not files.exists(full):
        findings.add(path, "is missing, so TRL has no token ids for its rows", START_OVER)
        return
    if stored_fingerprint(full) != stored_fingerprint(tokens):
        findings.add(path, f"names another tokenizer than {tokens_path}", START_OVER)
    for_trl = read_part_with_lists(full, RowId, [INPUT_IDS, ASSISTANT_MASKS])
    stored = read_part_with_lists(tokens, ConversationTokens, [TOKEN_IDS])
    for number, (row, expected) in enumerate(zip_longest(for_trl, stored)):
        if row is None or expected is None:
            findings.add(path, f"has a different number of rows from {tokens_path}", START_OVER)
            return
        findings.count("trainer rows")
        record, ids = expected[0], expected[1][TOKEN_IDS]
        is_same = row[0].row_id == record.row_id and np.array_equal(row[1][INPUT_IDS], ids)
        if not is_same or _spans(row[1][ASSISTANT_MASKS]) != [(span.start, span.end) for span in record.answer_spans]:
            findings.add(path, f"differs from {tokens_path} in row {number}", START_OVER)
            return


def _spans(mask: npt.NDArray[np.integer[Any]]) -> list[tuple[int, int]]:
    """Return [start, end) of the runs of ones in a mask of zeros and ones; of another number, one too many."""
    if not np.isin(mask, (0, 1)).all():
        return [(-1, -1)]
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edges[0::2], edges[1::2], strict=True))


def _single_turn_path(sft_path: str, name: str) -> str:
    return f"exports/{name}/" + sft_path.removeprefix("sft/").removesuffix(".parquet") + ".jsonl"


def _check_single_turn(folder: BuildFolder, sft_path: str, name: str, findings: Findings) -> None:
    path = _single_turn_path(sft_path, name)
    rows = read_part(files.join(folder.root, sft_path), SftExample)
    expected = (SINGLE_TURN_FORMATS[name](row) for row in rows if is_single_turn(row))
    for number, (line, row) in enumerate(zip_longest(_lines(files.join(folder.root, path)), expected)):
        if line is None or row is None:
            findings.add(path, "has a different number of rows from the rows of one turn in sft/", START_OVER)
            return
        findings.count("trainer rows")
        if line != row:
            findings.add(path, f"differs from sft/ in row {number}", START_OVER)
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
