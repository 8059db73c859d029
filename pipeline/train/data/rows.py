"""The rows of a run as token ids, read when a pack needs them.

Takes `tokens/{train,validation}-*.parquet` of a build, made with the model's own tokenizer. If the model has another
tokenizer, the rows of `sft/` are first tokenized once into the run's folder. Returns the lengths of the rows that can
be trained on, the number of rows left out, and the ids of any row. Cost: about 60 bytes per row stay in memory; reading
a row decodes its row group, which takes some milliseconds.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
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
    """A conversation or a piece of a document; `is_answer_T[i]` says whether the prediction of token i is trained."""

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
    """Rows of one split that can be trained on, numbered in the order of the files. R rows."""

    row_ids_R: pa.LargeStringArray
    lengths_R: Numbers
    """Tokens of each row."""
    counts: RowCounts
    shortest_too_long: int
    """Tokens of the shortest row that does not fit; 0 if all fit."""
    paths: tuple[str, ...]
    path_numbers_R: Numbers
    """Index into `paths` of the file that holds each row."""
    places_R: Numbers
    """Each row's number in its file."""

    def read(self, rows: Sequence[int]) -> list[TokenizedRow]:
        """Read the given rows, in the given order; each row group is decoded once."""
        found: dict[int, TokenizedRow] = {}
        for path_number in sorted({int(self.path_numbers_R[row]) for row in rows}):
            wanted = {int(self.places_R[row]): row for row in rows if self.path_numbers_R[row] == path_number}
            for place, (record, lists) in read_rows_with_lists(
                self.paths[path_number], wanted, ConversationTokens, [TOKEN_IDS]
            ).items():
                found[wanted[place]] = _tokenized_row(record, lists[TOKEN_IDS])
        return [found[row] for row in rows]


def tokens_in_the_build(build_folder: str, tokenizer: str) -> str:
    """Return why a model cannot use the build's token ids; empty if it can.

    Raises:
        InputError: the reference names no tokenizer.
    """
    ours = tokenizer_fingerprint(tokenizer)
    stored = {path.rsplit("/", 1)[-1]: path for path in _built_tokens(build_folder)}
    for rows_path in (path for split in Split for path in row_files(build_folder, split)):
        path = stored.get(rows_path.rsplit("/", 1)[-1])
        if path is None or num_rows(path) != num_rows(rows_path):
            return "the build has no token ids for its rows"
        if stored_fingerprint(path) != ours:
            return f"the build's token ids come from the tokenizer of '{stored_tokenizer(path)}'"
    return ""


def tokenize_rows(build_folder: str, *, tokenizer: str, output: Path) -> None:
    """Write the token ids of a build's rows, made with a model's own tokenizer and template.

    Works part by part and skips the parts that an earlier call finished.

    Args:
        build_folder: folder of the build whose `sft/` is read.
        tokenizer: model reference.
        output: folder of one run, which has one tokenizer and one data set.
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
    """Return the unchanged parts of an earlier call; set aside the damaged ones."""
    noted: dict[str, FileSum] = {}
    list_path = output / _SUMS_FILE
    if list_path.is_file():
        try:
            noted = read_sums(list_path)
        except DamagedFileError as error:
            logger.warning("%s The rows are tokenized again.", error.message)
            files.set_aside(str(list_path))
    problems = find_problems(output, noted)
    for name, problem in problems.items():
        logger.warning("%s %s; its rows are tokenized again.", output / name, problem)
        if (output / name).exists():
            files.set_aside(str(output / name))
    return {name: part for name, part in noted.items() if name not in problems}


def read_row_set(tokens_folder: str, split: Split, *, max_tokens: int) -> RowSet:
    """Return the rows of one split, without their ids; leave out and count those that cannot be trained on.

    Args:
        tokens_folder: folder of token ids, of a build or of a run.
        split: the split to read.
        max_tokens: longer rows are left out whole; a cut row would lose its document's end or its answer.
    """
    paths = tuple(split_files(tokens_folder, split))
    columns = [_read_columns(path) for path in paths]
    lengths = np.concatenate([_NONE, *(part.lengths_R for part in columns)])
    answers = np.concatenate([_NONE, *(part.answers_R for part in columns)])
    # No token predicts the first one, so an answer needs a token after it.
    has_answer, fits = answers > 0, lengths <= max_tokens
    used = np.flatnonzero(has_answer & fits)
    counts = RowCounts(
        read=int(lengths.size),
        used=int(used.size),
        too_long=int((has_answer & ~fits).sum()),
        without_answer=int((~has_answer).sum()),
        tokens=int(lengths[used].sum()),
        answer_tokens=int(answers[used].sum()),
    )
    sizes = [part.lengths_R.size for part in columns]
    return RowSet(
        row_ids_R=pa.concat_arrays([pa.array([], pa.large_string()), *(part.row_ids_R for part in columns)]).take(
            pa.array(used)
        ),
        lengths_R=lengths[used],
        counts=counts,
        shortest_too_long=int(lengths[has_answer & ~fits].min(initial=np.iinfo(np.int64).max))
        if counts.too_long
        else 0,
        paths=paths,
        path_numbers_R=np.repeat(np.arange(len(paths)), sizes)[used],
        places_R=np.concatenate([_NONE, *(np.arange(size) for size in sizes)])[used],
    )


_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    row_ids_R: pa.LargeStringArray
    lengths_R: Numbers
    answers_R: Numbers
    """Answer tokens of each row, without a row's first token, which no token predicts."""


def _read_columns(path: str) -> _Columns:
    with files.open_binary(path) as file:
        table = pq.ParquetFile(file).read(columns=["row_id", "num_tokens", "answer_spans"]).combine_chunks()
    spans = table["answer_spans"].combine_chunks()
    starts, ends = (spans.flatten().field(name).to_numpy() for name in ("start", "end"))
    # Some rows have no span, so each row's sum is a difference of the running sum.
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
