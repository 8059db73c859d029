"""The held-out questions of a training: spread over documents, within their limits, asked as rows are trained."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_student import CLAUSES, sft_row, small_recipe, write_small_build, write_small_model

from pipeline.config.answers import AnswersRecipe
from pipeline.config.start import Start
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Message, SftExample, Split
from pipeline.tokens.conversation import encode_prompt
from pipeline.train.data.documents import held_out_documents
from pipeline.train.data.questions import HeldOutQuestion, draw_questions
from pipeline.train.data.rows import read_row_set, tokenize_rows

NUM_ROWS = 24


def held_out_row(index: int) -> SftExample:
    """Three turns about one of eight documents; each document has three rows."""
    row = sft_row(index, num_clauses=1 + index % 3, split=Split.VALIDATION)
    more = [CLAUSES[(index + n) % len(CLAUSES)] for n in (1, 2)]
    further = tuple(Message(role, text) for _, q, a in more for role, text in (("user", q), ("assistant", a)))
    return replace(row, messages=row.messages + further, turns=row.turns * 3, doc_ids=(f"doc{index % 8}",))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("questions")
    model = write_small_model(root / "model")
    build = BuildFolder(write_small_build(root / "build"))
    path = build.sft_part(Split.VALIDATION.value, "00000", "parquet")
    rows = [held_out_row(index) for index in range(NUM_ROWS)]
    write_part(path, rows, SftExample)
    tokenize_rows(build.root, tokenizer=model, output=root / "tokens")
    return root


def drawn(base: Path, *, seed: int = 3, max_tokens: int = 2000, **limits: int) -> tuple[HeldOutQuestion, ...]:
    build = str(base / "build")
    rows = read_row_set(str(base / "tokens"), Split.VALIDATION, max_tokens=max_tokens)
    assert rows.counts.used > 3
    documents = held_out_documents(build, pieces_of=())
    recipe = AnswersRecipe.model_validate(limits)
    return draw_questions(build, rows, recipe, documents=documents, max_tokens=max_tokens, seed=seed)


def test_questions_are_asked_as_the_row_is_trained_with_the_gold_answers_before_them(base: Path) -> None:
    questions = drawn(base, turns=30)
    assert len(questions) == 30 and {question.turn for question in questions} == {0, 1, 2}
    for question in questions:
        row = held_out_row(int(question.row_id.removeprefix("row")))
        before = row.messages[: 2 * question.turn + 1]
        assert np.array_equal(question.ids, encode_prompt(before, str(base / "model")))
        assert question.gold == row.messages[2 * question.turn + 1].content
        assert question.question.endswith(before[-1].content.split("\n")[-1])
        gold_tokens = len(question.gold.encode()) + 2  # one token a byte, the end of the turn, and a line break
        assert question.max_answer_tokens == min(64, max(2 * gold_tokens, gold_tokens + 16))
        assert question.document == row.doc_ids[0]


def test_sample_is_spread_over_documents_and_the_seed_decides_it(base: Path) -> None:
    questions = drawn(base, turns=8)
    assert Counter(question.document for question in questions) == Counter({f"doc{n}": 1 for n in range(8)})
    assert [(q.row_id, q.turn) for q in questions] == [(q.row_id, q.turn) for q in drawn(base, turns=8)]
    others = {tuple((q.row_id, q.turn) for q in drawn(base, turns=8, seed=seed)) for seed in range(5)}
    assert len(others) == 5
    assert Counter(question.document for question in drawn(base, turns=16)).most_common(1)[0][1] == 2


def test_prompts_answers_and_turns_stay_within_their_limits(base: Path) -> None:
    questions = drawn(base, turns=50, max_prompt_tokens=900)
    by_row: dict[str, int] = {}
    for question in questions:
        by_row[question.row_id] = max(by_row.get(question.row_id, 0), question.ids.size)
    assert len(by_row) >= 3 and sum(by_row.values()) <= 900
    assert {len(question.gold.encode()) <= 10 for question in drawn(base, turns=50, max_answer_tokens=12)} == {True}
    assert len(drawn(base, turns=5)) == 5
    assert drawn(base, turns=0) == () == drawn(base, max_prompt_tokens=20) == drawn(base, max_answer_tokens=3)


def test_stage_has_questions_of_its_rows_and_none_without_rows_or_turns(base: Path, tmp_path: Path) -> None:
    from packed_build import write_small_corpus
    from small_student import RecordingObserver

    from pipeline.train.data.dataset import prepare_token_ids
    from pipeline.train.data.run_data import read_run_data
    from pipeline.train.run.training_run import open_run

    model = str(base / "model")
    build = write_small_build(tmp_path / "build", num_validation=6)
    write_small_corpus(build, tokenizer=model, num_documents=9)
    stages = [{"name": "read", "data": "corpus", "max_tokens": 256}, {"name": "answer", "max_tokens": 512}]
    recipe = small_recipe(model, stages=stages, max_steps=None, answers={"turns": 4})
    run = open_run(recipe, data=build, base_model=model, output=str(tmp_path / "out"), start=Start.RESUME)
    observer = RecordingObserver()
    data = read_run_data(run, tokens_folder=prepare_token_ids(run, observer=observer), observer=observer)
    assert [len(questions) for questions in data.questions] == [0, 4]
