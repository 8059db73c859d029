"""Documents as packs: every token once, every token but a piece's first trained, held-out documents apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed_build import CorpusDocument, plan, write_corpus, write_small_corpus
from small_student import small_tokenizer, write_small_build, write_small_model
from tokenizers import AddedToken

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.packs import read_packs
from pipeline.io.parts import read_parts
from pipeline.records import Context, RowSource, Split
from pipeline.train.data.corpus_packs import CorpusPacks, read_corpus_packs
from pipeline.train.run.identity import corpus_fingerprint
from pipeline.train.run.record import RowCounts

PLANNED_TOKENS = 640
"""Of `write_small_corpus`."""
DOCUMENTS = [CorpusDocument(f"document{i}", tuple([20 + 7 * i] * (1 + i % 4))) for i in range(12)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("corpus") / "base")


@pytest.fixture
def build(tmp_path: Path, model: str) -> str:
    folder = write_small_build(tmp_path / "build")
    write_small_corpus(folder, tokenizer=model)
    return folder


def at_most(num_packs: int) -> FinetuneRecipe:
    return FinetuneRecipe(min_validation_packs=num_packs, max_validation_packs=num_packs)


def _read(build: str, model: str, split: Split, *, max_tokens: int = PLANNED_TOKENS) -> CorpusPacks:
    return read_corpus_packs(build, split, tokenizer=model, max_tokens=max_tokens, regime_of=lambda _: 0)


@pytest.mark.parametrize("max_tokens", [2, 64, 200, PLANNED_TOKENS, 5000])
def test_packs_hold_every_token_of_every_document_once_and_in_order(build: str, model: str, max_tokens: int) -> None:
    packs = _read(build, model, Split.TRAIN, max_tokens=max_tokens)
    pieces: dict[str, dict[int, list[int]]] = {}
    for pack in range(len(packs)):
        rows = packs.rows_of(pack)
        assert list(packs.lengths_of(pack)) == [row.num_tokens for row in rows]
        assert sum(packs.lengths_of(pack)) <= max_tokens
        for row in rows:
            doc_id, _, start = row.row_id.partition("@")
            pieces.setdefault(doc_id, {})[int(start)] = row.ids_T.tolist()
            assert row.ids_T.dtype == np.int32
            assert row.is_answer_T.all() and row.loss_weight == 1.0
    documents = {d.doc_id: d.text for d in read_parts(BuildFolder(build).corpus, Context)}
    assert pieces.keys() == documents.keys() - {"doc0000", "doc0001"} != set()
    num_tokens = 0
    for doc_id, found in pieces.items():
        joined = [token for start in sorted(found) for token in found[start]]
        assert small_tokenizer().decode(joined) == documents[doc_id] + "<|endoftext|>"
        num_tokens += len(joined)
    assert packs.counts.tokens == num_tokens > 1000
    assert packs.counts.answer_tokens == num_tokens - sum(len(found) for found in pieces.values())
    assert packs.counts.read == packs.counts.used == len(pieces)


def test_packs_of_the_planned_length_are_the_plans(tmp_path: Path, model: str) -> None:
    folder = write_small_build(tmp_path)
    for shard in range(3):
        write_corpus(folder, DOCUMENTS[shard::3], tokenizer=model, shard_id=f"{shard:05d}")
    plan(folder, tokenizer=model, edges=(128,))
    table = read_packs(BuildFolder(folder).packs, source=RowSource.CORPUS, split=Split.TRAIN)
    packs = _read(folder, model, Split.TRAIN, max_tokens=128)
    assert len(packs) == len(table) > 1
    assert any(table.offsets_N)
    ids = [row.row_id for pack in range(len(packs)) for row in packs.rows_of(pack)]
    planned = zip(table.row_ids_N.to_pylist(), table.offsets_N.tolist(), strict=True)
    assert ids == [f"{doc_id}@{offset}" for doc_id, offset in planned]


def test_cuts_of_documents_packed_anew_are_at_sections(tmp_path: Path, model: str) -> None:
    folder = write_small_build(tmp_path)
    write_corpus(folder, [CorpusDocument("book", (50, 60, 70, 40))], tokenizer=model)
    plan(folder, tokenizer=model, edges=(512,))
    packs = _read(folder, model, Split.TRAIN, max_tokens=120)
    ids = {row.row_id for pack in range(len(packs)) for row in packs.rows_of(pack)}
    assert ids == {"book@0", "book@110"}


def test_repeated_document_is_never_twice_in_a_pack(tmp_path: Path, model: str) -> None:
    folder = write_small_build(tmp_path)
    write_corpus(folder, [CorpusDocument("a", (50,), repeats=3), CorpusDocument("b", (60,))], tokenizer=model)
    plan(folder, tokenizer=model, edges=(512,))
    packs = _read(folder, model, Split.TRAIN, max_tokens=300)
    found = [[row.row_id for row in packs.rows_of(pack)] for pack in range(len(packs))]
    assert sorted(row for pack in found for row in pack) == ["a@0"] * 3 + ["b@0"]
    assert all(len(set(pack)) == len(pack) for pack in found)


def test_documents_that_validation_rows_are_about_are_held_out(build: str, model: str) -> None:
    held_out = _read(build, model, Split.VALIDATION, max_tokens=200)
    found = {row.row_id.partition("@")[0] for pack in range(len(held_out)) for row in held_out.rows_of(pack)}
    assert found == {"doc0000", "doc0001"}
    sample, same = held_out.sample(at_most(1), seed=3), held_out.sample(at_most(1), seed=3)
    assert len(sample) == len(same) == 1 < len(held_out)
    assert [row.row_id for row in sample.rows_of(0)] == [row.row_id for row in same.rows_of(0)]


def test_pieces_of_different_rotation_never_share_a_pack(build: str, model: str) -> None:
    packs = read_corpus_packs(
        build, Split.TRAIN, tokenizer=model, max_tokens=PLANNED_TOKENS, regime_of=lambda length: int(length > 250)
    )
    kinds = [{length > 250 for length in packs.lengths_of(pack)} for pack in range(len(packs))]
    assert all(len(kind) == 1 for kind in kinds) and set.union(*kinds) == {True, False}


def test_another_tokenizer_or_no_plan_is_refused_with_the_remedy(tmp_path: Path, build: str, model: str) -> None:
    with pytest.raises(InputError, match="Run pipeline build-sft first"):
        _read(write_small_build(tmp_path / "unplanned"), model, Split.TRAIN)
    other = write_small_model(tmp_path / "other")
    tokenizer = small_tokenizer()
    tokenizer.add_tokens([AddedToken("lease")])
    tokenizer.save_pretrained(other)
    with pytest.raises(InputError, match=r"which .* cannot use.*Build with pack.tokenizer="):
        _read(build, other, Split.TRAIN)


def test_fingerprint_follows_the_documents(tmp_path: Path, build: str, model: str) -> None:
    other = write_small_build(tmp_path / "other")
    write_small_corpus(other, tokenizer=model, num_documents=7)
    same = write_small_build(tmp_path / "same")
    write_small_corpus(same, tokenizer=model)
    assert corpus_fingerprint(build) == corpus_fingerprint(same) != corpus_fingerprint(other)
    part = next(Path(same).glob("corpus/bucket=*/*.parquet"))
    table = pq.ParquetFile(part).read()
    texts = [text.replace("a", "b") for text in table["text"].to_pylist()]
    field = table.schema.field("text")
    changed = table.set_column(table.schema.get_field_index("text"), field, pa.array(texts, field.type))
    pq.write_table(changed, part)
    assert corpus_fingerprint(same) != corpus_fingerprint(build), "same documents, other text"


def test_sample_is_drawn_by_seed_and_keeps_the_packs_as_they_are(build: str, model: str) -> None:
    packs = _read(build, model, Split.TRAIN, max_tokens=64)
    assert len(packs) > 12
    drawn = {seed: packs.sample(at_most(3), seed=seed) for seed in range(6)}
    assert {len(sample) for sample in drawn.values()} == {3}
    assert len(packs.sample(at_most(1000), seed=1)) == len(packs)
    whole = [[row.row_id for row in packs.rows_of(pack)] for pack in range(len(packs))]
    chosen = {seed: [[r.row_id for r in own.rows_of(p)] for p in range(3)] for seed, own in drawn.items()}
    assert all(pack in whole for sample in chosen.values() for pack in sample)
    assert len({str(sample) for sample in chosen.values()}) > 2, "another seed draws others"
    again = packs.sample(at_most(3), seed=0)
    assert [[row.row_id for row in again.rows_of(pack)] for pack in range(3)] == chosen[0]


def test_counts_are_of_the_split_and_its_pieces(tmp_path: Path, model: str) -> None:
    folder = write_small_build(tmp_path)
    documents = [CorpusDocument("doc0000", (30,)), CorpusDocument("a", (50, 40)), CorpusDocument("b", (20,), repeats=2)]
    write_corpus(folder, documents, tokenizer=model)
    plan(folder, tokenizer=model, edges=(512,))
    # One token more a document, its end of text; "a" is cut in two at its section; "b" counts twice.
    train = _read(folder, model, Split.TRAIN, max_tokens=60)
    assert train.counts == RowCounts(read=2, used=2, too_long=0, without_answer=0, tokens=91 + 2 * 21,
                                     answer_tokens=91 + 2 * 21 - 4)  # fmt: skip
    held_out = _read(folder, model, Split.VALIDATION, max_tokens=512)
    assert held_out.counts == RowCounts(1, 1, 0, 0, 31, 30)
    (row,) = held_out.rows_of(0)
    assert small_tokenizer().decode(row.ids_T[-1:]) == "<|endoftext|>" and row.num_tokens == 31
    assert (row.row_id, row.loss_weight) == ("doc0000@0", 1.0)


def test_documents_in_other_languages_are_left_out_and_counted(tmp_path: Path, model: str) -> None:
    folder = write_small_build(tmp_path)
    documents = [CorpusDocument("a", (30, 40)), CorpusDocument("b", (20,), language="ko"), CorpusDocument("c", (25,))]
    write_corpus(folder, documents, tokenizer=model)
    plan(folder, tokenizer=model, edges=(512,))

    def read(*languages: str) -> CorpusPacks:
        return read_corpus_packs(
            folder, Split.TRAIN, tokenizer=model, max_tokens=512, regime_of=lambda _: 0, languages=languages
        )

    for languages, names in (((), "abc"), (("en",), "ac"), (("ko",), "b"), (("ko", "en"), "abc"), (("de",), "")):
        packs = read(*languages)
        found = sorted(row.row_id for pack in range(len(packs)) for row in packs.rows_of(pack))
        assert found == [f"{name}@0" for name in names], languages
        counts = packs.counts
        assert (counts.read, counts.used, counts.other_language) == (3, len(names), 3 - len(names))
    assert read("en").counts.tokens == 71 + 26


def test_plan_of_the_same_length_that_mixes_rotations_is_packed_anew(tmp_path: Path, model: str) -> None:
    folder = write_small_build(tmp_path)
    write_corpus(folder, [CorpusDocument("a", (100,)), CorpusDocument("b", (20,)), CorpusDocument("c", (20,))],
                 tokenizer=model)  # fmt: skip
    plan(folder, tokenizer=model, edges=(512,))

    def packs(regime_of: Callable[[int], int]) -> list[list[str]]:
        found = read_corpus_packs(folder, Split.TRAIN, tokenizer=model, max_tokens=512, regime_of=regime_of)
        return sorted(sorted(row.row_id for row in found.rows_of(pack)) for pack in range(len(found)))

    assert packs(lambda length: 0) == [["a@0", "b@0", "c@0"]]
    assert packs(lambda length: int(length > 50)) == [["a@0"], ["b@0", "c@0"]]
    assert packs(lambda length: length if length > 20 else 0) == [["a@0"], ["b@0", "c@0"]]


def test_refusals_of_a_corpus_name_the_build_both_tokenizers_and_the_call(
    tmp_path: Path, build: str, model: str
) -> None:
    bare = write_small_build(tmp_path / "bare")
    with pytest.raises(InputError) as unplanned:
        _read(bare, model, Split.TRAIN)
    assert unplanned.value.message == f"{BuildFolder(bare).packs} does not exist."
    assert unplanned.value.remedy == "Run pipeline build-sft first, or name its output folder with --data."
    other = write_small_model(tmp_path / "other")
    tokenizer = small_tokenizer()
    tokenizer.add_tokens([AddedToken("lease")])
    tokenizer.save_pretrained(other)
    with pytest.raises(InputError) as foreign:
        _read(build, other, Split.TRAIN)
    assert foreign.value.message == (f"The corpus in {build} has token ids from '{model}', which '{other}' cannot use.")
    assert foreign.value.remedy == f"Build with pack.tokenizer={other}, or train a model with the build's tokenizer."
