"""Draws a small, fixed sample of held-out questions, which the model answers during training.

Takes the validation rows that fit a stage and the seed. Returns questions with the ids of their prompts: the row's own
tokens up to the answer, so the model is asked exactly as it is trained. Rows are taken from each document in turn, in
an order that the seed decides. Cost: reads the rows that are drawn, and up to `_MAX_ROWS_READ` times as many to find
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config.answers import AnswersRecipe
from pipeline.export.asked import asked_question
from pipeline.identity import stable_hash64
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import built_files
from pipeline.io.parts import read_rows
from pipeline.records import Context, SftExample, Split
from pipeline.scoring.answers import longest_answer
from pipeline.tokens.encode import Ids
from pipeline.train.data.documents import document_of
from pipeline.train.data.rows import RowSet, TokenizedRow
from pipeline.train.run.identity import row_files

Record = TypeVar("Record")

_MAX_ROWS_READ = 8
_QUESTION_CHARS = 200


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutQuestion:
    """One question of a validation row, with the turns before it and their gold answers."""

    row_id: str
    turn: int
    """Number of the question in its row, from 0."""
    document: str
    """The document's duplicate cluster, or its id."""
    ids: Ids
    """The tokens of the row up to the answer."""
    max_answer_tokens: int
    """As in `evaluate` (`scoring.answers.longest_answer`)."""
    question: str
    gold: str


def draw_questions(
    build_folder: str,
    rows: RowSet,
    recipe: AnswersRecipe,
    *,
    documents: Mapping[str, str],
    max_tokens: int,
    seed: int,
) -> tuple[HeldOutQuestion, ...]:
    """Return the questions, in the order of their rows; none if no row has a question within the recipe's limits.

    Args:
        build_folder: the build folder, which has the texts of the rows.
        rows: the validation rows that fit the stage.
        recipe: the number of questions and their limits.
        documents: the documents of the rows (`data.documents`).
        max_tokens: the context length; prompt and answer must fit.
        seed: the recipe's seed.
    """
    drawn: dict[str, list[_Asked]] = {}
    num_rows = int(rows.lengths_R.size)
    per_row = -(-recipe.turns // num_rows) if num_rows else 0
    left_tokens, left_turns = recipe.max_prompt_tokens, recipe.turns
    for number_read, row in enumerate(_fitting(rows, recipe, documents, seed=seed)):
        if not left_turns or number_read == _MAX_ROWS_READ * recipe.turns:
            break
        (tokenized,) = rows.read([row])
        fitting = [
            asked
            for asked in _asked(tokenized, recipe)
            if asked.start <= left_tokens and asked.start + asked.max_answer_tokens <= max_tokens
        ]
        fitting.sort(key=lambda asked: stable_hash64("answers", seed, asked.row.row_id, asked.turn))
        chosen = fitting[: min(per_row, left_turns)]
        if chosen:
            drawn[tokenized.row_id] = sorted(chosen, key=lambda asked: asked.turn)
            left_turns -= len(chosen)
            left_tokens -= max(asked.start for asked in chosen)
    texts = _texts(build_folder, sorted(drawn))
    return tuple(
        HeldOutQuestion(
            row_id=row_id,
            turn=asked.turn,
            document=document_of(row_id, documents),
            ids=asked.row.ids_T[: asked.start].astype(np.uint32),
            max_answer_tokens=asked.max_answer_tokens,
            question=texts[row_id].questions[asked.turn],
            gold=texts[row_id].golds[asked.turn],
        )
        for row_id in sorted(drawn)
        for asked in drawn[row_id]
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    row: TokenizedRow
    turn: int
    start: int
    """Position of the answer's first token."""
    max_answer_tokens: int


def _fitting(rows: RowSet, recipe: AnswersRecipe, documents: Mapping[str, str], *, seed: int) -> Iterator[int]:
    """Yield the rows in the order in which they are tried: one of each document, then a second one, and so on."""
    names = rows.row_ids_R.to_pylist()
    seen: Counter[str] = Counter()
    places: list[tuple[int, int, int]] = []
    for chance, row in sorted((stable_hash64("answers", seed, name), row) for row, name in enumerate(names)):
        document = document_of(names[row], documents)
        places.append((seen[document], chance, row))
        seen[document] += 1
    # Without reading a row, only the length of all its questions together is known.
    for _, _, row in sorted(places):
        if rows.lengths_R[row] - rows.num_trained_R[row] <= recipe.max_prompt_tokens:
            yield row


def _asked(row: TokenizedRow, recipe: AnswersRecipe) -> Iterator[_Asked]:
    """Yield the questions of a row whose gold answers are short enough."""
    borders = np.flatnonzero(np.diff(row.is_answer_T.astype(np.int8), prepend=0, append=0)).tolist()
    for turn, (start, end) in enumerate(zip(borders[0::2], borders[1::2], strict=True)):
        size = end - start
        if start and size <= recipe.max_answer_tokens:
            yield _Asked(row, turn, start, longest_answer(size, at_most=recipe.max_answer_tokens))


@dataclass(frozen=True, slots=True)
class _Texts:
    questions: Sequence[str]
    golds: Sequence[str]


def _texts(build_folder: str, row_ids: Sequence[str]) -> dict[str, _Texts]:
    paths = row_files(build_folder, Split.VALIDATION)
    examples = {example.id: example for example in _records(paths, "id", row_ids, SftExample)}
    doc_ids = sorted({example.doc_ids[0] for example in examples.values() if example.doc_ids})
    corpus = built_files(BuildFolder(build_folder), "corpus", stage="pack") if doc_ids else []
    contexts = {context.doc_id: context for context in _records(corpus, "doc_id", doc_ids, Context)}
    return {
        row_id: _texts_of(example, contexts.get(example.doc_ids[0]) if example.doc_ids else None)
        for row_id, example in examples.items()
    }


def _records(paths: Sequence[str], key: str, wanted: Sequence[str], record_type: type[Record]) -> Iterator[Record]:
    names = pa.array(wanted, pa.large_string())
    for path in paths:
        with files.open_binary(path) as file:
            column = pq.read_table(file, columns=[key])[key]
        found = np.flatnonzero(pc.is_in(column, names).to_numpy())
        if found.size:
            yield from read_rows(path, found.tolist(), record_type).values()


def _texts_of(example: SftExample, context: Context | None) -> _Texts:
    messages = example.messages
    answers = [number for number, message in enumerate(messages) if message.role == "assistant"]
    questions = [messages[number - 1].content for number in answers]
    if context is not None:
        questions[0] = asked_question(questions[0], context, example.language)
    return _Texts([_end(question) for question in questions], [messages[number].content for number in answers])


def _end(question: str) -> str:
    """Return the end of a question, in one line; in a message with an unknown document, the question is at the end."""
    line = " ".join(question.split())
    return line if len(line) <= _QUESTION_CHARS else f"…{line[-_QUESTION_CHARS:]}"
