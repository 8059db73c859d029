"""Rows of a build as token ids, with everything left out counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from packed_build import plan, write_packed_build
from small_student import sft_row, small_tokenizer, write_small_build, write_small_model

from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.io.token_store import TOKEN_IDS, token_writer
from pipeline.records import AnswerSpan, ConversationTokens, Message, SftExample, Split
from pipeline.train.data.rows import RowSet, TokenizedRow, read_row_set, tokenize_rows, why_tokens_unusable
from pipeline.train.run.identity import data_fingerprint, row_files
from pipeline.train.run.record import RowCounts


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = write_small_model(tmp_path_factory.mktemp("other"))
    tokenizer = small_tokenizer()
    tokenizer.chat_template = tokenizer.chat_template.replace("user", "reader")
    tokenizer.add_tokens(["dollars"])
    tokenizer.save_pretrained(folder)
    return folder


def row_set(folder: Path, rows: list[SftExample], model: str, *, max_tokens: int) -> RowSet:
    write_part(BuildFolder(str(folder)).sft_part("train", "00000", "parquet"), rows, SftExample)
    tokenize_rows(str(folder), tokenizer=model, output=folder / "run-tokens")
    return read_row_set(str(folder / "run-tokens"), Split.TRAIN, max_tokens=max_tokens)


def all_rows(rows: RowSet) -> list[TokenizedRow]:
    return rows.read(range(rows.counts.used))


def test_answer_mask_covers_exactly_the_answer_and_its_end(tmp_path: Path, model: str) -> None:
    found = row_set(tmp_path, [sft_row(2, num_clauses=2, split=Split.TRAIN)], model, max_tokens=2000)
    (row,) = all_rows(found)
    decode = small_tokenizer().decode
    assert decode(row.ids_T[row.is_answer_T]) == "65만 원<|im_end|>\n"
    assert decode(row.ids_T[~row.is_answer_T]).endswith("월세는 얼마인가요?<|im_end|>\n<|im_start|>assistant\n")
    assert (row.ids_T.dtype, row.is_answer_T.dtype) == (np.int32, np.bool_)


def test_rows_too_long_or_without_answer_are_left_out_and_counted(tmp_path: Path, model: str) -> None:
    short, long = sft_row(0, num_clauses=1, split=Split.TRAIN), sft_row(1, num_clauses=6, split=Split.TRAIN)
    silent = replace(short, id="silent", messages=(Message("user", "Hello?"),))
    found = row_set(tmp_path, [long, short, silent], model, max_tokens=200)
    assert [row.row_id for row in all_rows(found)] == ["row0000"] == found.row_ids_R.to_pylist()
    counts = found.counts
    assert (counts.read, counts.used, counts.too_long, counts.without_answer) == (3, 1, 1, 1)
    assert counts.read == counts.used + counts.too_long + counts.without_answer
    assert counts.tokens == all_rows(found)[0].num_tokens == found.lengths_R[0] <= 200 < found.shortest_too_long
    assert counts.answer_tokens == int(all_rows(found)[0].is_answer_T.sum()) > 10


def test_rows_are_read_in_the_order_asked_from_several_files(tmp_path: Path, model: str) -> None:
    build = write_small_build(tmp_path, num_train=5, num_validation=2)
    more = [sft_row(i, num_clauses=1 + i % 2, split=Split.TRAIN, loss_weight=0.5) for i in range(10, 14)]
    write_part(BuildFolder(build).sft_part("train", "00001", "parquet"), more, SftExample)
    tokenize_rows(build, tokenizer=model, output=tmp_path / "tokens")
    found = read_row_set(str(tmp_path / "tokens"), Split.TRAIN, max_tokens=2000)
    assert found.counts.used == 9
    assert read_row_set(str(tmp_path / "tokens"), Split.VALIDATION, max_tokens=2000).counts.read == 2
    whole = all_rows(found)
    assert [row.row_id for row in whole] == [f"row{i:04d}" for i in (0, 1, 2, 3, 4, 10, 11, 12, 13)]
    assert [row.loss_weight for row in whole] == [1.0] * 5 + [0.5] * 4
    assert [row.num_tokens for row in whole] == found.lengths_R.tolist()
    mixed = found.read([7, 0, 8, 3])
    assert [row.row_id for row in mixed] == ["row0012", "row0000", "row0013", "row0003"]
    assert all((row.ids_T == whole[number].ids_T).all() for row, number in zip(mixed, [7, 0, 8, 3], strict=True))


def test_builds_token_ids_serve_its_own_tokenizer_alone(tmp_path: Path, model: str, other_model: str) -> None:
    bare = write_small_build(tmp_path / "bare")
    assert why_tokens_unusable(bare, model) == "the build has no token ids for its rows"
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))
    assert why_tokens_unusable(build, model) == ""
    assert why_tokens_unusable(build, other_model) == f"the build's token ids come from the tokenizer of '{model}'"


def test_tokenizing_keeps_the_parts_that_are_there(tmp_path: Path, model: str) -> None:
    build = write_small_build(tmp_path)
    output = tmp_path / "tokens"
    tokenize_rows(build, tokenizer=model, output=output)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in output.glob("*.parquet")}
    (output / "validation-00000.parquet").unlink()
    tokenize_rows(build, tokenizer=model, output=output)
    assert len(before) == 2
    assert (output / "train-00000.parquet").stat().st_mtime_ns == before[output / "train-00000.parquet"][0]
    assert {path: path.read_bytes() for path in output.glob("*.parquet")} == {
        path: data for path, (_, data) in before.items()
    }


def test_fingerprint_follows_rows_and_packs_not_the_folder(tmp_path: Path, model: str) -> None:
    one, same, other = (
        write_small_build(tmp_path / "one", num_train=5),
        write_small_build(tmp_path / "elsewhere" / "same", num_train=5),
        write_small_build(tmp_path / "other", num_train=6),
    )
    assert data_fingerprint(one) == data_fingerprint(same) != data_fingerprint(other)
    tokenize_rows(one, tokenizer=model, output=Path(BuildFolder(one).tokens))
    plan(one, tokenizer=model, edges=(640,))
    planned = data_fingerprint(one)
    plan(one, tokenizer=model, edges=(1024,))
    assert len({planned, data_fingerprint(one), data_fingerprint(same)}) == 3
    assert len(row_files(one, Split.TRAIN)) == 1


def test_folder_without_rows_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Run pipeline build-sft first"):
        data_fingerprint(str(tmp_path))


def test_row_as_long_as_a_pack_is_trained_and_one_token_longer_is_left_out(tmp_path: Path, model: str) -> None:
    rows = [sft_row(0, num_clauses=1, split=Split.TRAIN), sft_row(1, num_clauses=2, split=Split.TRAIN)]
    whole = row_set(tmp_path, rows, model, max_tokens=2000)
    short, long = sorted(whole.lengths_R.tolist())
    assert short < long
    at = read_row_set(str(tmp_path / "run-tokens"), Split.TRAIN, max_tokens=long)
    assert (at.counts.used, at.counts.too_long, at.shortest_too_long) == (2, 0, 0)
    below = read_row_set(str(tmp_path / "run-tokens"), Split.TRAIN, max_tokens=long - 1)
    assert (below.counts.used, below.counts.too_long, below.shortest_too_long) == (1, 1, long)
    none = read_row_set(str(tmp_path / "run-tokens"), Split.TRAIN, max_tokens=short - 1)
    assert (none.counts.used, none.counts.too_long, none.shortest_too_long) == (0, 2, short)
    assert none.counts.tokens == none.counts.answer_tokens == 0


def test_first_token_of_a_row_is_no_answer_whatever_its_span_says(tmp_path: Path, model: str) -> None:
    rows = [_conversation("a", (0, 3)), _conversation("b", (0, 1)), _conversation("c", (1, 2), (4, 5)),
            _conversation("d"), _conversation("e", (0, 1), (3, 6))]  # fmt: skip
    with token_writer(str(tmp_path / "tokens" / "train-00000.parquet"), tokenizer=model, fingerprint="f") as writer:
        for row in rows:
            writer.add(row, {TOKEN_IDS: np.arange(6, dtype=np.uint32)})
    found = read_row_set(str(tmp_path / "tokens"), Split.TRAIN, max_tokens=6)
    assert found.counts == RowCounts(read=5, used=3, too_long=0, without_answer=2, tokens=18, answer_tokens=2 + 2 + 3)
    assert [row.row_id for row in found.read([0, 1, 2])] == ["a", "c", "e"]
    assert [row.is_answer_T.tolist() for row in found.read([0, 1, 2])] == [
        [True, True, True, False, False, False],
        [False, True, False, False, True, False],
        [True, False, False, True, True, True],
    ]
    shorter = read_row_set(str(tmp_path / "tokens"), Split.TRAIN, max_tokens=5)
    assert shorter.counts == RowCounts(read=5, used=0, too_long=3, without_answer=2, tokens=0, answer_tokens=0)
    assert shorter.shortest_too_long == 6


def _conversation(row_id: str, *spans: tuple[int, int]) -> ConversationTokens:
    return ConversationTokens(
        row_id=row_id, num_tokens=6, answer_spans=tuple(AnswerSpan(a, b) for a, b in spans), loss_weight=1.0
    )


def test_counts_are_of_the_rows_used_and_weights_are_the_rows_own(tmp_path: Path, model: str) -> None:
    rows = [sft_row(i, num_clauses=1 + 2 * (i % 2), split=Split.TRAIN, loss_weight=0.5 + i) for i in range(4)]
    whole = row_set(tmp_path, rows, model, max_tokens=2000)
    lengths, answers = whole.lengths_R.tolist(), [int(row.is_answer_T.sum()) for row in all_rows(whole)]
    assert [row.loss_weight for row in all_rows(whole)] == [0.5, 1.5, 2.5, 3.5]
    assert whole.counts == RowCounts(4, 4, 0, 0, sum(lengths), sum(answers))
    limit = max(lengths[0], lengths[2])
    few = read_row_set(str(tmp_path / "run-tokens"), Split.TRAIN, max_tokens=limit)
    assert few.counts == RowCounts(4, 2, 2, 0, lengths[0] + lengths[2], answers[0] + answers[2])
    assert [row.row_id for row in all_rows(few)] == ["row0000", "row0002"]
    assert few.shortest_too_long == min(lengths[1], lengths[3])


def test_token_ids_of_fewer_rows_than_there_are_do_not_serve(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))
    fewer = write_packed_build(tmp_path / "fewer", tokenizer=model, edges=(640,), num_train=5)
    path, other = (Path(BuildFolder(one).tokens_part("train", "00000")) for one in (build, fewer))
    path.write_bytes(other.read_bytes())
    assert why_tokens_unusable(build, model) == "the build has no token ids for its rows"


def test_damaged_part_is_set_aside_and_tokenized_again(tmp_path: Path, model: str) -> None:
    build, output = write_small_build(tmp_path / "build"), tmp_path / "tokens"
    tokenize_rows(build, tokenizer=model, output=output)
    whole = {path.name: path.read_bytes() for path in output.iterdir()}
    damaged = output / "train-00000.parquet"
    damaged.write_bytes(whole[damaged.name][:-7] + b"1234567")
    tokenize_rows(build, tokenizer=model, output=output)
    kept = {path.name: path.read_bytes() for path in output.iterdir()}
    assert all(kept[name] == data for name, data in whole.items() if name.endswith(".parquet"))
    (aside,) = kept.keys() - whole.keys()
    assert kept[aside].endswith(b"1234567") and not aside.endswith(".parquet")
    assert read_row_set(str(output), Split.TRAIN, max_tokens=2000).counts.read == 8


def test_folder_without_rows_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        data_fingerprint(str(tmp_path / "build"))
    assert refused.value.message.startswith("There are no training rows in ")
    assert refused.value.message.endswith("build/sft.")
    assert refused.value.remedy == "Run pipeline build-sft first, or name its output folder with --data."
