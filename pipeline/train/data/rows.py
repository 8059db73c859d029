"""Provides the rows of a run as token ids, and reads the ids when a pack needs them.

Takes `tokens/{train,validation}-*.parquet` from a build. If the build has no token ids from the model's tokenizer, the
rows of `sft/` are first tokenized into the run's folder. Returns the lengths of the rows that can be trained on, the
numbers of rows left out, and the ids of any row. Cost: about 60 bytes per row stay in memory; reading a row decodes its
row group, which takes a few milliseconds.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import DamagedFileError
from pipeline.export.rows import conversation_tokens
from pipeline.io import files
from pipeline.io.checksums import FileSum, find_problems, read_sums, sums_of, write_sums
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import built_files
from pipeline.io.parts import num_rows, read_part, read_rows_with_lists
from pipeline.io.token_store import TOKEN_IDS, stored_fingerprint, stored_tokenizer, token_writer
from pipeline.pack.pieces import Numbers
from pipeline.records import ConversationTokens, SftExample, Split
from pipeline.tokens.conversation import tokenize_conversation
from pipeline.tokens.tokenizer import tokenizer_fingerprint
from pipeline.train.run.identity import row_files, split_files
from pipeline.train.run.record import RowCounts

logger = logging.getLogger(__name__)

_SUMS_FILE = "checksums.json"


@dataclass(frozen=True, slots=True)
class TokenizedRow:
    """A conversation or a piece of a document. `is_answer_T[i]` says whether the prediction of token i is trained."""

    row_id: str
    ids_T: npt.NDArray[np.int32]
    is_answer_T: npt.NDArray[np.bool_]
    loss_weight: float

    @property
    def num_tokens(self) -> int:
        """Length of the row."""
        return int(self.ids_T.size)


@dataclass(frozen=True, slots=True, eq=False)
class RowSet:
    """The rows of one split that can be trained on, numbered in file order. Shapes: R rows."""

    row_ids_R: pa.LargeStringArray
    lengths_R: Numbers
    """Number of tokens in each row."""
    num_trained_R: Numbers
    """Number of tokens in each row that the loss counts."""
    counts: RowCounts
    shortest_too_long: int
    """Number of tokens in the shortest row that has an answer but does not fit; 0 if there is no such row."""
    paths: tuple[str, ...]
    path_numbers_R: Numbers
    """For each row, the index of its file in `paths`."""
    rows_in_file_R: Numbers
    """For each row, its number in the file."""

    def read(self, rows: Sequence[int]) -> list[TokenizedRow]:
        """Read the given rows, in the given order. Each row group is decoded once."""
        tokenized: dict[int, TokenizedRow] = {}
        for path_number in sorted({int(self.path_numbers_R[row]) for row in rows}):
            wanted = {int(self.rows_in_file_R[row]): row for row in rows if self.path_numbers_R[row] == path_number}
            for row_in_file, (record, lists) in read_rows_with_lists(
                self.paths[path_number], wanted, ConversationTokens, [TOKEN_IDS]
            ).items():
                tokenized[wanted[row_in_file]] = _tokenized_row(record, lists[TOKEN_IDS])
        return [tokenized[row] for row in rows]


def why_tokens_unusable(build_folder: str, tokenizer: str) -> str:
    """Return why a model cannot use the build's token ids; empty if it can.

    Raises:
        InputError: the model reference does not lead to a tokenizer.
    """
    own_fingerprint = tokenizer_fingerprint(tokenizer)
    stored = {path.rsplit("/", 1)[-1]: path for path in _built_tokens(build_folder)}
    for rows_path in (path for split in Split for path in row_files(build_folder, split)):
        path = stored.get(rows_path.rsplit("/", 1)[-1])
        if path is None or num_rows(path) != num_rows(rows_path):
            return "the build has no token ids for its rows"
        if stored_fingerprint(path) != own_fingerprint:
            return f"the build's token ids come from the tokenizer of '{stored_tokenizer(path)}'"
    return ""


def tokenize_rows(build_folder: str, *, tokenizer: str, output: Path) -> None:
    """Tokenize a build's rows with a model's tokenizer and chat template, and write their token ids.

    Works part by part (one parquet file each) and skips undamaged parts that an earlier call finished.

    Args:
        build_folder: the build folder whose `sft/` is read.
        tokenizer: reference of the model.
        output: the run's folder for token ids.
    """
    fingerprint = tokenizer_fingerprint(tokenizer)
    finished = _finished_parts(output)
    for rows_path in (path for split in Split for path in row_files(build_folder, split)):
        path = output / rows_path.rsplit("/", 1)[-1]
        if path.name in finished:
            continue
        logger.info("tokenizing %s", rows_path)
        with token_writer(str(path), tokenizer=tokenizer, fingerprint=fingerprint) as writer:
            for example in read_part(rows_path, SftExample):
                conversation = tokenize_conversation(example.messages, tokenizer)
                writer.add(conversation_tokens(example, conversation), {TOKEN_IDS: conversation.ids})
        finished |= sums_of(output, [path.name])
        write_sums(output / _SUMS_FILE, finished)


def _finished_parts(output: Path) -> dict[str, FileSum]:
    """Return the undamaged parts of an earlier call; set the damaged parts aside."""
    recorded: dict[str, FileSum] = {}
    list_path = output / _SUMS_FILE
    if list_path.is_file():
        try:
            recorded = read_sums(list_path)
        except DamagedFileError as error:
            logger.warning("%s The rows are tokenized again.", error.message)
            files.set_aside(str(list_path))
    problems = find_problems(output, recorded)
    for name, problem in problems.items():
        logger.warning("%s %s; its rows are tokenized again.", output / name, problem)
        if (output / name).exists():
            files.set_aside(str(output / name))
    return {name: part for name, part in recorded.items() if name not in problems}


def read_row_set(
    tokens_folder: str, split: Split, *, max_tokens: int, chosen: pa.LargeStringArray | None = None
) -> RowSet:
    """Return the rows of one split, without their ids. Rows that cannot be trained on are left out and counted.

    Args:
        tokens_folder: a build's or a run's folder of token ids.
        split: the split to read.
        max_tokens: maximum length of a row. Longer rows are left out, because a truncated row would lose the end of its
            document or its answer.
        chosen: ids of the rows in the languages of the stage; None for all rows.
    """
    paths = tuple(split_files(tokens_folder, split))
    columns = [_read_columns(path) for path in paths]
    lengths = np.concatenate([_NO_NUMBERS, *(part.lengths_R for part in columns)])
    answers = np.concatenate([_NO_NUMBERS, *(part.answers_R for part in columns)])
    # No token predicts a row's first token, so an answer must have a token after the first.
    row_ids = pa.concat_arrays([pa.array([], pa.large_string()), *(part.row_ids_R for part in columns)])
    is_chosen = np.ones(lengths.size, dtype=np.bool_) if chosen is None else pc.is_in(row_ids, chosen).to_numpy(False)
    has_answer, fits = is_chosen & (answers > 0), lengths <= max_tokens
    used = np.flatnonzero(has_answer & fits)
    counts = RowCounts(
        read=int(lengths.size),
        used=int(used.size),
        too_long=int((has_answer & ~fits).sum()),
        without_answer=int((is_chosen & ~has_answer).sum()),
        tokens=int(lengths[used].sum()),
        answer_tokens=int(answers[used].sum()),
        other_language=int((~is_chosen).sum()),
    )
    sizes = [part.lengths_R.size for part in columns]
    return RowSet(
        row_ids_R=row_ids.take(pa.array(used)),
        lengths_R=lengths[used],
        num_trained_R=answers[used],
        counts=counts,
        shortest_too_long=int(lengths[has_answer & ~fits].min(initial=np.iinfo(np.int64).max))
        if counts.too_long
        else 0,
        paths=paths,
        path_numbers_R=np.repeat(np.arange(len(paths)), sizes)[used],
        rows_in_file_R=np.concatenate([_NO_NUMBERS, *(np.arange(size) for size in sizes)])[used],
    )


def rows_in_languages(build_folder: str, split: Split, languages: Sequence[str]) -> pa.LargeStringArray:
    """Return the ids of a split's rows in the given languages."""
    wanted = pa.array(languages, pa.large_string())
    ids = [pa.array([], pa.large_string())]
    for path in row_files(build_folder, split):
        with files.open_binary(path) as file:
            table = pq.read_table(file, columns=["id", "language"])
        found = table.filter(pc.is_in(table["language"].cast(pa.large_string()), wanted))
        ids.append(found["id"].cast(pa.large_string()).combine_chunks())
    return pa.concat_arrays(ids)


_NO_NUMBERS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    row_ids_R: pa.LargeStringArray
    lengths_R: Numbers
    answers_R: Numbers
    """Number of answer tokens in each row, without the row's first token, which no token predicts."""


def _read_columns(path: str) -> _Columns:
    with files.open_binary(path) as file:
        table = pq.ParquetFile(file).read(columns=["row_id", "num_tokens", "answer_spans"]).combine_chunks()
    spans = table["answer_spans"].combine_chunks()
    starts, ends = (spans.flatten().field(name).to_numpy() for name in ("start", "end"))
    # Some rows have no span, so a row's sum is computed as a difference between two running sums.
    running = np.concatenate([[0], np.cumsum(ends - np.maximum(starts, 1))])
    bounds = spans.offsets.to_numpy() - spans.offsets[0].as_py()
    return _Columns(table["row_id"].combine_chunks(), table["num_tokens"].to_numpy(), np.diff(running[bounds]))


def _tokenized_row(record: ConversationTokens, ids: npt.NDArray[np.uint32]) -> TokenizedRow:
    is_answer_T = np.zeros(ids.size, dtype=np.bool_)
    for span in record.answer_spans:
        is_answer_T[span.start : span.end] = True
    return TokenizedRow(record.row_id, ids.astype(np.int32), is_answer_T, record.loss_weight)


def _built_tokens(build_folder: str) -> list[str]:
    return built_files(BuildFolder(build_folder), "tokens", stage="export")
