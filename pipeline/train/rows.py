"""SFT rows as token ids with the answer marked.

In: `sft/{train,validation}-*.parquet` of a build. Out: rows for packing, and a count of every row left out, by reason.
Cost: tokenising, some MB/s a core; five bytes a token stay in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.identity import content_id, sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part
from pipeline.io.tokenizer import tokenize_conversation
from pipeline.records import SftExample, Split
from pipeline.train.record import RowCounts

_REMEDY = "Run pipeline build-sft first, or name its output folder with --data."


@dataclass(frozen=True, slots=True)
class TokenizedRow:
    """One conversation; `is_answer_T[i]` says whether predicting token i is trained."""

    row_id: str
    ids_T: npt.NDArray[np.int32]
    is_answer_T: npt.NDArray[np.bool_]
    loss_weight: float

    @property
    def num_tokens(self) -> int:
        """Length of the conversation."""
        return int(self.ids_T.size)


@dataclass(frozen=True, slots=True)
class RowSet:
    """Rows of one split that can be trained on."""

    rows: tuple[TokenizedRow, ...]
    counts: RowCounts
    shortest_too_long: int
    """Tokens of the shortest row that did not fit; 0 where all did."""


def row_files(build_folder: str, split: Split) -> list[str]:
    """Parquet files of one split, in order."""
    prefix = f"{split.value}-"
    paths = files.list_files(BuildFolder(build_folder).sft, suffix=".parquet")
    return [path for path in paths if path.rsplit("/", 1)[-1].startswith(prefix)]


def data_fingerprint(build_folder: str) -> str:
    """16 hex digits of the rows' bytes, both splits; independent of where the folder is.

    Raises:
        InputError: the folder holds no training rows.
    """
    if not row_files(build_folder, Split.TRAIN):
        raise InputError(f"There are no training rows in {files.join(BuildFolder(build_folder).sft)}.", remedy=_REMEDY)
    parts = []
    for split in Split:
        for path in row_files(build_folder, split):
            with files.open_binary(path) as file:
                parts += [path.rsplit("/", 1)[-1], sha256_hex(file.read())]
    return content_id(*parts)


def read_rows(build_folder: str, split: Split, *, tokenizer: str, max_tokens: int) -> RowSet:
    """Tokenize the rows of one split of a build."""
    examples = (example for path in row_files(build_folder, split) for example in read_part(path, SftExample))
    return tokenize_rows(examples, tokenizer=tokenizer, max_tokens=max_tokens)


def tokenize_rows(examples: Iterable[SftExample], *, tokenizer: str, max_tokens: int) -> RowSet:
    """Tokenize rows with a model's own tokenizer and template; leave out and count those that cannot be trained on.

    Args:
        examples: rows in the order they are to be packed.
        tokenizer: model reference.
        max_tokens: longer rows are left out, whole; a cut row would lose its document's end or its answer.
    """
    rows: list[TokenizedRow] = []
    too_long: list[int] = []
    num_read = num_without_answer = 0
    for example in examples:
        num_read += 1
        conversation = tokenize_conversation(example.messages, tokenizer)
        # The first token is predicted by nothing, so an answer has to have one after it.
        if not any(conversation.is_answer[1:]):
            num_without_answer += 1
        elif len(conversation.ids) > max_tokens:
            too_long.append(len(conversation.ids))
        else:
            ids_T = np.asarray(conversation.ids, dtype=np.int32)
            is_answer_T = np.asarray(conversation.is_answer, dtype=np.bool_)
            rows.append(TokenizedRow(example.id, ids_T, is_answer_T, example.loss_weight))
    counts = RowCounts(
        read=num_read,
        used=len(rows),
        too_long=len(too_long),
        without_answer=num_without_answer,
        tokens=sum(row.num_tokens for row in rows),
        answer_tokens=sum(int(row.is_answer_T[1:].sum()) for row in rows),
    )
    return RowSet(tuple(rows), counts, min(too_long, default=0))
