"""Checks that the three forms of the SFT rows agree: Parquet, JSONL and token ids.

Takes the files in `sft/` and `tokens/`; adds the problems that it finds to `Findings`. Used by `verify.run`. Memory: 64
rows with their document texts, and the compressed data of one row group.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

import pyarrow.parquet as pq

from pipeline.export.rows import least_checks, row_id
from pipeline.io import files
from pipeline.io.arrow import schema_of
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part_with_lists
from pipeline.io.record_values import json_of, record_of
from pipeline.io.token_store import TOKEN_IDS
from pipeline.records import Checks, ConversationTokens, Origin, SftExample, Split
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded

_BATCH = 64


def check_rows(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Compare every recorded Parquet file in `sft/` with its JSONL twin, its token ids and the split in its name."""
    for path in recorded.paths("sft"):
        _check_twin(folder, path, findings)
        _check_tokens(folder, path, findings)


def _check_twin(folder: BuildFolder, path: str, findings: Findings) -> None:
    twin = path.removesuffix(".parquet") + ".jsonl"
    split = path.removeprefix("sft/").split("-", 1)[0]
    if not files.exists(files.join(folder.root, twin)):
        findings.add(path, "has no jsonl twin", START_OVER)
        return
    with files.open_binary(files.join(folder.root, twin)) as lines:
        for number, (row, line) in enumerate(zip_longest(_rows(folder, path), lines)):
            if row is None or line is None:
                findings.add(twin, "has a different number of rows from its parquet twin", START_OVER)
                return
            findings.count("rows")
            if _parsed(line) != row:
                findings.add(twin, f"differs from its parquet twin in row {number}", START_OVER)
                return
            if row["split"] != split or split not in list(Split):
                findings.add(path, f"holds row {row['id']}, whose split is {row['split']}", START_OVER)
            for what in _turn_problems(row):
                findings.add(path, f"holds row {row['id']}, {what}", START_OVER)


def _turn_problems(row: Mapping[str, Any]) -> Iterator[str]:  # Any: a row of parquet
    num_turns = len(row["turns"])
    if [message["role"] for message in row["messages"]] != ["user", "assistant"] * num_turns or not num_turns:
        yield "whose messages are not one question and one answer for each turn"
    if row["id"] != row_id([turn["candidate_id"] for turn in row["turns"]]):
        yield "whose id is not that of its turns"
    if row["checks"] != json_of(least_checks([record_of(turn["checks"], Checks) for turn in row["turns"]])):
        yield "whose checks are not the least of its turns"
    of_turns = [evidence["turn"] for evidence in row["evidence"]]
    if row["origin"] in (Origin.GENERATED, Origin.OWN):
        if of_turns or row["doc_ids"]:
            yield f"whose origin is {row['origin']}, and which has a document"
    elif of_turns != sorted(of_turns) or set(of_turns) != set(range(num_turns)):
        yield "whose evidence is not in the order of its turns"


def _check_tokens(folder: BuildFolder, path: str, findings: Findings) -> None:
    tokens = "tokens/" + path.removeprefix("sft/")
    if not files.exists(files.join(folder.root, tokens)):
        findings.add(tokens, "is missing, so its rows have no token ids", START_OVER)
        return
    rows = _rows(folder, path, ["id", "num_tokens", "num_loss_tokens", "loss_weight", "turns"])
    ids = read_part_with_lists(files.join(folder.root, tokens), ConversationTokens, [TOKEN_IDS])
    for number, (row, stored) in enumerate(zip_longest(rows, ids)):
        if row is None or stored is None:
            findings.add(tokens, "has a different number of rows from sft/", START_OVER)
            return
        record, lists = stored
        findings.count("token rows")
        length = len(lists[TOKEN_IDS])
        if (record.row_id, record.num_tokens, record.loss_weight, length) != (
            row["id"],
            row["num_tokens"],
            row["loss_weight"],
            row["num_tokens"],
        ):
            findings.add(tokens, f"differs from sft/ in row {number}", START_OVER)
            return
        bounds = [0, *(bound for span in record.answer_spans for bound in (span.start, span.end)), length]
        if bounds != sorted(bounds) or any(span.start >= span.end for span in record.answer_spans):
            findings.add(tokens, f"holds row {record.row_id}, whose answer spans are out of order", START_OVER)
        for what in _span_problems(record, row):
            findings.add(tokens, f"holds row {record.row_id}, {what}", START_OVER)


def _span_problems(record: ConversationTokens, row: Mapping[str, Any]) -> Iterator[str]:  # Any: a row of parquet
    if len(record.answer_spans) != len(row["turns"]):
        yield "which has another number of answer spans than turns"
    if sum(span.end - span.start for span in record.answer_spans) != row["num_loss_tokens"]:
        yield f"whose answer spans do not have {row['num_loss_tokens']} tokens"


def _rows(folder: BuildFolder, path: str, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    with files.open_binary(files.join(folder.root, path)) as file:
        reader = pq.ParquetFile(file)
        for batch in reader.iter_batches(batch_size=_BATCH, columns=columns or schema_of(SftExample).names):
            yield from batch.to_pylist()


def _parsed(line: bytes) -> Any:  # Any: parsed JSON, or None if the line is not JSON
    try:
        return json.loads(line)
    except ValueError:
        return None
