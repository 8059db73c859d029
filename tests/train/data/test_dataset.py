"""What a run trains on: the build's packs where they fit the run, packs made anew where they do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from packed_build import plan, write_packed_build
from small_student import (
    RecordingObserver,
    sft_row,
    small_recipe,
    small_tokenizer,
    write_small_build,
    write_small_model,
)

from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.packs import PackTable, PackWriter, read_pack_terms, read_packs
from pipeline.io.parts import write_part
from pipeline.records import Message, RowSource, SftExample, Split
from pipeline.stages.packs import PACKS_SHARD
from pipeline.train.data.dataset import Dataset, prepare_token_ids, read_dataset
from pipeline.train.data.rows import read_row_set, rows_in_languages, tokenize_rows
from pipeline.train.run.training_run import open_run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("model"))


def dataset_of(build: str, model: str, output: Path, **finetune: object) -> tuple[Dataset, list[str]]:
    recipe = small_recipe(model, **finetune)
    run = open_run(recipe, data=build, base_model=model, output=str(output), start=Start.RESUME)
    observer = RecordingObserver()
    tokens_folder = prepare_token_ids(run, observer=observer)
    return read_dataset(run, tokens_folder=tokens_folder, observer=observer), observer.phases


def packed_ids(dataset: Dataset) -> list[tuple[str, ...]]:
    return [tuple(row.row_id for row in dataset.train.rows_of(pack)) for pack in range(len(dataset.train.packs))]


def test_packs_of_the_build_are_read_as_planned(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))
    dataset, phases = dataset_of(build, model, tmp_path / "out")
    table = read_packs(BuildFolder(build).packs, source=RowSource.SFT, split=Split.TRAIN)
    ids = table.row_ids_N.to_pylist()
    planned = [tuple(ids[a:b]) for a, b in zip(table.starts[:-1], table.starts[1:], strict=True)]
    assert packed_ids(dataset) == planned
    assert len(planned) > 1
    assert phases == []
    assert not (tmp_path / "out" / "tokens").exists()


def test_plan_and_packing_anew_agree_on_the_same_rows(tmp_path: Path, model: str) -> None:
    planned, _ = dataset_of(
        write_packed_build(tmp_path / "planned", tokenizer=model, edges=(640,)), model, tmp_path / "one"
    )
    anew, phases = dataset_of(write_small_build(tmp_path / "bare"), model, tmp_path / "other")
    assert packed_ids(planned) == packed_ids(anew)
    assert phases[0] == "tokenizing the rows: the build has no token ids for its rows"
    assert phases[1] == "packing the train rows: the build has no packs.parquet"


def test_another_length_is_packed_anew_from_the_builds_ids(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))
    dataset, phases = dataset_of(build, model, tmp_path / "out", max_tokens=1024)
    assert phases[0] == "packing the train rows: the build planned packs of 640 tokens, but finetune.max_tokens is 1024"
    assert sorted(row for pack in packed_ids(dataset) for row in pack) == [f"row{i:04d}" for i in range(8)]
    assert not (tmp_path / "out" / "tokens").exists()


def test_regimes_that_the_plan_mixes_are_packed_apart(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(1024,), num_train=24)
    longrope = {"method": "longrope", "factor": 8.0, "original_max_tokens": 160, "long_factors": [2.0] * 8}
    dataset, phases = dataset_of(build, model, tmp_path / "out", max_tokens=1024, rope=longrope)
    assert phases[0].startswith(
        "packing the train rows: the build's packs combine rows that RoPE method longrope rotates"
    )
    lengths = [[row.num_tokens > 160 for row in dataset.train.rows_of(p)] for p in range(len(dataset.train.packs))]
    assert all(len(set(pack)) == 1 for pack in lengths)
    assert {is_long for pack in lengths for is_long in pack} == {True, False}


def test_model_with_another_tokenizer_gets_ids_of_its_own_once(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))
    other = write_small_model(tmp_path / "other")
    tokenizer = small_tokenizer()
    tokenizer.add_tokens(["dollars"])
    tokenizer.save_pretrained(other)
    dataset, phases = dataset_of(build, other, tmp_path / "out")
    assert phases[0] == f"tokenizing the rows: the build's token ids come from the tokenizer of '{model}'"
    assert phases[1] == f"packing the train rows: the build planned its packs with the tokenizer of '{model}'"
    assert len(tokenizer) - 1 in dataset.train.rows.read([0])[0].ids_T
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "tokens").iterdir()}
    again, _ = dataset_of(build, other, tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "tokens").iterdir()} == written
    assert packed_ids(again) == packed_ids(dataset)


def test_plan_that_lacks_a_row_is_not_trusted(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(640,))
    tokens = Path(BuildFolder(build).tokens_part("train", "00000"))
    kept = tokens.read_bytes()
    fewer = write_packed_build(tmp_path / "fewer", tokenizer=model, edges=(640,), num_train=5)
    tokens.write_bytes(Path(BuildFolder(fewer).tokens_part("train", "00000")).read_bytes())
    plan(build, tokenizer=model, edges=(640,))
    tokens.write_bytes(kept)
    dataset, phases = dataset_of(build, model, tmp_path / "out")
    assert phases == [
        "packing the train rows: the build's packs do not contain exactly the rows that can be trained on"
    ]
    assert len({row for pack in packed_ids(dataset) for row in pack}) == 8


def test_validation_is_a_sample_of_packs(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(200,), num_validation=9)
    dataset, _ = dataset_of(build, model, tmp_path / "out", max_tokens=200, max_validation_packs=2)
    whole, _ = dataset_of(build, model, tmp_path / "whole", max_tokens=200, max_validation_packs=99)
    assert len(dataset.validation.packs) == 2 < len(whole.validation.packs)
    assert set(dataset.validation.packs) <= set(whole.validation.packs)


LONGROPE = {"method": "longrope", "factor": 8.0, "original_max_tokens": 160, "long_factors": [2.0] * 8}


def _replan(build: str, packs_of: Callable[[Split, Sequence[int]], list[list[int]]]) -> dict[Split, list[list[int]]]:
    """Write a plan of one's own: the packs, as row numbers, that a function makes of a split's lengths."""
    folder = BuildFolder(build)
    terms, planned = read_pack_terms(folder.packs), {}
    with PackWriter(folder.packs, terms) as writer:
        for split in Split:
            rows = read_row_set(folder.tokens, split, max_tokens=1024)
            planned[split] = packs_of(split, rows.lengths_R.tolist())
            order = np.asarray([row for pack in planned[split] for row in pack])
            lengths = rows.lengths_R[order]
            starts = np.cumsum([0, *map(len, planned[split])])
            costs = np.asarray([int((lengths[a:b] ** 2).sum()) for a, b in pairwise(starts)])
            ids = rows.row_ids_R.take(pa.array(order))
            table = PackTable(np.full(len(costs), 1024), costs, starts, ids, np.zeros_like(lengths), lengths)
            writer.add(table, source=RowSource.SFT, split=split)
    with ShardLedger(folder=folder, stage="export", shard_id=PACKS_SHARD, fingerprint="f") as ledger:
        ledger.add_parts(writer.written)
    return planned


def _apart(split: Split, lengths: Sequence[int]) -> list[list[int]]:
    """Packs of two rows at most, the short rows behind the long ones, whatever their order in the files."""
    by_regime = [[row for row, n in enumerate(lengths) if (n > 160) is is_long] for is_long in (True, False)]
    return [rows[at : at + 2] for rows in by_regime for at in range(0, len(rows), 2)]


def _one_pack_mixed(split: Split, lengths: Sequence[int]) -> list[list[int]]:
    """The same, but for one pack of a long row and a short one."""
    packs = _apart(split, lengths)
    packs[0][-1], packs[-1][-1] = packs[-1][-1], packs[0][-1]
    return packs


def test_plan_whose_packs_hold_rows_of_one_regime_is_used_and_one_pack_that_mixes_them_spoils_it(
    tmp_path: Path, model: str
) -> None:
    settings = {"max_tokens": 1024, "rope": LONGROPE, "max_validation_packs": 99}
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(1024,), num_train=9, num_validation=6)
    planned = _replan(build, _apart)
    dataset, phases = dataset_of(build, model, tmp_path / "out", **settings)
    assert phases == []
    assert [list(pack) for pack in dataset.train.packs] == planned[Split.TRAIN]
    assert {len(pack) for pack in dataset.train.packs} == {1, 2}
    _replan(build, _one_pack_mixed)
    _, phases = dataset_of(build, model, tmp_path / "mixed", **settings)
    assert [phase.split(":")[0] for phase in phases] == [
        "packing the train rows",
        "packing the validation rows",
    ]


def _build_of(folder: Path, model: str, clauses: Sequence[int]) -> tuple[str, list[int]]:
    """A build whose training rows have so many clauses each, and their lengths in tokens."""
    build = write_small_build(folder, num_train=1, num_validation=1)
    rows = [sft_row(0, num_clauses=n, split=Split.TRAIN) for n in clauses]
    rows = [replace(row, id=f"row{i:04d}") for i, row in enumerate(rows)]
    write_part(BuildFolder(build).sft_part("train", "00000", "parquet"), rows, SftExample)
    tokenize_rows(build, tokenizer=model, output=Path(BuildFolder(build).tokens))
    return build, read_row_set(BuildFolder(build).tokens, Split.TRAIN, max_tokens=10_000).lengths_R.tolist()


def _longrope(original: int) -> dict[str, object]:
    return {"method": "longrope", "factor": 16.0, "original_max_tokens": original, "long_factors": [2.0] * 8}


def test_packs_are_judged_by_the_rows_in_them_whatever_the_order_of_the_files(tmp_path: Path, model: str) -> None:
    # In the files short and long rows alternate; the plan puts the long ones first and alone.
    build, (short, long, *_) = _build_of(tmp_path / "apart", model, [1, 5, 1, 5])
    assert 2 * short <= long
    plan(build, tokenizer=model, edges=(long,))
    dataset, phases = dataset_of(build, model, tmp_path / "one", max_tokens=long, rope=_longrope(short))
    assert (phases, sorted(packed_ids(dataset))) == ([], [("row0000", "row0002"), ("row0001",), ("row0003",)])
    # In the files the short ones come first; the plan puts one of them beside each long one.
    build, _ = _build_of(tmp_path / "mixed", model, [1, 1, 5, 5])
    plan(build, tokenizer=model, edges=(long + short,))
    settings = {"max_tokens": long + short, "rope": _longrope(short)}
    dataset, phases = dataset_of(build, model, tmp_path / "two", **settings)
    reason = "the build's packs combine rows that RoPE method longrope rotates differently"
    assert phases == [f"packing the train rows: {reason}"]
    assert sorted(packed_ids(dataset)) == [("row0000", "row0001"), ("row0002",), ("row0003",)]
    dataset, phases = dataset_of(build, model, tmp_path / "three", **settings | {"rope": {"method": "yarn"}})
    assert (phases, sorted(packed_ids(dataset))) == ([], [("row0000", "row0003"), ("row0001", "row0002")])


@pytest.mark.parametrize("planned", [512, 1024])
def test_plan_of_another_length_is_not_used_be_it_shorter_or_longer(tmp_path: Path, model: str, planned: int) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(planned,))
    dataset, phases = dataset_of(build, model, tmp_path / "out")
    assert phases == [
        f"packing the {split} rows: the build planned packs of {planned} tokens, but finetune.max_tokens is 640"
        for split in ("train", "validation")
    ]
    assert all(sum(dataset.train.lengths_of(pack)) <= 640 for pack in range(len(dataset.train)))
    assert dataset.train.counts.read == 8 and dataset.validation.counts.read == 2


def test_validation_packs_are_drawn_by_seed_from_all_lengths_and_stay_in_order(tmp_path: Path, model: str) -> None:
    build = write_packed_build(tmp_path / "build", tokenizer=model, edges=(200,), num_validation=12)
    whole, _ = dataset_of(build, model, tmp_path / "whole", max_tokens=200, max_validation_packs=99)
    packs = whole.validation.packs
    assert len(packs) >= 6
    drawn = []
    for seed in range(6):
        recipe = small_recipe(model, max_tokens=200, max_validation_packs=2).model_copy(update={"seed": seed})
        run = open_run(recipe, data=build, base_model=model, output=str(tmp_path / f"{seed}"), start=Start.RESUME)
        observer = RecordingObserver()
        tokens_folder = prepare_token_ids(run, observer=observer)
        chosen = read_dataset(run, tokens_folder=tokens_folder, observer=observer).validation.packs
        numbers = [packs.index(pack) for pack in chosen]
        assert len(numbers) == 2 and numbers == sorted(numbers)
        drawn.append(tuple(numbers))
    assert len(set(drawn)) > 2, "another seed draws others"
    assert max(max(numbers) for numbers in drawn) > 2, "not the first packs alone, which are the longest"


def test_build_without_a_row_to_train_on_is_refused_with_what_would_help(tmp_path: Path, model: str) -> None:
    build, lengths = _build_of(tmp_path / "long", model, [3, 2])
    shortest = min(lengths)
    with pytest.raises(InputError) as refused:
        dataset_of(build, model, tmp_path / "one", max_tokens=shortest - 1)
    assert refused.value.message == (
        f"No training row fits finetune.max_tokens {shortest - 1}; the shortest of 2 has {shortest} tokens."
    )
    assert refused.value.remedy == (f"Raise finetune.max_tokens to {shortest} or more, or build with smaller buckets.")
    silent = replace(sft_row(0, num_clauses=1, split=Split.TRAIN), messages=(Message("user", "월세는 얼마인가요?"),))
    write_part(BuildFolder(build).sft_part("train", "00000", "parquet"), [silent], SftExample)
    tokenize_rows(build, tokenizer=model, output=tmp_path / "silent")
    run = open_run(small_recipe(model), data=build, base_model=model, output=str(tmp_path / "two"), start=Start.RESUME)
    with pytest.raises(InputError) as refused:
        read_dataset(run, tokens_folder=str(tmp_path / "silent"), observer=RecordingObserver())
    assert refused.value.message == "No training row has an answer to train on; the number of rows is 1."
    assert refused.value.remedy == "Run pipeline build-sft again and check its report."


def test_rows_in_other_languages_are_left_out_of_both_splits_and_counted(tmp_path: Path, model: str) -> None:
    folder = str(tmp_path / "build")
    for split in Split:
        rows = [
            replace(sft_row(at, num_clauses=1 + at % 3, split=split), language="ko" if at % 3 == 0 else "en")
            for at in range(7)
        ]
        write_part(BuildFolder(folder).sft_part(split.value, "00000", "parquet"), rows, SftExample)
    whole, _ = dataset_of(folder, model, tmp_path / "all")
    names = {f"row{at:04d}" for at in range(7)}
    assert {row for pack in packed_ids(whole) for row in pack} == names
    english = names - {"row0000", "row0003", "row0006"}
    for languages, expected in ((["en"], english), (["ko"], names - english), (["ko", "en"], names)):
        found, _ = dataset_of(folder, model, tmp_path / "_".join(languages), languages=languages)
        for packed in (found.train, found.validation):
            assert {row.row_id for pack in range(len(packed)) for row in packed.rows_of(pack)} == expected
            counts = packed.counts
            assert (counts.read, counts.used, counts.other_language) == (7, len(expected), 7 - len(expected))
            assert counts.too_long == counts.without_answer == 0


def test_length_and_language_of_a_row_are_counted_once(tmp_path: Path, model: str) -> None:
    folder = str(tmp_path / "build")
    rows = [replace(sft_row(at, num_clauses=3, split=Split.TRAIN), language="ko" if at else "en") for at in range(3)]
    write_part(BuildFolder(folder).sft_part("train", "00000", "parquet"), rows, SftExample)
    tokenize_rows(folder, tokenizer=model, output=tmp_path / "tokens")
    chosen = rows_in_languages(folder, Split.TRAIN, ["ko"])
    assert chosen.to_pylist() == ["row0001", "row0002"]
    counts = read_row_set(str(tmp_path / "tokens"), Split.TRAIN, max_tokens=10, chosen=chosen).counts
    assert (counts.read, counts.used, counts.too_long, counts.without_answer, counts.other_language) == (3, 0, 2, 0, 1)


def test_language_that_no_row_has_is_refused_by_name(tmp_path: Path, model: str) -> None:
    with pytest.raises(InputError, match=r"None of 8 training rows is in a language of finetune\.languages: ko"):
        dataset_of(write_small_build(tmp_path / "build"), model, tmp_path / "out", languages=["ko"])
