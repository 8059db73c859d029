"""Rows of a build as token ids, with everything left out counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_student import sft_row, small_tokenizer, write_small_build, write_small_model

from pipeline.errors import InputError
from pipeline.records import Message, Split
from pipeline.train.rows import data_fingerprint, read_rows, row_files, tokenize_rows


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("model"))


def test_answer_mask_covers_exactly_the_answer_and_its_end(model: str) -> None:
    (row,) = tokenize_rows([sft_row(2, num_clauses=2, split=Split.TRAIN)], tokenizer=model, max_tokens=2000).rows
    decode = small_tokenizer().decode
    assert decode(row.ids_T[row.is_answer_T]) == "65만 원<|im_end|>\n"
    assert decode(row.ids_T[~row.is_answer_T]).endswith("월세는 얼마인가요?<|im_end|>\n<|im_start|>assistant\n")


def test_rows_too_long_or_without_answer_are_left_out_and_counted(model: str) -> None:
    short, long = sft_row(0, num_clauses=1, split=Split.TRAIN), sft_row(1, num_clauses=6, split=Split.TRAIN)
    silent = replace(short, id="silent", messages=(Message("user", "Hello?"),))
    found = tokenize_rows([long, short, silent], tokenizer=model, max_tokens=200)
    assert [row.row_id for row in found.rows] == ["row0000"]
    counts = found.counts
    assert (counts.read, counts.used, counts.too_long, counts.without_answer) == (3, 1, 1, 1)
    assert counts.read == counts.used + counts.too_long + counts.without_answer
    assert counts.tokens == found.rows[0].num_tokens <= 200 < found.shortest_too_long
    assert counts.answer_tokens == int(found.rows[0].is_answer_T.sum()) > 10


def test_rows_of_a_split_come_from_its_files_alone(tmp_path: Path, model: str) -> None:
    build = write_small_build(tmp_path, num_train=5, num_validation=2)
    train = read_rows(build, Split.TRAIN, tokenizer=model, max_tokens=2000)
    validation = read_rows(build, Split.VALIDATION, tokenizer=model, max_tokens=2000)
    assert [row.row_id for row in train.rows] == [f"row{i:04d}" for i in range(5)]
    assert validation.counts.read == 2
    assert len(row_files(build, Split.TRAIN)) == 1
    assert train.rows[0].ids_T.dtype == np.int32


def test_fingerprint_follows_the_rows_not_the_folder(tmp_path: Path) -> None:
    one, same, other = (
        write_small_build(tmp_path / "one", num_train=5),
        write_small_build(tmp_path / "elsewhere" / "same", num_train=5),
        write_small_build(tmp_path / "other", num_train=6),
    )
    assert data_fingerprint(one) == data_fingerprint(same) != data_fingerprint(other)


def test_folder_without_rows_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Run pipeline build-sft first"):
        data_fingerprint(str(tmp_path))
